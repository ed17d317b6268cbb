//! How the inputs of a dense layer lie.

use crate::base::memory::part;
use crate::exec::Run;
use crate::gemm::dense::Rows;

/// The inputs of a dense layer: sample after sample, or the first halves of all samples before the second ones.
///
/// Of halves that lie apart each thread writes and reads its own. Where they alternate, caches that ask for what follows get
/// lines that the other thread is writing.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a, T> {
    numbers: &'a [T],
    apart: bool,
}

impl<'a, T> From<&'a [T]> for Inputs<'a, T> {
    fn from(numbers: &'a [T]) -> Self {
        Self { numbers, apart: false }
    }
}

impl<'a, T> Inputs<'a, T> {
    /// The inputs of the network, as they lie in this pass.
    pub fn of_network(run: &Run, numbers: &'a [T]) -> Self {
        Self { numbers, apart: run.has_halves_apart() }
    }

    /// How many of so many numbers are the first half.
    pub const fn middle(inputs: usize) -> usize {
        inputs.div_ceil(2)
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Of each of `n` samples the numbers from `first` on, and the number that they end before.
    pub(super) fn columns_from(self, inputs: usize, n: usize, first: usize) -> (Rows<'a, T>, usize) {
        let middle = Self::middle(inputs);
        let (begin, step, end) = match (self.apart, first < middle) {
            (false, _) => (first, inputs, inputs),
            (true, true) => (first, middle, middle),
            (true, false) => (n * middle + first - middle, inputs - middle, inputs),
        };
        (Rows { numbers: part(self.numbers, begin.min(self.numbers.len())..), step, count: n }, end)
    }
}
