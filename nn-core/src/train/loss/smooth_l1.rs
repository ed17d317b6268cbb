//! A loss that large errors do not rule.

use super::{Loss, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number.
const WORK: u64 = 16;

/// Squared error where it is small, absolute error where it is large (Girshick, "Fast R-CNN", 2015), averaged over all numbers of the
/// batch as PyTorch's `SmoothL1Loss`: `(y - t)² / 2β` up to a distance of `β`, and `|y - t| - β/2` beyond. `y` is the output itself.
#[derive(Clone, Copy, Debug)]
pub struct SmoothL1 {
    beta: f64,
}

impl SmoothL1 {
    /// With a `β` above zero.
    pub fn new(beta: f64) -> Self {
        Self { beta }
    }
}

impl<T: Real> Loss<T> for SmoothL1 {
    type Target = T;

    fn evaluate(&self, head: Head, len: usize, outputs: &[T], targets: &[T], gradients: &mut [T]) -> Result<T, Error> {
        samples(self, len, outputs, targets, gradients)?;
        Error::check_setting("beta of smooth L1", self.beta, self.beta > 0.0, "a positive, finite number")?;
        let (scale, beta) = (T::ONE / T::from_usize(outputs.len()), T::from_f64(self.beta));
        let half = T::from_f64(0.5);
        let part = |y: T, t: T| {
            let error = y - t;
            let distance = error.abs();
            // Written so that NaN is not taken for large.
            if distance >= beta {
                [distance - half * beta, if error > T::ZERO { scale } else { -scale }]
            } else {
                [half * error * error / beta, error / beta * scale]
            }
        };
        let sum = total(WORK, len, outputs, targets, gradients, &|x, t, dx| head.total(len, x, t, dx, part));
        Ok(sum * scale)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        len
    }
}
