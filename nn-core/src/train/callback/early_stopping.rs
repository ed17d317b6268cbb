//! An end when nothing more is gained.

use super::watch::Best;
use super::{Callback, Memory, Run, Watch};
use crate::train::{Epoch, History};
use crate::{Error, Network, Real};

/// Stops when the validation loss has not become smaller for some epochs, and gives the network the weights of the best epoch: also
/// when the run ends before.
#[derive(Clone, Debug)]
pub struct EarlyStopping<T: Real = f32> {
    patience: usize,
    best: Best,
    weights: Option<Vec<T>>,
}

impl<T: Real> EarlyStopping<T> {
    /// Stops in the `patience`-th epoch, one or more, after the best one.
    pub fn new(patience: usize) -> Self {
        Self { patience, best: Best::default(), weights: None }
    }

    /// Goes by another number than the loss.
    pub fn watch(mut self, watch: Watch) -> Self {
        self.best.watch = watch;
        self
    }

    /// An epoch must be better by more than this, 0 unless told otherwise, to be the best.
    pub fn by(mut self, least: f64) -> Self {
        self.best.by = least;
        self
    }

    /// The number of the best epoch, from one.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best.epoch()
    }
}

impl<N: Network> Callback<N> for EarlyStopping<N::Scalar> {
    fn begin(&mut self, _: &mut Run<'_, N>) -> Result<(), Error> {
        Error::check_count("patience", self.patience)?;
        self.best.validate()
    }

    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        if self.best.is("early stopping", epoch)? {
            let weights = self.weights.get_or_insert_default();
            weights.clear();
            weights.extend_from_slice(run.net.block());
        } else if self.best.epoch().is_some_and(|best| epoch.epoch >= best + self.patience) {
            run.stop();
        }
        Ok(())
    }

    fn end(&mut self, run: &mut Run<'_, N>, _: &History) -> Result<(), Error> {
        self.weights.iter().for_each(|weights| run.net.block_mut().copy_from_slice(weights));
        Ok(())
    }

    fn memory(&self) -> Memory<N::Scalar> {
        Memory { weights: self.weights.clone(), ..self.best.memory() }
    }

    fn recall(&mut self, memory: Memory<N::Scalar>) {
        self.best.recall(&memory.numbers);
        self.weights = memory.weights;
    }
}
