//! The outputs of dense layers beyond the last whole vector, as dot products: their lanes are inputs.
//!
//! A number is summed lane by lane, in blocks of [`depth`] terms, and then over the lanes, however many samples there are.

use super::AffineKernels;
use super::dots::Rows;
use crate::kernels::block::transpose;
use crate::kernels::epilogue::Epilogue;
use crate::kernels::size;
use crate::kernels::vector::Vector;
use crate::memory::{part, part_mut, split};
use crate::real::Real;
use nn_sizes::Affine;

/// Weights that are transposed together: 8 KiB of `f32`, which leave room in a first-level cache.
pub(super) const BLOCK: usize = 2048;

/// How long it takes to sum the lanes of a vector, in multiply–adds.
const SUM: usize = 6;

/// How many of the last `columns` of a product are less work as dot products of `terms` numbers than as a partial vector:
/// no more than a narrow vector has.
#[inline(always)]
pub(super) fn left_over<V: Vector>(columns: usize, terms: usize) -> usize {
    let rest = columns % V::LANES;
    let less = size([rest, terms.div_ceil(V::LANES) + SUM]) < terms;
    if less && rest <= V::Narrow::LANES { rest } else { 0 }
}

/// Terms of a block: whole vectors of each output that is left over.
#[inline(always)]
pub(super) fn depth<V: Vector>(outputs: usize) -> usize {
    let rest = outputs % V::LANES;
    BLOCK / rest.max(1) / V::LANES * V::LANES
}

/// [`affine_forward`](super::affine_forward) for columns that are left over; those of a row of `y` follow `step` after
/// those of the row before.
#[inline(always)]
pub(super) fn affine_left_over<V: Vector>(
    d: &Affine,
    [from, to]: [usize; 2],
    [first, end]: [usize; 2],
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
    step: usize,
) {
    check!(from < to && to <= d.inputs && first < end && end <= d.outputs && end - first < V::LANES);
    let (weights, others) = split(p, d.weights());
    let (rows, columns, depth) = (x.len() / d.inputs, end - first, depth::<V>(d.outputs));
    let mut block = [V::Element::ZERO; BLOCK];
    let mut biases = V::splat(V::Element::ZERO);
    if d.bias {
        biases = V::load_partial(part(others, first..end));
    }
    for row in 0..rows {
        biases.store_partial(part_mut(y, row * step..row * step + columns));
    }
    for term in (from..to).step_by(depth) {
        let terms = (to - term).min(depth);
        let weights = part(weights, term * d.outputs + first..);
        transpose::<V>(weights, d.outputs, [terms, columns], depth, &mut block);
        let a = Rows { numbers: part(x, term..), step: d.inputs, count: rows };
        let b = Rows { numbers: &block, step: depth, count: columns };
        V::Element::add_dots(terms, a, b, y, step);
    }
    let lanes = V::lanes(columns);
    for row in 0..rows {
        let y = part_mut(y, row * step..row * step + columns);
        let mut sums = [[V::load_partial(y)]];
        // SAFETY: an activation alone has no numbers that could be too few.
        unsafe { Epilogue::from(d.activation).finish(&mut sums, &[0], 0, lanes) };
        sums[0][0].store_partial(y);
    }
}
