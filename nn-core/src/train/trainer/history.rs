//! What is known of a training while it runs and afterwards.

use std::ops::Deref;

/// Told of the progress of a training: a progress bar, a log.
pub trait Observer: Send {
    /// A step is done.
    fn step(&mut self, _step: &Step) {}

    /// An epoch is done, with its validation.
    fn epoch(&mut self, _epoch: &Epoch) {}
}

/// One step of an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The epoch, from one.
    pub epoch: usize,
    /// The step within the epoch, from one.
    pub step: usize,
    /// Steps of the epoch.
    pub steps: usize,
    /// Samples visited in the epoch so far.
    pub samples: usize,
    /// Samples of the epoch.
    pub of: usize,
    /// Mean loss of this mini-batch.
    pub batch_loss: f64,
    /// Mean loss of the epoch so far.
    pub mean_loss: f64,
    /// Speed of the epoch so far.
    pub samples_per_second: f64,
}

/// One epoch.
///
/// Loss and accuracy of training are those of each mini-batch just before its step, so the network has changed between
/// the first and the last of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from one.
    pub epoch: usize,
    /// Mean loss over the training samples.
    pub train_loss: f64,
    /// Share of the training samples classified right, where the loss classifies.
    pub train_accuracy: Option<f64>,
    /// Mean loss over the validation samples.
    pub validation_loss: Option<f64>,
    /// Share of the validation samples classified right, where the loss classifies.
    pub validation_accuracy: Option<f64>,
    /// Seconds of training, without validation.
    pub seconds: f64,
    /// Training samples per second.
    pub samples_per_second: f64,
}

/// All epochs of a call of [`fit`](super::Trainer::fit), the first first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The epochs.
    pub epochs: Vec<Epoch>,
}

impl Deref for History {
    type Target = [Epoch];

    fn deref(&self) -> &[Epoch] {
        &self.epochs
    }
}
