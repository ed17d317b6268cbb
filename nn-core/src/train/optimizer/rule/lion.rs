//! Lion.

use super::check_decay;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// Lion (Chen et al., *Symbolic Discovery of Optimization Algorithms*, 2023), with its decay rates 0.9 and 0.99: every number moves
/// by the learning rate, which is to be three to ten times smaller than Adam's.
///
/// ```text
/// p -= rate · sign(β₁ m + (1 - β₁) g)         m = β₂ m + (1 - β₂) g
/// ```
///
/// Its weight decay is decoupled, as AdamW's is; the paper has it three to ten times larger than AdamW's. There is none unless
/// [`weight_decay`](Optimizer::weight_decay) says so.
pub type Lion<T = f32> = Optimizer<T, LionRule>;

/// The rule of [`Lion`].
#[derive(Clone, Copy, Debug)]
pub struct LionRule {
    decays: [f64; 2],
}

impl<T: Real> Lion<T> {
    /// With this learning rate, which must be positive and finite (0.0001 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, LionRule { decays: [0.9, 0.99] })
    }

    /// With other decay rates of what gives the direction and of what is remembered, each from 0 to below 1.
    pub fn decays(mut self, direction: f64, memory: f64) -> Self {
        self.rule.decays = [direction, memory];
        self
    }
}

impl<T: Real> Rule<T> for LionRule {
    fn name(&self) -> &'static str {
        "Lion"
    }

    fn arrays(&self) -> &'static [&'static str] {
        &["moment"]
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        let [moment] = arrays.take();
        T::lion_step(pace.rate, self.decays, parameters, gradients, moment);
    }

    fn decouples_decay(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), Error> {
        self.decays.iter().try_for_each(|&decay| check_decay("decay rate", decay))
    }
}
