//! RMSProp.

use super::{check_decay, check_epsilon};
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// RMSProp (Tieleman and Hinton, *Neural Networks for Machine Learning*, lecture 6e, 2012), with the lecture's decay of 0.9
/// and an ε of 1e-8:
///
/// ```text
/// s = α s + (1 - α) g²         p -= rate · g / (√s + ε)
/// ```
///
/// The root of the squares is kept, without the factor `1 - α`, which goes into the step size and ε.
pub type RmsProp<T = f32> = Optimizer<T, RmsPropRule>;

/// The rule of [`RmsProp`].
#[derive(Clone, Copy, Debug)]
pub struct RmsPropRule {
    decay: f64,
    epsilon: f64,
}

impl<T: Real> RmsProp<T> {
    /// With this learning rate, which must be positive and finite (0.001 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, RmsPropRule { decay: 0.9, epsilon: 1e-8 })
    }

    /// With another decay of the squares, from 0 to below 1.
    pub fn decay(mut self, decay: f64) -> Self {
        self.rule.decay = decay;
        self
    }

    /// With another number added to the denominator, finite and at least the smallest normal number.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }
}

impl<T: Real> Rule<T> for RmsPropRule {
    fn name(&self) -> &'static str {
        "RMSProp"
    }

    fn arrays(&self) -> &'static [&'static str] {
        &["root"]
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        let [roots] = arrays.take();
        let share = (1.0 - self.decay).sqrt();
        T::scaled_step(pace.rate / share, self.decay, self.epsilon / share, parameters, gradients, roots);
    }

    fn validate(&self) -> Result<(), Error> {
        check_decay("decay rate", self.decay)?;
        check_epsilon::<T>(self.epsilon)
    }
}
