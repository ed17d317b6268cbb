//! A loss that counts more or less than others.

use super::{Hits, Loss};
use crate::{Error, Head, Real};

/// A loss times a factor: made by [`scaled`].
#[derive(Clone, Copy, Debug)]
pub struct Scaled<L> {
    factor: f64,
    loss: L,
}

/// A loss times a factor, finite and not negative, beside the losses of other outputs: `(CrossEntropy, scaled(0.3, CrossEntropy))`.
/// What is shown of the output is the loss times the factor, so that all outputs add up.
pub fn scaled<L>(factor: f64, loss: L) -> Scaled<L> {
    Scaled { factor, loss }
}

impl<T: Real, L: Loss<T>> Loss<T> for Scaled<L> {
    type Target = L::Target;

    fn evaluate(
        &self,
        head: Head,
        len: usize,
        outputs: &[T],
        targets: &[L::Target],
        gradients: &mut [T],
    ) -> Result<T, Error> {
        self.check()?;
        let factor = T::from_f64(self.factor);
        let loss = self.loss.evaluate(head, len, outputs, targets, gradients)?;
        gradients.iter_mut().for_each(|gradient| *gradient *= factor);
        Ok(loss * factor)
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        self.check()?;
        self.loss.check_output(shape)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        self.loss.targets_per_sample(len)
    }

    fn weight(&self, len: usize, targets: &[L::Target]) -> f64 {
        self.loss.weight(len, targets)
    }

    fn correct(&self, head: Head, len: usize, outputs: &[T], targets: &[L::Target]) -> Option<Hits> {
        self.loss.correct(head, len, outputs, targets)
    }
}

impl<L> Scaled<L> {
    fn check(&self) -> Result<(), Error> {
        Error::check_setting("factor of a loss", self.factor, self.factor >= 0.0, "a finite number, 0 or above")
    }
}
