//! A call of `fit`.

use std::ops::ControlFlow;
use std::time::Instant;

use super::data_parallel::{DataParallel, Shared, share_evaluation};
use super::history::Total;
use super::position::Position;
use super::{Epoch, History, Score, Settings, Step, Trainer, Validation};
use crate::data::read_ahead::Visits;
use crate::data::{Feed, Gathering, MiniBatch, Order};
use crate::parameters::group::Select;
use crate::shape::{Numbers, Shapes};
use crate::train::callback::{Callback, Control, Run};
use crate::train::exchange::{Agreement, Parts};
use crate::train::loss::{Hits, Losses, Mean};
use crate::train::schedule::Every;
use crate::{Error, Network, Number, Origin, Training};

/// How many samples are looked at, at most, to tell one training set from another.
const COMPARED: usize = 8;

/// A run with its memory.
pub(super) struct Fit<'t, 'a, N: Network, D, L, V> {
    trainer: &'t mut Trainer<'a, N, L, V>,
    data: &'t D,
    /// What is found in the mini-batch, of each output.
    found: Vec<(Mean, Option<Hits>)>,
    /// What is found in the epoch so far.
    scores: Vec<Score>,
    training: Training<N>,
    /// Which parts of the mini-batches are learnt from here.
    parts: Parts,
    /// Where there is an exchange.
    shared: Option<DataParallel<N>>,
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
        let parts = settings
            .exchange
            .as_ref()
            .map_or(Parts::WHOLE, |exchange| Parts::of_rank(exchange.rank(), exchange.ranks(), exchange.parts()));
        let capacity = settings.batch_size.min(data.samples()).div_ceil(parts.count);
        let mut training = Training::new(capacity).seed(settings.seed);
        training.set_step(trainer.position.passes);
        for (label, kind, group) in &settings.groups {
            training.group(Select { label, kind: *kind }, *group)?;
        }
        let end = trainer.position.start + settings.epochs;
        let (found, scores) = (Vec::with_capacity(N::Outputs::COUNT), Vec::with_capacity(N::Outputs::COUNT));
        let shared = settings.exchange.is_some().then(|| DataParallel::new(parts.clone(), &training));
        let control = Control::default();
        let fit = Self { found, scores, training, parts, shared, control, end, trainer, data };
        fit.check_sampling()?;
        fit.check_schedule()?;
        Ok(fit)
    }

    pub fn run(mut self, net: &mut N) -> Result<History, Error> {
        let mut history = History::default();
        self.agree()?;
        self.tell(net, |callback, run| callback.begin(run))?;
        self.share_parameters(net)?;
        while self.trainer.position.epochs < self.end && !self.control.stops {
            if let Some(epoch) = self.epoch(net)? {
                self.tell(net, |callback, run| callback.epoch(run, &epoch))?;
                self.share_parameters(net)?;
                history.epochs.push(epoch);
            }
        }
        self.tell(net, |callback, run| callback.end(run, &history))?;
        self.share_parameters(net)?;
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
        let measure = || validation.measure(net, loss, settings.batch_size);
        let validation = match &mut settings.exchange {
            None => measure()?,
            Some(exchange) => {
                let own = if exchange.rank() == 0 { measure()? } else { None };
                share_evaluation(&mut **exchange, own, N::Outputs::COUNT)?
            }
        };
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
        let capacity = batch_size.min(data.samples());
        let visits = Visits { data, batches, capacity, step: passes, parts: self.parts.clone() };
        visits.each(ahead, |share| {
            let step = self.trainer.position.steps + 1;
            let samples = batch_size.min(data.samples() - self.trainer.position.samples);
            let batch_loss = self.step(net, share, samples, epoch, step)?;
            let position = &mut self.trainer.position;
            position.took(samples, &self.found);
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

    /// One mini-batch of so many samples, of which this process has a share: its mean loss. What is found of each output is that before
    /// the parameters move.
    fn step(
        &mut self,
        net: &mut N,
        share: &[MiniBatch<N, D::Targets>],
        samples: usize,
        epoch: usize,
        step: usize,
    ) -> Result<f64, Error> {
        let Trainer { settings, loss, position, .. } = &mut *self.trainer;
        match (&mut settings.exchange, &mut self.shared) {
            (Some(exchange), Some(shared)) => {
                let step = Shared { net: &*net, share, samples, number: position.passes, loss };
                shared.learn(&mut **exchange, &mut self.training, &step, &mut self.found)?;
            }
            _ => self.training.learn(net, &share[0], 0, loss, |_| 1.0, &mut self.found)?,
        }
        let mean: f64 = self.found.iter().map(|(mean, _)| mean.loss).sum();
        if !mean.is_finite() {
            self.training.check_finite(net, epoch, step - 1)?;
            let origin = share.iter().map(|batch| origin(net, batch)).find(|origin| *origin != Origin::Elsewhere);
            let origin = origin.unwrap_or(Origin::Elsewhere);
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
        if self.trainer.settings.is_first() {
            let settings = &mut self.trainer.settings;
            let (optimizer, scores) = (&mut settings.optimizer, &self.scores[..]);
            let mut run = Run { net, optimizer, epochs: self.end, scores, control: &mut self.control };
            for callback in &mut settings.callbacks {
                event(&mut **callback, &mut run)?;
            }
            for path in self.control.saves.drain(..) {
                self.trainer.settings.save(&path, net, &self.trainer.position)?;
            }
        }
        self.follow_first()
    }

    /// Does as the callbacks of rank 0 have decided.
    fn follow_first(&mut self) -> Result<(), Error> {
        let settings = &mut self.trainer.settings;
        let Some(exchange) = settings.exchange.as_mut().filter(|_| !settings.callbacks.is_empty()) else {
            return Ok(());
        };
        let mut decisions = [f64::from(u8::from(self.control.stops)), settings.optimizer.learning_rate];
        if exchange.rank() > 0 {
            decisions.fill(0.0);
        }
        exchange.gather(&mut decisions)?;
        self.control.stops = decisions[0] != 0.0;
        settings.optimizer.set_learning_rate(decisions[1]);
        Ok(())
    }

    /// Takes the parameters of rank 0.
    fn share_parameters(&mut self, net: &mut N) -> Result<(), Error> {
        self.trainer.settings.exchange.as_mut().map_or(Ok(()), |exchange| exchange.share(net.block_mut()))
    }

    /// Fails unless all ranks do the same.
    fn agree(&mut self) -> Result<(), Error> {
        let Trainer { settings, position, .. } = &mut *self.trainer;
        let Settings { optimizer, epochs, batch_size, seed, groups, callbacks, check_finite, exchange, .. } = settings;
        let Some(exchange) = exchange else { return Ok(()) };
        // Some samples, from everywhere in the data, tell it from another set.
        let samples = self.data.samples();
        let mut some = MiniBatch::<N, _>::new(samples.min(COMPARED));
        let indices: Vec<usize> = (0..samples).step_by(samples.div_ceil(COMPARED)).collect();
        some.gather_checked(self.data, &indices, Gathering::AS_THEY_ARE)?;
        let mut inputs = Vec::new();
        N::Inputs::for_each(some.inputs(), |_, numbers| inputs.push(numbers));
        let tensors = crate::flatten(N::ENTRIES);
        let tensors: Vec<_> = tensors.iter().map(|tensor| (&tensor.label, tensor.shape)).collect();
        let targets = self.data.targets_per_sample();
        let (rule, rate, callbacks) = (optimizer.rule.name(), optimizer.learning_rate, callbacks.len());
        let settings = (batch_size, epochs, seed, exchange.parts(), groups, callbacks, check_finite);
        let progress = (&*position, optimizer.state.steps, optimizer.state.summed);
        Agreement::default()
            .on("version of nn-core", env!("CARGO_PKG_VERSION"))
            .on("network", format_args!("{} of {} bytes, {tensors:?}", N::NAME, size_of::<N::Scalar>()))
            .on("training set", format_args!("{samples} {targets:?} {inputs:?}"))
            .on("optimizer", format_args!("{rule} {rate}"))
            .on("settings", format_args!("{settings:?}"))
            .on("progress", format_args!("{progress:?}"))
            .check(&mut **exchange)
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
