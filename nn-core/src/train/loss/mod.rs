//! How far a network is from its targets, and in which direction they lie.
//!
//! ```
//! use nn_core::layer::Head;
//! use nn_core::{CrossEntropy, Loss};
//!
//! // Two samples, three classes; the network is sure of class 0 and undecided about the second sample.
//! let logits = [9.0, 0.0, 0.0, /**/ 1.0, 1.0, 1.0];
//! let mut gradients = [0.0; 6];
//! let loss = CrossEntropy.evaluate(Head::Softmax, 3, &logits, &[0, 2], &mut gradients)?;
//! assert!((loss - 3.0_f64.ln() / 2.0).abs() < 1e-3);
//! assert!(gradients[5] < 0.0, "more of class 2, please");
//! # Ok::<(), nn_core::Error>(())
//! ```

mod binary_cross_entropy;
mod cross_entropy;
mod custom;
mod dice;
mod focal;
mod mean_squared_error;
mod pixel_cross_entropy;
mod pixels;
mod sample_weights;
mod scaled;
mod several;
mod smooth_l1;
#[cfg(test)]
mod tests;
mod weighted;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use cross_entropy::CrossEntropy;
pub use custom::{Custom, custom};
pub use dice::Dice;
pub use focal::Focal;
pub use mean_squared_error::MeanSquaredError;
pub use pixel_cross_entropy::PixelCrossEntropy;
pub(crate) use pixels::largest;
pub use sample_weights::SampleWeights;
pub use scaled::{Scaled, scaled};
pub use several::{Compared, Losses, Mean};
pub use smooth_l1::SmoothL1;
pub use weighted::WeightedCrossEntropy;

use crate::exec::pieces::sum_parts;
use crate::exec::{Pieces, is_parallel};
use crate::{Error, Head, Real};

/// Numbers of a part of the batch: some hundred nanoseconds.
const PIECE: usize = 2048;

/// The mean distance of a batch of outputs from their targets.
///
/// `outputs` are always *logits*: `n` rows of `len` numbers before the output's [`Head`]. A sample is one row, and of a sequence
/// `[steps, features]` as many as there are steps.
pub trait Loss<T: Real>: Send + Sync {
    /// One number of the targets: a label or a value.
    type Target: Copy + Default + Send + Sync;

    /// Returns the mean loss, and overwrites `gradients` with its derivatives with respect to `outputs`.
    ///
    /// # Errors
    ///
    /// When there are no samples, the slices' lengths disagree, or a label is out of range.
    fn evaluate(
        &self,
        head: Head,
        len: usize,
        outputs: &[T],
        targets: &[Self::Target],
        gradients: &mut [T],
    ) -> Result<T, Error>;

    /// Fails where an output of this shape, `[channels, height, width]`, is not one that the loss compares with its targets. Where
    /// the number of rows varies, it is that of a row.
    ///
    /// # Errors
    ///
    /// When it is not; any output is by default.
    fn check_output(&self, _shape: &[usize]) -> Result<(), Error> {
        Ok(())
    }

    /// How many targets a sample has whose output is `len` numbers long.
    fn targets_per_sample(&self, len: usize) -> usize;

    /// By how much the mean of a batch counts in the mean of several: the count of its samples, unless they are weighed.
    fn weight(&self, len: usize, targets: &[Self::Target]) -> f64 {
        (targets.len() / self.targets_per_sample(len).max(1)) as f64
    }

    /// How many of the batch's samples are classified right, of which none has a NaN among its outputs; `None` when the loss does
    /// not classify.
    fn correct(&self, _head: Head, _len: usize, _outputs: &[T], _targets: &[Self::Target]) -> Option<Hits> {
        None
    }
}

/// How many samples are classified right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// So many are.
    pub right: usize,
    /// Of so many that have a class.
    pub of: usize,
}

/// Fails unless an output is rows of classes, each of which has a label: one, or those of the steps of a sequence.
fn check_classes(shape: &[usize]) -> Result<(), Error> {
    if matches!(shape, [] | [_] | [_, _] | [_, 1, 1]) {
        return Ok(());
    }
    let expected = "a row [classes], steps [steps, classes] or a map of one pixel [classes, 1, 1]";
    Err(Error::size("output that cross-entropy takes", expected, format!("{shape:?}")))
}

