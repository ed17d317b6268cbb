//! The outputs of dense layers beyond the last whole vector, as dot products: their lanes are inputs.
//!
//! A number is summed lane by lane, in blocks of [`depth`] terms, and then over the lanes, however many samples there are.

use super::AffineKernels;
use super::dots::Rows;
use crate::kernels::block::transpose;
use crate::kernels::epilogue::Epilogue;
use crate::kernels::size;
use crate::kernels::tile::ROW_VECTORS;
use crate::kernels::vector::Vector;
use crate::memory::{part, part_mut, split};
use crate::real::Real;
use nn_sizes::Affine;

/// More lanes than any vector has.
const MOST_LANES: usize = 16;

/// Weights that are transposed together: 8 KiB of `f32`, which leave room in a first-level cache.
const BLOCK: usize = 2048;

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
fn depth<V: Vector>(outputs: usize) -> usize {
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

/// Adds columns of `x · w` for one row to `y`: whole vectors that fit the registers, and those that are left over.
/// `weights` begin at the first of them.
#[inline(always)]
pub(super) fn add_row<V: Vector>(d: &Affine, x: &[V::Element], weights: &[V::Element], y: &mut [V::Element]) {
    check!(y.len() < ROW_VECTORS * V::LANES);
    let depth = depth::<V>(d.outputs);
    for (number, x) in x.chunks(depth).enumerate() {
        let weights = Rows { numbers: part(weights, number * depth * d.outputs..), step: d.outputs, count: x.len() };
        match y.len() / V::LANES {
            0 => add_vectors::<V, 0>(x, weights, y),
            1 => add_vectors::<V, 1>(x, weights, y),
            2 => add_vectors::<V, 2>(x, weights, y),
            3 => add_vectors::<V, 3>(x, weights, y),
            4 => add_vectors::<V, 4>(x, weights, y),
            5 => add_vectors::<V, 5>(x, weights, y),
            6 => add_vectors::<V, 6>(x, weights, y),
            _ => add_vectors::<V, 7>(x, weights, y),
        }
    }
}

/// `N` whole vectors, and what is left over: the products of every `LANES`th term are summed in a vector of their own, as in
/// a lane of a dot product. These vectors are narrow, since a wide load would touch another cache line nearly always.
#[inline(always)]
fn add_vectors<V: Vector, const N: usize>(x: &[V::Element], weights: Rows<'_, V::Element>, y: &mut [V::Element]) {
    check!(weights.count == x.len() && N * V::LANES <= y.len());
    weights.check(y.len());
    let lanes = V::Narrow::lanes(y.len() - N * V::LANES);
    let mut whole = [V::splat(V::Element::ZERO); N];
    for n in 0..N {
        whole[n] = V::load(part(y, n * V::LANES..));
    }
    let mut sums = [V::Narrow::splat(V::Element::ZERO); MOST_LANES];
    let mut row = weights.numbers.as_ptr();
    let mut chunks = x.chunks_exact(V::LANES);
    for x in &mut chunks {
        for lane in 0..V::LANES {
            // SAFETY: there is a row of weights for each term.
            sums[lane] = unsafe { add_term::<V, N>(x[lane], row, lanes, &mut whole, sums[lane]) };
            row = row.wrapping_add(weights.step);
        }
    }
    // An array in memory, so that those above stay in registers.
    let mut in_memory = sums;
    for (sum, &x) in in_memory.iter_mut().zip(chunks.remainder()) {
        // SAFETY: as above.
        *sum = unsafe { add_term::<V, N>(x, row, lanes, &mut whole, *sum) };
        row = row.wrapping_add(weights.step);
    }
    for n in 0..N {
        whole[n].store(part_mut(y, n * V::LANES..));
    }
    // In the order of `Vector::sum`.
    let mut half = V::LANES / 2;
    while half > 0 {
        for lane in 0..half {
            in_memory[lane] = in_memory[lane].add(in_memory[lane + half]);
        }
        half /= 2;
    }
    let y = part_mut(y, N * V::LANES..);
    V::Narrow::load_partial(y).add(in_memory[0]).store_partial(y);
}

/// Adds the products of one term with `N` vectors of weights to `whole`, and those with `lanes` of the next to `rest`.
///
/// # Safety
/// The weights can be read at `row`.
#[inline(always)]
unsafe fn add_term<V: Vector, const N: usize>(
    x: V::Element,
    row: *const V::Element,
    lanes: <V::Narrow as Vector>::Lanes,
    whole: &mut [V; N],
    rest: V::Narrow,
) -> V::Narrow {
    let factor = V::splat(x);
    // SAFETY: the caller's.
    unsafe {
        for n in 0..N {
            whole[n] = factor.mul_add(V::load_from(row.add(n * V::LANES)), whole[n]);
        }
        V::Narrow::splat(x).mul_add(V::Narrow::load_some(row.add(N * V::LANES), lanes), rest)
    }
}
