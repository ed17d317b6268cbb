//! A loss to which some samples matter more than others.

use super::{Hits, Loss, samples};
use crate::{Error, Head, Real};

/// Another loss with a weight for each sample of the batch: the mean is `Σ w[i] · loss[i] / Σ w[i]`, and zero where all weights
/// are. Where the loss weighs samples itself, as [`WeightedCrossEntropy`](super::WeightedCrossEntropy) does by their classes, each
/// counts by the product. Accuracy counts every sample once.
///
/// A [`Trainer`](crate::Trainer) makes it of a [`Feed`](crate::data::Feed) with weights. In a loop of one's own:
///
/// ```
/// use nn_core::train::loss::SampleWeights;
/// use nn_core::{Batch, CrossEntropy, Network, Training, network, shape};
///
/// network! {
///     struct Small = [2] -> affine(3) -> softmax;
/// }
///
/// let inputs = Batch::<shape![2]>::from([[0.1, 0.9], [0.8, 0.3]]);
/// let loss = SampleWeights::new(&CrossEntropy, &[1.0, 0.2]);
/// Training::new(2).loss_and_gradients(&Small::new(1), &inputs, &loss, &[0, 2])?;
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SampleWeights<'w, L, T> {
    loss: &'w L,
    weights: &'w [T],
    /// Rows of each sample, which share its weight.
    rows: usize,
}

impl<'w, L, T: Real> SampleWeights<'w, L, T> {
    /// With these weights, one for each sample, finite and not negative.
    pub fn new(loss: &'w L, weights: &'w [T]) -> Self {
        Self { loss, weights, rows: 1 }
    }

    /// Of samples with so many rows each, of which the loss sees every one as a sample.
    pub(super) fn rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    fn check(&self, rows: usize) -> Result<(), Error> {
        if self.weights.len() * self.rows != rows {
            let expected = format!("{}, one for each sample", rows / self.rows.max(1));
            return Err(Error::size("weights of samples given to the loss", expected, self.weights.len()));
        }
        for weight in self.weights {
            let weight = weight.to_f64();
            Error::check_setting("weight of a sample", weight, weight >= 0.0, "a finite number, 0 or above")?;
        }
        Ok(())
    }

    /// By how much each sample counts.
    fn of_each<'s>(&'s self, len: usize, targets: &'s [L::Target]) -> impl Iterator<Item = (&'s [L::Target], f64)> + 's
    where
        L: Loss<T>,
    {
        let weights = self.weights.iter().flat_map(|weight| core::iter::repeat_n(weight, self.rows));
        let rows = targets.chunks_exact(self.loss.targets_per_sample(len).max(1)).zip(weights);
        rows.map(move |(targets, weight)| (targets, weight.to_f64() * self.loss.weight(len, targets)))
    }
}

impl<T: Real, L: Loss<T>> Loss<T> for SampleWeights<'_, L, T> {
    type Target = L::Target;

    fn evaluate(
        &self,
        head: Head,
        len: usize,
        outputs: &[T],
        targets: &[L::Target],
        gradients: &mut [T],
    ) -> Result<T, Error> {
        let n = samples(self, len, outputs, targets, gradients)?;
        self.check(n)?;
        let sum = self.weight(len, targets);
        let mut total = 0.0;
        let rows = outputs.chunks_exact(len).zip(gradients.chunks_exact_mut(len)).zip(self.of_each(len, targets));
        for (sample, ((x, dx), (targets, weight))) in rows.enumerate() {
            let share = if sum > 0.0 { weight / sum } else { 0.0 };
            let loss = self.loss.evaluate(head, len, x, targets, dx).map_err(|error| of_sample(error, sample))?;
            dx.iter_mut().for_each(|dx| *dx *= T::from_f64(share));
            total += share * loss.to_f64();
        }
        Ok(T::from_f64(total))
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        self.loss.check_output(shape)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        self.loss.targets_per_sample(len)
    }

    fn weight(&self, len: usize, targets: &[L::Target]) -> f64 {
        self.of_each(len, targets).map(|(_, weight)| weight).sum()
    }

    fn correct(&self, head: Head, len: usize, outputs: &[T], targets: &[L::Target]) -> Option<Hits> {
        self.loss.correct(head, len, outputs, targets)
    }
}

/// An error about the only sample of a batch, as one about this sample.
fn of_sample(error: Error, sample: usize) -> Error {
    match error {
        Error::Label { from, label, classes, .. } => Error::Label { from, index: sample, label, classes },
        error => error,
    }
}
