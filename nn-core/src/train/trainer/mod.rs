//! The training loop.
//!
//! ```
//! use nn_core::data::Samples;
//! use nn_core::{Adam, Network, Trainer, network};
//!
//! network! {
//!     struct Xor = [2] -> affine(16) -> relu -> affine(2) -> softmax;
//! }
//!
//! let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
//! let mut net = Xor::new(1);
//! let history = Trainer::new(Adam::new(0.05)).epochs(100).batch_size(4).fit(&mut net, &data)?;
//! assert_eq!(history.last().and_then(|epoch| epoch.train_accuracy), Some(1.0));
//! # Ok::<(), nn_core::Error>(())
//! ```

mod data_parallel;
mod evaluate;
mod fit;
mod history;
mod position;
#[cfg(test)]
mod tests;
mod validation;

pub(crate) use evaluate::predict_batches;
pub use evaluate::{Evaluation, evaluate};
pub use history::{Epoch, History, Score, Step};
pub use validation::{On, Unvalidated, Validation};

use std::path::Path;

use crate::data::{Feed, Sampling, read_ahead};
use crate::exec::PARALLEL_WORK_INSIDE;
use crate::parameters::group::{Kind, Select};
use crate::shape::Shapes;
use crate::train::callback::{Callback, Run};
use crate::train::exchange::GradientExchange;
use crate::train::loss::Losses;
use crate::train::optimizer::Rule;
use crate::train::schedule::{Every, Schedule};
use crate::train::threads;
use crate::{CrossEntropy, Error, Group, Network, Optimizer, on_threads};
use fit::Fit;
use history::Total;
use position::Position;

/// Trains a network on a data set, epoch by epoch.
///
/// Made of an optimizer and the settings; [`fit`](Self::fit) then does the work, and may be called again to go on: the
/// optimizer keeps its state, and epochs are counted on. The same seed gives the same weights, bit for bit, on
/// any number of threads.
///
/// A network with several inputs or outputs is trained in the same way: see [`Feed`] for the data and [`Losses`] for the losses.
pub struct Trainer<'a, N: Network, L = CrossEntropy, V = Unvalidated> {
    loss: L,
    validation: V,
    settings: Settings<'a, N>,
    position: Position,
}

/// What does not depend on the loss and the data.
struct Settings<'a, N: Network> {
    optimizer: Box<Optimizer<N::Scalar>>,
    epochs: usize,
    batch_size: usize,
    seed: u64,
    threads: Option<usize>,
    sampling: Option<Sampling>,
    read_ahead: usize,
    groups: Vec<(String, Option<Kind>, Group)>,
    schedule: Option<(Every, Box<dyn Schedule + 'a>)>,
    callbacks: Vec<Box<dyn Callback<N> + 'a>>,
    check_finite: Option<u64>,
    exchange: Option<Box<dyn GradientExchange<N::Scalar> + 'a>>,
}

impl<N: Network> Trainer<'_, N> {
    /// Trains with this optimizer and [`CrossEntropy`], for one epoch in mini-batches of 100, unless told otherwise.
    pub fn new(optimizer: Optimizer<N::Scalar, impl Rule<N::Scalar>>) -> Self {
        let settings = Settings {
            optimizer: Box::new(optimizer),
            epochs: 1,
            batch_size: 100,
            seed: 0,
            threads: None,
            sampling: None,
            read_ahead: 0,
            groups: Vec::new(),
            schedule: None,
            callbacks: Vec::new(),
            check_finite: None,
            exchange: None,
        };
        Self { loss: CrossEntropy, validation: Unvalidated, settings, position: Position::default() }
    }
}

