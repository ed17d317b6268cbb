//! Gradient descent with momentum.

use super::state::State;
use super::update::{Pace, update};
use super::{Optimizer, check_learning_rate};
use crate::{Error, FlatSegment, Real};

/// Gradient descent with momentum: `v = momentum · v + g`, `p -= learning_rate · v`, as in PyTorch's `SGD`. Every 64 steps, velocities
/// that have faded to subnormal numbers become zero.
#[derive(Clone, Debug)]
pub struct Momentum<T: Real = f32> {
    learning_rate: f64,
    momentum: f64,
    velocity: State<T, 1>,
}

impl<T: Real> Momentum<T> {
    /// With this learning rate, which must be positive and finite, and a momentum from 0 to below 1 (0.9 is usual).
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self { learning_rate, momentum, velocity: State::new() }
    }
}

impl<T: Real> Optimizer<T> for Momentum<T> {
    fn step(&mut self, segments: &[FlatSegment], parameters: &mut [T], gradients: &[T]) -> Result<(), Error> {
        self.validate()?;
        self.velocity.begin(segments, parameters, gradients)?;
        let momentum = self.momentum;
        let rule =
            |pace: Pace, p: &mut [T], g: &[T], [v]: [&mut [T]; 1]| T::momentum_step(pace.rate, momentum, p, g, v);
        update(segments, self.learning_rate, parameters, gradients, &mut self.velocity, rule);
        Ok(())
    }

    fn validate(&self) -> Result<(), Error> {
        check_learning_rate(self.learning_rate)?;
        Error::check_setting("momentum", self.momentum, (0.0..1.0).contains(&self.momentum), "from 0 to below 1")
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }
}
