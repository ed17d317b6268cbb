//! A loss of one's own, as a closure.

use core::marker::PhantomData;

use super::{Loss, samples};
use crate::{Error, Head, Real};

/// A loss that is a closure: made by [`custom`].
pub struct Custom<Y, F> {
    per_sample: usize,
    loss: F,
    target: PhantomData<fn(Y)>,
}

/// A loss of one's own, with so many targets of type `Y` for each sample: `loss(len, logits, targets, gradients)` returns the mean loss
/// of a batch of rows of `len` logits, and overwrites the gradients with its derivatives with respect to them. The
/// logits are the numbers before a trailing softmax or sigmoid. All lengths are right when it is called.
///
/// ```
/// use nn_core::data::Samples;
/// use nn_core::train::loss::custom;
/// use nn_core::{Adam, Network, Trainer, network};
///
/// network! {
///     struct Line = [1] -> affine(1);
/// }
///
/// // The mean absolute error.
/// let absolute = custom(1, |_len, logits: &[f32], targets: &[f32], gradients: &mut [f32]| {
///     let n = logits.len() as f32;
///     for ((g, y), t) in gradients.iter_mut().zip(logits).zip(targets) {
///         *g = (y - t).signum() / n;
///     }
///     logits.iter().zip(targets).map(|(y, t)| (y - t).abs()).sum::<f32>() / n
/// });
/// let data = Samples::new(3, vec![0.0, 1.0, 2.0], vec![1.0, 3.0, 5.0])?;
/// let mut net = Line::new(1);
/// let history = Trainer::new(Adam::new(0.05)).loss(absolute).epochs(300).fit(&mut net, &data)?;
/// assert!(history[299].train_loss < 0.1);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn custom<T, Y, F>(per_sample: usize, loss: F) -> Custom<Y, F>
where
    T: Real,
    F: Fn(usize, &[T], &[Y], &mut [T]) -> T,
{
    Custom { per_sample, loss, target: PhantomData }
}

impl<T, Y, F> Loss<T> for Custom<Y, F>
where
    T: Real,
    Y: Copy + Default + Send + Sync,
    F: Fn(usize, &[T], &[Y], &mut [T]) -> T + Send + Sync,
{
    type Target = Y;

    fn evaluate(&self, _: Head, len: usize, outputs: &[T], targets: &[Y], gradients: &mut [T]) -> Result<T, Error> {
        samples(self, len, outputs, targets, gradients)?;
        Ok((self.loss)(len, outputs, targets, gradients))
    }

    fn targets_per_sample(&self, _: usize) -> usize {
        self.per_sample
    }
}
