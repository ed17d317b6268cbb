//! What Adam and its kin have in common: two moments of the gradient, which fade.

use super::{check_decay, check_epsilon};
use crate::train::optimizer::{Optimizer, Pace};
use crate::{Error, Real};

/// The settings of [`Adam`](super::super::Adam) and its kin: decay rates 0.9 and 0.999, and an ε of 1e-8, unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    pub(super) decays: [f64; 2],
    pub(super) epsilon: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { decays: [0.9, 0.999], epsilon: 1e-8 }
    }
}

impl Moments {
    /// The names of the two arrays: the first moment, and the root of the second.
    pub(super) const ARRAYS: &'static [&'static str] = &["moment", "root"];

    pub(super) fn validate<T: Real>(&self) -> Result<(), Error> {
        self.decays.iter().try_for_each(|&decay| check_decay("decay rate", decay))?;
        check_epsilon::<T>(self.epsilon)
    }

    /// `(1 - βᵗ) / (1 - β)` for each moment, the sum of the powers of its decay so far.
    pub(super) fn corrections(&self, pace: &Pace) -> [f64; 2] {
        self.decays.map(|decay| (1.0 - decay.powf(pace.step as f64)) / (1.0 - decay))
    }

    /// A step of Adam.
    pub(super) fn adam<T: Real>(
        &self,
        pace: &Pace,
        parameters: &mut [T],
        gradients: &[T],
        [first, root]: [&mut [T]; 2],
    ) {
        let corrections = self.corrections(pace);
        let correction = corrections[1].sqrt();
        let rate = pace.rate / corrections[0] * correction;
        T::adam_step(rate, self.decays, self.epsilon * correction, parameters, gradients, first, root);
    }
}

impl<T: Real, R: AsMut<Moments>> Optimizer<T, R> {
    /// With other decay rates of the first and second moment, each from 0 to below 1.
    pub fn decays(mut self, first: f64, second: f64) -> Self {
        self.rule.as_mut().decays = [first, second];
        self
    }

    /// With another number added to the denominator, finite and at least the smallest normal number: 1.2e-38 of `f32`. A
    /// smaller one would be lost in the arithmetic, and a parameter without gradient divided by zero.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.as_mut().epsilon = epsilon;
        self
    }
}
