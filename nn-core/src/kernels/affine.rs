//! Dense layers: products of matrices.

use super::epilogue::{self, Epilogue};
use super::size;
use super::tile::{Grid, Product, Start, multiply};
use super::vector::Vector;
use crate::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut, split};
use crate::real::Real;
use core::ops::Range;
use nn_sizes::Affine;

kernels! {
    /// Dense layers.
    trait AffineKernels<T> {
        /// `columns` of `y = activation(x · w + b)` for as many rows as `x` has; `y` holds these columns alone.
        fn affine_forward(d: &Affine, columns: [usize; 2], x: &[T], p: &[T], y: &mut [T]);
        /// `dx = dz · wᵀ`, for the inputs that `weights` has rows of; `few` says that there are few rows in the whole batch.
        fn affine_input_gradient(outputs: usize, few: bool, dz: &[T], weights: &[T], dx: &mut [T]);
        /// `dw = xᵀ · dz` for the inputs from `first` on that `dw` has rows of.
        fn affine_weight_gradient(d: &Affine, first: usize, x: &[T], dz: &[T], dw: &mut [T]);
        /// Adds the sum of all rows of `dz` to `db`.
        fn sum_rows(dz: &[T], db: &mut [T]);
    }
}

/// Numbers in a block of packed weights: 32 KiB of `f32`, the size of a first-level cache.
pub(super) const PACKED: usize = 8192;

/// Room for packed weights, on the stack, aligned as cache lines are.
#[repr(align(64))]
pub(super) struct Block<T>(pub [T; PACKED]);

impl<T: Real> Block<T> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self([T::ZERO; PACKED])
    }
}

/// With fewer rows than this, long rows of weights are read in the order they lie in, once for each row.
const STREAMED_ROWS: usize = 4;

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
    let [first, end] = columns;
    check!(d.inputs > 0 && d.outputs > 0);
    let (weights, biases) = split(p, d.weights());
    let biases = if d.bias { part(biases, first..end) } else { biases };
    let width = end - first;
    let rows = x.len() / d.inputs;
    if rows == 1 || rows < STREAMED_ROWS && d.outputs >= LONG_ROW {
        for (x, y) in chunks_exact(x, d.inputs).zip(chunks_exact_mut(y, width)) {
            stream::<V>(d, first, x, weights, biases, y);
        }
        epilogue::activate::<V>(d.activation, y);
        return;
    }
    let product = Product {
        a: x,
        rows: Grid::line(rows, d.inputs),
        terms: Grid::line(d.inputs, 1),
        b: part(weights, first..),
        b_step: d.outputs,
        columns: width,
        c_steps: [0, 0, width],
        start: if d.bias { Start::Bias(biases) } else { Start::Zero },
        epilogue: Epilogue::from(d.activation),
    };
    let many = rows >= PACKED_ROWS || d.outputs >= LONG_ROW;
    if !many || width <= 2 * V::LANES {
        multiply::<V>(&product, y);
    } else {
        packed::<V>(d, biases, product, y);
    }
    epilogue::activate_dear::<V>(d.activation, y);
}

/// The product by panels of two vectors of columns and blocks of terms, whose weights are first copied together.
#[inline(always)]
fn packed<V: Vector>(d: &Affine, biases: &[V::Element], product: Product<'_, V::Element>, y: &mut [V::Element]) {
    let mut block = Block::<V::Element>::new();
    let panel = 2 * V::LANES;
    let depth = PACKED / panel;
    for column in (0..product.columns).step_by(panel) {
        let columns = (product.columns - column).min(panel);
        for term in (0..d.inputs).step_by(depth) {
            let terms = (d.inputs - term).min(depth);
            let weights = part(product.b, term * d.outputs + column..);
            for (to, from) in block.0.chunks_exact_mut(panel).zip(weights.chunks(d.outputs)).take(terms) {
                let (left, right) = split(part(from, ..columns), columns.min(V::LANES));
                V::load_partial(left).store(to);
                V::load_partial(right).store(part_mut(to, V::LANES..));
            }
            let block_product = Product {
                a: part(product.a, term..),
                terms: Grid::line(terms, 1),
                b: &block.0,
                b_step: panel,
                columns,
                start: match product.start {
                    _ if term > 0 => Start::Sum,
                    Start::Bias(_) => Start::Bias(part(biases, column..)),
                    other => other,
                },
                epilogue: if term + terms == d.inputs { product.epilogue } else { Epilogue::none() },
                ..product
            };
            multiply::<V>(&block_product, part_mut(y, column..));
        }
    }
}

