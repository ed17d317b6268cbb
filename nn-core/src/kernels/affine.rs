//! Dense layers: products of matrices.

mod blocks;
mod gradient;

use blocks::affine_forward_in_blocks;
pub(super) use gradient::sum_rows;
use gradient::{affine_input_gradient, affine_weight_gradient};

use super::block::PACKED;
use super::epilogue::{self, Epilogue};
use super::size;
use super::tile::{Grid, Product, ROW_VECTORS, Start, multiply};
use super::vector::Vector;
use crate::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut, split};
use crate::real::Real;
use nn_sizes::Affine;

kernels! {
    /// Dense layers.
    trait AffineKernels<T> {
        /// `columns` of `y = activation(x · w + b)` for as many rows as `x` has; `y` holds these columns alone.
        fn affine_forward(d: &Affine, columns: [usize; 2], x: &[T], p: &[T], y: &mut [T]);
        /// The same for many rows, in a function of its own: every call of it touches all the stack that its blocks lie on.
        fn affine_forward_in_blocks(d: &Affine, columns: [usize; 2], x: &[T], p: &[T], y: &mut [T]);
        /// `dx = dz · wᵀ`, for the inputs that `weights` has rows of; `few` says that there are few rows in the whole batch.
        fn affine_input_gradient(outputs: usize, few: bool, dz: &[T], weights: &[T], dx: &mut [T]);
        /// `dw = xᵀ · dz` for the inputs from `first` on that `dw` has rows of.
        fn affine_weight_gradient(d: &Affine, first: usize, x: &[T], dz: &[T], dw: &mut [T]);
        /// Adds the sum of all rows of `dz` to `db`.
        fn sum_rows(dz: &[T], db: &mut [T]);
    }
}

/// With fewer rows than this, long rows of weights go by in the order they lie in.
const STREAMED_ROWS: usize = 8;

/// With as many rows it pays to bring the weights of a panel together.
const PACKED_ROWS: usize = 48;

/// Outputs from which on a row of weights is a good part of a page of memory.
const LONG_ROW: usize = 512;

#[inline(always)]
fn affine_forward<V: Vector>(
    d: &Affine,
    columns: [usize; 2],
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
) {
    check!(d.inputs > 0 && d.outputs > 0);
    let (rows, width) = (x.len() / d.inputs, columns[1] - columns[0]);
    let long = d.outputs >= LONG_ROW;
    if long && rows < STREAMED_ROWS || rows == 1 && width > ROW_VECTORS * V::LANES {
        stream::<V>(d, columns, x, p, y);
        epilogue::activate::<V>(d.activation, y);
        return;
    }
    let wide = width > 2 * V::LANES;
    if wide && long || rows >= PACKED_ROWS && (wide || by_outputs_is_less::<V>(rows, width)) {
        V::Element::affine_forward_in_blocks(d, columns, x, p, y);
    } else {
        multiply::<V>(&product(d, columns, x, p), y);
        epilogue::activate_dear::<V>(d.activation, y);
    }
}

/// [`affine_forward`] as a product.
#[inline(always)]
fn product<'a, T: Real>(d: &Affine, [first, end]: [usize; 2], x: &'a [T], p: &'a [T]) -> Product<'a, T> {
    let (weights, biases) = split(p, d.weights());
    Product {
        a: x,
        rows: Grid::line(x.len() / d.inputs, d.inputs),
        terms: Grid::line(d.inputs, 1),
        b: part(weights, first..),
        b_step: d.outputs,
        columns: end - first,
        c_steps: [0, 0, end - first],
        start: if d.bias { Start::Bias(part(biases, first..end)) } else { Start::Zero },
        epilogue: Epilogue::from(d.activation),
    }
}

/// Vectors in the sums of a product, of which the last in each row may have empty lanes.
#[inline(always)]
fn vectors<V: Vector>(rows: usize, columns: usize) -> usize {
    size([rows, columns.div_ceil(V::LANES)])
}

/// Whether [`by_outputs`](blocks) is less work: to transpose a number of a row takes about as long as half a multiply–add of
/// sixteen lanes, or one of eight.
#[inline(always)]
fn by_outputs_is_less<V: Vector>(rows: usize, outputs: usize) -> bool {
    let fits = size([outputs, 2 * V::LANES]) <= PACKED;
    let transposition = size([8, rows]) / V::LANES;
    fits && vectors::<V>(outputs, rows).saturating_add(transposition) < vectors::<V>(rows, outputs)
}

/// The weights go by once, four rows of them at a time, while `x` and `y` stay in the cache.
#[inline(always)]
fn stream<V: Vector>(d: &Affine, [first, end]: [usize; 2], x: &[V::Element], p: &[V::Element], y: &mut [V::Element]) {
    let (weights, biases) = split(p, d.weights());
    let width = end - first;
    for y in chunks_exact_mut(y, width) {
        if d.bias {
            copy(part(biases, first..end), y);
        } else {
            y.fill(V::Element::ZERO);
        }
    }
    let row = |term: usize| part(part(weights, term * d.outputs + first..), ..width);
    let mut term = 0;
    while term + 4 <= d.inputs {
        let rows = [row(term), row(term + 1), row(term + 2), row(term + 3)];
        for (x, y) in chunks_exact(x, d.inputs).zip(chunks_exact_mut(y, width)) {
            add_four_scaled::<V>(part(x, term..), rows, y);
        }
        term += 4;
    }
    while term < d.inputs {
        for (x, y) in chunks_exact(x, d.inputs).zip(chunks_exact_mut(y, width)) {
            add_scaled::<V>(*part(x, term), row(term), y);
        }
        term += 1;
    }
}

/// `y = y + Σ factor * row`, for four rows as long as `y`.
#[inline(always)]
pub(super) fn add_four_scaled<V: Vector>(factors: &[V::Element], rows: [&[V::Element]; 4], y: &mut [V::Element]) {
    let mut vectors = [V::splat(V::Element::ZERO); 4];
    for i in 0..4 {
        vectors[i] = V::splat(*part(factors, i));
    }
    let mut column = 0;
    while column + V::LANES <= y.len() {
        let mut sum = V::load(part(y, column..));
        for i in 0..4 {
            sum = vectors[i].mul_add(V::load(part(rows[i], column..)), sum);
        }
        sum.store(part_mut(y, column..));
        column += V::LANES;
    }
    if column < y.len() {
        let mut sum = V::load_partial(part(y, column..));
        for i in 0..4 {
            sum = vectors[i].mul_add(V::load_partial(part(rows[i], column..)), sum);
        }
        sum.store_partial(part_mut(y, column..));
    }
}

/// `y = y + factor * x`.
#[inline(always)]
pub(super) fn add_scaled<V: Vector>(factor: V::Element, x: &[V::Element], y: &mut [V::Element]) {
    let factor = V::splat(factor);
    for (x, y) in x.chunks(V::LANES).zip(y.chunks_mut(V::LANES)) {
        factor.mul_add(V::load_partial(x), V::load_partial(y)).store_partial(y);
    }
}
