//! AdaGrad.

use super::check_epsilon;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// AdaGrad (Duchi, Hazan and Singer, 2011): `s += g²`, `p -= rate · g / (√s + ε)`, with PyTorch's ε of 1e-10.
pub type AdaGrad<T = f32> = Optimizer<T, AdaGradRule>;

/// The rule of [`AdaGrad`].
#[derive(Clone, Copy, Debug)]
pub struct AdaGradRule {
    epsilon: f64,
}

impl<T: Real> AdaGrad<T> {
    /// With this learning rate, which must be positive and finite (0.01 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, AdaGradRule { epsilon: 1e-10 })
    }

    /// With another number added to the denominator, finite and at least the smallest normal number.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }
}

impl<T: Real> Rule<T> for AdaGradRule {
    fn name(&self) -> &'static str {
        "AdaGrad"
    }

    fn arrays(&self) -> &'static [&'static str] {
        &["root"]
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        let [roots] = arrays.take();
        T::scaled_step(pace.rate, 1.0, self.epsilon, parameters, gradients, roots);
    }

    fn validate(&self) -> Result<(), Error> {
        check_epsilon::<T>(self.epsilon)
    }
}
