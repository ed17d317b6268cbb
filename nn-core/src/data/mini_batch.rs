//! A mini-batch on its way from a data set to a training pass.

use super::{Feed, Gathering, Source};
use crate::shape::{Shape, Shapes};
use crate::train::loss::Compared;
use crate::{Error, Network, Real};

/// Samples that were gathered for a network to learn from, and their targets `G`: a `Vec` of them, or what else [`Feed`] has.
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
pub struct MiniBatch<N: Network, G> {
    inputs: <N::Inputs as Shapes>::Batches<N::Scalar>,
    targets: G,
    weights: Vec<N::Scalar>,
    indices: Vec<usize>,
}

impl<N: Network, G> MiniBatch<N, G> {
    /// Room for up to `capacity` samples.
    pub fn new(capacity: usize) -> Self
    where
        G: Default,
    {
        let indices = Vec::with_capacity(capacity);
        Self { inputs: N::Inputs::allocate(capacity), targets: G::default(), weights: Vec::new(), indices }
    }

    /// Gathers the samples with these indices as they are, on all threads at hand.
    ///
    /// # Errors
    ///
    /// When there are more than the capacity, the data set's samples are not those of the network, or it fails.
    pub fn gather<D>(&mut self, data: D, indices: &[usize]) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar, Targets = G>,
    {
        data.check("the data set")?;
        self.gather_checked(&data, indices, Gathering::AS_THEY_ARE)
    }

    /// Gathers the samples with these indices as a step of a training sees them, the first being step 0: with what is random about them.
    ///
    /// # Errors
    ///
    /// As of [`gather`](Self::gather).
    pub fn gather_for<D>(&mut self, data: D, indices: &[usize], step: u64) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar, Targets = G>,
    {
        data.check("the data set")?;
        self.gather_checked(&data, indices, Gathering { step: Some(step), ..Gathering::AS_THEY_ARE })
    }

    /// Gathers those of a data set that has been checked.
    pub(crate) fn gather_checked<D>(&mut self, data: &D, indices: &[usize], how: Gathering) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar, Targets = G>,
    {
        self.indices.clear();
        let capacity = N::Inputs::samples(N::Inputs::views(&self.inputs)).unwrap_or(0);
        if indices.len() > capacity {
            return Err(Error::size("samples of a mini-batch", format!("at most {capacity}"), indices.len()));
        }
        // A part of a small mini-batch may be empty.
        if !indices.is_empty() {
            data.gather(how, indices, &mut self.inputs, &mut self.targets, &mut self.weights)?;
        }
        self.indices.extend_from_slice(indices);
        Ok(())
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.indices.len()
    }

    /// Their indices in the data set.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// Their targets, one sample after another: a vector; a tuple of vectors where outputs have their own.
    pub fn targets(&self) -> &G {
        &self.targets
    }

    /// Their weights; empty where they have none.
    pub fn weights(&self) -> &[N::Scalar] {
        &self.weights
    }

    /// The logits of these samples, beside what they are compared with.
    pub(crate) fn compared<'b>(&'b self, logits: &'b [&'b mut [N::Scalar]]) -> Compared<'b, N::Scalar, G> {
        Compared { heads: N::HEADS, logits, targets: &self.targets, weights: &self.weights }
    }

    /// Their inputs.
    pub(crate) fn inputs(&self) -> <N::Inputs as Shapes>::Views<'_, N::Scalar> {
        N::Inputs::range(N::Inputs::views(&self.inputs), 0..self.samples())
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
        let mut batch = MiniBatch::<Wide, _>::new(2);
        let too_many = batch.gather(&data, &[0, 1, 2]).expect_err("three of two");
        assert_eq!(too_many.to_string(), "samples of a mini-batch: expected at most 2, found 3");
        assert!(batch.gather(&data, &[0, 3]).is_err(), "there is no fourth sample");
        assert!(Training::new(2).loss_and_gradients_of(&Wide::new(1), &batch, &CrossEntropy).is_err(), "nothing there");
        assert!(MiniBatch::<Residual, _>::new(2).gather(&data, &[0]).is_err(), "1030 numbers for 600");
    }
}
