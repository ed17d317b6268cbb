//! Checkpoints while a network learns.

use std::path::PathBuf;

use super::watch::Best;
use super::{Callback, Memory, Run, Watch};
use crate::train::{Epoch, Step};
use crate::{Error, Network};

/// Saves [checkpoints](crate::train::checkpoint), from which [`Trainer::resume`](crate::Trainer::resume) goes on. Each is there whole
/// or not at all. `{epoch}` in a path becomes the number of the epoch, and `{step}` that of the step in it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    path: String,
    when: When,
    best: Best,
}

#[derive(Clone, Copy, Debug)]
enum When {
    Epochs(usize),
    Steps(usize),
    Best,
}

impl Checkpoint {
    fn new(path: impl Into<String>, when: When) -> Self {
        Self { path: path.into(), when, best: Best::default() }
    }

    /// After every epoch, over the last one.
    pub fn last(path: impl Into<String>) -> Self {
        Self::every(1, path)
    }

    /// After every so many epochs, one or more.
    pub fn every(epochs: usize, path: impl Into<String>) -> Self {
        Self::new(path, When::Epochs(epochs))
    }

    /// After every so many steps of an epoch, one or more.
    pub fn every_steps(steps: usize, path: impl Into<String>) -> Self {
        Self::new(path, When::Steps(steps))
    }

    /// After every epoch whose validation loss is the smallest so far.
    pub fn best(path: impl Into<String>) -> Self {
        Self::new(path, When::Best)
    }

    /// Goes by another number than the loss to tell what is best.
    pub fn watch(mut self, watch: Watch) -> Self {
        self.best.watch = watch;
        self
    }

    fn path(&self, epoch: usize, step: usize) -> PathBuf {
        self.path.replace("{epoch}", &epoch.to_string()).replace("{step}", &step.to_string()).into()
    }
}

impl<N: Network> Callback<N> for Checkpoint {
    fn begin(&mut self, _: &mut Run<'_, N>) -> Result<(), Error> {
        match self.when {
            When::Epochs(every) | When::Steps(every) => Error::check_count("distance of checkpoints", every),
            When::Best => Ok(()),
        }
    }

    fn step(&mut self, run: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
        if let When::Steps(every) = self.when
            && step.step.is_multiple_of(every)
        {
            run.save_checkpoint(self.path(step.epoch, step.step));
        }
        Ok(())
    }

    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        let saves = match self.when {
            When::Epochs(every) => epoch.epoch.is_multiple_of(every),
            When::Steps(_) => false,
            When::Best => self.best.is("the best checkpoint", epoch)?,
        };
        if saves {
            run.save_checkpoint(self.path(epoch.epoch, 0));
        }
        Ok(())
    }

    fn memory(&self) -> Memory<N::Scalar> {
        self.best.memory()
    }

    fn recall(&mut self, memory: Memory<N::Scalar>) {
        self.best.recall(&memory.numbers);
    }
}
