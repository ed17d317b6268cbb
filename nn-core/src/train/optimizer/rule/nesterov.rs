//! Nesterov's momentum.

use super::check_decay;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// Nesterov's momentum in the form of Sutskever et al. (2013), which looks ahead by the velocity, as PyTorch's `SGD` with
/// `nesterov=True` does it: `v = momentum · v + g`, `p -= rate · (g + momentum · v)`.
pub type Nesterov<T = f32> = Optimizer<T, NesterovRule>;

/// The rule of [`Nesterov`].
#[derive(Clone, Copy, Debug)]
pub struct NesterovRule {
    momentum: f64,
}

impl<T: Real> Nesterov<T> {
    /// With this learning rate, which must be positive and finite, and a momentum from 0 to below 1 (0.9 is usual).
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self::with_rule(learning_rate, NesterovRule { momentum })
    }
}

impl<T: Real> Rule<T> for NesterovRule {
    fn name(&self) -> &'static str {
        "Nesterov"
    }

    fn arrays(&self) -> &'static [&'static str] {
        &["velocity"]
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        let [velocity] = arrays.take();
        T::nesterov_step(pace.rate, self.momentum, parameters, gradients, velocity);
    }

    fn validate(&self) -> Result<(), Error> {
        check_decay("momentum", self.momentum)
    }
}
