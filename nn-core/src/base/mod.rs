//! What every module stands on: numbers, checks and memory. Nothing here knows of the rest of the crate.

pub(crate) mod channel;
#[macro_use]
pub(crate) mod check;
#[cfg(feature = "std")]
pub(crate) mod hash;
pub mod memory;
pub(crate) mod number;
pub(crate) mod print;
#[cfg(feature = "std")]
pub(crate) mod random;
#[cfg(all(test, feature = "std"))]
pub(crate) mod test_folder;

use core::iter;
use core::ops::Range;

/// The product of some dimensions, which a slice is compared with: where it does not fit, a number that no slice is as long as.
#[inline(always)]
pub(crate) fn size<const N: usize>(dimensions: [usize; N]) -> usize {
    let mut size = 1_usize;
    for dimension in dimensions {
        size = size.saturating_mul(dimension);
    }
    size
}

/// `0..len` in ranges of no more than `most`, which is at least one.
#[inline(always)]
pub(crate) fn ranges(len: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0..len;
    iter::from_fn(move || {
        let range = rest.start..rest.end.min(rest.start.saturating_add(most.max(1)));
        rest.start = range.end;
        (!range.is_empty()).then_some(range)
    })
}
