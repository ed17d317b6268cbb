//! One training pass at a time: the loss of a batch and the gradients of everything, for those who write their own loop.

use crate::base::memory::Buffer;
use crate::data::MiniBatch;
use crate::exec::Run;
use crate::shape::{IntoViews, Shape, Shapes};
use crate::{Error, Loss, Network};

/// The memory of training passes: what the forward pass keeps, gradients, workspace.
///
/// It is taken when the largest batch is known and nothing is allocated after that.
///
/// ```
/// use nn_core::{Adam, Batch, CrossEntropy, Network, Optimizer, Training, flatten, network, shape};
///
/// network! {
///     struct Xor = [2] -> affine(8) -> tanh -> affine(2) -> softmax;
/// }
///
/// let inputs = Batch::<shape![2]>::from_slice(&[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])?;
/// let labels = [0, 1, 1, 0];
/// let mut net = Xor::new(1);
/// let mut adam = Adam::new(0.05);
/// let mut training = Training::new(4);
/// for _ in 0..200 {
///     training.loss_and_gradients(&net, &inputs, &CrossEntropy, &labels)?;
///     training.step(&mut net, &mut adam)?;
/// }
/// let loss = training.loss_and_gradients(&net, &inputs, &CrossEntropy, &labels)?;
/// assert!(loss < 0.1, "{loss}");
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Training<N: Network> {
    capacity: usize,
    samples: usize,
    seed: u64,
    step: u64,
    wants_inputs: bool,
    logits: <N::Outputs as Shapes>::Batches<N::Scalar>,
    output_gradients: <N::Outputs as Shapes>::Batches<N::Scalar>,
    input_gradients: <N::Inputs as Shapes>::Batches<N::Scalar>,
    gradients: Buffer<N::Scalar>,
    saved: Buffer<N::Scalar>,
    indices: Buffer<u32>,
    workspace: Buffer<N::Scalar>,
    segments: Vec<crate::FlatSegment>,
}

