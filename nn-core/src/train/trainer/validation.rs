//! The samples that a trainer measures but does not learn from.

use super::evaluate::measure;
use super::{Evaluation, check_data};
use crate::data::Feed;
use crate::train::loss::Losses;
use crate::{Error, Network};

/// What a trainer validates by: nothing, or samples of any type that suits the network and the loss.
#[diagnostic::on_unimplemented(
    message = "the validation set does not suit this network and this loss",
    label = "validates by `{Self}`"
)]
pub trait Validation<N: Network, L>: Send {
    /// Fails unless the samples suit the network and the loss.
    ///
    /// # Errors
    ///
    /// As of [`Trainer::fit`](crate::Trainer::fit).
    fn check(&self, loss: &L) -> Result<(), Error>;

    /// How good the network is on them.
    ///
    /// # Errors
    ///
    /// As of [`evaluate`](crate::evaluate).
    fn measure(&self, net: &N, loss: &L, batch_size: usize) -> Result<Option<Evaluation>, Error>;
}

/// No validation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unvalidated;

impl<N: Network, L> Validation<N, L> for Unvalidated {
    fn check(&self, _: &L) -> Result<(), Error> {
        Ok(())
    }

    fn measure(&self, _: &N, _: &L, _: usize) -> Result<Option<Evaluation>, Error> {
        Ok(None)
    }
}

/// Validation on these samples.
#[derive(Clone, Copy, Debug)]
pub struct On<D>(pub(super) D);

impl<N, L, D> Validation<N, L> for On<D>
where
    N: Network,
    D: Feed<N::Inputs, N::Scalar> + Send,
    L: Losses<N::Scalar, N::Outputs, D::Targets>,
{
    fn check(&self, loss: &L) -> Result<(), Error> {
        check_data::<N, D, L>("the validation set", &self.0, loss)
    }

    fn measure(&self, net: &N, loss: &L, batch_size: usize) -> Result<Option<Evaluation>, Error> {
        measure(net, &self.0, loss, batch_size).map(Some)
    }
}
