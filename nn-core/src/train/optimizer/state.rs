//! What an optimizer remembers from step to step.

use crate::base::memory::Buffer;
use crate::{Error, FlatSegment, Real};

/// Every so many steps subnormal numbers are dropped.
const DROPPED: u64 = 64;

/// `N` numbers for each parameter.
#[derive(Clone, Debug)]
pub(super) struct State<T: Real, const N: usize> {
    steps: u64,
    /// The steps that each tensor has taken: fewer where it has been frozen.
    taken: Vec<u64>,
    pub(super) numbers: [Buffer<T>; N],
}

impl<T: Real, const N: usize> State<T, N> {
    /// Takes no memory before the first step.
    pub(super) fn new() -> Self {
        Self { steps: 0, taken: Vec::new(), numbers: std::array::from_fn(|_| Buffer::default()) }
    }

    /// Begins a step.
    ///
    /// # Errors
    ///
    /// When there are not as many gradients as parameters, or not as many parameters as in the first step.
    pub(super) fn begin(&mut self, segments: &[FlatSegment], parameters: &[T], gradients: &[T]) -> Result<(), Error> {
        let len = parameters.len();
        if gradients.len() != len {
            return Err(Error::size("gradients given to the optimizer", len, gradients.len()));
        }
        for numbers in &mut self.numbers {
            if numbers.is_empty() {
                *numbers = Buffer::zeros(len);
            }
            if numbers.len() != len {
                let expected = format!("{}, as in its first step (an optimizer belongs to one network)", numbers.len());
                return Err(Error::size("parameters given to the optimizer", expected, len));
            }
        }
        if self.taken.len() != segments.len() {
            self.taken = vec![self.steps; segments.len()];
        }
        self.steps += 1;
        for (taken, segment) in self.taken.iter_mut().zip(segments) {
            *taken += u64::from(segment.group.trained);
        }
        Ok(())
    }

    /// The number of the step that has begun, from 1 on.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// The number of this step for a tensor, by its place in the table.
    pub(super) fn taken(&self, segment: usize) -> u64 {
        self.taken[segment]
    }

    /// Whether subnormal numbers become zero before this step. The moments of an output that no gradient reaches any more would
    /// fade to such numbers and stay, and the machine takes several cycles more for each vector that has one.
    pub(super) fn drops_subnormal(&self) -> bool {
        self.steps.is_multiple_of(DROPPED)
    }
}