impl<N: Network> Training<N> {
    /// Memory for batches of up to `capacity` samples.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            samples: 0,
            seed: 0,
            step: 0,
            wants_inputs: false,
            logits: N::Outputs::allocate(capacity),
            output_gradients: N::Outputs::allocate(capacity),
            input_gradients: N::Inputs::allocate_gradients(0),
            gradients: Buffer::zeroed(N::PARAMETERS),
            saved: Buffer::zeroed(N::ROOMS.saved.at(capacity)),
            indices: Buffer::zeroed(N::ROOMS.indices.at(capacity)),
            workspace: Buffer::zeroed(N::ROOMS.training.at(capacity)),
            segments: crate::flatten(N::ENTRIES),
        }
    }

    /// Keys the random draws of dropout, which differ from step to step.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Also computes the gradients with respect to the inputs.
    #[must_use]
    pub fn with_input_gradients(mut self) -> Self {
        self.wants_inputs = true;
        self.input_gradients = N::Inputs::allocate_gradients(self.capacity);
        self
    }

    /// Sets the number of the step, which keys the random draws; it is counted up by each pass.
    pub fn set_step(&mut self, step: u64) {
        self.step = step;
    }

    /// The largest batch.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Runs a batch forward, asks `loss` for the gradients of the logits, and runs it backward.
    ///
    /// `loss` gets the logits of every output and overwrites their gradients. What it returns is returned.
    ///
    /// # Errors
    ///
    /// When the batch is empty or larger than the capacity, the inputs differ in their number of samples, a whole number is not
    /// below its bound, or `loss` fails.
    pub fn pass<'a, R>(
        &mut self,
        net: &N,
        inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
        loss: impl FnOnce(&[&mut [N::Scalar]], &mut [&mut [N::Scalar]]) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let views = inputs.into_views();
        let samples = self.check(views)?;
        let run = Run::training(samples, self.seed, self.step);
        let (saved, indices, workspace) = (&mut self.saved, &mut self.indices, &mut self.workspace);
        let outputs = N::Outputs::slices_mut(&mut self.logits, 0..samples);
        N::forward_training(&run, net.block(), N::Inputs::slices(views), outputs, saved, indices, workspace);
        let mut dy = N::Outputs::slices_mut(&mut self.output_gradients, 0..samples);
        let result = loss(N::Outputs::slices_mut(&mut self.logits, 0..samples).as_mut(), dy.as_mut())?;
        let dx = match self.wants_inputs {
            true => N::Inputs::slices_mut(&mut self.input_gradients, 0..samples),
            false => N::Inputs::empty(),
        };
        let outputs = N::Outputs::slices(N::Outputs::range(N::Outputs::views(&self.logits), 0..samples));
        let inputs = N::Inputs::slices(views);
        N::backward(&run, net.block(), inputs, outputs, dy, dx, &mut self.gradients, saved, indices, workspace);
        self.step += 1;
        self.samples = samples;
        Ok(result)
    }

    fn check(&self, views: <N::Inputs as Shapes>::Views<'_, N::Scalar>) -> Result<usize, Error> {
        let samples =
            N::Inputs::samples(views).map_err(|error| Error::size("inputs", "equally many samples", error))?;
        if samples == 0 {
            return Err(Error::Empty { what: "the batch".into() });
        }
        if samples > self.capacity {
            return Err(Error::size("samples of the batch", format!("at most {}", self.capacity), samples));
        }
        N::Inputs::check_bounds::<N::Scalar>(N::Inputs::slices(views), N::INPUT_NAMES)?;
        Ok(samples)
    }

    /// The gradients of the last pass, laid out as the parameter block. In the place of running statistics stand those of
    /// the batch.
    pub fn gradients(&self) -> &[N::Scalar] {
        &self.gradients
    }

    /// The gradients of the last pass, to change them before a step: to clip them, say.
    pub fn gradients_mut(&mut self) -> &mut [N::Scalar] {
        &mut self.gradients
    }

    /// The logits of the last pass: the outputs before their trailing softmax, log_softmax or sigmoid.
    pub fn logits(&self) -> <N::Outputs as Shapes>::Views<'_, N::Scalar> {
        N::Outputs::range(N::Outputs::views(&self.logits), 0..self.samples)
    }

    /// The gradients of the last pass with respect to the inputs; `None` unless
    /// [`with_input_gradients`](Self::with_input_gradients) asked for them. Those of whole numbers are empty.
    pub fn input_gradients(&self) -> Option<<N::Inputs as Shapes>::Views<'_, N::Scalar>> {
        self.wants_inputs.then(|| N::Inputs::gradients(&self.input_gradients, self.samples))
    }

    /// Moves the network's parameters by an optimizer's rule.
    ///
    /// # Errors
    ///
    /// When a setting of the optimizer is out of range, or it belongs to another network.
    pub fn step(
        &mut self,
        net: &mut N,
        optimizer: &mut (impl crate::Optimizer<N::Scalar> + ?Sized),
    ) -> Result<(), Error> {
        optimizer.step(&self.segments, net.block_mut(), &self.gradients)
    }
}

impl<A: Shapes, S: Shape, N: Network<Inputs = A, Outputs = (S,)>> Training<N> {
    /// The mean loss of a batch; the gradients are in [`gradients`](Self::gradients) afterwards.
    ///
    /// # Errors
    ///
    /// When the batch is empty or larger than the capacity, a whole number is not below its bound, or the targets do not fit
    /// the batch.
    pub fn loss_and_gradients<'a, L: Loss<N::Scalar>>(
        &mut self,
        net: &N,
        inputs: impl IntoViews<'a, A, N::Scalar>,
        loss: &L,
        targets: &[L::Target],
    ) -> Result<N::Scalar, Error> {
        self.pass(net, inputs, |outputs, gradients| {
            loss.evaluate(N::HEADS[0], S::LEN, outputs[0], targets, gradients[0])
        })
    }
}

impl<A: Shape, S: Shape, N: Network<Inputs = (A,), Outputs = (S,)>> Training<N> {
    /// [`loss_and_gradients`](Self::loss_and_gradients) of samples that were gathered from a data set.
    ///
    /// # Errors
    ///
    /// When there are no samples or more than the capacity, or the targets do not fit the loss.
    pub fn loss_and_gradients_of<L: Loss<N::Scalar>>(
        &mut self,
        net: &N,
        batch: &MiniBatch<N, L::Target>,
        loss: &L,
    ) -> Result<N::Scalar, Error>
    where
        L::Target: Copy + Default,
    {
        self.pass(net, batch.inputs(), |outputs, gradients| {
            loss.evaluate(N::HEADS[0], S::LEN, outputs[0], batch.targets(), gradients[0])
        })
    }
}
