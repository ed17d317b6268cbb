//! Sums of more terms than are added block after block: part after part, each of which begins with the error of the one before.

use super::dense::AffineKernels;
use super::product::Start;
use super::tile::ROW_VECTORS;
use crate::base::memory::{chunks_exact_mut, part_mut};
use crate::base::number::Number;
use crate::base::ranges;
use crate::simd::sums::{BLOCK, BLOCKS, carried};
use crate::simd::vector::{MOST_LANES, Vector};
use core::ops::Range;

/// Terms of a part.
pub(crate) const LONG: usize = BLOCKS * BLOCK;

/// Sums that are computed together: 8 KiB of `f32`, on the stack.
const SUMS: usize = 2048;

/// Begins long sums: `part` with what they start with, and `c` with the sum that it may hold.
#[inline(always)]
pub(super) fn begin<T: Number>(start: Start<'_, T>, part: &mut [T], c: &mut [T]) {
    if matches!(start, Start::Sum | Start::Total) {
        part.fill(T::ZERO);
    } else {
        start.write(part);
        c.fill(T::ZERO);
    }
}

/// Columns of the widest tiles.
const PANEL: usize = ROW_VECTORS * MOST_LANES;

/// Adds `part` to `c`, and leaves the error of that in `part`.
#[inline(always)]
pub(crate) fn carry<V: Vector>(part: &mut [V::Element], c: &mut [V::Element]) {
    each!(V, c.len(), load(a = part, b = c) { let (sum, error) = carried(b, a); } store(part = error, c = sum));
}

/// `c = start + A · B` for so many rows, terms and columns, where rows of `c` are `step` apart. `add` adds the products of some of
/// them to sums that lie one row after the other.
///
/// A function of its own, as it has sums on the stack.
#[inline(never)]
pub(crate) fn multiply_long<T: Number + AffineKernels<T>>(
    [rows, terms, columns]: [usize; 3],
    start: Start<'_, T>,
    c: &mut [T],
    step: usize,
    add: impl Fn([Range<usize>; 3], &mut [T]),
) {
    let mut sums = [T::ZERO; SUMS];
    check!(rows > 0 && columns > 0 && step > 0);
    let most = SUMS / rows;
    let width = columns.min(if most < PANEL { PANEL } else { most - most % PANEL });
    for columns in ranges(columns, width) {
        let start = start.columns_from(columns.start);
        for rows in ranges(rows, SUMS / width) {
            let sums = part_mut(&mut sums, ..rows.len() * columns.len());
            let c = part_mut(c, rows.start * step + columns.start..);
            for (part, c) in chunks_exact_mut(sums, columns.len()).zip(c.chunks_mut(step)) {
                begin(start, part, part_mut(c, ..columns.len()));
            }
            for terms in ranges(terms, LONG) {
                add([rows.clone(), terms, columns.clone()], sums);
                for (part, c) in chunks_exact_mut(sums, columns.len()).zip(c.chunks_mut(step)) {
                    T::carry(part, part_mut(c, ..columns.len()));
                }
            }
        }
    }
}
