//! A gentle start.

use super::{Schedule, check_length};
use crate::Error;

/// Rises in equal steps before another schedule begins (Goyal et al., *Accurate, Large Minibatch SGD*, 2017): `(t + 1) / (n + 1)` at
/// each `t` of the first `n` steps or epochs.
#[derive(Clone, Copy, Debug)]
pub struct WarmUp<S> {
    length: u64,
    then: S,
}

impl<S: Schedule> WarmUp<S> {
    /// Rises for so many steps or epochs, one or more, and goes on with `then` from its beginning.
    pub fn new(length: u64, then: S) -> Self {
        Self { length, then }
    }
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn factor(&self, at: u64) -> f64 {
        match at.checked_sub(self.length) {
            Some(at) => self.then.factor(at),
            None => (at + 1) as f64 / (self.length + 1) as f64,
        }
    }

    fn observe(&mut self, loss: f64) {
        self.then.observe(loss);
    }

    fn length(&self) -> Option<u64> {
        Some(self.length.saturating_add(self.then.length().unwrap_or(0)))
    }

    fn validate(&self) -> Result<(), Error> {
        check_length(self.length)?;
        self.then.validate()
    }

    fn state(&self) -> Vec<f64> {
        self.then.state()
    }

    fn restore(&mut self, state: &[f64]) {
        self.then.restore(state);
    }
}
