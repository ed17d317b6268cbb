//! What an optimizer remembers from step to step.

use crate::base::memory::Buffer;
use crate::{Error, FlatSegment, Real};

/// The most arrays that a rule can have.
pub const MOST_ARRAYS: usize = 4;

/// Every so many steps subnormal numbers are dropped.
const DROPPED: u64 = 64;

/// The arrays of a rule: of each the numbers of the parameters that are to be moved.
#[derive(Debug)]
pub struct Arrays<'a, T> {
    pub(super) slices: [&'a mut [T]; MOST_ARRAYS],
    pub(super) count: usize,
}

impl<'a, T> Arrays<'a, T> {
    /// All of them, in the order of [`Rule::arrays`](super::Rule::arrays): `let [first, second] = arrays.take();`.
    ///
    /// # Panics
    ///
    /// When the rule has another number of arrays.
    pub fn take<const N: usize>(self) -> [&'a mut [T]; N] {
        let count = self.count;
        assert!(count == N, "the rule names {count} arrays in `Rule::arrays`, and takes {N}");
        let mut slices = self.slices.into_iter();
        std::array::from_fn(|_| slices.next().unwrap_or_default())
    }

    /// Takes the first so many numbers of each away.
    pub(super) fn take_first(&mut self, len: usize) -> Self {
        let first = |numbers: &mut &'a mut [T]| {
            let len = len.min(numbers.len());
            let (first, rest) = std::mem::take(numbers).split_at_mut(len);
            *numbers = rest;
            first
        };
        Self { slices: self.slices.each_mut().map(first), count: self.count }
    }
}

/// The memory of an optimizer: some numbers for each parameter, and how many steps were taken.
#[derive(Clone, Debug)]
pub(crate) struct State<T: Real> {
    pub steps: u64,
    /// The steps that each tensor has taken: fewer where it has been frozen.
    pub taken: Vec<u64>,
    pub arrays: Vec<Buffer<T>>,
    /// The sum of the gradients since the last step, where several are accumulated for each.
    pub sum: Buffer<T>,
    /// How many are in it.
    pub summed: usize,
}

impl<T: Real> State<T> {
    /// Takes no memory before the first step.
    pub(super) fn new() -> Self {
        Self { steps: 0, taken: Vec::new(), arrays: Vec::new(), sum: Buffer::default(), summed: 0 }
    }

    /// Takes memory for this many arrays of `len` numbers before the first step.
    ///
    /// # Errors
    ///
    /// When it has been taken, for other arrays or another number of parameters.
    pub(crate) fn take_memory(&mut self, arrays: usize, len: usize) -> Result<(), Error> {
        if self.arrays.is_empty() {
            self.arrays = (0..arrays).map(|_| Buffer::zeros(len)).collect();
        }
        match self.arrays.first().map(|numbers| numbers.len()) {
            Some(known) if known != len => {
                let expected = format!("{known}, as in its first step (an optimizer belongs to one network)");
                Err(Error::size("parameters given to the optimizer", expected, len))
            }
            _ => Ok(()),
        }
    }

    /// Adds gradients to their sum, and tells whether that are `enough` for a step.
    pub(super) fn accumulate(&mut self, gradients: &[T], enough: usize) -> bool {
        if self.sum.len() != gradients.len() {
            self.sum = Buffer::zeros(gradients.len());
            self.summed = 0;
        }
        if self.summed == 0 {
            self.sum.copy_from_slice(gradients);
        } else {
            T::accumulate(&mut self.sum, gradients);
        }
        self.summed += 1;
        if self.summed < enough {
            return false;
        }
        self.summed = 0;
        true
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, segments: &[FlatSegment]) {
        if self.taken.len() != segments.len() {
            self.taken = vec![self.steps; segments.len()];
        }
        self.steps += 1;
        for (taken, segment) in self.taken.iter_mut().zip(segments) {
            *taken += u64::from(segment.group.trained);
        }
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
