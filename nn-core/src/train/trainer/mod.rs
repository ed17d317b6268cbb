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

mod evaluate;
mod history;
#[cfg(test)]
mod tests;

pub use evaluate::{Evaluation, evaluate};
pub use history::{Epoch, History, Observer, Step};

use std::time::Instant;

use crate::data::{MiniBatch, Order, Source, check_samples};
use crate::exec::PARALLEL_WORK_INSIDE;
use crate::shape::Shape;
use crate::train::threads;
use crate::{CrossEntropy, Error, Group, Loss, Network, Number, Optimizer, Real, Training, on_threads};

/// Trains a network on a data set, epoch by epoch.
///
/// Made of an optimizer and the settings; [`fit`](Self::fit) then does the work, and may be called again to go on: the
/// optimizer keeps its state, and epochs are counted on. The same seed gives the same weights, bit for bit, on
/// any number of threads.
pub struct Trainer<'a, D: ?Sized, O, L = CrossEntropy> {
    optimizer: O,
    loss: L,
    epochs: usize,
    batch_size: usize,
    seed: u64,
    threads: Option<usize>,
    validation: Option<&'a D>,
    observer: Option<&'a mut (dyn Observer + 'a)>,
    groups: Vec<(String, Group)>,
    check_finite: Option<u64>,
    epochs_done: usize,
    steps_done: u64,
}

impl<'a, D: ?Sized, O> Trainer<'a, D, O> {
    /// Trains with this optimizer and [`CrossEntropy`], for one epoch in mini-batches of 100, unless told otherwise.
    pub fn new(optimizer: O) -> Self {
        Self {
            optimizer,
            loss: CrossEntropy,
            epochs: 1,
            batch_size: 100,
            seed: 0,
            threads: None,
            validation: None,
            observer: None,
            groups: Vec::new(),
            check_finite: None,
            epochs_done: 0,
            steps_done: 0,
        }
    }
}

impl<'a, D: ?Sized, O, L> Trainer<'a, D, O, L> {
    /// Trains with another loss.
    pub fn loss<M>(self, loss: M) -> Trainer<'a, D, O, M> {
        let Self {
            optimizer,
            loss: _,
            epochs,
            batch_size,
            seed,
            threads,
            validation,
            observer,
            groups,
            check_finite,
            epochs_done,
            steps_done,
        } = self;
        Trainer {
            optimizer,
            loss,
            epochs,
            batch_size,
            seed,
            threads,
            validation,
            observer,
            groups,
            check_finite,
            epochs_done,
            steps_done,
        }
    }

    /// How often each sample is visited by a call of [`fit`](Self::fit).
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Samples to a step. The last step of an epoch takes what is left.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Keys the order of the samples and the draws of dropout.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Trains on so many threads of its own, 1024 at most; otherwise on rayon's, one for each core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Measures loss and accuracy on these samples after each epoch.
    pub fn validation(mut self, data: &'a D) -> Self {
        self.validation = Some(data);
        self
    }

    /// Tells this observer of every step and epoch.
    pub fn observer(mut self, observer: &'a mut (dyn Observer + 'a)) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Looks whether all parameters are finite after every so many steps, and not only at the end of each epoch. A look takes as long as
    /// to read the parameters once.
    pub fn check_finite(mut self, every: u64) -> Self {
        self.check_finite = Some(every);
        self
    }

    /// Freezes the parameters below a label of the network: see [`Training`](Training#groups-of-parameters).
    pub fn freeze(self, label: impl Into<String>) -> Self {
        self.group(label, Group { trained: false, ..Group::default() })
    }

    /// Trains the parameters below a label of the network in this way; what is said later counts.
    pub fn group(mut self, label: impl Into<String>, group: Group) -> Self {
        self.groups.push((label.into(), group));
        self
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// The optimizer, to change its learning rate between two calls of [`fit`](Self::fit).
    pub fn optimizer_mut(&mut self) -> &mut O {
        &mut self.optimizer
    }

    /// Trains.
    ///
    /// Nothing is allocated from the second step of an epoch on.
    ///
    /// # Errors
    ///
    /// When a setting is out of range, the network has no label that was [frozen](Self::freeze), there are no samples, their shape
    /// or targets are not those of the network and the loss, the loss is no longer finite (the network then is as it was
    /// before that step), or a step has left parameters that are not: the error names the first layer. Parameters are looked at
    /// when the loss is not finite, at the end of each epoch, and whenever [`check_finite`](Self::check_finite) says.
    pub fn fit<S, Y, N>(&mut self, net: &mut N, data: &D) -> Result<History, Error>
    where
        S: Shape,
        Y: Shape,
        N: Network<Inputs = (S,), Outputs = (Y,)>,
        D: Source<S::Element<N::Scalar>>,
        O: Optimizer<N::Scalar>,
        L: Loss<N::Scalar, Target = D::Target>,
    {
        self.check::<N::Scalar>()?;
        for (what, data) in [("the training set", Some(data)), ("the validation set", self.validation)] {
            data.map_or(Ok(()), |data| check_data::<N::Scalar, S, Y, D, L>(what, data, &self.loss))?;
        }
        let threads = self.threads;
        let multiply_adds = N::MULTIPLY_ADDS.saturating_mul(self.batch_size as u64);
        let mut fit = || {
            let mut order = Order::new(data.len(), self.seed);
            let mut fit = Fit::new(self, data)?;
            (0..fit.trainer.epochs).try_fold(History::default(), |mut history, _| {
                history.epochs.push(fit.epoch(net, &mut order)?);
                Ok(history)
            })
        };
        // Threads that nothing could be handed to would only be in the way of others.
        if multiply_adds < PARALLEL_WORK_INSIDE { fit() } else { on_threads(threads, fit)? }
    }

    fn check<T: Real>(&self) -> Result<(), Error>
    where
        O: Optimizer<T>,
    {
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
        self.optimizer.validate()
    }
}

