//! Prediction by a forward pass, whatever its parameters are stored as.

#[cfg(feature = "std")]
use core::any::TypeId;

#[cfg(feature = "std")]
use crate::base::memory::Buffer;
use crate::exec::Pass;
#[cfg(feature = "std")]
use crate::exec::threads;
use crate::shape::{IntoViews, Shapes};
use crate::{Network, PredictError};
#[cfg(feature = "std")]
use crate::{Real, Version};

/// Samples that run together at most, so that a large batch wants no more workspace than this.
#[cfg(feature = "std")]
const TOGETHER: usize = 256;

/// Multiply–adds of a whole prediction under which it stays on the calling thread, however they divide among the layers.
#[cfg(feature = "std")]
const SMALL: u64 = 1 << 20;

/// The numbers of a network's inputs.
type Inputs<'a, N> = <<N as Network>::Inputs as Shapes>::Slices<'a, <N as Network>::Scalar>;

/// The numbers of a network's outputs.
type Outputs<'a, N> = <<N as Network>::Outputs as Shapes>::SlicesMut<'a, <N as Network>::Scalar>;

/// Workspace that grows to what the largest prediction so far wanted, and is then reused.
///
/// It also keeps the weights of convolutions as they are transformed for fewer multiplications. As long as the same network with
/// the same parameters predicts as many samples, they are not transformed again.
#[cfg(feature = "std")]
#[derive(Debug, Default)]
pub struct Workspace<T: Real> {
    numbers: Buffer<T>,
    prepacked: Option<Prepacked>,
}

/// What the numbers that were prepacked in a workspace follow from: the network, its parameters, and where they lie.
#[cfg(feature = "std")]
#[derive(Debug, PartialEq)]
struct Prepacked {
    network: TypeId,
    parameters: Version,
    pass: Pass<'static>,
}

#[cfg(feature = "std")]
impl<T: Real> Workspace<T> {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a forward pass its workspace, and tells it whether there is anything left to prepack.
    fn pass<N: Network>(
        &mut self,
        parameters: Version,
        pass: Pass<'static>,
        forward: impl FnOnce(&Pass, &mut [T]) + Send,
    ) {
        let len = pass.numbers(&N::MEMORY.inference);
        if self.numbers.len() < len {
            *self = Self { numbers: Buffer::zeros(len), prepacked: None };
        }
        let prepacked = Prepacked { network: TypeId::of::<N>(), parameters, pass };
        // Nothing, should the pass panic.
        let last = self.prepacked.take();
        let (pass, numbers) = (pass.prepacked(last.as_ref() == Some(&prepacked)), &mut self.numbers[..]);
        pass.enter(|| forward(&pass, numbers));
        self.prepacked = Some(prepacked);
    }
}

/// How many samples there are. Fails where the inputs have not equally many, or a whole number is not below its bound.
fn samples<N: Network>(views: <N::Inputs as Shapes>::Views<'_, N::Scalar>) -> Result<usize, PredictError> {
    let samples = N::Inputs::samples(views).map_err(PredictError::Samples)?;
    let starts = N::Inputs::starts(views);
    N::Inputs::check_bounds::<N::Scalar>(N::Inputs::slices(views), starts.as_ref(), N::INPUT_NAMES)
        .map_err(PredictError::Bound)?;
    Ok(samples)
}

/// Fails unless all whole numbers are below their bounds; the number of rows does not vary.
pub fn check_bounds<N: Network>(inputs: Inputs<'_, N>) -> Result<(), PredictError> {
    N::Inputs::check_bounds::<N::Scalar>(inputs, &[], N::INPUT_NAMES).map_err(PredictError::Bound)
}

/// The row that each sample of an output begins with, and where the last one ends, from those of the inputs; empty where the
/// number of rows does not vary.
pub(crate) fn output_starts<'a, N: Network>(starts: &[&'a [usize]], output: usize) -> &'a [usize] {
    let input = N::OUTPUT_ROWS.get(output).copied().flatten();
    input.and_then(|input| starts.get(input)).copied().unwrap_or_default()
}

/// How many numbers an output has.
fn output_len<N: Network>(samples: usize, starts: &[&[usize]], output: usize) -> usize {
    let rows = match output_starts::<N>(starts, output) {
        [first, .., end] => end - first,
        _ => samples,
    };
    rows * N::Outputs::ROW_LENS.get(output).copied().unwrap_or(0)
}

