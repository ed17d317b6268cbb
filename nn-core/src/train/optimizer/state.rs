//! What an optimizer remembers from step to step.

use crate::base::memory::Buffer;
use crate::{Error, Real};

/// Every so many steps subnormal numbers are dropped.
const DROPPED: u64 = 64;

/// `N` numbers for each parameter.
#[derive(Clone, Debug)]
pub(super) struct State<T: Real, const N: usize> {
    steps: u64,
    pub(super) numbers: [Buffer<T>; N],
}

impl<T: Real, const N: usize> State<T, N> {
    /// Takes no memory before the first step.
    pub(super) fn new() -> Self {
        Self { steps: 0, numbers: std::array::from_fn(|_| Buffer::default()) }
    }

    /// Begins a step and returns its number, from 1 on.
    ///
    /// # Errors
    ///
    /// When there are not as many gradients as parameters, or not as many parameters as in the first step.
    pub(super) fn begin(&mut self, parameters: &[T], gradients: &[T]) -> Result<u64, Error> {
        let len = parameters.len();
        if gradients.len() != len {
            return Err(Error::size("gradients given to the optimizer", len, gradients.len()));
        }
        for numbers in &mut self.numbers {
            if numbers.is_empty() {
                *numbers = Buffer::zeroed(len);
            }
            if numbers.len() != len {
                let expected = format!("{}, as in its first step (an optimizer belongs to one network)", numbers.len());
                return Err(Error::size("parameters given to the optimizer", expected, len));
            }
        }
        self.steps += 1;
        Ok(self.steps)
    }

    /// Whether subnormal numbers become zero before this step. The moments of an output that no gradient reaches any more would
    /// fade to such numbers and stay, and the machine takes several cycles more for each vector that has one.
    pub(super) fn drops_subnormal(&self) -> bool {
        self.steps.is_multiple_of(DROPPED)
    }
}
