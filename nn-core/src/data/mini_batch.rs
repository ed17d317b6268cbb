//! A mini-batch on its way from a data set to a training pass.

use core::ops::Range;

use super::Source;
use super::gather::{gather_in_parts, parts_of};
use crate::base::memory::Buffer;
use crate::exec::join;
use crate::ops::affine::Inputs;
use crate::shape::Shape;
use crate::{BatchView, Error, Network, Real};

/// Samples that were gathered for a network to learn from, and their targets.
///
/// The inputs lie as the network reads them: on several threads, of one that [begins with a large dense
/// layer](Network::IN_HALVES), the first halves of all samples, and then the second ones. So each thread gathers what it reads.
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
    inputs: Buffer<N::Scalar>,
    targets: Vec<Y>,
    samples: usize,
    /// Whether the [halves of the inputs lie apart](crate::exec::Run::halves_apart).
    halves_apart: bool,
}

impl<S: Shape, N: Network<Inputs = (S,)>, Y: Copy + Default> MiniBatch<N, Y> {
    /// Room for up to `capacity` samples.
    pub fn new(capacity: usize) -> Self {
        Self { inputs: Buffer::zeroed(capacity * S::LEN), targets: Vec::new(), samples: 0, halves_apart: false }
    }

    /// Gathers the samples with these indices, on all threads at hand.
    ///
    /// # Errors
    ///
    /// When there are more than the capacity, the data set's samples are not those of the network, or it fails.
    pub fn gather<D>(&mut self, data: &D, indices: &[usize]) -> Result<(), Error>
    where
        D: Source<N::Scalar, Target = Y> + ?Sized,
    {
        // One thread computes the same either way, and has more to call for with halves.
        self.gather_so(data, indices, N::IN_HALVES && parts_of(indices.len() * S::LEN) > 1)
    }

    /// The same, with the halves of the inputs apart or not; predictions want one sample after another.
    pub(crate) fn gather_so<D>(&mut self, data: &D, indices: &[usize], halves_apart: bool) -> Result<(), Error>
    where
        D: Source<N::Scalar, Target = Y> + ?Sized,
    {
        self.samples = 0;
        let numbers = indices.len() * S::LEN;
        if numbers > self.inputs.len() {
            let capacity = self.inputs.len() / S::LEN;
            return Err(Error::size("samples of a mini-batch", format!("at most {capacity}"), indices.len()));
        }
        check_samples::<_, S, D>("the data set", data)?;
        self.halves_apart = halves_apart;
        let inputs = &mut self.inputs[..numbers];
        let gathered =
            if halves_apart { gather_halves(data, indices, inputs) } else { gather_samples(data, indices, inputs) };
        gathered?;
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

    /// Whether the halves of the inputs lie apart.
    pub(crate) fn has_halves_apart(&self) -> bool {
        self.halves_apart
    }

    /// Their inputs, as they lie.
    pub(crate) fn inputs(&self) -> BatchView<'_, S, N::Scalar> {
        BatchView::from_slice(&self.inputs[..self.samples * S::LEN]).unwrap_or_else(|_| unreachable!("whole samples"))
    }
}

/// Fails unless each sample has the numbers of a network's input.
pub(crate) fn check_samples<T: Real, S: Shape, D: Source<T> + ?Sized>(what: &str, data: &D) -> Result<(), Error> {
    if data.sample_len() == S::LEN {
        return Ok(());
    }
    let expected = format!("{} as the network's input {:?} has", S::LEN, S::DIMS);
    Err(Error::size(format!("numbers of each sample of {what}"), expected, data.sample_len()))
}

/// Gathers all numbers of each sample, one sample after another.
fn gather_samples<T: Real, D: Source<T> + ?Sized>(data: &D, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
    let parts = parts_of(inputs.len());
    gather_in_parts(indices, parts, inputs, &|indices, inputs| data.gather(indices, 0..data.sample_len(), inputs))
}

/// Gathers the first halves of all samples, and then the second ones.
fn gather_halves<T: Real, D: Source<T> + ?Sized>(data: &D, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
    let (len, parts) = (data.sample_len(), parts_of(inputs.len()).div_ceil(2));
    let middle = Inputs::<T>::middle(len);
    let (first, second) = inputs.split_at_mut(indices.len() * middle);
    let half = |numbers: Range<usize>, inputs| {
        gather_in_parts(indices, parts, inputs, &|indices, inputs| data.gather(indices, numbers.clone(), inputs))
    };
    let (first, second) = join(true, || half(0..middle, first), || half(middle..len, second));
    first.and(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;
    #[cfg(feature = "parallel")]
    use crate::on_threads;
    use crate::{CrossEntropy, Training, network};

    network! {
        struct Wide = [1030] -> affine(7) -> relu -> affine(2) -> softmax;
        struct Residual = [600] -> residual(affine(600)) -> affine(2) -> softmax;
    }

    fn samples(count: usize) -> Samples<f32, usize> {
        let inputs = (0..count * 1030).map(|i| (i % 331) as f32 / 331.0 - 0.5).collect();
        Samples::new(count, inputs, (0..count).map(|i| i % 2).collect()).expect("valid")
    }

    /// Gathers and learns; the loss and all gradients.
    #[cfg(feature = "parallel")]
    fn learnt(threads: usize, indices: &[usize], how_they_lie: impl Fn(&MiniBatch<Wide, usize>) + Sync) -> Vec<f32> {
        let (net, data) = (Wide::new(1), samples(50));
        let work = || {
            let (mut batch, mut training) = (MiniBatch::new(50), Training::new(50));
            batch.gather(&data, indices).expect("gathered");
            how_they_lie(&batch);
            let loss = training.loss_and_gradients_of(&net, &batch, &CrossEntropy).expect("learnt");
            [&[loss], training.gradients()].concat()
        };
        on_threads(Some(threads), work).expect("threads")
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn halves_lie_apart_on_several_threads_and_teach_the_same() {
        const { assert!(Wide::<f32>::IN_HALVES && !Residual::<f32>::IN_HALVES) };
        let (data, indices) = (samples(50), [[8, 0, 3, 3, 1]; 8].concat());
        let (mut plain, mut labels) = (vec![0.0; 40 * 1030], vec![0; 40]);
        data.gather(&indices, 0..1030, &mut plain).expect("gathered");
        data.targets(&indices, &mut labels).expect("gathered");
        let one = learnt(1, &indices, |batch| {
            assert_eq!((batch.targets(), batch.inputs().as_slice()), (&labels[..], &plain[..]));
        });
        let halves = plain.chunks(1030).map(|sample| sample.split_at(515));
        let (first, second): (Vec<_>, Vec<_>) = halves.unzip();
        let apart = [first.concat(), second.concat()].concat();
        for threads in [2, 3, 5] {
            let found = learnt(threads, &indices, |batch| assert_eq!(batch.inputs().as_slice(), apart));
            assert!(found == one, "{threads} threads");
        }
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
