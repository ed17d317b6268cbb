//! Samples that are drawn, changed and read ahead.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::{Classes, halves};
use crate::base::test_folder::Folder;
use crate::data::{Augmented, Samples, Sampling, Source, Visit};
use crate::train::callback::{Callback, Run};
use crate::train::trainer::Step;
use crate::{Adam, Error, Network, Trainer};

/// Stops after so many steps, and saves then.
struct Stop(u64, std::path::PathBuf);

impl<N: Network> Callback<N> for Stop {
    fn step(&mut self, run: &mut Run<'_, N>, _: &Step) -> Result<(), Error> {
        self.0 -= 1;
        if self.0 == 0 {
            run.save_checkpoint(&self.1);
            run.stop();
        }
        Ok(())
    }
}

/// Nothing, so that both runs have a callback.
struct Nothing;

impl<N: Network> Callback<N> for Nothing {}

#[test]
fn a_resumed_run_draws_and_changes_the_same() {
    let data = halves(50);
    let augmented = Augmented::new(&data, [2, 1, 1]).seed(4).noise(0.1);
    let sampling = Sampling::weighted((0..50).map(f64::from)).expect("valid");
    let trainer = |threads, ahead| {
        let trainer = Trainer::new(Adam::new(0.01)).epochs(3).batch_size(8).seed(1).threads(threads);
        trainer.sampling(sampling.clone()).read_ahead(ahead)
    };
    let mut whole = Classes::<f32>::new(1);
    trainer(1, 0).callback(Nothing).fit(&mut whole, &augmented).expect("valid");
    let mut plain = Classes::<f32>::new(1);
    trainer(1, 0).callback(Nothing).fit(&mut plain, &Augmented::new(&data, [2, 1, 1])).expect("valid");
    assert_ne!(plain.block(), whole.block(), "the noise counts");

    let folder = Folder::new("visits-resume");
    for (threads, ahead, stop) in [(1, 3, 1), (2, 0, 10), (2, 1, 20), (3, 100, 9)] {
        let file = folder.0.join("stopped.safetensors");
        let mut net = Classes::<f32>::new(1);
        trainer(threads, ahead).callback(Stop(stop, file.clone())).fit(&mut net, &augmented).expect("stopped");
        assert_ne!(net.block(), whole.block());
        let mut net = Classes::<f32>::new(9);
        let mut resumed = trainer(threads, 2 * ahead).callback(Nothing);
        resumed.resume(&file, &mut net).expect("saved");
        resumed.fit(&mut net, &augmented).expect("valid");
        assert_eq!(net.block(), whole.block(), "{threads} threads, {ahead} ahead, stopped after {stop}");
    }
}

#[test]
fn what_weighs_nothing_is_not_visited() {
    // The label of the last sample does not exist.
    let data = Samples::new(3, vec![0.0_f32; 6], vec![0, 1, 2]).expect("valid");
    let fit = |weights: &[f64]| {
        let sampling = Sampling::weighted(weights.iter().copied()).expect("valid");
        let mut trainer = Trainer::new(Adam::new(0.01)).epochs(20).batch_size(2).sampling(sampling);
        trainer.fit(&mut Classes::<f32>::new(1), &data).map(drop)
    };
    fit(&[1.0, 1.0, 0.0]).expect("never drawn");
    assert!(matches!(fit(&[1.0, 1.0, 1.0]), Err(Error::Label { label: 2, .. })));
    let found = fit(&[1.0, 1.0]).expect_err("one is missing").to_string();
    assert_eq!(found, "weights of the sampling: expected 3, one for each sample of the training set, found 2");
}

/// Counts the mini-batches that were asked for, and fails at one of them.
struct Counting {
    data: Samples<f32, usize>,
    gathered: Mutex<u64>,
    changed: Condvar,
    fails_at: u64,
}

impl Counting {
    fn new(fails_at: u64) -> Self {
        Self { data: halves(40), gathered: Mutex::new(0), changed: Condvar::new(), fails_at }
    }

    /// Whether so many are asked for before a minute has passed.
    fn waits_for(&self, count: u64) -> bool {
        let gathered = self.gathered.lock().expect("no panic");
        let wait = self.changed.wait_timeout_while(gathered, Duration::from_secs(60), |gathered| *gathered < count);
        !wait.expect("no panic").1.timed_out()
    }
}

impl Source<f32> for Counting {
    type Target = usize;

    fn len(&self) -> usize {
        Source::len(&self.data)
    }

    fn sample_len(&self) -> usize {
        self.data.sample_len()
    }

    fn targets_per_sample(&self) -> usize {
        self.data.targets_per_sample()
    }

    fn gather(&self, indices: &[usize], inputs: &mut [f32]) -> Result<(), Error> {
        self.data.gather(indices, inputs)
    }

    fn gather_for(&self, visit: Visit, indices: &[usize], inputs: &mut [f32]) -> Result<(), Error> {
        *self.gathered.lock().expect("no panic") = visit.step + 1;
        self.changed.notify_all();
        if visit.step == self.fails_at {
            return Err(Error::Empty { what: "the file that was to be read".into() });
        }
        self.gather(indices, inputs)
    }

    fn targets(&self, indices: &[usize], targets: &mut [usize]) -> Result<(), Error> {
        self.data.targets(indices, targets)
    }
}

/// At each step the mini-batches after it are gathered while the step waits for them.
struct Waits<'a>(&'a Counting, u64, &'a AtomicUsize);

impl<N: Network> Callback<N> for Waits<'_> {
    fn step(&mut self, _: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
        let coming = (step.step as u64 + self.1).min(step.steps as u64);
        assert!(self.0.waits_for(coming), "step {} waits for {coming}", step.step);
        self.2.fetch_add(1, SeqCst);
        Ok(())
    }
}

#[test]
fn mini_batches_are_gathered_while_a_step_runs() {
    for ahead in [1, 2, 5, 100] {
        let (data, steps) = (Counting::new(u64::MAX), AtomicUsize::new(0));
        let trainer = Trainer::new(Adam::new(0.01)).batch_size(4).read_ahead(ahead);
        let mut trainer = trainer.callback(Waits(&data, ahead as u64, &steps));
        trainer.fit(&mut Classes::<f32>::new(1), &data).expect("valid");
        assert_eq!(steps.load(SeqCst), 10, "{ahead} ahead");
    }
}

#[test]
fn an_error_is_told_when_its_mini_batch_is_wanted() {
    for ahead in [0, 1, 4] {
        let (data, steps) = (Counting::new(3), AtomicUsize::new(0));
        let mut trainer =
            Trainer::new(Adam::new(0.01)).batch_size(4).read_ahead(ahead).callback(Waits(&data, 0, &steps));
        let error = trainer.fit(&mut Classes::<f32>::new(1), &data).expect_err("fails").to_string();
        assert_eq!(error, "the file that was to be read holds no samples; at least one is needed");
        assert_eq!(steps.load(SeqCst), 3, "{ahead} ahead");
    }
    let mut trainer = Trainer::new(Adam::new(0.01)).read_ahead(1025);
    let error = trainer.fit(&mut Classes::<f32>::new(1), &halves(4)).expect_err("too many").to_string();
    assert_eq!(error, "count of mini-batches to read ahead is 1025, but must be at most 1024");
}
