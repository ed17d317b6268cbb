//! Stochastic gradient descent.

use super::state::State;
use super::update::update;
use super::{Optimizer, check_learning_rate};
use crate::{Error, FlatSegment, Real};

/// Stochastic gradient descent: `p -= learning_rate · g`.
#[derive(Clone, Debug)]
pub struct Sgd<T: Real = f32> {
    learning_rate: f64,
    state: State<T, 0>,
}

impl<T: Real> Sgd<T> {
    /// With this learning rate, which must be positive and finite.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, state: State::new() }
    }
}

impl<T: Real> Optimizer<T> for Sgd<T> {
    fn step(&mut self, segments: &[FlatSegment], parameters: &mut [T], gradients: &[T]) -> Result<(), Error> {
        self.validate()?;
        self.state.begin(parameters, gradients)?;
        let rate = self.learning_rate;
        update(segments, parameters, gradients, &mut self.state, |p, g, []| T::sgd_step(rate, p, g));
        Ok(())
    }

    fn validate(&self) -> Result<(), Error> {
        check_learning_rate(self.learning_rate)
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }
}
