//! One training pass at a time: the loss of a batch and the gradients of everything, for those who write their own loop.

use crate::base::memory::Buffer;
use crate::data::MiniBatch;
use crate::exec::Pass;
use crate::network::part::{Holder, HolderMut};
use crate::network::predict::output_starts;
use crate::parameters::ParametersView;
use crate::parameters::group::{Groups, Select, frozen};
use crate::parameters::not_finite;
use crate::shape::{IntoViews, Shape, Shapes};
use crate::train::loss::{Hits, Losses, Mean};
use crate::{Error, FlatSegment, Group, Loss, Network, Number, Optimizer, Real};
use core::ops::Range;

/// The memory of training passes: what the forward pass saves, gradients, workspace.
///
/// It is taken when the largest batch is known and nothing is allocated after that.
///
/// ```
/// use nn_core::parameters::flatten;
/// use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};
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
/// let bias = training.labelled_gradients().tensor("affine2.bias").expect("a label of the network");
/// assert_eq!(bias.to_vec(), &training.gradients()[40..]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Groups of parameters
///
/// Parts of a network are frozen, or trained at a rate of their own, by their labels. A label names what lies below it: `trunk`,
/// `layer1.0.conv1`, `generator`, and the empty one everything. Of a frozen part neither parameters nor running statistics move, a
/// batch norm in it goes by its running statistics, and what lies before the first trained parameter computes nothing in the
/// backward pass. Dropout goes on as everywhere: see [`dropout`](Self::dropout). An operation is frozen as a whole, because its
/// gradients are computed together: `conv1`, not `conv1.weight`.
///
/// ```
/// use nn_core::train::Group;
/// use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};
///
/// network! {
///     struct Small = [4] -> trunk: 2 * (affine(8) -> relu) -> head: affine(3) -> softmax;
/// }
///
/// let mut net = Small::new(1);
/// let before = net.parameters().trunk().tensor("0.affine1.weight").map(|tensor| tensor.to_vec());
/// let mut training = Training::new(2);
/// training.freeze("trunk")?;
/// training.group("head", Group { rate: 2.0, decay: Some(0.01), ..Group::default() })?;
/// training.loss_and_gradients(&net, &Batch::<shape![4]>::from([[1.0; 4], [-1.0; 4]]), &CrossEntropy, &[0, 2])?;
/// training.step(&mut net, &mut Adam::new(0.01))?;
/// assert_eq!(net.parameters().trunk().tensor("0.affine1.weight").map(|tensor| tensor.to_vec()), before);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Training<N: Network> {
    capacity: usize,
    samples: usize,
    pub(super) seed: u64,
    pub(super) step: u64,
    /// The place of the first sample in the whole batch, where passes are over parts of it.
    first: usize,
    wants_inputs: bool,
    drops: bool,
    logits: <N::Outputs as Shapes>::Batches<N::Scalar>,
    output_gradients: <N::Outputs as Shapes>::Batches<N::Scalar>,
    input_gradients: <N::Inputs as Shapes>::Batches<N::Scalar>,
    gradients: Buffer<N::Scalar>,
    saved: Buffer<N::Scalar>,
    indices: Buffer<u32>,
    workspace: Buffer<N::Scalar>,
    /// The statistics of the batch, in the order of the block.
    statistics: Buffer<N::Scalar>,
    /// For each of the running statistics whether the last pass found that of the batch.
    observed: Vec<bool>,
    segments: Vec<FlatSegment>,
    frozen: Vec<Range<usize>>,
}

