//! Prediction with memory from the heap.

use crate::memory::Buffer;
use crate::run::Run;
use crate::shape::Shapes;
use crate::{Network, Real};

/// Samples that run together at most, so that a large batch wants no more workspace than this.
const TOGETHER: usize = 256;

/// Multiply–adds of a whole prediction under which it stays on the calling thread, however they divide among the layers.
const SMALL: u64 = 1 << 20;

/// Workspace that grows to what the largest prediction so far wanted, and is then reused.
#[derive(Debug, Default)]
pub struct Workspace<T: Real>(Buffer<T>);

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

/// Predicts a batch in parts that fit the cache.
pub(crate) fn in_parts<N: Network>(
    net: &N,
    inputs: <N::Inputs as Shapes>::Views<'_, N::Scalar>,
    samples: usize,
    outputs: &mut <N::Outputs as Shapes>::Batches<N::Scalar>,
    workspace: &mut Workspace<N::Scalar>,
) {
    let workspace = workspace.of(N::workspace_len(samples.min(TOGETHER)));
    for first in (0..samples).step_by(TOGETHER) {
        let part = first..samples.min(first + TOGETHER);
        let is_small = N::MULTIPLY_ADDS.saturating_mul(part.len() as u64) < SMALL;
        let run = if is_small { Run::alone(part.len()) } else { Run::inference(part.len()) };
        let part_inputs = N::Inputs::slices(N::Inputs::range(inputs, part.clone()));
        N::forward(&run, net.block(), part_inputs, N::Outputs::slices_mut(outputs, part), workspace);
    }
}