/// One row: the weights go by once, while `y` stays in the cache.
#[inline(always)]
fn stream<V: Vector>(
    d: &Affine,
    first: usize,
    x: &[V::Element],
    weights: &[V::Element],
    biases: &[V::Element],
    y: &mut [V::Element],
) {
    if d.bias {
        copy(biases, y);
    } else {
        y.fill(V::Element::ZERO);
    }
    let width = y.len();
    let mut term = 0;
    while term + 4 <= d.inputs {
        let factors: [V; 4] = [
            V::splat(*part(x, term)),
            V::splat(*part(x, term + 1)),
            V::splat(*part(x, term + 2)),
            V::splat(*part(x, term + 3)),
        ];
        let rows: [&[V::Element]; 4] = [
            part(part(weights, term * d.outputs + first..), ..width),
            part(part(weights, (term + 1) * d.outputs + first..), ..width),
            part(part(weights, (term + 2) * d.outputs + first..), ..width),
            part(part(weights, (term + 3) * d.outputs + first..), ..width),
        ];
        let mut column = 0;
        while column + V::LANES <= width {
            let mut sum = V::load(part(y, column..));
            for i in 0..4 {
                sum = factors[i].mul_add(V::load(part(rows[i], column..)), sum);
            }
            sum.store(part_mut(y, column..));
            column += V::LANES;
        }
        if column < width {
            let mut sum = V::load_partial(part(y, column..));
            for i in 0..4 {
                sum = factors[i].mul_add(V::load_partial(part(rows[i], column..)), sum);
            }
            sum.store_partial(part_mut(y, column..));
        }
        term += 4;
    }
    while term < d.inputs {
        add_scaled::<V>(*part(x, term), part(part(weights, term * d.outputs + first..), ..width), y);
        term += 1;
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

#[inline(always)]
fn affine_input_gradient<V: Vector>(
    outputs: usize,
    few: bool,
    dz: &[V::Element],
    weights: &[V::Element],
    dx: &mut [V::Element],
) {
    let rows = dz.len() / outputs;
    let inputs = weights.len() / outputs;
    if few {
        for (dz, dx) in dz.chunks_exact(outputs).zip(dx.chunks_exact_mut(inputs)) {
            for (weights, dx) in weights.chunks_exact(outputs).zip(dx) {
                *dx = dot::<V>(dz, weights);
            }
        }
        return;
    }
    let mut block = Block::<V::Element>::new();
    let panel = 2 * V::LANES;
    let depth = PACKED / panel;
    for column in (0..inputs).step_by(panel) {
        let columns = (inputs - column).min(panel);
        for term in (0..outputs).step_by(depth) {
            let terms = (outputs - term).min(depth);
            transpose::<V>(&weights[column * outputs + term..], outputs, [columns, terms], &mut block.0);
            let product = Product {
                a: &dz[term..],
                rows: Grid::line(rows, outputs),
                terms: Grid::line(terms, 1),
                b: &block.0,
                b_step: panel,
                columns,
                c_steps: [0, 0, inputs],
                start: if term == 0 { Start::Zero } else { Start::Sum },
                epilogue: Epilogue::none(),
            };
            multiply::<V>(&product, &mut dx[column..]);
        }
    }
}

/// Copies `[rows][columns]` numbers, rows `step` apart, to `[columns][two vectors]`; there are no more rows than two
/// vectors have lanes.
#[inline(always)]
pub(super) fn transpose<V: Vector>(
    from: &[V::Element],
    step: usize,
    [rows, columns]: [usize; 2],
    to: &mut [V::Element],
) {
    let width = 2 * V::LANES;
    check!(0 < rows && rows <= width && size([rows - 1, step]).saturating_add(columns) <= from.len());
    check!(size([columns, width]) <= to.len());
    let whole = columns - columns % V::LANES;
    let mut row = 0;
    while row + V::LANES <= rows {
        for column in (0..whole).step_by(V::LANES) {
            // SAFETY: the square ends before `rows` and `columns`, which the asserts found inside both slices.
            unsafe {
                let square = from.as_ptr().add(row * step + column);
                V::transpose_square(square, step, to.as_mut_ptr().add(column * width + row), width);
            }
        }
        transpose_each(&from[row * step..], step, V::LANES, whole..columns, width, &mut to[row..]);
        row += V::LANES;
    }
    if row < rows {
        transpose_each(&from[row * step..], step, rows - row, 0..columns, width, &mut to[row..]);
    }
}

/// What is left beside the squares, number by number.
#[inline(always)]
fn transpose_each<T: Real>(from: &[T], step: usize, rows: usize, columns: Range<usize>, width: usize, to: &mut [T]) {
    for row in 0..rows {
        let from = &from[row * step..];
        for column in columns.clone() {
            to[column * width + row] = from[column];
        }
    }
}

/// The sum of products.
#[inline(always)]
fn dot<V: Vector>(a: &[V::Element], b: &[V::Element]) -> V::Element {
    let mut sums = [V::splat(V::Element::ZERO); 4];
    let mut a = a.chunks_exact(4 * V::LANES);
    let mut b = b.chunks_exact(4 * V::LANES);
    for (a, b) in (&mut a).zip(&mut b) {
        for i in 0..4 {
            sums[i] = V::load(&a[i * V::LANES..]).mul_add(V::load(&b[i * V::LANES..]), sums[i]);
        }
    }
    for (a, b) in a.remainder().chunks(V::LANES).zip(b.remainder().chunks(V::LANES)) {
        sums[0] = V::load_partial(a).mul_add(V::load_partial(b), sums[0]);
    }
    sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum()
}

#[inline(always)]
fn affine_weight_gradient<V: Vector>(
    d: &Affine,
    first: usize,
    x: &[V::Element],
    dz: &[V::Element],
    dw: &mut [V::Element],
) {
    let product = Product {
        a: &x[first..],
        rows: Grid::line(dw.len() / d.outputs, 1),
        terms: Grid::line(dz.len() / d.outputs, d.inputs),
        b: dz,
        b_step: d.outputs,
        columns: d.outputs,
        c_steps: [0, 0, d.outputs],
        start: Start::Zero,
        epilogue: Epilogue::none(),
    };
    multiply::<V>(&product, dw);
}

#[inline(always)]
pub(super) fn sum_rows<V: Vector>(dz: &[V::Element], db: &mut [V::Element]) {
    let width = db.len();
    for column in (0..width).step_by(2 * V::LANES) {
        let middle = (column + V::LANES).min(width);
        let end = (middle + V::LANES).min(width);
        let (left, right) = (column..middle, middle..end);
        // Even and odd rows apart, as an addition takes several cycles.
        let mut sums = [[V::splat(V::Element::ZERO); 2]; 2];
        for (i, dz) in dz.chunks_exact(width).enumerate() {
            let sums = &mut sums[i % 2];
            sums[0] = sums[0].add(V::load_partial(&dz[left.clone()]));
            sums[1] = sums[1].add(V::load_partial(&dz[right.clone()]));
        }
        for (n, range) in [left, right].into_iter().enumerate() {
            let db = &mut db[range];
            V::load_partial(db).add(sums[0][n].add(sums[1][n])).store_partial(db);
        }
    }
}
