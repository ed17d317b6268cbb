//! Cross-entropy of yes-or-no answers.

use super::{Hits, Loss, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number: an exponential, a logarithm and a division.
const WORK: u64 = 32;

/// Binary cross-entropy: `-(t ln p + (1 - t) ln(1 - p))`, averaged over all numbers of the batch. Targets are values
/// from 0 to 1.
///
/// With a `sigmoid` head, or none (the outputs are then logits, as in PyTorch's `BCEWithLogitsLoss`), it is computed from
/// the logits as `softplus(x) - x·t`, with gradient `sigmoid(x) - t`: neither overflows, and no logarithm of
/// zero is taken. An infinite logit gives the limits: nothing where the target agrees, else an infinite loss. With a `softmax` or `log_softmax` head the probabilities are the softmax's, and
/// their logarithms are held above -100, as in PyTorch's `BCELoss`.
#[derive(Clone, Copy, Debug, Default)]
pub struct BinaryCrossEntropy;

impl<T: Real> Loss<T> for BinaryCrossEntropy {
    type Target = T;

    fn evaluate(&self, head: Head, len: usize, outputs: &[T], targets: &[T], gradients: &mut [T]) -> Result<T, Error> {
        samples(self, len, outputs, targets, gradients)?;
        if let Some(index) = first_invalid(targets) {
            let what = format!("target {index} of binary cross-entropy");
            return Err(Error::size(what, "a value from 0 to 1", targets[index]));
        }
        let scale = T::ONE / T::from_usize(outputs.len());
        let sum = total(WORK, len, outputs, targets, gradients, &|x, t, dx| match head {
            Head::Identity | Head::Sigmoid => T::binary_cross_entropy(scale, x, t, dx),
            Head::Softmax | Head::LogSoftmax => from_probabilities(len, x, t, scale, dx),
        });
        Ok(sum * scale)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        len
    }

    fn correct(&self, head: Head, len: usize, outputs: &[T], targets: &[T]) -> Option<Hits> {
        if matches!(head, Head::Softmax | Head::LogSoftmax) {
            return None;
        }
        let half = T::from_f64(0.5);
        let right = |x: &[T], t: &[T]| x.iter().zip(t).all(|(&x, &t)| !x.is_nan() && (x > T::ZERO) == (t > half));
        let rows = outputs.chunks_exact(len).zip(targets.chunks_exact(len));
        Some(Hits { right: rows.filter(|(x, t)| right(x, t)).count(), of: outputs.len() / len })
    }
}

/// The first target that is not from 0 to 1. First all are asked whether there is one: a loop that may end early uses no vectors.
fn first_invalid<T: Real>(targets: &[T]) -> Option<usize> {
    let is_invalid = |t: &T| !(T::ZERO..=T::ONE).contains(t);
    let is_any = targets.iter().fold(false, |is_any, t| is_any | is_invalid(t));
    if is_any { targets.iter().position(is_invalid) } else { None }
}

/// The clamped logarithm has PyTorch's gradient, `(p - t) / max(p (1 - p), 1e-12)`.
fn from_probabilities<T: Real>(len: usize, x: &[T], t: &[T], scale: T, dx: &mut [T]) -> T {
    let (floor, tiny) = (T::from_f64(-100.0), T::from_f64(1e-12));
    Head::Softmax.total(len, x, t, dx, |p, t| {
        // Written so that NaN is not taken for small.
        let clamp = |ln: T| if ln < floor { floor } else { ln };
        let loss = -(t * clamp(p.ln()) + (T::ONE - t) * clamp((-p).ln_1p()));
        [loss, (p - t) / (p * (T::ONE - p)).max(tiny) * scale]
    })
}
