//! A call of `fit`.

use std::ops::ControlFlow;
use std::time::Instant;

use super::history::Totals;
use super::{Epoch, History, Step, Trainer, evaluate};
use crate::data::read_ahead::Visits;
use crate::data::{MiniBatch, Order, Source};
use crate::parameters::group::Select;
use crate::shape::Shape;
use crate::train::callback::{Callback, Control, Run};
use crate::train::schedule::Every;
use crate::{Error, Loss, Network, Number, Training};

/// A run with its memory.
pub(super) struct Fit<'t, 'a, N: Network, D: ?Sized, L> {
    trainer: &'t mut Trainer<'a, N, D, L>,
    data: &'t D,
    training: Training<N>,
    control: Control,
    /// The epochs that are done when the run is.
    end: usize,
}

impl<'t, 'a, S, Y, N, D, L> Fit<'t, 'a, N, D, L>
where
    S: Shape,
    Y: Shape,
    N: Network<Inputs = (S,), Outputs = (Y,)>,
    D: Source<S::Element<N::Scalar>> + ?Sized,
    L: Loss<N::Scalar, Target = D::Target>,
{
    pub fn new(trainer: &'t mut Trainer<'a, N, D, L>, data: &'t D) -> Result<Self, Error> {
        trainer.position.begin();
        let settings = &trainer.settings;
        let capacity = settings.batch_size.min(data.len());
        let mut training = Training::new(capacity).seed(settings.seed);
        training.set_step(trainer.position.passes);
        for (label, kind, group) in &settings.groups {
            training.group(Select { label, kind: *kind }, *group)?;
        }
        let end = trainer.position.start + settings.epochs;
        let control = Control::default();
        let fit = Self { training, control, end, trainer, data };
        fit.check_sampling()?;
        fit.check_schedule()?;
        Ok(fit)
    }

    pub fn run(mut self, net: &mut N) -> Result<History, Error> {
        let mut history = History::default();
        self.tell(net, |callback, run| callback.begin(run))?;
        while self.trainer.position.epochs < self.end && !self.control.stops {
            if let Some(epoch) = self.epoch(net)? {
                history.epochs.push(epoch);
                self.tell(net, |callback, run| callback.epoch(run, &epoch))?;
            }
        }
        self.tell(net, |callback, run| callback.end(run, &history))?;
        Ok(history)
    }

    /// What is left of an epoch, unless the run is stopped in the midst of it.
    fn epoch(&mut self, net: &mut N) -> Result<Option<Epoch>, Error> {
        let start = Instant::now();
        self.steps(net, start)?;
        let position = &mut self.trainer.position;
        if position.steps < self.data.len().div_ceil(self.trainer.settings.batch_size) {
            return Ok(None);
        }
        self.training.check_finite(net, position.epochs + 1, position.steps)?;
        let totals = std::mem::take(&mut position.totals);
        (position.epochs, position.steps) = (position.epochs + 1, 0);
        let (epoch, seconds) = (position.epochs, start.elapsed().as_secs_f64());
        let settings = &mut self.trainer.settings;
        let validation = match self.trainer.validation {
            Some(data) => Some(evaluate(net, data, &self.trainer.loss, settings.batch_size)?),
            None => None,
        };
        let epoch = Epoch {
            epoch,
            train_loss: totals.mean_loss(),
            train_accuracy: totals.accuracy(),
            validation_loss: validation.map(|validation| validation.loss),
            validation_accuracy: validation.and_then(|validation| validation.accuracy),
            learning_rate: settings.optimizer.learning_rate(),
            seconds,
            samples_per_second: totals.samples as f64 / seconds,
        };
        settings.schedule.iter_mut().for_each(|(_, schedule)| schedule.observe(epoch.loss()));
        Ok(Some(epoch))
    }

    /// The steps that are left of an epoch, until the run is stopped.
    fn steps(&mut self, net: &mut N, start: Instant) -> Result<(), Error> {
        let (data, batch_size, ahead) = (self.data, self.trainer.settings.batch_size, self.trainer.settings.read_ahead);
        let epoch = self.trainer.position.epochs + 1;
        let mut order = self.order();
        order.shuffle(epoch as u64);
        let mut batches = order.batches(batch_size);
        let steps = batches.len();
        let before = self.trainer.position;
        batches.skip(before.steps);
        let visits = Visits { data, batches, capacity: batch_size.min(data.len()), step: before.passes };
        visits.each(ahead, |batch: &MiniBatch<N, D::Target>| {
            let step = self.trainer.position.steps + 1;
            let (loss, correct) = self.step(net, batch, epoch, step)?;
            let position = &mut self.trainer.position;
            (position.steps, position.passes) = (step, position.passes + 1);
            position.totals.add(batch.samples(), loss, correct);
            if self.trainer.settings.check_finite.is_some_and(|every| position.passes.is_multiple_of(every)) {
                self.training.check_finite(net, epoch, step)?;
            }
            let Totals { samples, .. } = position.totals;
            let step = Step {
                epoch,
                step,
                steps,
                samples,
                of: data.len(),
                batch_loss: loss,
                mean_loss: position.totals.mean_loss(),
                learning_rate: self.trainer.settings.optimizer.learning_rate(),
                samples_per_second: (samples - before.totals.samples) as f64 / start.elapsed().as_secs_f64(),
            };
            self.tell(net, |callback, run| callback.step(run, &step))?;
            Ok(if self.control.stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }

    fn order(&self) -> Order {
        let settings = &self.trainer.settings;
        match &settings.sampling {
            Some(sampling) => Order::sampled(sampling.clone(), settings.seed),
            None => Order::new(self.data.len(), settings.seed),
        }
    }

    /// One mini-batch: its mean loss, and how many of it are right, both before the parameters move.
    fn step(
        &mut self,
        net: &mut N,
        batch: &MiniBatch<N, D::Target>,
        epoch: usize,
        step: usize,
    ) -> Result<(f64, Option<usize>), Error> {
        let (settings, loss) = (&mut self.trainer.settings, &self.trainer.loss);
        let mean = self.training.loss_and_gradients_of(net, batch, loss)?.to_f64();
        if !mean.is_finite() {
            self.training.check_finite(net, epoch, step - 1)?;
            return Err(Error::NotFinite { epoch, step, loss: mean });
        }
        let logits = self.training.logits();
        let correct = loss.correct(N::HEADS[0], Y::LEN, logits.numbers().reals(), batch.targets());
        if let Some((every, schedule)) = &settings.schedule {
            let at = if *every == Every::Step { settings.optimizer.steps() } else { epoch as u64 - 1 };
            settings.optimizer.set_factor(schedule.factor(at));
        }
        self.training.step(net, &mut settings.optimizer)?;
        Ok((mean, correct))
    }

    /// Calls all callbacks, and saves the checkpoints that they ask for.
    fn tell(
        &mut self,
        net: &mut N,
        mut event: impl FnMut(&mut dyn Callback<N>, &mut Run<'_, N>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let settings = &mut self.trainer.settings;
        let mut run = Run { net, optimizer: &mut settings.optimizer, epochs: self.end, control: &mut self.control };
        for callback in &mut settings.callbacks {
            event(&mut **callback, &mut run)?;
        }
        for path in self.control.saves.drain(..) {
            self.trainer.settings.save(&path, net, &self.trainer.position)?;
        }
        Ok(())
    }

    /// Fails if the samples are to be drawn by the weights of others.
    fn check_sampling(&self) -> Result<(), Error> {
        match &self.trainer.settings.sampling {
            Some(sampling) if sampling.len() != self.data.len() => {
                let expected = format!("{}, one for each sample of the training set", self.data.len());
                Err(Error::size("weights of the sampling", expected, sampling.len()))
            }
            _ => Ok(()),
        }
    }

    /// Fails if the run ends before a schedule that is meant for so many steps or epochs.
    fn check_schedule(&self) -> Result<(), Error> {
        let Trainer { settings, position, .. } = &*self.trainer;
        let Some((every, schedule)) = &settings.schedule else { return Ok(()) };
        let Some(length) = schedule.length() else { return Ok(()) };
        let batches = (self.end.saturating_sub(position.epochs)) * self.data.len().div_ceil(settings.batch_size);
        let (run, unit) = match every {
            Every::Step => (settings.optimizer.steps_after((batches - position.steps.min(batches)) as u64), "steps"),
            Every::Epoch => (self.end as u64, "epochs"),
        };
        if length > run {
            return Err(Error::Schedule { length, run, unit });
        }
        Ok(())
    }
}
