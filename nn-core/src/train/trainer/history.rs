//! What is known of a training while it runs and afterwards.

use std::ops::Deref;

use crate::train::loss::{Hits, Mean};

/// One step of an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// The learning rate that the step was taken at.
    pub learning_rate: f64,
    /// Speed of the epoch so far.
    pub samples_per_second: f64,
}

/// One epoch.
///
/// Loss and accuracy of training are those of each mini-batch just before its step, so the network has changed between
/// the first and the last of them. Of several outputs, losses are their sum, and accuracy is that of the first output that
/// classifies.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// The training samples for each output.
    pub train_outputs: Vec<Score>,
    /// The validation samples for each output; empty where there are none.
    pub validation_outputs: Vec<Score>,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Seconds of training, without validation.
    pub seconds: f64,
    /// Training samples per second.
    pub samples_per_second: f64,
}

impl Epoch {
    /// The loss of the validation samples; where there are none, that of the training samples.
    pub fn loss(&self) -> f64 {
        self.validation_loss.unwrap_or(self.train_loss)
    }

    /// The accuracy on the validation samples; where there are none, on the training samples.
    pub fn accuracy(&self) -> Option<f64> {
        if self.validation_loss.is_some() { self.validation_accuracy } else { self.train_accuracy }
    }
}

/// All epochs of a call of [`fit`](super::Trainer::fit), the first first.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    /// The epochs.
    pub epochs: Vec<Epoch>,
}

impl History {
    /// The losses of the training samples, epoch by epoch, to draw their curve.
    pub fn train_losses(&self) -> Vec<f64> {
        self.iter().map(|epoch| epoch.train_loss).collect()
    }

    /// The losses of the validation samples, epoch by epoch; none where there were no such samples.
    pub fn validation_losses(&self) -> Vec<f64> {
        self.iter().filter_map(|epoch| epoch.validation_loss).collect()
    }
}

impl Deref for History {
    type Target = [Epoch];

    fn deref(&self) -> &[Epoch] {
        &self.epochs
    }
}

/// Loss and accuracy of one output.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Score {
    /// Mean loss over the samples.
    pub loss: f64,
    /// Share of the samples classified right, where the loss classifies.
    pub accuracy: Option<f64>,
}

impl Score {
    /// The sum of losses, and the first accuracy.
    pub(super) fn all(scores: &[Self]) -> Self {
        Self {
            loss: scores.iter().map(|score| score.loss).sum(),
            accuracy: scores.iter().find_map(|score| score.accuracy),
        }
    }
}

/// Sums over the samples seen so far, of one output.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Total {
    pub loss: f64,
    pub weight: f64,
    pub hits: Option<Hits>,
}

impl Total {
    /// Takes in the mean of a batch by its weight, as the last batch may be short.
    pub fn add(&mut self, mean: Mean) {
        self.weight += mean.weight;
        self.loss += mean.loss * mean.weight;
    }

    /// Takes in what is right of a batch.
    pub fn hit(&mut self, hits: Option<Hits>) {
        self.hits = hits.map(|hits| {
            let before = self.hits.unwrap_or_default();
            Hits { right: before.right + hits.right, of: before.of + hits.of }
        });
    }

    /// The mean, which is zero of samples none of which counts.
    pub fn score(&self) -> Score {
        let mean = |sum: f64, of: f64| if of == 0.0 { 0.0 } else { sum / of };
        Score {
            loss: mean(self.loss, self.weight),
            accuracy: self.hits.map(|hits| mean(hits.right as f64, hits.of as f64)),
        }
    }
}
