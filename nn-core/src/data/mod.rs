//! Data sets, and the files they come from.
//!
//! ```
//! use nn_core::data::Dataset;
//!
//! // Four images of 1×2×2 bytes, two classes.
//! let data = Dataset::new(vec![0, 0, 0, 255, /**/ 9, 9, 9, 9, /**/ 1, 2, 3, 4, /**/ 7, 7, 7, 7], [1, 2, 2], vec![0, 1, 0, 1], 2)?;
//! let (train, validation) = data.shuffled(1).split_at(3)?;
//! assert_eq!((train.len(), validation.len()), (3, 1));
//! # Ok::<(), nn_core::Error>(())
//! ```

mod augmented;
mod boxed;
pub(crate) mod bytes;
mod dataset;
mod fashion;
mod feed;
mod gather;
mod idx;
#[cfg(feature = "image")]
mod image_folder;
mod masked;
mod mini_batch;
mod normalisation;
mod one_vs_rest;
mod order;
pub(crate) mod read_ahead;
mod samples;
mod selection;
#[cfg(feature = "csv")]
pub(crate) mod table;
mod targets;
#[cfg(test)]
mod tests;

pub use augmented::{Augmented, Motion};
pub use boxed::Boxed;
pub use dataset::Dataset;
pub use fashion::{FASHION_CLASSES, fashion_mnist};
pub use feed::{Feed, Gathering, Inputs};
pub use idx::{Idx, IdxProblem};
#[cfg(feature = "image")]
pub use image_folder::{ImageFolder, ImageProblem};
pub use masked::{Masked, VOID};
pub use mini_batch::MiniBatch;
pub(crate) use mini_batch::check_samples;
pub use normalisation::{Layout, Normalisation};
pub use one_vs_rest::OneVsRest;
pub use order::{Batches, Order, Sampling};
pub use samples::Samples;
#[cfg(feature = "csv")]
pub use table::{Columns, Csv, Encoding, Input, Table, TableProblem, Target};
pub use targets::Targets;

use crate::Error;
use crate::base::memory::Zeroable;

/// Samples with their targets, from which mini-batches are gathered: numbers of type `T`, which is `u32` for whole numbers.
pub trait Source<T: Zeroable>: Sync {
    /// One number of the targets: a label or a value.
    type Target: Copy + Default + Send + Sync;

    /// Count of samples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Count of numbers that one sample gives a network, channels first.
    fn sample_len(&self) -> usize;

    /// Count of targets of one sample.
    fn targets_per_sample(&self) -> usize;

    /// Writes the numbers of the samples with these indices, one sample after another.
    ///
    /// Of a mini-batch several threads may each ask for some samples.
    ///
    /// # Errors
    ///
    /// When the slice has the wrong length or an index is out of range.
    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error>;

    /// The same while a network learns from them, where samples may be changed at random: by `visit` and a seed of the source, so that
    /// a run that is resumed sees the same. As they are, unless the source has something else to say.
    ///
    /// # Errors
    ///
    /// As of [`gather`](Self::gather).
    fn gather_for(&self, visit: Visit, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        let _ = visit;
        self.gather(indices, inputs)
    }

    /// Writes the targets of the samples with these indices.
    ///
    /// # Errors
    ///
    /// When the slice has the wrong length or an index is out of range.
    fn targets(&self, indices: &[usize], targets: &mut [Self::Target]) -> Result<(), Error>;

    /// The same while a network learns from them, where they may have moved with their samples: see
    /// [`gather_for`](Self::gather_for).
    ///
    /// # Errors
    ///
    /// As of [`targets`](Self::targets).
    fn targets_for(&self, visit: Visit, indices: &[usize], targets: &mut [Self::Target]) -> Result<(), Error> {
        let _ = visit;
        self.targets(indices, targets)
    }

    /// Moves the targets of one sample as its image is moved by [`Augmented`], if they lie in it: masks do, labels do not.
    fn move_targets(&self, motion: &Motion, targets: &mut [Self::Target]) {
        let _ = (motion, targets);
    }
}

/// When samples are visited in a training: the key of all that is random about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Steps of the training before this one.
    pub step: u64,
    /// The place in the mini-batch of the first of the samples; the others follow.
    pub place: usize,
}

/// Fails unless there are `len` samples with these indices, and room for so many numbers of `each`.
fn check_gather(what: &str, indices: &[usize], len: usize, each: usize, found: usize) -> Result<(), Error> {
    if found != each * indices.len() {
        return Err(Error::size(what, format!("{each} for each of {} samples", indices.len()), found));
    }
    match indices.iter().find(|index| **index >= len) {
        Some(index) => Err(Error::size("index of a sample", format!("less than {len}"), index)),
        None => Ok(()),
    }
}
