//! Half a cosine, again and again if wanted.

use super::{Schedule, check_least, check_length, cosine};
use crate::Error;

/// Falls from 1 along half a cosine (Loshchilov and Hutter, *SGDR*, 2017). As PyTorch's `CosineAnnealingLR` over so many steps or
/// epochs; with [`restarts`](Self::restarts) as its `CosineAnnealingWarmRestarts`.
#[derive(Clone, Copy, Debug)]
pub struct Cosine {
    length: u64,
    least: f64,
    growth: Option<u64>,
}

impl Cosine {
    /// Falls to zero in so many steps or epochs, one or more, and stays there.
    pub fn new(length: u64) -> Self {
        Self { length, least: 0.0, growth: None }
    }

    /// Falls to this factor, from 0 to 1.
    pub fn least(mut self, least: f64) -> Self {
        self.least = least;
        self
    }

    /// Starts again from 1 instead of staying; each fall is `growth` times as long as the one before, one or more.
    pub fn restarts(mut self, growth: u64) -> Self {
        self.growth = Some(growth);
        self
    }
}

impl Schedule for Cosine {
    fn factor(&self, at: u64) -> f64 {
        let length = self.length.max(1);
        let share = match self.growth {
            None => at.min(length) as f64 / length as f64,
            Some(0 | 1) => (at % length) as f64 / length as f64,
            Some(growth) => {
                let (mut at, mut length) = (at, length);
                while at >= length {
                    at -= length;
                    length = length.saturating_mul(growth);
                }
                at as f64 / length as f64
            }
        };
        cosine(1.0, self.least, share)
    }

    fn length(&self) -> Option<u64> {
        self.growth.is_none().then_some(self.length)
    }

    fn validate(&self) -> Result<(), Error> {
        check_length(self.length)?;
        Error::check_count("growth of a schedule", self.growth.unwrap_or(1) as usize)?;
        check_least(self.least)
    }
}
