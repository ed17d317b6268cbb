//! A call of `fit`.

use std::ops::ControlFlow;
use std::time::Instant;

use super::history::Total;
use super::position::Position;
use super::{Epoch, History, Score, Step, Trainer, Validation};
use crate::data::read_ahead::Visits;
use crate::data::{Feed, MiniBatch, Order};
use crate::parameters::group::Select;
use crate::shape::{Numbers, Shapes};
use crate::train::callback::{Callback, Control, Run};
use crate::train::loss::{Hits, Losses, Mean};
use crate::train::schedule::Every;
use crate::{Error, Network, Number, Origin, Training};

/// A run with its memory.
pub(super) struct Fit<'t, 'a, N: Network, D, L, V> {
    trainer: &'t mut Trainer<'a, N, L, V>,
    data: &'t D,
    /// What is found in the mini-batch, of each output.
    found: Vec<(Mean, Option<Hits>)>,
    /// What is found in the epoch so far.
    scores: Vec<Score>,
    training: Training<N>,
    control: Control,
    /// The epochs that are done when the run is.
    end: usize,
}

impl<'t, 'a, N, D, L, V> Fit<'t, 'a, N, D, L, V>
where
    N: Network,
    D: Feed<N::Inputs, N::Scalar>,
    L: Losses<N::Scalar, N::Outputs, D::Targets>,
    V: Validation<N, L>,
{
    pub fn new(trainer: &'t mut Trainer<'a, N, L, V>, data: &'t D) -> Result<Self, Error> {
        trainer.position.begin();
        let settings = &trainer.settings;
        let capacity = settings.batch_size.min(data.samples());
        let mut training = Training::new(capacity).seed(settings.seed);
        training.set_step(trainer.position.passes);
        for (label, kind, group) in &settings.groups {
            training.group(Select { label, kind: *kind }, *group)?;
        }
        let end = trainer.position.start + settings.epochs;
        let (found, scores) = (Vec::with_capacity(N::Outputs::COUNT), Vec::with_capacity(N::Outputs::COUNT));
        let fit = Self { found, scores, training, control: Control::default(), end, trainer, data };
        fit.check_sampling()?;
        fit.check_schedule()?;
        Ok(fit)
    }

    pub fn run(mut self, net: &mut N) -> Result<History, Error> {
        let mut history = History::default();
        self.tell(net, |callback, run| callback.begin(run))?;
        while self.trainer.position.epochs < self.end && !self.control.stops {
            if let Some(epoch) = self.epoch(net)? {
                self.tell(net, |callback, run| callback.epoch(run, &epoch))?;
                history.epochs.push(epoch);
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
        if position.steps < self.data.samples().div_ceil(self.trainer.settings.batch_size) {
            return Ok(None);
        }
        self.training.check_finite(net, position.epochs + 1, position.steps)?;
        let (samples, totals) = (std::mem::take(&mut position.samples), std::mem::take(&mut position.totals));
        (position.epochs, position.steps) = (position.epochs + 1, 0);
        let (epoch, seconds) = (position.epochs, start.elapsed().as_secs_f64());
        let Trainer { loss, validation, settings, .. } = &mut *self.trainer;
        let validation = validation.measure(net, loss, settings.batch_size)?;
        let train_outputs: Vec<Score> = totals.iter().map(Total::score).collect();
        let train = Score::all(&train_outputs);
        let epoch = Epoch {
            epoch,
            train_loss: train.loss,
            train_accuracy: train.accuracy,
            validation_loss: validation.as_ref().map(|validation| validation.loss),
            validation_accuracy: validation.as_ref().and_then(|validation| validation.accuracy),
            train_outputs,
            validation_outputs: validation.map(|validation| validation.outputs).unwrap_or_default(),
            learning_rate: settings.optimizer.learning_rate(),
            seconds,
            samples_per_second: samples as f64 / seconds,
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
        let Position { steps: done, passes, samples: before, .. } = self.trainer.position;
        batches.skip(done);
        let visits = Visits { data, batches, capacity: batch_size.min(data.samples()), step: passes };
        visits.each(ahead, |batch| {
            let step = self.trainer.position.steps + 1;
            let batch_loss = self.step(net, batch, epoch, step)?;
            let position = &mut self.trainer.position;
            position.took(batch.samples(), &self.found);
            self.scores.clear();
            self.scores.extend(position.totals.iter().map(Total::score));
            if self.trainer.settings.check_finite.is_some_and(|every| position.passes.is_multiple_of(every)) {
                self.training.check_finite(net, epoch, step)?;
            }
            let samples = position.samples;
            let step = Step {
                epoch,
                step,
                steps,
                samples,
                of: data.samples(),
                batch_loss,
                mean_loss: Score::all(&self.scores).loss,
                learning_rate: self.trainer.settings.optimizer.learning_rate(),
                samples_per_second: (samples - before) as f64 / start.elapsed().as_secs_f64(),
            };
            self.tell(net, |callback, run| callback.step(run, &step))?;
            Ok(if self.control.stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }

    fn order(&self) -> Order {
        let settings = &self.trainer.settings;
        match &settings.sampling {
            Some(sampling) => Order::sampled(sampling.clone(), settings.seed),
            None => Order::new(self.data.samples(), settings.seed),
        }
    }

    /// One mini-batch: its mean loss. What is found of each output is that before the parameters move.
    fn step(&mut self, net: &mut N, batch: &MiniBatch<N, D::Targets>, epoch: usize, step: usize) -> Result<f64, Error> {
        let Trainer { settings, loss, .. } = &mut *self.trainer;
        self.training.learn(net, batch, loss, &mut self.found)?;
        let mean: f64 = self.found.iter().map(|(mean, _)| mean.loss).sum();
        if !mean.is_finite() {
            self.training.check_finite(net, epoch, step - 1)?;
            let origin = origin(net, batch);
            return Err(Error::NotFinite { epoch, step, loss: mean, origin });
        }
        if let Some((every, schedule)) = &settings.schedule {
            let at = if *every == Every::Step { settings.optimizer.steps() } else { epoch as u64 - 1 };
            settings.optimizer.set_factor(schedule.factor(at));
        }
        self.training.step(net, &mut settings.optimizer)?;
        Ok(mean)
    }

    /// Calls all callbacks, and saves the checkpoints that they ask for.
    fn tell(
        &mut self,
        net: &mut N,
        mut event: impl FnMut(&mut dyn Callback<N>, &mut Run<'_, N>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let settings = &mut self.trainer.settings;
        let (optimizer, scores) = (&mut settings.optimizer, &self.scores[..]);
        let mut run = Run { net, optimizer, epochs: self.end, scores, control: &mut self.control };
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
            Some(sampling) if sampling.len() != self.data.samples() => {
                let expected = format!("{}, one for each sample of the training set", self.data.samples());
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
        let batches = (self.end.saturating_sub(position.epochs)) * self.data.samples().div_ceil(settings.batch_size);
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

/// Where the numbers of a mini-batch are not finite first.
fn origin<N: Network, G>(net: &N, batch: &MiniBatch<N, G>) -> Origin {
    let samples = batch.indices();
    let first = |rows: &[N::Scalar], len: usize| {
        let mut rows = rows.chunks_exact(len).zip(samples);
        rows.find(|(row, _)| !row.iter().all(|x| x.is_finite())).map(|(_, sample)| *sample)
    };
    let mut found = None;
    N::Inputs::for_each(batch.inputs(), |input, numbers| {
        if let (None, Numbers::Reals(numbers)) = (&found, numbers) {
            let sample = first(numbers, N::Inputs::LENS[input]);
            found = sample.map(|sample| Origin::Input { input: N::INPUT_NAMES[input], sample });
        }
    });
    if let Some(found) = found {
        return found;
    }
    let Some(activations) = net.observed(batch.inputs()) else { return Origin::Unknown };
    let layer = activations.iter().find_map(|activation| {
        let wrong = activation.iter().zip(samples).find(|(row, _)| !row.iter().all(|x| x.is_finite()));
        wrong.map(|(_, &sample)| Origin::Layer { label: activation.label(), text: activation.text(), sample })
    });
    layer.unwrap_or(Origin::Elsewhere)
}