/// Fails unless the samples suit the network and the loss.
fn check_data<T: Real, S: Shape, Y: Shape, D, L>(what: &str, data: &D, loss: &L) -> Result<(), Error>
where
    D: Source<S::Element<T>> + ?Sized,
    L: Loss<T, Target = D::Target>,
{
    const {
        assert!(
            !S::VARIES && !Y::VARIES,
            "samples of a data set have a fixed number of rows: see `Training` for others"
        );
    };
    if data.is_empty() {
        return Err(Error::Empty { what: what.into() });
    }
    check_samples::<T, S, D>(what, data)?;
    loss.check_output(Y::ROW_DIMS)?;
    let expected = loss.targets_per_sample(Y::LEN);
    if data.targets_per_sample() != expected {
        let expected = format!("{expected} as the loss wants of the network's output {:?}", Y::DIMS);
        return Err(Error::size(format!("targets of each sample of {what}"), expected, data.targets_per_sample()));
    }
    Ok(())
}

/// A call of `fit` with its memory.
struct Fit<'t, 'a, D: ?Sized, O, L, N: Network, Y> {
    trainer: &'t mut Trainer<'a, D, O, L>,
    data: &'t D,
    batch: MiniBatch<N, Y>,
    training: Training<N>,
}

impl<'t, 'a, S, Y, D, O, L, N> Fit<'t, 'a, D, O, L, N, D::Target>
where
    S: Shape,
    Y: Shape,
    N: Network<Inputs = (S,), Outputs = (Y,)>,
    D: Source<S::Element<N::Scalar>> + ?Sized,
    O: Optimizer<N::Scalar>,
    L: Loss<N::Scalar, Target = D::Target>,
{
    fn new(trainer: &'t mut Trainer<'a, D, O, L>, data: &'t D) -> Result<Self, Error> {
        let capacity = trainer.batch_size.min(data.len());
        let mut training = Training::new(capacity).seed(trainer.seed);
        training.set_step(trainer.steps_done);
        for (label, group) in &trainer.groups {
            training.group(label, *group)?;
        }
        Ok(Self { batch: MiniBatch::new(capacity), training, trainer, data })
    }

    fn epoch(&mut self, net: &mut N, order: &mut Order) -> Result<Epoch, Error> {
        let start = Instant::now();
        self.trainer.epochs_done += 1;
        let epoch = self.trainer.epochs_done;
        order.shuffle(epoch as u64);
        let totals = self.steps(net, epoch, order, start)?;
        let seconds = start.elapsed().as_secs_f64();
        let validation = match self.trainer.validation {
            Some(data) => Some(evaluate(net, data, &self.trainer.loss, self.trainer.batch_size)?),
            None => None,
        };
        let epoch = Epoch {
            epoch,
            train_loss: totals.mean_loss(),
            train_accuracy: totals.accuracy(),
            validation_loss: validation.map(|validation| validation.loss),
            validation_accuracy: validation.and_then(|validation| validation.accuracy),
            seconds,
            samples_per_second: totals.samples as f64 / seconds,
        };
        if let Some(observer) = &mut self.trainer.observer {
            observer.epoch(&epoch);
        }
        Ok(epoch)
    }

    fn steps(&mut self, net: &mut N, epoch: usize, order: &Order, start: Instant) -> Result<Totals, Error> {
        let mut totals = Totals::default();
        let mut batches = order.batches(self.trainer.batch_size);
        let steps = batches.len();
        let mut step = 0;
        while let Some(batch) = batches.next() {
            step += 1;
            let (loss, correct) = self.step(net, batch, epoch, step)?;
            totals.add(batch.len(), loss, correct);
            if self.trainer.check_finite.is_some_and(|every| self.trainer.steps_done.is_multiple_of(every)) {
                self.training.check_finite(net, epoch, step)?;
            }
            if let Some(observer) = &mut self.trainer.observer {
                observer.step(&Step {
                    epoch,
                    step,
                    steps,
                    samples: totals.samples,
                    of: self.data.len(),
                    batch_loss: loss,
                    mean_loss: totals.mean_loss(),
                    samples_per_second: totals.samples as f64 / start.elapsed().as_secs_f64(),
                });
            }
        }
        self.training.check_finite(net, epoch, steps)?;
        Ok(totals)
    }

    /// One mini-batch: its mean loss, and how many of it are right, both before the parameters move.
    fn step(&mut self, net: &mut N, batch: &[usize], epoch: usize, step: usize) -> Result<(f64, Option<usize>), Error> {
        self.batch.gather(self.data, batch)?;
        let loss = self.training.loss_and_gradients_of(net, &self.batch, &self.trainer.loss)?.to_f64();
        if !loss.is_finite() {
            self.training.check_finite(net, epoch, step - 1)?;
            return Err(Error::NotFinite { epoch, step, loss });
        }
        let logits = self.training.logits();
        let correct = self.trainer.loss.correct(N::HEADS[0], Y::LEN, logits.numbers().reals(), self.batch.targets());
        self.training.step(net, &mut self.trainer.optimizer)?;
        self.trainer.steps_done += 1;
        Ok((loss, correct))
    }
}

/// Sums over the samples seen so far.
#[derive(Clone, Copy, Default)]
struct Totals {
    samples: usize,
    loss: f64,
    correct: Option<usize>,
}

impl Totals {
    /// Takes in the mean of a batch by the weight of its samples, as the last batch may be short.
    fn add(&mut self, samples: usize, mean_loss: f64, correct: Option<usize>) {
        self.samples += samples;
        self.loss += mean_loss * samples as f64;
        self.correct = correct.map(|correct| correct + self.correct.unwrap_or(0));
    }

    fn mean_loss(&self) -> f64 {
        self.loss / self.samples as f64
    }

    fn accuracy(&self) -> Option<f64> {
        self.correct.map(|correct| correct as f64 / self.samples as f64)
    }
}
