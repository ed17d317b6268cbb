//! Prediction by a forward pass, whatever its parameters are stored as.

#[cfg(feature = "std")]
use crate::Real;
#[cfg(feature = "std")]
use crate::memory::Buffer;
use crate::run::Run;
use crate::shape::{IntoViews, Shapes};
use crate::{Network, PredictError};

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
#[cfg(feature = "std")]
#[derive(Debug, Default)]
pub struct Workspace<T: Real>(Buffer<T>);

#[cfg(feature = "std")]
impl<T: Real> Workspace<T> {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn of(&mut self, len: usize) -> &mut [T] {
        if self.0.len() < len {
            self.0 = Buffer::zeroed(len);
        }
        &mut self.0
    }
}

/// [`Network::predict_in`] by this forward pass.
pub fn in_memory<'a, N: Network>(
    inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
    mut outputs: Outputs<'_, N>,
    workspace: &mut [N::Scalar],
    forward: impl FnOnce(&Run, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]),
) -> Result<(), PredictError> {
    let views = inputs.into_views();
    let samples = N::Inputs::samples(views).map_err(PredictError::Samples)?;
    for (output, (slice, len)) in outputs.as_mut().iter().zip(N::Outputs::LENS).enumerate() {
        if slice.len() != samples * len {
            return Err(PredictError::Output { output, expected: samples * len, found: slice.len() });
        }
    }
    let expected = N::workspace_len(samples);
    if workspace.len() < expected {
        return Err(PredictError::Workspace { expected, found: workspace.len() });
    }
    if samples > 0 {
        forward(&Run::alone(samples), N::Inputs::slices(views), outputs, workspace);
    }
    Ok(())
}

/// [`Network::predict`] by this forward pass.
#[cfg(feature = "std")]
pub fn on_heap<'a, N: Network>(
    inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
    forward: impl Fn(&Run, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]),
) -> Result<<N::Outputs as Shapes>::Batches<N::Scalar>, PredictError> {
    let views = inputs.into_views();
    let samples = N::Inputs::samples(views).map_err(PredictError::Samples)?;
    let mut outputs = N::Outputs::allocate(samples);
    in_parts::<N>(views, samples, &mut outputs, &mut Workspace::new(), forward);
    Ok(outputs)
}

/// [`Network::predict_into`] by this forward pass.
#[cfg(feature = "std")]
pub fn into_batches<'a, N: Network>(
    inputs: impl IntoViews<'a, N::Inputs, N::Scalar>,
    outputs: &mut <N::Outputs as Shapes>::Batches<N::Scalar>,
    workspace: &mut Workspace<N::Scalar>,
    forward: impl Fn(&Run, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]),
) -> Result<(), PredictError> {
    let views = inputs.into_views();
    let samples = N::Inputs::samples(views).map_err(PredictError::Samples)?;
    let mut wrong = Ok(());
    N::Outputs::for_each_mut(outputs, |output, numbers| {
        let expected = samples * N::Outputs::LENS[output];
        if numbers.len() != expected {
            wrong = Err(PredictError::Output { output, expected, found: numbers.len() });
        }
    });
    wrong?;
    in_parts::<N>(views, samples, outputs, workspace, forward);
    Ok(())
}

/// Predicts a batch in parts that fit the cache.
#[cfg(feature = "std")]
fn in_parts<N: Network>(
    inputs: <N::Inputs as Shapes>::Views<'_, N::Scalar>,
    samples: usize,
    outputs: &mut <N::Outputs as Shapes>::Batches<N::Scalar>,
    workspace: &mut Workspace<N::Scalar>,
    forward: impl Fn(&Run, Inputs<'_, N>, Outputs<'_, N>, &mut [N::Scalar]),
) {
    let workspace = workspace.of(N::workspace_len(samples.min(TOGETHER)));
    for first in (0..samples).step_by(TOGETHER) {
        let part = first..samples.min(first + TOGETHER);
        let is_small = N::MULTIPLY_ADDS.saturating_mul(part.len() as u64) < SMALL;
        let run = if is_small { Run::alone(part.len()) } else { Run::inference(part.len()) };
        let part_inputs = N::Inputs::slices(N::Inputs::range(inputs, part.clone()));
        forward(&run, part_inputs, N::Outputs::slices_mut(outputs, part), workspace);
    }
}
