//! Samples that are numbers already.

use std::sync::Arc;

use super::selection::{Selection, selected};
use super::{Normalisation, Source, check_gather};
use crate::base::memory::Zeroable;
use crate::{Error, Real};

/// Samples of numbers with their targets: labels, or values.
///
/// Parts of a set share its numbers; to split or shuffle moves only their indices.
///
/// ```
/// use nn_core::data::{Samples, Source};
///
/// // Exclusive or: two inputs, one value wanted.
/// let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0.0, 1.0, 1.0, 0.0])?;
/// assert_eq!((data.len(), data.sample_len(), data.targets_per_sample()), (4, 2, 1));
///
/// let (train, test) = data.shuffled(1).split(0.75)?;
/// let normalisation = train.fit_normalisation(2)?; // of two columns
/// let (train, test) = (train.with_normalisation(&normalisation)?, test.with_normalisation(&normalisation)?);
/// assert_eq!((train.len(), test.len()), (3, 1));
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Samples<T, Y> {
    rows: Arc<Rows<T, Y>>,
    selection: Selection,
}

#[derive(Debug)]
struct Rows<T, Y> {
    inputs: Vec<T>,
    sample_len: usize,
    targets: Vec<Y>,
    targets_per_sample: usize,
}

selected!([T: Zeroable, Y: Copy] Samples<T, Y>);

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
        let (sample_len, targets_per_sample) = (inputs.len() / count, targets.len() / count);
        let rows = Arc::new(Rows { inputs, sample_len, targets, targets_per_sample });
        Ok(Self { rows, selection: Selection::all(count) })
    }
}

impl<T: Real, Y: Copy + Default + Send + Sync> Samples<T, Y> {
    /// The normalisation that gives each column, or each of so many channels of equal length, mean 0 and deviation 1: fitted on the
    /// training samples, it is for the others too. Numbers that are all the same become 0.
    ///
    /// # Errors
    ///
    /// When there are no samples, a sample's numbers cannot be divided among the channels, or some are not finite.
    pub fn fit_normalisation(&self, channels: usize) -> Result<Normalisation, Error> {
        Normalisation::fit(self, channels)
    }

    /// These samples, normalised.
    ///
    /// # Errors
    ///
    /// When a sample's numbers cannot be divided among the channels.
    pub fn with_normalisation(mut self, normalisation: &Normalisation) -> Result<Self, Error> {
        let Rows { inputs, sample_len, targets, targets_per_sample } = &*self.rows;
        let mut inputs = copied(&self.selection, inputs, *sample_len);
        inputs.chunks_exact_mut(*sample_len).try_for_each(|sample| normalisation.apply(sample))?;
        let targets = copied(&self.selection, targets, *targets_per_sample);
        self.rows =
            Arc::new(Rows { inputs, sample_len: *sample_len, targets, targets_per_sample: *targets_per_sample });
        self.selection = Selection::all(self.selection.len());
        Ok(self)
    }
}

impl<T: Zeroable> Samples<T, usize> {
    /// All labels in order, of samples that have one each.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = usize> {
        self.selection.iter().map(|sample| self.rows.targets[sample * self.rows.targets_per_sample])
    }
}

impl<T: Zeroable, Y: Copy + Default + Send + Sync> Source<T> for Samples<T, Y> {
    type Target = Y;

    fn len(&self) -> usize {
        self.selection.len()
    }

    fn sample_len(&self) -> usize {
        self.rows.sample_len
    }

    fn targets_per_sample(&self) -> usize {
        self.rows.targets_per_sample
    }

    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        check_gather("inputs of a mini-batch", indices, self.len(), self.rows.sample_len, inputs.len())?;
        copy_rows(self.selected(indices), &self.rows.inputs, inputs);
        Ok(())
    }

    fn targets(&self, indices: &[usize], targets: &mut [Y]) -> Result<(), Error> {
        check_gather("targets of a mini-batch", indices, self.len(), self.rows.targets_per_sample, targets.len())?;
        copy_rows(self.selected(indices), &self.rows.targets, targets);
        Ok(())
    }
}

impl<T, Y> Samples<T, Y> {
    fn selected(&self, indices: &[usize]) -> impl ExactSizeIterator<Item = usize> {
        indices.iter().map(|&index| self.selection.at(index))
    }
}

/// The selected rows, of `len` numbers each.
fn copied<T: Copy>(selection: &Selection, rows: &[T], len: usize) -> Vec<T> {
    selection.iter().flat_map(|row| &rows[row * len..][..len]).copied().collect()
}

/// Copies the rows with these indices.
fn copy_rows<T: Copy>(indices: impl ExactSizeIterator<Item = usize>, rows: &[T], to: &mut [T]) {
    let len = to.len().checked_div(indices.len()).unwrap_or(0);
    for (index, to) in indices.zip(to.chunks_exact_mut(len.max(1))) {
        to.copy_from_slice(&rows[index * len..][..len]);
    }
}
