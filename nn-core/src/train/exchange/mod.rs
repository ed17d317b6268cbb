//! Training by several processes, each of which learns from a part of every mini-batch.
//!
//! A [`Trainer`](crate::Trainer) that is told [`over`](crate::Trainer::over) which exchange cuts each mini-batch into
//! [`parts`](GradientExchange::parts). Every process, called a *rank*, computes the gradients of parts of its own; the exchange adds
//! them up; then all ranks take the same step. The crate `nn-mpi` has an exchange over MPI.
//!
//! - **The same bits.** Gradients are added up in halves of the parts, and halves of these. Where the parts are as many, so are the
//!   bits, on any number of ranks. With one part they are those of a training without an exchange.
//! - Random draws, of dropout and of samples that are changed, are keyed by a sample's place in the whole mini-batch.
//! - A batch norm normalises each part by the statistics of that part. The running statistics follow the mean of these, weighted by
//!   the samples of the parts.
//! - Rank 0 validates, calls the callbacks and writes checkpoints. What callbacks decide is told to the others: that the run stops,
//!   and the learning rate; at the ends of epochs and of the run also the parameters.
//! - All ranks begin with the parameters of rank 0. One with another network, other data or other settings is refused.
//! - To go on from a checkpoint, every rank [resumes](crate::Trainer::resume) from it.

mod agreement;
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use agreement::Agreement;
pub(crate) use parts::Parts;

use crate::Error;

/// How ranks add up what each has found: all of them call the same functions, in the same order and with as many numbers.
///
/// An implementation fails, rather than waits for ever, when a rank is lost. What it returns must be the same on all ranks, bit for
/// bit.
pub trait GradientExchange<T>: Send {
    /// Which rank this is, from zero.
    fn rank(&self) -> usize;

    /// How many there are.
    fn ranks(&self) -> usize;

    /// Into how many parts each mini-batch is cut; at least as many as ranks. A rank that has several goes through them one by one,
    /// and exchanges their sum. Ranks are halved as parts are, so that powers of two are shared out evenly.
    fn parts(&self) -> usize {
        self.ranks()
    }

    /// Begins to add up a piece of the gradients over all ranks: halves of the ranks, the first being the smaller one if they are
    /// odd, and halves of these. Does not wait for other ranks.
    ///
    /// # Errors
    ///
    /// When a rank is lost.
    fn start(&mut self, piece: &[T]) -> Result<(), Error>;

    /// Waits for the sum of the first piece that was started and not finished, and writes it over `piece`, which is as long.
    ///
    /// # Errors
    ///
    /// When a rank is lost.
    fn finish(&mut self, piece: &mut [T]) -> Result<(), Error>;

    /// Brings a few numbers together: each is other than zero on one rank at most, and is that number on all ranks afterwards. Pieces
    /// may be under way meanwhile.
    ///
    /// # Errors
    ///
    /// When a rank is lost.
    fn gather(&mut self, numbers: &mut [f64]) -> Result<(), Error>;

    /// Overwrites the numbers with those of rank 0.
    ///
    /// # Errors
    ///
    /// When a rank is lost.
    fn share(&mut self, numbers: &mut [T]) -> Result<(), Error>;

    /// The training has failed on this rank, which will take no part in what the others may still exchange.
    fn failed(&mut self) {}
}
