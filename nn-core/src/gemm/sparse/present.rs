//! Which terms of a row are not zero.

use super::are_few;
use crate::simd::sums::BLOCK;
use crate::simd::vector::Vector;

/// Terms that are looked at together: the bits of a word, and the terms of a block.
pub(crate) const TERMS: usize = BLOCK;

/// Words of a row that are looked at for zeros, or nearly twice as many.
const WORDS: usize = 4;

/// A bit for each of the numbers at `from` that is not zero; there are no more than [`TERMS`].
///
/// # Safety
/// They can be read there.
#[inline(always)]
pub(crate) unsafe fn not_zero<V: Vector>(from: *const V::Element, count: usize) -> u64 {
    let (mut bits, mut first) = (0, 0);
    while first + V::LANES <= count {
        // SAFETY: the caller's.
        bits |= u64::from(unsafe { V::load_from(from.add(first)) }.not_zero()) << first;
        first += V::LANES;
    }
    if first < count {
        // SAFETY: the caller's.
        let rest = unsafe { V::load_lanes(from.add(first), V::lanes(count - first)) };
        bits |= u64::from(rest.not_zero()) << first;
    }
    bits
}

/// Whether it pays to find those of a row's numbers that are not zero, by some of them.
#[inline(always)]
pub(crate) fn is_sparse_row<V: Vector>(x: &[V::Element]) -> bool {
    let (mut seen, mut not_zeros) = (0, 0);
    let gap = if x.len() < WORDS * TERMS { 1 } else { x.len() / (WORDS * TERMS) };
    check!(gap > 0);
    for x in x.chunks(TERMS).step_by(gap) {
        seen += x.len();
        // SAFETY: these are all the numbers of a slice.
        not_zeros += unsafe { not_zero::<V>(x.as_ptr(), x.len()) }.count_ones() as usize;
    }
    are_few(not_zeros, seen)
}