impl<'a, N: Network, L, V> Trainer<'a, N, L, V> {
    /// Trains with another loss; of several outputs, with a tuple of [`Losses`].
    pub fn loss<M>(self, loss: M) -> Trainer<'a, N, M, V> {
        let Self { loss: _, validation, settings, position } = self;
        Trainer { loss, validation, settings, position }
    }

    /// How often each sample is visited by a call of [`fit`](Self::fit).
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// Samples to a step. The last step of an epoch takes what is left.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.settings.batch_size = batch_size;
        self
    }

    /// Keys the order of the samples and the draws of dropout.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Trains on so many threads of its own, 1024 at most; otherwise on rayon's, one for each core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = Some(threads);
        self
    }

    /// Draws the samples of an epoch by weight, with replacement, in place of visiting each once: see [`Sampling`].
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.settings.sampling = Some(sampling);
        self
    }

    /// Gathers so many mini-batches ahead, 1024 at most, on one more thread: for a [`Source`](crate::data::Source) that takes its
    /// time, as one that reads files or [augments](crate::data::Augmented) pictures does. The bits are the same.
    pub fn read_ahead(mut self, batches: usize) -> Self {
        self.settings.read_ahead = batches;
        self
    }

    /// Measures loss and accuracy on these samples after each epoch. They need not be of the type of those that are learnt from.
    pub fn validation<D>(self, data: D) -> Trainer<'a, N, L, On<D>> {
        let Self { loss, validation: _, settings, position } = self;
        Trainer { loss, validation: On(data), settings, position }
    }

    /// Lets the learning rate follow a schedule, step by step or epoch by epoch: it is the optimizer's times the schedule's factor.
    /// Both are counted on from one call of [`fit`](Self::fit) to the next. Steps are those of the optimizer, where it
    /// [accumulates](Optimizer::accumulate) gradients.
    pub fn schedule(mut self, every: Every, schedule: impl Schedule + 'a) -> Self {
        self.settings.schedule = Some((every, Box::new(schedule)));
        self
    }

    /// Looks whether all parameters are finite after every so many steps, and not only at the end of each epoch. A look takes as
    /// long as to read the parameters once.
    pub fn check_finite(mut self, every: u64) -> Self {
        self.settings.check_finite = Some(every);
        self
    }

    /// Shares the mini-batches among the processes of an [exchange](crate::train::exchange), each of which runs this trainer with the
    /// same settings. The batch size is that of all together.
    pub fn over(mut self, exchange: impl GradientExchange<N::Scalar> + 'a) -> Self {
        self.settings.exchange = Some(Box::new(exchange));
        self
    }

    /// Calls this [`Callback`] after those before it. `&mut callback` will do, to look at it afterwards.
    pub fn callback(mut self, callback: impl Callback<N> + 'a) -> Self {
        self.settings.callbacks.push(Box::new(callback));
        self
    }

    /// Calls this after each epoch: a [`Callback`] in a word. Where the closure asks the network something, say which it is:
    /// `Trainer::<Digits>::new(…)`.
    pub fn on_epoch(self, callback: impl FnMut(&mut Run<'_, N>, &Epoch) -> Result<(), Error> + Send + 'a) -> Self {
        self.callback(crate::train::callback::OnEpoch(callback))
    }

    /// Draws a [bar](crate::train::callback::Progress) for every epoch, and prints a line when it is done.
    #[cfg(feature = "progress")]
    pub fn progress(self) -> Self {
        self.callback(crate::train::callback::Progress::new())
    }

    /// Freezes the parameters below a label of the network: see [`Training`](crate::Training#groups-of-parameters).
    pub fn freeze(self, label: &str) -> Self {
        self.group(label, Group { trained: false, ..Group::default() })
    }

    /// Trains some parameters of the network in this way, those below a label, of a kind, or both; what is said later counts.
    pub fn group<'l>(mut self, select: impl Into<Select<'l>>, group: Group) -> Self {
        let Select { label, kind } = select.into();
        self.settings.groups.push((label.into(), kind, group));
        self
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &Optimizer<N::Scalar> {
        &self.settings.optimizer
    }

    /// The optimizer, to change its learning rate between two calls of [`fit`](Self::fit).
    pub fn optimizer_mut(&mut self) -> &mut Optimizer<N::Scalar> {
        &mut self.settings.optimizer
    }

    /// Saves the network and all that is needed to go on from here, bit for bit: see [`checkpoint`](crate::train::checkpoint). While
    /// [`fit`](Self::fit) runs, [`callback::Checkpoint`](crate::train::callback::Checkpoint) does so. Of several ranks only the first
    /// saves.
    ///
    /// # Errors
    ///
    /// As of [`Network::save`].
    pub fn save(&self, path: impl AsRef<Path>, net: &N) -> Result<(), Error> {
        if self.settings.is_first() { self.settings.save(path.as_ref(), net, &self.position) } else { Ok(()) }
    }

    /// Goes on from where a checkpoint was saved: loads the network, and what the optimizer, the schedule and the callbacks
    /// remember. The settings must be those of the run that was saved, callbacks in the same order. The next call of
    /// [`fit`](Self::fit) then does the epochs that were left of that run; [`epochs`](Self::epochs) counts all of them.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no checkpoint, or is one of another network, optimizer or seed, or of a newer library.
    /// Nothing has changed then.
    pub fn resume(&mut self, path: impl AsRef<Path>, net: &mut N) -> Result<(), Error> {
        self.position = self.settings.load(path.as_ref(), net)?;
        Ok(())
    }

    /// Trains.
    ///
    /// Nothing is allocated from the second step of an epoch on.
    ///
    /// # Errors
    ///
    /// When a setting is out of range, a schedule is longer than the run, the network has no label that was
    /// [frozen](Self::freeze), there are no samples, their shape or targets are not those of the network and the loss, a callback
    /// fails, the loss is no longer finite (the network then is as it was before that step), or a step has left parameters that are
    /// not: the error names the first layer. Parameters are looked at when the loss is not finite, at the end of each epoch, and
    /// whenever [`check_finite`](Self::check_finite) says.
    pub fn fit<D>(&mut self, net: &mut N, data: D) -> Result<History, Error>
    where
        D: Feed<N::Inputs, N::Scalar>,
        L: Losses<N::Scalar, N::Outputs, D::Targets>,
        V: Validation<N, L>,
    {
        let result = self.check(&data).and_then(|()| self.run(net, &data));
        if let (Err(_), Some(exchange)) = (&result, &mut self.settings.exchange) {
            exchange.failed();
        }
        result
    }

    fn check<D>(&self, data: &D) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar>,
        L: Losses<N::Scalar, N::Outputs, D::Targets>,
        V: Validation<N, L>,
    {
        self.settings.validate()?;
        check_data::<N, D, L>("the training set", data, &self.loss)?;
        self.validation.check(&self.loss)
    }

    fn run<D>(&mut self, net: &mut N, data: &D) -> Result<History, Error>
    where
        D: Feed<N::Inputs, N::Scalar>,
        L: Losses<N::Scalar, N::Outputs, D::Targets>,
        V: Validation<N, L>,
    {
        let threads = self.settings.threads;
        let multiply_adds = N::MULTIPLY_ADDS.saturating_mul(self.settings.batch_size as u64);
        let mut fit = || Fit::new(self, data)?.run(net);
        // Threads that nothing could be handed to would only be in the way of others.
        if multiply_adds < PARALLEL_WORK_INSIDE { fit() } else { on_threads(threads, fit)? }
    }
}

