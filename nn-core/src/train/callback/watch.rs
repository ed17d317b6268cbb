//! By what number a callback tells better epochs from worse.

use super::Memory;
use crate::Error;
use crate::train::Epoch;

/// The number of an epoch that a callback goes by: that of the validation samples, or of the training samples where there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
    /// The smaller the better.
    #[default]
    Loss,
    /// The larger the better.
    Accuracy,
}

/// The best epoch so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Best {
    pub watch: Watch,
    /// By how much an epoch must be better.
    pub by: f64,
    /// The number of the best one, and its place in the run.
    best: Option<(f64, usize)>,
}

impl Best {
    /// Whether this epoch is the best so far.
    ///
    /// # Errors
    ///
    /// When the number is not measured.
    pub fn is(&mut self, callback: &'static str, epoch: &Epoch) -> Result<bool, Error> {
        let value = match self.watch {
            Watch::Loss => -epoch.loss(),
            Watch::Accuracy => epoch.accuracy().ok_or(Error::NotMeasured {
                callback,
                what: "accuracy",
                reason: "the loss does not classify; let it watch the loss",
            })?,
        };
        let is_better = self.best.is_none_or(|(best, _)| value > best + self.by);
        if is_better {
            self.best = Some((value, epoch.epoch));
        }
        Ok(is_better)
    }

    /// The number of the best epoch, from one.
    pub fn epoch(&self) -> Option<usize> {
        self.best.map(|(_, epoch)| epoch)
    }

    pub fn memory<T>(&self) -> Memory<T> {
        Memory { numbers: self.best.iter().flat_map(|&(value, epoch)| [value, epoch as f64]).collect(), weights: None }
    }

    pub fn recall(&mut self, numbers: &[f64]) {
        self.best = if let [value, epoch] = *numbers { Some((value, epoch as usize)) } else { None };
    }

    pub fn validate(&self) -> Result<(), Error> {
        let range = "a finite number, 0 or above";
        Error::check_setting("least change for the better", self.by, self.by >= 0.0, range)
    }
}
