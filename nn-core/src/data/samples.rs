//! Samples that are numbers already.

use super::{Source, check_gather};
use crate::Error;
use crate::base::memory::Zeroable;

/// Samples of numbers with their targets: labels, or values.
///
/// ```
/// use nn_core::data::{Samples, Source};
///
/// // Exclusive or: two inputs, one value wanted.
/// let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0.0, 1.0, 1.0, 0.0])?;
/// assert_eq!((data.len(), data.sample_len(), data.targets_per_sample()), (4, 2, 1));
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Samples<T, Y> {
    count: usize,
    inputs: Vec<T>,
    targets: Vec<Y>,
}

impl<T: Zeroable, Y: Copy> Samples<T, Y> {
    /// `count` samples, all of one length, and their targets.
    ///
    /// # Errors
    ///
    /// When there are none, or the numbers or targets are not as many for each.
    pub fn new(count: usize, inputs: Vec<T>, targets: Vec<Y>) -> Result<Self, Error> {
        if count == 0 || inputs.is_empty() {
            return Err(Error::Empty { what: "the data set".into() });
        }
        for (what, found) in [("numbers of a data set", inputs.len()), ("targets of a data set", targets.len())] {
            if !found.is_multiple_of(count) || found == 0 {
                return Err(Error::size(what, format!("a multiple of its {count} samples"), found));
            }
        }
        Ok(Self { count, inputs, targets })
    }
}

impl<T: Zeroable, Y: Copy + Default + Send + Sync> Source<T> for Samples<T, Y> {
    type Target = Y;

    fn len(&self) -> usize {
        self.count
    }

    fn sample_len(&self) -> usize {
        self.inputs.len() / self.count
    }

    fn targets_per_sample(&self) -> usize {
        self.targets.len() / self.count
    }

    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        let len = self.sample_len();
        check_gather("inputs of a mini-batch", indices, self.count, len, inputs.len())?;
        copy_rows(indices, &self.inputs, len, inputs);
        Ok(())
    }

    fn targets(&self, indices: &[usize], targets: &mut [Y]) -> Result<(), Error> {
        let len = self.targets_per_sample();
        check_gather("targets of a mini-batch", indices, self.count, len, targets.len())?;
        copy_rows(indices, &self.targets, len, targets);
        Ok(())
    }
}

/// Copies the rows with these indices, of `len` numbers each.
fn copy_rows<T: Copy>(indices: &[usize], rows: &[T], len: usize, to: &mut [T]) {
    for (&index, to) in indices.iter().zip(to.chunks_exact_mut(len.max(1))) {
        to.copy_from_slice(&rows[index * len..][..len]);
    }
}
