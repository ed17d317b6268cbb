//! Adam with decoupled weight decay.

use super::moments::Moments;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// [`Adam`](super::super::Adam) with decoupled weight decay (Loshchilov and Hutter, 2019): before each step `p *= 1 - rate · decay`, and the
/// moments see nothing of it. The decay is PyTorch's, 0.01, unless [`weight_decay`](Optimizer::weight_decay) says otherwise.
pub type AdamW<T = f32> = Optimizer<T, AdamWRule>;

/// The rule of [`AdamW`].
#[derive(Clone, Copy, Debug, Default)]
pub struct AdamWRule(Moments);

impl<T: Real> AdamW<T> {
    /// With this learning rate, which must be positive and finite (0.001 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, AdamWRule::default()).weight_decay(0.01)
    }
}

impl AsMut<Moments> for AdamWRule {
    fn as_mut(&mut self) -> &mut Moments {
        &mut self.0
    }
}

impl<T: Real> Rule<T> for AdamWRule {
    fn name(&self) -> &'static str {
        "AdamW"
    }

    fn arrays(&self) -> &'static [&'static str] {
        Moments::ARRAYS
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        self.0.adam(pace, parameters, gradients, arrays.take());
    }

    fn decouples_decay(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), Error> {
        self.0.validate::<T>()
    }
}
