//! Dense layers: products of matrices.

mod dots;
mod gradient;
mod left_over;

use dots::{Rows, add_dots};
pub(super) use gradient::sum_rows;
use gradient::{affine_input_gradient, affine_weight_gradient};
use left_over::{add_row, affine_left_over, left_over};

use super::epilogue::{self, Epilogue};
use super::sparse::multiply_sparse;
use super::tile::{Grid, Product, ROW_VECTORS, Start};
use super::vector::Vector;
use crate::memory::{chunks_exact_mut, copy, part, part_mut, split};
use crate::real::Real;
use nn_sizes::Affine;

kernels! {
    /// Dense layers.
    trait AffineKernels<T> {
        /// `columns` of `y = activation(x · w + b)` for as many rows as `x` has, the `terms` of its inputs alone being summed; `y`
        /// holds these columns alone.
        fn affine_forward(d: &Affine, terms: [usize; 2], columns: [usize; 2], x: &[T], p: &[T], y: &mut [T]);
        /// The same for columns that are [`left_over`], but for dear activations; they lie in rows of `y` that are `step` apart.
        fn affine_left_over(
            d: &Affine,
            terms: [usize; 2],
            columns: [usize; 2],
            x: &[T],
            p: &[T],
            y: &mut [T],
            step: usize,
        );
        /// Adds the dot product of each row of `a` and each of `b` to `c`, whose rows are `step` apart.
        fn add_dots(terms: usize, a: Rows<'_, T>, b: Rows<'_, T>, c: &mut [T], step: usize);
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

/// Outputs from which on a row of weights is a good part of a page of memory.
const LONG_ROW: usize = 512;

#[inline(always)]
fn affine_forward<V: Vector>(
    d: &Affine,
    terms: [usize; 2],
    [first, end]: [usize; 2],
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
) {
    check!(terms[0] < terms[1] && terms[1] <= d.inputs && first < end && end <= d.outputs);
    let (rows, width, long) = (x.len() / d.inputs, end - first, d.outputs >= LONG_ROW);
    // The columns from `middle` on are left over: the same ones, however the columns are cut.
    let middle = if long { end } else { (d.outputs - left_over::<V>(d.outputs, d.inputs)).clamp(first, end) };
    let whole = middle - first;
    let (weights, biases) = split(p, d.weights());
    let product = Product {
        a: part(x, terms[0]..),
        rows: Grid::line(rows, d.inputs),
        terms: Grid::line(terms[1] - terms[0], 1),
        b: part(weights, terms[0] * d.outputs + first..),
        b_step: d.outputs,
        columns: whole,
        c_steps: [0, 0, width],
        start: if d.bias { Start::Bias(part(biases, first..middle)) } else { Start::Zero },
        epilogue: Epilogue::from(d.activation),
    };
    if rows == 1 && (middle < end || width > ROW_VECTORS * V::LANES) || long && rows < STREAMED_ROWS {
        for y in chunks_exact_mut(y, width) {
            begin(d, first, p, y);
        }
        let together = middle < end && width < ROW_VECTORS * V::LANES && whole.is_multiple_of(V::LANES);
        let apart = if together { 0 } else { whole };
        if apart > 0 {
            stream::<V>([product.terms.len(), apart], product.a, [d.inputs, d.outputs, width], product.b, y);
        }
        if middle < end {
            add_row::<V>(d, part(x, terms[0]..terms[1]), part(product.b, apart..), part_mut(y, apart..));
        }
        epilogue::activate::<V>(d.activation, y);
        return;
    }
    multiply_sparse::<V>(&product, y);
    if middle < end && rows > 0 {
        V::Element::affine_left_over(d, terms, [middle, end], x, p, part_mut(y, whole..), width);
    }
    epilogue::activate_dear::<V>(d.activation, y);
}

/// Writes the biases of the columns from `first` on, or zeros.
#[inline(always)]
fn begin<T: Real>(d: &Affine, first: usize, p: &[T], y: &mut [T]) {
    if d.bias {
        let first = d.weights() + first;
        copy(part(p, first..first + y.len()), y);
    } else {
        y.fill(T::ZERO);
    }
}

/// Adds the first terms and columns of `x · w` to all rows of `y`, while the weights go by once, four rows of them at a time; rows
/// of `x`, `weights` and `y` are `steps` apart.
#[inline(always)]
pub(super) fn stream<V: Vector>(
    [terms, columns]: [usize; 2],
    x: &[V::Element],
    steps: [usize; 3],
    weights: &[V::Element],
    y: &mut [V::Element],
) {
    let row = |term: usize| part(part(weights, term * steps[1]..), ..columns);
    let mut term = 0;
    while term + 4 <= terms {
        let rows = [row(term), row(term + 1), row(term + 2), row(term + 3)];
        for (number, y) in chunks_exact_mut(y, steps[2]).enumerate() {
            add_four_scaled::<V>(part(x, number * steps[0] + term..), rows, part_mut(y, ..columns));
        }
        term += 4;
    }
    while term < terms {
        for (number, y) in chunks_exact_mut(y, steps[2]).enumerate() {
            add_scaled::<V>(*part(x, number * steps[0] + term), row(term), part_mut(y, ..columns));
        }
        term += 1;
    }
}

/// `y = y + Σ factor * row`, for four rows as long as `y`.
#[inline(always)]
fn add_four_scaled<V: Vector>(factors: &[V::Element], rows: [&[V::Element]; 4], y: &mut [V::Element]) {
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
fn add_scaled<V: Vector>(factor: V::Element, x: &[V::Element], y: &mut [V::Element]) {
    let factor = V::splat(factor);
    for (x, y) in x.chunks(V::LANES).zip(y.chunks_mut(V::LANES)) {
        factor.mul_add(V::load_partial(x), V::load_partial(y)).store_partial(y);
    }
}
