//! Gradient descent with momentum.

use super::check_decay;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// Gradient descent with momentum (Polyak, 1964), as PyTorch's `SGD` does it: `v = momentum · v + g`, `p -= rate · v`.
pub type Momentum<T = f32> = Optimizer<T, MomentumRule>;

/// The rule of [`Momentum`].
#[derive(Clone, Copy, Debug)]
pub struct MomentumRule {
    momentum: f64,
}

impl<T: Real> Momentum<T> {
    /// With this learning rate, which must be positive and finite, and a momentum from 0 to below 1 (0.9 is usual).
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self::with_rule(learning_rate, MomentumRule { momentum })
    }
}

impl<T: Real> Rule<T> for MomentumRule {
    fn name(&self) -> &'static str {
        "momentum"
    }

    fn arrays(&self) -> &'static [&'static str] {
        &["velocity"]
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        let [velocity] = arrays.take();
        T::momentum_step(pace.rate, self.momentum, parameters, gradients, velocity);
    }

    fn validate(&self) -> Result<(), Error> {
        check_decay("momentum", self.momentum)
    }
}