impl<N: Network> Training<N> {
    /// Memory for batches of up to `capacity` samples.
    ///
    /// # Panics
    ///
    /// When so much memory cannot be addressed.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        let lens = N::Inputs::LENS.iter().chain(N::Outputs::LENS).map(|len| capacity.checked_mul(*len));
        let needs = [N::MEMORY.saved, N::MEMORY.indices, N::MEMORY.training].map(|need| need.checked_at(capacity));
        let fits = |len: Option<usize>| len.is_some_and(|len| len <= isize::MAX as usize / size_of::<f64>());
        assert!(
            lens.chain(needs).all(fits),
            "the memory for batches of {capacity} samples of {} cannot be addressed",
            N::NAME
        );
        let segments = crate::flatten(N::ENTRIES);
        let statistics = segments.iter().filter(|segment| segment.statistics().is_some()).map(FlatSegment::len).sum();
        Self {
            capacity,
            samples: 0,
            seed: 0,
            step: 0,
            first: 0,
            wants_inputs: false,
            drops: true,
            logits: N::Outputs::allocate(capacity),
            output_gradients: N::Outputs::allocate(capacity),
            input_gradients: N::Inputs::allocate_gradients(0),
            gradients: Buffer::zeros(N::PARAMETERS),
            saved: Buffer::zeros(N::MEMORY.saved.at(capacity)),
            indices: Buffer::zeros(N::MEMORY.indices.at(capacity)),
            workspace: Buffer::zeros(N::MEMORY.training.at(capacity)),
            statistics: Buffer::zeros(statistics),
            observed: Vec::new(),
            segments,
            frozen: Vec::new(),
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

    /// Switches dropout off, or on again, in the whole network: for a frozen part that should see all of its numbers, say.
    pub fn dropout(&mut self, on: bool) {
        self.drops = on;
    }

    /// Freezes the parameters below a label, whatever else their [`Group`] says.
    ///
    /// # Errors
    ///
    /// When there is no such label, or an operation would be frozen in part. Nothing has changed then.
    pub fn freeze(&mut self, label: &str) -> Result<(), Error> {
        self.change_groups(|groups| groups.train(label, false))
    }

    /// Trains the parameters below a label again.
    ///
    /// # Errors
    ///
    /// As of [`freeze`](Self::freeze).
    pub fn unfreeze(&mut self, label: &str) -> Result<(), Error> {
        self.change_groups(|groups| groups.train(label, true))
    }

    /// Trains the parameters below a label and freezes all others.
    ///
    /// # Errors
    ///
    /// As of [`freeze`](Self::freeze).
    pub fn freeze_all_but(&mut self, label: &str) -> Result<(), Error> {
        self.change_groups(|groups| groups.train_only(label))
    }

    /// Trains some parameters in this way from now on: those below a label, those of a kind, or both (see [`Select`]).
    ///
    /// # Errors
    ///
    /// As of [`freeze`](Self::freeze), or when a number of the group is negative or not finite.
    pub fn group<'l>(&mut self, select: impl Into<Select<'l>>, group: Group) -> Result<(), Error> {
        self.change_groups(|groups| groups.set(select.into(), group))
    }

