//! Mean squared error.

use super::{Loss, samples, total};
use crate::{Error, Head, Real};
use nn_sizes::Activation;

/// The multiply–adds that take as long as a number.
const WORK: u64 = 8;

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
        let sum = total(WORK, len, outputs, targets, gradients, &|x, t, dx| match head {
            Head::Identity => T::squared_error(Activation::Identity, scale, x, t, dx),
            Head::Sigmoid => T::squared_error(Activation::Sigmoid, scale, x, t, dx),
            Head::Softmax | Head::LogSoftmax => {
                head.total(len, x, t, dx, |y, t| [(y - t) * (y - t), (y - t) * T::from_f64(2.0) * scale])
            }
        });
        Ok(sum * scale)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        len
    }
}
