//! The outputs of dense layers beyond the last whole vector, as dot products: their lanes are inputs.
//!
//! A number is summed lane by lane, in blocks of [`depth`] terms, and then over the lanes, however many samples there are.

use super::AffineKernels;
use super::dots::Rows;
use crate::base::memory::part;
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::block::transpose;
use crate::gemm::product::{Product, Start};
use crate::gemm::vectors::Tiles;
use crate::simd::sums::BLOCK;
use crate::simd::vector::Vector;
use nn_sizes::Activation;

/// Weights that are transposed together: 8 KiB of `f32`, which leave room in a first-level cache.
pub(super) const WEIGHTS: usize = 2048;

/// How long it takes to sum the lanes of a vector, in multiply–adds.
const SUM: usize = 6;

/// How many of the last `columns` of a product are less work as dot products of `terms` numbers than as a partial vector:
/// no more than a narrow vector has.
#[inline(always)]
pub(super) fn remainder<V: Vector>(columns: usize, terms: usize) -> usize {
    let rest = columns % V::LANES;
    let less = size([rest, terms.div_ceil(V::LANES) + SUM]) < terms;
    if less && rest <= V::Narrow::LANES { rest } else { 0 }
}

/// Terms whose products are summed lane by lane before the lanes are: whole [blocks](BLOCK) of terms, and no more than one for a lane.
#[inline(always)]
pub(super) fn depth<V: Vector>(outputs: usize) -> usize {
    let rest = outputs % V::LANES;
    (WEIGHTS / rest.max(1)).min(BLOCK * V::LANES) / BLOCK * BLOCK
}

#[inline(always)]
pub(super) fn affine_remainder<V: Tiles>(product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    let &Product { a, rows, terms, b, b_step, columns, c_steps: [.., step], start, epilogue, .. } = product;
    check!(0 < columns && columns < V::LANES);
    let (rows, inputs, terms, depth) = (rows.len(), rows.steps[2], terms.len(), depth::<V>(b_step));
    let mut block = [V::Element::ZERO; WEIGHTS];
    for term in (0..terms).step_by(depth) {
        let count = (terms - term).min(depth);
        transpose::<V>(part(b, term * b_step..), b_step, [count, columns], depth, &mut block);
        let a = Rows { numbers: part(a, term..), step: inputs, count: rows };
        let b = Rows { numbers: &block, step: depth, count: columns };
        let start = if term == 0 { start } else { Start::Sum };
        let activation = if term + count == terms { epilogue.activation } else { Activation::Identity };
        V::Element::dots(count, a, b, start, activation, y, step);
    }
}
