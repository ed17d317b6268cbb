//! Smaller steps where larger ones lead nowhere.

use super::{Schedule, check_factor, check_least};
use crate::Error;

/// A loss that is not smaller than the best one by this share of it is no better.
const THRESHOLD: f64 = 1e-4;

/// Multiplies the rate by a factor when the loss has not become smaller for some epochs, as PyTorch's `ReduceLROnPlateau`. It goes by
/// epochs, whether it is asked for [every step or epoch](super::Every).
#[derive(Clone, Copy, Debug)]
pub struct Plateau {
    factor: f64,
    patience: u64,
    least: f64,
    now: f64,
    best: f64,
    without: u64,
}

impl Plateau {
    /// Multiplies the rate by `factor`, a positive number below 1, in the epoch after more than `patience` ones without a smaller loss.
    pub fn new(factor: f64, patience: u64) -> Self {
        Self { factor, patience, least: 0.0, now: 1.0, best: f64::INFINITY, without: 0 }
    }

    /// Never makes the rate smaller than this factor, from 0 to 1, of the first.
    pub fn least(mut self, least: f64) -> Self {
        self.least = least;
        self
    }
}

impl Schedule for Plateau {
    fn factor(&self, _: u64) -> f64 {
        self.now
    }

    fn observe(&mut self, loss: f64) {
        if loss < self.best * (1.0 - THRESHOLD) {
            (self.best, self.without) = (loss, 0);
            return;
        }
        self.without += 1;
        if self.without > self.patience {
            (self.now, self.without) = ((self.now * self.factor).max(self.least), 0);
        }
    }

    fn validate(&self) -> Result<(), Error> {
        check_factor(self.factor)?;
        Error::check_setting("factor of a schedule", self.factor, self.factor < 1.0, "below 1")?;
        check_least(self.least)
    }

    fn state(&self) -> Vec<f64> {
        vec![self.now, self.best, self.without as f64]
    }

    fn restore(&mut self, state: &[f64]) {
        if let [now, best, without] = *state {
            (self.now, self.best, self.without) = (now, best, without as u64);
        }
    }
}
