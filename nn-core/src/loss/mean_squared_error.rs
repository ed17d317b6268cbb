//! Mean squared error.

use super::{Loss, samples, total};
use crate::{Error, Head, Real};

/// Mean squared error: `(y - t)²`, averaged over all numbers of the batch, as in PyTorch's `MSELoss`.
///
/// `y` is the output itself: the head is applied, and differentiated through.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanSquaredError;

impl<T: Real> Loss<T> for MeanSquaredError {
    type Target = T;

    fn evaluate(&self, head: Head, len: usize, outputs: &[T], targets: &[T], gradients: &mut [T]) -> Result<T, Error> {
        samples(self, len, outputs, targets, gradients)?;
        let scale = T::ONE / T::from_usize(outputs.len());
        let slope = T::from_f64(2.0) * scale;
        let sum = total(len, outputs, targets, gradients, &|x, t, dx| {
            let rows = x.chunks_exact(len).zip(t.chunks_exact(len)).zip(dx.chunks_exact_mut(len));
            rows.map(|((x, t), dx)| head.differentiate(x, t, dx, |y, t| ((y - t) * (y - t), (y - t) * slope))).sum()
        });
        Ok(sum * scale)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        len
    }
}
