//! Up and down once.

use super::{Schedule, check_length, cosine};
use crate::Error;

/// The share of the cycle in which the rate rises.
const RISES: f64 = 0.3;
/// Where it starts, and what the end is of the start.
const START: f64 = 1.0 / 25.0;
const END: f64 = START / 1e4;

/// Rises from 1/25 to 1 and falls to 1/250,000, along half a cosine each (Smith and Topin, *Super-Convergence*, 2018), as PyTorch's
/// `OneCycleLR`: the optimizer's learning rate is the highest one.
#[derive(Clone, Copy, Debug)]
pub struct OneCycle {
    length: u64,
    rises: f64,
}

impl OneCycle {
    /// A cycle of so many steps or epochs, two or more: those of the whole run. It rises for 30 % of them.
    pub fn new(length: u64) -> Self {
        Self { length, rises: RISES }
    }

    /// Rises for this share of the cycle, between 0 and 1.
    pub fn rises(mut self, share: f64) -> Self {
        self.rises = share;
        self
    }
}

impl Schedule for OneCycle {
    fn factor(&self, at: u64) -> f64 {
        let (length, at) = (self.length as f64, at.min(self.length.saturating_sub(1)) as f64);
        let top = self.rises * length - 1.0;
        match at <= top {
            true => cosine(START, 1.0, at / top.max(f64::MIN_POSITIVE)),
            false => cosine(1.0, END, (at - top) / (length - 1.0 - top)),
        }
    }

    fn length(&self) -> Option<u64> {
        Some(self.length)
    }

    fn validate(&self) -> Result<(), Error> {
        check_length(self.length)?;
        let (top, share) = (self.rises * self.length as f64, self.rises);
        let holds = share < 1.0 && top >= 1.0;
        Error::check_setting("rising share of a cycle", share, holds, "below 1, and one step of the cycle or more")
    }
}