/// Checks the three lengths and returns the count of samples.
fn samples<T: Real, L: Loss<T>>(
    loss: &L,
    len: usize,
    outputs: &[T],
    targets: &[L::Target],
    gradients: &[T],
) -> Result<usize, Error> {
    if len == 0 || outputs.is_empty() {
        return Err(Error::Empty { what: "the batch given to the loss".into() });
    }
    let n = outputs.len() / len;
    if n * len != outputs.len() {
        return Err(Error::size("outputs given to the loss", format!("whole rows of {len} numbers"), outputs.len()));
    }
    let expected = n * loss.targets_per_sample(len);
    if targets.len() != expected {
        return Err(Error::size("targets given to the loss", format!("{expected} for {n} samples"), targets.len()));
    }
    if gradients.len() != outputs.len() {
        return Err(Error::size("gradients given to the loss", outputs.len(), gradients.len()));
    }
    Ok(n)
}

/// The sum of `loss` over the samples, for halves of the batch and halves of these, on all threads at hand. Where it is cut depends
/// on the batch alone, so that their number changes no bit. A number takes as long as `work` multiply–adds.
fn total<T: Real, Y: Sync>(
    work: u64,
    len: usize,
    outputs: &[T],
    targets: &[Y],
    gradients: &mut [T],
    loss: &(impl Fn(&[T], &[Y], &mut [T]) -> T + Sync),
) -> T {
    let samples = outputs.len() / len;
    let per_sample = targets.len() / samples;
    let loss = |first, gradients: Pieces<'_, T>| {
        let gradients = gradients.into_all();
        let outputs = &outputs[first * len..][..gradients.len()];
        let targets = &targets[first * per_sample..][..gradients.len() / len * per_sample];
        loss(outputs, targets, gradients)
    };
    let (parts, parallel) = ((outputs.len() / PIECE).clamp(1, samples), is_parallel(outputs.len() as u64 * work));
    sum_parts(parallel, 0..samples, parts, Pieces::new(gradients, len), &loss, &|sum, more| sum + more)
}

/// The position of the largest number; the first of equals. Where there is NaN, the position of the first one, as in NumPy and
/// PyTorch.
///
/// ```
/// assert_eq!(nn_core::argmax(&[0.1, 0.7, 0.2]), 1);
/// assert_eq!(nn_core::argmax(&[0.1, f64::NAN, 0.7]), 1);
/// ```
pub fn argmax<T: Real>(row: &[T]) -> usize {
    let mut best = 0;
    for (i, &value) in row.iter().enumerate() {
        if value.is_nan() {
            return i;
        }
        if value > row[best] {
            best = i;
        }
    }
    best
}

/// The share of samples whose largest output is at their label. A sample with a NaN among its outputs is not right.
///
/// # Errors
///
/// When there are no labels, or `outputs` is not `len` numbers for each.
///
/// ```
/// let outputs = [0.9, 0.1, /**/ 0.4, 0.6, /**/ 0.8, 0.2, /**/ 0.3, 0.7];
/// assert_eq!(nn_core::accuracy(2, &outputs, &[0, 1, 1, 1])?, 0.75);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn accuracy<T: Real>(len: usize, outputs: &[T], labels: &[usize]) -> Result<f64, Error> {
    if labels.is_empty() || len == 0 {
        return Err(Error::Empty { what: "the batch whose accuracy is wanted".into() });
    }
    // Divided, as a product could wrap round.
    if !outputs.len().is_multiple_of(len) || outputs.len() / len != labels.len() {
        let expected = format!("{len} for each of {} labels", labels.len());
        return Err(Error::size("outputs whose accuracy is wanted", expected, outputs.len()));
    }
    Ok(count_correct(len, outputs, labels) as f64 / labels.len() as f64)
}

fn count_correct<T: Real>(len: usize, outputs: &[T], labels: &[usize]) -> usize {
    outputs.chunks_exact(len).zip(labels).filter(|(row, label)| is_right(row, **label)).count()
}

fn is_right<T: Real>(row: &[T], label: usize) -> bool {
    argmax(row) == label && !row[label].is_nan()
}
