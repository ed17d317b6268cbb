//! The checkpoints of a loop of one's own.

use std::path::Path;

use serde_json::json;

use super::{Checkpoint, Saved};
use crate::network::part::{Holder, HolderMut};
use crate::{Error, Network, Optimizer, Training};

impl<N: Network> Training<N> {
    /// Saves a [checkpoint](crate::train::checkpoint): the network, what the optimizer remembers, and the number of the next step, which
    /// keys the draws of dropout. The groups of parameters are not part of it.
    ///
    /// # Errors
    ///
    /// As of [`Network::save`].
    pub fn save(
        &self,
        path: impl AsRef<Path>,
        net: &impl Holder<Network = N>,
        optimizer: &Optimizer<N::Scalar>,
    ) -> Result<(), Error> {
        let mut checkpoint = Checkpoint::of::<N>(net.block());
        checkpoint.optimizer(optimizer);
        checkpoint.state("training", json!({ "seed": self.seed, "step": self.step }));
        checkpoint.save(path.as_ref())
    }

    /// Goes on from where a checkpoint was [saved](Self::save).
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no checkpoint, or is one of another network or optimizer, or of a newer library. Nothing has
    /// changed then.
    pub fn resume(
        &mut self,
        path: impl AsRef<Path>,
        net: &mut impl HolderMut<Network = N>,
        optimizer: &mut Optimizer<N::Scalar>,
    ) -> Result<(), Error> {
        let mut saved = Saved::<N>::load(path.as_ref())?;
        let training = saved.state("training")?;
        let (seed, step) = (training.count("seed")?, training.count("step")?);
        saved.check_optimizer(optimizer)?;
        saved.take_optimizer(optimizer)?;
        net.block_mut().copy_from_slice(saved.network());
        (self.seed, self.step) = (seed, step);
        Ok(())
    }
}