    fn change_groups(&mut self, change: impl FnOnce(&mut Groups<'_>) -> Result<(), Error>) -> Result<(), Error> {
        change(&mut Groups { network: N::NAME, segments: &mut self.segments })?;
        self.frozen = frozen(&self.segments);
        for range in &self.frozen {
            self.gradients[range.clone()].fill(N::Scalar::ZERO);
        }
        Ok(())
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
    /// below its bound, all parameters are frozen and no gradients of the inputs are asked for, or `loss` fails.
    pub fn pass<'a, R>(
        &mut self,
        net: &impl Holder<Network = N>,
        inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
        loss: impl FnOnce(&[&mut [N::Scalar]], &mut [&mut [N::Scalar]]) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let views = inputs.into_views();
        let samples = self.check(views)?;
        let starts = N::Inputs::starts(views);
        let starts = starts.as_ref();
        for batches in [&mut self.logits, &mut self.output_gradients] {
            N::Outputs::set_rows(batches, |output| output_starts::<N>(starts, output));
        }
        if self.wants_inputs {
            N::Inputs::set_rows(&mut self.input_gradients, |input| starts[input]);
        }
        let pass = Pass::training(samples, self.seed, self.step).starting_at(self.first).starts(starts);
        let pass = pass.frozen(&self.frozen).dropout(self.drops);
        let (saved, indices, workspace) = (&mut self.saved, &mut self.indices, &mut self.workspace);
        let outputs = N::Outputs::slices_mut(&mut self.logits, 0..samples);
        N::forward_training(&pass, net.block(), N::Inputs::slices(views), outputs, saved, indices, workspace);
        let mut dy = N::Outputs::slices_mut(&mut self.output_gradients, 0..samples);
        let result = loss(N::Outputs::slices_mut(&mut self.logits, 0..samples).as_mut(), dy.as_mut())?;
        let dx = match self.wants_inputs {
            true => N::Inputs::slices_mut(&mut self.input_gradients, 0..samples),
            false => N::Inputs::empty(),
        };
        let outputs = N::Outputs::slices(N::Outputs::range(N::Outputs::views(&self.logits), 0..samples));
        let inputs = N::Inputs::slices(views);
        N::backward(&pass, net.block(), inputs, outputs, dy, dx, &mut self.gradients, saved, indices, workspace);
        self.step += 1;
        self.samples = samples;
        self.take_statistics();
        Ok(result)
    }

    /// Takes the statistics of the batch out of the gradients, where they are found with them.
    fn take_statistics(&mut self) {
        self.observed.clear();
        for (segment, place) in statistics(&self.segments) {
            self.observed.push(segment.group.trained);
            if segment.group.trained {
                let gradients = &mut self.gradients[segment.range()];
                self.statistics[place].copy_from_slice(gradients);
                gradients.fill(N::Scalar::ZERO);
            }
        }
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
        let is_frozen = !self.segments.is_empty() && self.segments.iter().all(|segment| !segment.group.trained);
        if is_frozen && !self.wants_inputs {
            return Err(Error::AllFrozen { network: N::NAME });
        }
        let starts = N::Inputs::starts(views);
        N::Inputs::check_bounds::<N::Scalar>(N::Inputs::slices(views), starts.as_ref(), N::INPUT_NAMES)?;
        Ok(samples)
    }

    /// The gradients of the last pass, laid out as the parameter block. Those of frozen parameters and of running statistics are
    /// zero.
    pub fn gradients(&self) -> &[N::Scalar] {
        &self.gradients
    }

    /// The gradients of the last pass by the labels of their parameters, to look at those of a layer:
    /// `training.labelled_gradients().part("conv1")`. The network's own numbers are in `net.parameters()`.
    pub fn labelled_gradients(&self) -> ParametersView<'_, N::Scalar> {
        ParametersView::over(&self.segments, &self.gradients)
    }

    /// The gradients of the last pass, to change them before a step: to clip them, say.
    pub fn gradients_mut(&mut self) -> &mut [N::Scalar] {
        &mut self.gradients
    }

    /// The statistics of the last batch, one after another in the order of the block: those towards which a step moves the running
    /// ones. What stands in the place of frozen ones is of no account.
    pub fn statistics(&self) -> &[N::Scalar] {
        &self.statistics
    }

