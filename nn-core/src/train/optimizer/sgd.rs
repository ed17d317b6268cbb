//! Stochastic gradient descent.

use super::state::State;
use super::update::{Pace, update};
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
        self.state.begin(segments, parameters, gradients)?;
        let rule = |pace: Pace, p: &mut [T], g: &[T], []: [&mut [T]; 0]| T::sgd_step(pace.rate, p, g);
        update(segments, self.learning_rate, parameters, gradients, &mut self.state, rule);
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