impl<N: Network> Settings<'_, N> {
    /// Whether this is the only process, or the first of several.
    fn is_first(&self) -> bool {
        self.exchange.as_ref().is_none_or(|exchange| exchange.rank() == 0)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::check_count("count of epochs", self.epochs)?;
        Error::check_count("batch size", self.batch_size)?;
        if self.check_finite == Some(0) {
            return Err(Error::Setting {
                name: "count of steps from one check to the next",
                value: "0".into(),
                range: "at least 1",
            });
        }
        threads::check(self.threads)?;
        read_ahead::check(self.read_ahead)?;
        if let Some(exchange) = &self.exchange {
            let (rank, ranks, parts) = (exchange.rank(), exchange.ranks(), exchange.parts());
            let range = "the count of ranks or more, and at most 65536";
            Error::check_setting(
                "count of parts of a mini-batch",
                parts as f64,
                (ranks..=1 << 16).contains(&parts),
                range,
            )?;
            Error::check_setting("rank", rank as f64, rank < ranks, "less than the count of ranks")?;
        }
        self.optimizer.validate()?;
        self.schedule.as_ref().map_or(Ok(()), |(_, schedule)| schedule.validate())
    }
}

/// Fails unless the samples suit the network and the loss.
fn check_data<N, D, L>(what: &str, data: &D, loss: &L) -> Result<(), Error>
where
    N: Network,
    D: Feed<N::Inputs, N::Scalar>,
    L: Losses<N::Scalar, N::Outputs, D::Targets>,
{
    const {
        assert!(
            !any(N::Inputs::VARIES) && !any(N::Outputs::VARIES),
            "samples of a data set have a fixed number of rows: see `Training` for others"
        );
    };
    if data.samples() == 0 {
        return Err(Error::Empty { what: what.into() });
    }
    data.check(what)?;
    loss.check_outputs(what, &data.targets_per_sample())
}

const fn any(list: &[bool]) -> bool {
    let mut i = 0;
    while i < list.len() && !list[i] {
        i += 1;
    }
    i < list.len()
}
