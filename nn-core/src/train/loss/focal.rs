//! Cross-entropy of yes-or-no answers most of which are easy.

use super::{BinaryCrossEntropy, Hits, Loss, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number: powers and logarithms, one by one.
const WORK: u64 = 200;

/// Focal loss (Lin et al., 2017), averaged over all numbers of the batch: binary cross-entropy, of which an answer counts the less the
/// surer it is, by `(1 - p)` to the power of `γ` where `p` is the probability that it gives to the truth; and what is true counts
/// `α`, what is not `1 - α`. For the anchors of a detector, nearly all of which see nothing. The head is a sigmoid or none.
#[derive(Clone, Copy, Debug)]
pub struct Focal {
    alpha: f64,
    gamma: f64,
}

impl Focal {
    /// With `α` from 0 to 1 and `γ` of 0, which is cross-entropy, or at least 1; 0.25 and 2 in the paper.
    pub fn new(alpha: f64, gamma: f64) -> Self {
        Self { alpha, gamma }
    }

    /// The loss of a logit, and its derivative.
    fn part(&self, x: f64, t: f64) -> [f64; 2] {
        let e = libm::exp(-x.abs());
        let p = if x < 0.0 { e } else { 1.0 } / (1.0 + e);
        let entropy = x.max(0.0) - x * t + libm::log1p(e);
        let doubt = p + t - 2.0 * p * t; // 1 - (p·t + (1 - p)(1 - t))
        let weight = self.alpha * t + (1.0 - self.alpha) * (1.0 - t);
        let focus = libm::pow(doubt, self.gamma);
        let slope = if self.gamma == 0.0 { 0.0 } else { self.gamma * libm::pow(doubt, self.gamma - 1.0) };
        let of_doubt = (1.0 - 2.0 * t) * p * (1.0 - p);
        [weight * focus * entropy, weight * (focus * (p - t) + slope * of_doubt * entropy)]
    }
}

impl<T: Real> Loss<T> for Focal {
    type Target = T;

    fn evaluate(&self, head: Head, len: usize, outputs: &[T], targets: &[T], gradients: &mut [T]) -> Result<T, Error> {
        samples(self, len, outputs, targets, gradients)?;
        let Self { alpha, gamma } = *self;
        Error::check_setting("alpha of focal loss", alpha, (0.0..=1.0).contains(&alpha), "from 0 to 1")?;
        Error::check_setting("gamma of focal loss", gamma, gamma == 0.0 || gamma >= 1.0, "0, or 1 and above")?;
        if !matches!(head, Head::Identity | Head::Sigmoid) {
            return Err(Error::size("head of focal loss", "sigmoid or none", format!("{head:?}")));
        }
        if let Some(index) = targets.iter().position(|t| !(T::ZERO..=T::ONE).contains(t)) {
            return Err(Error::size(format!("target {index} of focal loss"), "a value from 0 to 1", targets[index]));
        }
        let scale = 1.0 / outputs.len() as f64;
        let sum = total(WORK, len, outputs, targets, gradients, &|x, t, dx| {
            let mut sum = 0.0;
            for ((x, t), dx) in x.iter().zip(t).zip(dx) {
                let [loss, derivative] = self.part(x.to_f64(), t.to_f64());
                *dx = T::from_f64(derivative * scale);
                sum += loss;
            }
            T::from_f64(sum)
        });
        Ok(sum * T::from_f64(scale))
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        len
    }

    fn correct(&self, head: Head, len: usize, outputs: &[T], targets: &[T]) -> Option<Hits> {
        BinaryCrossEntropy.correct(head, len, outputs, targets)
    }
}