    /// The statistics of the last batch, to change them before a step: to average them over machines, say.
    pub fn statistics_mut(&mut self) -> &mut [N::Scalar] {
        &mut self.statistics
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

    /// Moves the network's parameters by an optimizer's rule, and its running statistics towards those of the batch.
    ///
    /// # Errors
    ///
    /// When a setting of the optimizer is out of range, or it belongs to another network.
    pub fn step(
        &mut self,
        net: &mut impl HolderMut<Network = N>,
        optimizer: &mut Optimizer<N::Scalar>,
    ) -> Result<(), Error> {
        let parameters = net.block_mut();
        optimizer.step(&self.segments, parameters, &self.gradients)?;
        follow(&self.segments, &self.observed, parameters, &self.statistics);
        Ok(())
    }
}

/// Moves the running statistics that are not frozen towards those of the batch, where that was `observed`.
fn follow<T: Real>(segments: &[FlatSegment], observed: &[bool], parameters: &mut [T], batch: &[T]) {
    for ((segment, place), &observed) in statistics(segments).zip(observed) {
        if let (true, true, Some(momentum)) = (observed, segment.group.trained, segment.statistics()) {
            T::follow_step(momentum, &mut parameters[segment.range()], &batch[place]);
        }
    }
}

/// The running statistics, and where those of the batch stand.
fn statistics(segments: &[FlatSegment]) -> impl Iterator<Item = (&FlatSegment, Range<usize>)> {
    let mut end = 0;
    segments.iter().filter(|segment| segment.statistics().is_some()).map(move |segment| {
        let start = end;
        end += segment.len();
        (segment, start..end)
    })
}

impl<N: Network> Training<N> {
    /// Fails when a parameter is not finite after this step.
    pub(super) fn check_finite(&self, net: &N, epoch: usize, step: usize) -> Result<(), Error> {
        match not_finite(&self.segments, net.block()).next() {
            Some((tensor, _)) => Err(Error::ParametersNotFinite { tensor, epoch, step }),
            None => Ok(()),
        }
    }
}

impl<A: Shapes, S: Shape, N: Network<Inputs = A, Outputs = (S,)>> Training<N> {
    /// The mean loss of a batch; the gradients are in [`gradients`](Self::gradients) afterwards.
    ///
    /// # Errors
    ///
    /// When the batch is empty or larger than the capacity, a whole number is not below its bound, the network's output is not of a
    /// shape that the loss takes, or the targets do not fit the batch.
    pub fn loss_and_gradients<'a, L: Loss<N::Scalar>>(
        &mut self,
        net: &impl Holder<Network = N>,
        inputs: impl IntoViews<'a, A, N::Scalar>,
        loss: &L,
        targets: &[L::Target],
    ) -> Result<N::Scalar, Error> {
        loss.check_output(S::ROW_DIMS)?;
        self.pass(net, inputs, |outputs, gradients| {
            loss.evaluate(N::HEADS[0], S::HEAD_LEN, outputs[0], targets, gradients[0])
        })
    }
}

impl<N: Network> Training<N> {
    /// The mean loss of samples that were gathered from a data set; of several outputs the sum of their [`Losses`]. The gradients are
    /// in [`gradients`](Self::gradients) afterwards.
    ///
    /// # Errors
    ///
    /// When there are no samples or more than the capacity, or the targets do not fit the losses.
    pub fn loss_and_gradients_of<G, L: Losses<N::Scalar, N::Outputs, G>>(
        &mut self,
        net: &impl Holder<Network = N>,
        batch: &MiniBatch<N, G>,
        losses: &L,
    ) -> Result<N::Scalar, Error> {
        let mut sum = 0.0;
        self.pass(net, batch.inputs(), |logits, gradients| {
            losses.evaluate_all(batch.compared(logits), gradients, &mut |mean| sum += mean.loss)
        })?;
        Ok(N::Scalar::from_f64(sum))
    }

    /// The same of a part of a batch, whose first sample is at a place in the whole, with what is found of each output. The gradients
    /// of an output are multiplied by its share in the loss of the whole.
    pub(super) fn learn<G, L: Losses<N::Scalar, N::Outputs, G>>(
        &mut self,
        net: &N,
        batch: &MiniBatch<N, G>,
        first: usize,
        losses: &L,
        share: impl Fn(usize) -> f64,
        found: &mut Vec<(Mean, Option<Hits>)>,
    ) -> Result<(), Error> {
        found.clear();
        self.first = first;
        let result = self.pass(net, batch.inputs(), |logits, gradients| {
            losses.evaluate_all(batch.compared(logits), gradients, &mut |mean| found.push((mean, None)))?;
            let mut outputs = found.iter_mut();
            losses.count_correct(batch.compared(logits), &mut |hits| {
                outputs.next().into_iter().for_each(|of| of.1 = hits);
            });
            for (output, gradients) in gradients.iter_mut().enumerate() {
                scale(gradients, share(output));
            }
            Ok(())
        });
        self.first = 0;
        result
    }

    /// What a part of a batch has learnt that has no samples: zeros.
    pub(super) fn learn_nothing(&mut self) {
        self.gradients.fill(N::Scalar::ZERO);
        self.statistics.fill(N::Scalar::ZERO);
        self.observed.clear();
        self.observed.extend(statistics(&self.segments).map(|(segment, _)| segment.group.trained));
    }
}

/// Multiplies all numbers by a factor.
fn scale<T: Real>(numbers: &mut [T], factor: f64) {
    if factor != 1.0 {
        numbers.iter_mut().for_each(|x| *x *= T::from_f64(factor));
    }
}
