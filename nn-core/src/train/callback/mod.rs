//! What is called while a network learns: to look at it, to save it, to change the learning rate, to stop.
//!
//! ```
//! use nn_core::data::Samples;
//! use nn_core::train::callback::EarlyStopping;
//! use nn_core::{Adam, Network, Trainer, network};
//!
//! network! {
//!     struct Xor = [2] -> affine(16) -> relu -> affine(2) -> softmax;
//! }
//!
//! let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
//! let history = Trainer::new(Adam::new(0.05))
//!     .epochs(1000)
//!     .callback(EarlyStopping::new(20))
//!     .on_epoch(|run, epoch| {
//!         if epoch.train_loss < 0.01 {
//!             run.stop();
//!         }
//!         Ok(())
//!     })
//!     .fit(&mut Xor::new(1), &data)?;
//! assert!(history.len() < 1000);
//! # Ok::<(), nn_core::Error>(())
//! ```

mod checkpoint;
mod csv_log;
mod early_stopping;
mod lines;
#[cfg(feature = "progress")]
mod progress;
mod rate_log;
#[cfg(test)]
mod tests;
mod watch;

pub use checkpoint::Checkpoint;
pub use csv_log::CsvLog;
pub use early_stopping::EarlyStopping;
pub use lines::Lines;
#[cfg(feature = "progress")]
pub use progress::Progress;
pub use rate_log::RateLog;
pub use watch::Watch;

use std::path::PathBuf;

use super::trainer::{Epoch, History, Score, Step};
use crate::{Error, Network, Optimizer};

/// Is called by a [`Trainer`](crate::Trainer) at the events of a run. What it does not care for it leaves out.
///
/// An error ends the run, and [`fit`](crate::Trainer::fit) returns it.
///
/// ```
/// use nn_core::train::callback::{Callback, Run};
/// use nn_core::train::Step;
/// use nn_core::{Error, Network};
///
/// /// Halves the learning rate when a loss is more than twice the mean of its epoch.
/// struct Careful;
///
/// impl<N: Network> Callback<N> for Careful {
///     fn step(&mut self, run: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
///         if step.batch_loss > 2.0 * step.mean_loss {
///             run.optimizer.set_learning_rate(run.optimizer.learning_rate() / 2.0);
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Callback<N: Network>: Send {
    /// The run begins.
    ///
    /// # Errors
    ///
    /// Of its own; so everywhere below.
    fn begin(&mut self, _run: &mut Run<'_, N>) -> Result<(), Error> {
        Ok(())
    }

    /// A step is done.
    ///
    /// # Errors
    ///
    /// Of its own.
    fn step(&mut self, _run: &mut Run<'_, N>, _step: &Step) -> Result<(), Error> {
        Ok(())
    }

    /// An epoch is done, with its validation.
    ///
    /// # Errors
    ///
    /// Of its own.
    fn epoch(&mut self, _run: &mut Run<'_, N>, _epoch: &Epoch) -> Result<(), Error> {
        Ok(())
    }

    /// The run is over: all epochs are done, or it was stopped.
    ///
    /// # Errors
    ///
    /// Of its own.
    fn end(&mut self, _run: &mut Run<'_, N>, _history: &History) -> Result<(), Error> {
        Ok(())
    }

    /// What it remembers, for a checkpoint.
    fn memory(&self) -> Memory<N::Scalar> {
        Memory::default()
    }

    /// Remembers again what [`memory`](Self::memory) gave.
    fn recall(&mut self, _memory: Memory<N::Scalar>) {}
}

/// What a callback remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory<T> {
    /// Some numbers.
    pub numbers: Vec<f64>,
    /// Parameters, as many as the network has.
    pub weights: Option<Vec<T>>,
}

/// What a callback sees of a run, and can change.
pub struct Run<'r, N: Network> {
    /// The network.
    pub net: &'r mut N,
    /// The optimizer, with the learning rate.
    pub optimizer: &'r mut Optimizer<N::Scalar>,
    /// The number of the last epoch, unless the run is stopped.
    pub epochs: usize,
    /// Mean loss and accuracy of each output in the epoch so far; empty before its first step.
    pub scores: &'r [Score],
    pub(super) control: &'r mut Control,
}

impl<N: Network> Run<'_, N> {
    /// Ends the run, once all callbacks have been called for this event. In the midst of an epoch, the epoch remains unfinished: it has no
    /// place in the history.
    pub fn stop(&mut self) {
        self.control.stops = true;
    }

    /// Saves a checkpoint once all callbacks have been called for this event: see [`checkpoint`](super::checkpoint).
    pub fn save_checkpoint(&mut self, path: impl Into<PathBuf>) {
        self.control.saves.push(path.into());
    }
}

/// What callbacks have asked for.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub stops: bool,
    pub saves: Vec<PathBuf>,
}

/// A callback that is to be looked at after the run.
impl<N: Network, C: Callback<N> + ?Sized> Callback<N> for &mut C {
    fn begin(&mut self, run: &mut Run<'_, N>) -> Result<(), Error> {
        (**self).begin(run)
    }

    fn step(&mut self, run: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
        (**self).step(run, step)
    }

    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        (**self).epoch(run, epoch)
    }

    fn end(&mut self, run: &mut Run<'_, N>, history: &History) -> Result<(), Error> {
        (**self).end(run, history)
    }

    fn memory(&self) -> Memory<N::Scalar> {
        (**self).memory()
    }

    fn recall(&mut self, memory: Memory<N::Scalar>) {
        (**self).recall(memory);
    }
}

/// A closure that is called after each epoch.
pub(super) struct OnEpoch<F>(pub F);

impl<N: Network, F> Callback<N> for OnEpoch<F>
where
    F: FnMut(&mut Run<'_, N>, &Epoch) -> Result<(), Error> + Send,
{
    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        (self.0)(run, epoch)
    }
}
