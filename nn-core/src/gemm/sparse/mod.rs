//! Products that leave out zeros: dark pixels, what relu or dropout has set to zero, outputs that no sample's gradient reaches.
//!
//! A term adds nothing to those rows of `C` whose number in `A` is zero. Two rows make a pair, and a tile of a pair goes by the terms
//! that are not zero in both, which are found as the bits of a word. Those keep their order and adding zero changes no number, so
//! the sums have the same bits. But zero times an infinite number or NaN is NaN: where there is one, nothing is left out.

mod blocks;
mod columns;
mod pairs;
mod present;
mod tile;

pub(crate) use blocks::{CACHED_ROWS, Right, SparseKernels};
pub(crate) use columns::Columns;
pub(crate) use present::{TERMS, is_sparse_row, not_zero};
pub(crate) use tile::{PairTiles, pair_tiles};

use super::product::Product;
use super::tile::multiply;
use crate::base::memory::part;
use crate::base::number::Number;
use crate::gemm::vectors::Tiles;
use crate::simd::vector::Vector;

/// Fewer rows than this do not make up for packing `B`.
const LEAST_ROWS: usize = 16;

/// How many lines of numbers, and vectors in each, are looked at for zeros.
const LOOKS: usize = 8;

/// [`multiply`], in pairs of rows where that leaves out many terms. Rows of `A` or terms are one number apart.
///
/// Without `std` by all terms, with the same results: the code would be a fifth of a program that mostly predicts single samples.
#[inline(always)]
pub(crate) fn multiply_sparse<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    if cfg!(feature = "std") && has_zeros::<V>(product) {
        V::Element::multiply_pairs(product, Right::Rows, c);
    } else {
        multiply::<V>(product, c);
    }
}

/// Whether at least a quarter of `A`'s numbers seem to be zero, and the product is large enough to make use of it.
#[inline(always)]
pub(crate) fn has_zeros<V: Vector>(product: &Product<'_, V::Element>) -> bool {
    let &Product { a, rows, terms, columns, .. } = product;
    // One or two vectors of columns are as fast by all terms.
    if rows.len() < LEAST_ROWS || columns <= 2 * V::LANES || terms.len() == 0 {
        return false;
    }
    let (lines, numbers) = if terms.steps[2] == 1 { (rows, terms) } else { (terms, rows) };
    check!(lines.reach(numbers.reach(0)) < a.len());
    let (gap, line_gap) = (numbers.len().div_ceil(LOOKS), lines.len().div_ceil(LOOKS));
    check!(gap > 0 && line_gap > 0);
    let (mut seen, mut not_zero) = (0, 0);
    for line in (0..lines.len()).step_by(line_gap) {
        for number in (0..numbers.len()).step_by(gap) {
            let count = (numbers.len() - number).min(V::LANES);
            // SAFETY: the last number of the last line lies inside `a`.
            let vector = unsafe { V::load_lanes(a.as_ptr().add(line * lines.steps[2] + number), V::lanes(count)) };
            seen += count;
            not_zero += vector.not_zero().count_ones() as usize;
        }
    }
    are_few(not_zero, seen)
}

/// Whether no number is infinite or NaN.
#[inline(always)]
pub(crate) fn are_finite<V: Vector>(numbers: &[V::Element]) -> bool {
    // Zero times one that is would be NaN, and so would the sum.
    let zero = V::splat(V::Element::ZERO);
    let mut sums = [zero; 4];
    let mut chunks = numbers.chunks_exact(4 * V::LANES);
    for chunk in &mut chunks {
        for i in 0..4 {
            sums[i] = V::load(part(chunk, i * V::LANES..)).mul_add(zero, sums[i]);
        }
    }
    for rest in chunks.remainder().chunks(V::LANES) {
        sums[0] = V::load_partial(rest).mul_add(zero, sums[0]);
    }
    !V::any(V::is_nan(sums[0].add(sums[1]).add(sums[2].add(sums[3]))))
}

/// Whether so few of the numbers that were looked at are not zero that finding them pays: at most three quarters.
#[inline(always)]
fn are_few(not_zero: usize, seen: usize) -> bool {
    4 * not_zero <= 3 * seen
}
