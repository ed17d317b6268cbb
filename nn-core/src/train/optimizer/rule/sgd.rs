//! Stochastic gradient descent.

use crate::Real;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};

/// Stochastic gradient descent (Robbins and Monro, 1951): `p -= rate · g`.
pub type Sgd<T = f32> = Optimizer<T, SgdRule>;

/// The rule of [`Sgd`].
#[derive(Clone, Copy, Debug)]
pub struct SgdRule;

impl<T: Real> Sgd<T> {
    /// With this learning rate, which must be positive and finite.
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, SgdRule)
    }
}

impl<T: Real> Rule<T> for SgdRule {
    fn name(&self) -> &'static str {
        "SGD"
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], _: Arrays<'_, T>) {
        T::sgd_step(pace.rate, parameters, gradients);
    }
}
