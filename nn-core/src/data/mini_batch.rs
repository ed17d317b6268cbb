//! A mini-batch on its way from a data set to a training pass.

use super::{Source, Visit};
use super::gather::{gather_in_parts, parts_of};
use crate::shape::{Shape, Shapes};
use crate::{Batch, BatchView, Error, Network, Real};

/// Samples that were gathered for a network to learn from, and their targets.
///
/// ```
/// use nn_core::data::{MiniBatch, Samples};
/// use nn_core::{Adam, CrossEntropy, Network, Training, network};
///
/// network! {
///     struct Xor = [2] -> affine(8) -> tanh -> affine(2) -> softmax;
/// }
///
/// let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
/// let mut net = Xor::new(1);
/// let mut adam = Adam::new(0.05);
/// let mut batch = MiniBatch::new(2);
/// let mut training = Training::new(2);
/// for step in 0..400 {
///     batch.gather(&data, [[0, 3], [1, 2]][step % 2].as_slice())?;
///     training.loss_and_gradients_of(&net, &batch, &CrossEntropy)?;
///     training.step(&mut net, &mut adam)?;
/// }
/// batch.gather(&data, &[1, 3])?;
/// let loss = training.loss_and_gradients_of(&net, &batch, &CrossEntropy)?;
/// assert!(loss < 0.1, "{loss}");
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct MiniBatch<N: Network, Y> {
    inputs: <N::Inputs as Shapes>::Batches<N::Scalar>,
    targets: Vec<Y>,
    samples: usize,
}

impl<S: Shape, N: Network<Inputs = (S,)>, Y: Copy + Default> MiniBatch<N, Y> {
    /// Room for up to `capacity` samples.
    pub fn new(capacity: usize) -> Self {
        Self { inputs: Batch::zeros(capacity), targets: Vec::new(), samples: 0 }
    }

    /// Gathers the samples with these indices as they are, on all threads at hand.
    ///
    /// # Errors
    ///
    /// When there are more than the capacity, the data set's samples are not those of the network, or it fails.
    pub fn gather<D>(&mut self, data: &D, indices: &[usize]) -> Result<(), Error>
    where
        D: Source<S::Element<N::Scalar>, Target = Y> + ?Sized,
    {
        let parts = parts_of(indices.len().saturating_mul(S::LEN));
        self.fill(data, indices, parts, |_, indices, inputs| data.gather(indices, inputs))
    }

    /// Gathers the samples with these indices as a step of a training sees them, the first being step 0: with what is random about them.
    ///
    /// # Errors
    ///
    /// As of [`gather`](Self::gather).
    pub fn gather_for<D>(&mut self, data: &D, indices: &[usize], step: u64) -> Result<(), Error>
    where
        D: Source<S::Element<N::Scalar>, Target = Y> + ?Sized,
    {
        let parts = parts_of(indices.len().saturating_mul(S::LEN));
        self.gather_in(parts, data, indices, step)
    }

    /// The same in so many parts, each of which may get a thread.
    pub(super) fn gather_in<D>(&mut self, parts: usize, data: &D, indices: &[usize], step: u64) -> Result<(), Error>
    where
        D: Source<S::Element<N::Scalar>, Target = Y> + ?Sized,
    {
        self.fill(data, indices, parts, |place, indices, inputs| {
            data.gather_for(Visit { step, place }, indices, inputs)
        })
    }

    fn fill<D>(
        &mut self,
        data: &D,
        indices: &[usize],
        parts: usize,
        gather: impl Fn(usize, &[usize], &mut [S::Element<N::Scalar>]) -> Result<(), Error> + Sync,
    ) -> Result<(), Error>
    where
        D: Source<S::Element<N::Scalar>, Target = Y> + ?Sized,
    {
        self.samples = 0;
        let capacity = self.inputs.samples();
        if indices.len() > capacity {
            return Err(Error::size("samples of a mini-batch", format!("at most {capacity}"), indices.len()));
        }
        check_samples::<N::Scalar, S, D>("the data set", data)?;
        gather_in_parts(indices, parts, &mut self.inputs.as_mut_slice()[..indices.len() * S::LEN], &gather)?;
        self.targets.resize(indices.len() * data.targets_per_sample(), Y::default());
        data.targets(indices, &mut self.targets)?;
        self.samples = indices.len();
        Ok(())
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Their targets, one sample after another.
    pub fn targets(&self) -> &[Y] {
        &self.targets
    }

    /// Their inputs.
    pub(crate) fn inputs(&self) -> BatchView<'_, S, N::Scalar> {
        self.inputs.view().range(0..self.samples)
    }
}

/// Fails unless each sample has the numbers of a network's input.
pub(crate) fn check_samples<T: Real, S: Shape, D>(what: &str, data: &D) -> Result<(), Error>
where
    D: Source<S::Element<T>> + ?Sized,
{
    if data.sample_len() == S::LEN {
        return Ok(());
    }
    let expected = format!("{} as the network's input {:?} has", S::LEN, S::DIMS);
    Err(Error::size(format!("numbers of each sample of {what}"), expected, data.sample_len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;
    use crate::{CrossEntropy, Training, network};

    network! {
        struct Wide = [1030] -> affine(7) -> relu -> affine(2) -> softmax;
        struct Residual = [600] -> residual(affine(600)) -> affine(2) -> softmax;
    }

    fn samples(count: usize) -> Samples<f32, usize> {
        let inputs = (0..count * 1030).map(|i| (i % 331) as f32 / 331.0 - 0.5).collect();
        Samples::new(count, inputs, (0..count).map(|i| i % 2).collect()).expect("valid")
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let data = samples(3);
        let mut batch = MiniBatch::<Wide, usize>::new(2);
        let too_many = batch.gather(&data, &[0, 1, 2]).expect_err("three of two");
        assert_eq!(too_many.to_string(), "samples of a mini-batch: expected at most 2, found 3");
        assert!(batch.gather(&data, &[0, 3]).is_err(), "there is no fourth sample");
        assert!(Training::new(2).loss_and_gradients_of(&Wide::new(1), &batch, &CrossEntropy).is_err(), "nothing there");
        assert!(MiniBatch::<Residual, usize>::new(2).gather(&data, &[0]).is_err(), "1030 numbers for 600");
    }
}
