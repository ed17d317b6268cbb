//! Cross-entropy over classes.

use super::{Hits, Loss, check_classes, count_correct, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number of a long row: an exponential. In short rows it is more.
const WORK: u64 = 32;

/// Cross-entropy of one label per sample: `-ln p(label)`, averaged over the batch.
///
/// With a `softmax` or `log_softmax` head, or none (the outputs are then logits, as in PyTorch), it is computed from
/// the logits as `ln Σ exp(x) - x[label]`, with gradient `softmax(x) - onehot(label)` (Goodfellow, Bengio and Courville,
/// *Deep Learning*, 6.2.2.3): neither overflows, and no probability is rounded to zero. With a `sigmoid` head the
/// output itself is taken as the probability.
///
/// The output is one row of classes for each sample, `[n]` or `[n, 1, 1]`, or one for each step, `[steps, n]`, with as many labels:
/// the mean is then over all steps. A map of more pixels is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrossEntropy;

impl<T: Real> Loss<T> for CrossEntropy {
    type Target = usize;

    fn evaluate(
        &self,
        head: Head,
        len: usize,
        outputs: &[T],
        targets: &[usize],
        gradients: &mut [T],
    ) -> Result<T, Error> {
        let n = samples(self, len, outputs, targets, gradients)?;
        if let Some((index, &label)) = targets.iter().enumerate().find(|(_, label)| **label >= len) {
            return Err(Error::Label { from: "targets".into(), index, label, classes: len });
        }
        let scale = T::ONE / T::from_usize(n);
        let sum = total(WORK, len, outputs, targets, gradients, &|x, labels, dx| match head {
            Head::Identity | Head::Softmax | Head::LogSoftmax => T::cross_entropy(len, scale, x, labels, dx),
            Head::Sigmoid => {
                let rows = x.chunks_exact(len).zip(dx.chunks_exact_mut(len)).zip(labels);
                T::from_f64(rows.map(|((x, dx), &label)| from_log_sigmoid(x, label, scale, dx).to_f64()).sum())
            }
        });
        Ok(sum * scale)
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        check_classes(shape)
    }

    fn targets_per_sample(&self, _len: usize) -> usize {
        1
    }

    fn correct(&self, _head: Head, len: usize, outputs: &[T], targets: &[usize]) -> Option<Hits> {
        // Every head keeps the order of the numbers, so the largest logit is the largest output.
        Some(Hits { right: count_correct(len, outputs, targets), of: targets.len() })
    }
}

/// `-ln sigmoid(x)`, which is binary cross-entropy with 1 as its target; no other number of the row takes part.
fn from_log_sigmoid<T: Real>(x: &[T], label: usize, scale: T, dx: &mut [T]) -> T {
    dx.fill(T::ZERO);
    T::binary_cross_entropy(scale, &x[label..=label], &[T::ONE], &mut dx[label..=label])
}