/// [`Network::predict_in`] by this forward pass.
pub fn in_memory<'a, N: Network>(
    inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
    mut outputs: Outputs<'_, N>,
    workspace: &mut [N::Scalar],
    forward: impl FnOnce(&Pass, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]),
) -> Result<(), PredictError> {
    let views = inputs.into_views();
    let samples = samples::<N>(views)?;
    let starts = N::Inputs::starts(views);
    for (output, slice) in outputs.as_mut().iter().enumerate() {
        let expected = output_len::<N>(samples, starts.as_ref(), output);
        if slice.len() != expected {
            return Err(PredictError::Output { output, expected, found: slice.len() });
        }
    }
    let expected = N::workspace_len(samples);
    if workspace.len() < expected {
        return Err(PredictError::Workspace { expected, found: workspace.len() });
    }
    if samples > 0 {
        forward(&Pass::alone(samples).starts(starts.as_ref()), N::Inputs::slices(views), outputs, workspace);
    }
    Ok(())
}

/// [`Network::predict`] by this forward pass.
#[cfg(feature = "std")]
pub fn on_heap<'a, N: Network>(
    inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
    parameters: Version,
    forward: impl Fn(&Pass, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]) + Sync,
) -> Result<<N::Outputs as Shapes>::Batches<N::Scalar>, PredictError> {
    let views = inputs.into_views();
    let samples = samples::<N>(views)?;
    let mut outputs = N::Outputs::allocate(samples);
    let starts = N::Inputs::starts(views);
    N::Outputs::set_rows(&mut outputs, |output| output_starts::<N>(starts.as_ref(), output));
    in_parts::<N>(views, samples, &mut outputs, &mut Workspace::new(), parameters, forward);
    Ok(outputs)
}

/// [`Network::predict_into`] by this forward pass.
#[cfg(feature = "std")]
pub fn into_batches<'a, N: Network>(
    inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
    outputs: &mut <N::Outputs as Shapes>::Batches<N::Scalar>,
    workspace: &mut Workspace<N::Scalar>,
    parameters: Version,
    forward: impl Fn(&Pass, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]) + Sync,
) -> Result<(), PredictError> {
    let views = inputs.into_views();
    let samples = samples::<N>(views)?;
    let starts = N::Inputs::starts(views);
    let mut wrong = Ok(());
    N::Outputs::for_each_mut(outputs, |output, numbers| {
        let expected = output_len::<N>(samples, starts.as_ref(), output);
        if numbers.len() != expected {
            wrong = Err(PredictError::Output { output, expected, found: numbers.len() });
        }
    });
    wrong?;
    N::Outputs::set_rows(outputs, |output| output_starts::<N>(starts.as_ref(), output));
    in_parts::<N>(views, samples, outputs, workspace, parameters, forward);
    Ok(())
}

/// Predicts a batch in parts that fit the cache.
#[cfg(feature = "std")]
fn in_parts<N: Network>(
    inputs: <N::Inputs as Shapes>::Views<'_, N::Scalar>,
    samples: usize,
    outputs: &mut <N::Outputs as Shapes>::Batches<N::Scalar>,
    workspace: &mut Workspace<N::Scalar>,
    parameters: Version,
    forward: impl Fn(&Pass, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]) + Sync,
) {
    for first in (0..samples).step_by(TOGETHER) {
        let part = first..samples.min(first + TOGETHER);
        let part_inputs = N::Inputs::range(inputs, part.clone());
        let starts = N::Inputs::starts(part_inputs);
        let (part_inputs, starts) = (N::Inputs::slices(part_inputs), starts.as_ref());
        let part_outputs = N::Outputs::slices_mut(outputs, part.clone());
        workspace.pass::<N>(parameters, pass_of::<N>(part.len()), |pass, workspace| {
            forward(&pass.starts(starts), part_inputs, part_outputs, workspace);
        });
    }
}

/// How so many samples are predicted.
#[cfg(feature = "std")]
fn pass_of<N: Network>(samples: usize) -> Pass<'static> {
    if N::MULTIPLY_ADDS.saturating_mul(samples as u64) < SMALL {
        Pass::alone(samples)
    } else if 2 * samples <= threads() {
        Pass::in_pieces(samples)
    } else {
        Pass::inference(samples)
    }
}
