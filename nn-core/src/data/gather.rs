//! How samples are gathered on several threads.

use crate::Error;
use crate::exec::pieces::sum_parts;
use crate::exec::{Pieces, parts};

/// Numbers to gather that are worth a thread's while: some microseconds of waiting for memory.
const PIECE: usize = 1 << 14;

/// Into how many parts to cut so many numbers that are to be gathered.
pub(super) fn parts_of(numbers: usize) -> usize {
    parts(numbers, PIECE)
}

/// Calls `gather` for so many parts of these samples, with the place of the first, and of `inputs`, which has room for as much of each.
pub(super) fn gather_in_parts<T: Send>(
    indices: &[usize],
    parts: usize,
    inputs: &mut [T],
    gather: &(impl Fn(usize, &[usize], &mut [T]) -> Result<(), Error> + Sync),
) -> Result<(), Error> {
    if parts == 1 {
        return gather(0, indices, inputs);
    }
    let len = inputs.len() / indices.len();
    let gather = |first, inputs: Pieces<'_, T>| {
        let inputs = inputs.into_all();
        gather(first, &indices[first..][..inputs.len() / len], inputs)
    };
    sum_parts(true, 0..indices.len(), parts, Pieces::new(inputs, len), &gather, &Result::and)
}
