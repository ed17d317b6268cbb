//! Dense layers: products of matrices.

mod dots;
mod gradient;
mod remainder;
mod row;
mod stream;

pub(crate) use dots::Rows;
use dots::dots;
pub(crate) use gradient::sum_rows;
use gradient::{affine_input_gradient, affine_weight_gradient, multiply_transposed};
use remainder::{affine_remainder, remainder};
use row::{add_row, add_sparse_row, sum_row, sum_sparse_row};
use stream::stream;

use super::epilogue::{self, Epilogue, EpilogueKernels};
use super::long::{LONG, carry, multiply_long};
use super::product::{Grid, Product, Start};
use super::sparse::{is_sparse_row, multiply_sparse};
use super::tile::ROW_VECTORS;
use crate::base::memory::{chunks_exact_mut, part, part_mut, split_mut};
use crate::base::number::Number;
use crate::gemm::vectors::Tiles;
use nn_sizes::{Activation, Affine};

kernels! {
    /// Dense layers.
    trait AffineKernels<T> {
        /// `columns` of `y = activation(start + x · w)` for no more than [`LONG`] inputs; `y` holds these columns alone. `finite` says that
        /// all weights are known to be.
        fn affine_forward(d: &Affine, columns: [usize; 2], finite: bool, x: Rows<'_, T>, weights: &[T], start: Start<'_, T>, y: &mut [T]);
        /// Adds the first terms and columns of `x · w` to all rows of `y`, while the weights go by once; rows of `x`, `weights` and
        /// `y` are `steps` apart. `is_sum` as below. There are few rows. A kernel of its own, as it has sums on the stack.
        fn stream(size: [usize; 2], is_sum: bool, x: &[T], steps: [usize; 3], weights: &[T], y: &mut [T]);
        /// The product for columns that are [`remainder`], but for dear activations.
        fn affine_remainder(product: &Product<'_, T>, y: &mut [T]);
        /// Adds to `y` columns of `x · w` for one row: whole vectors that fit the registers, and those that are [`remainder`].
        /// `is_sum` says that `y` holds the sum of other blocks, and not what the first one begins with.
        fn add_row(outputs: usize, is_sum: bool, x: &[T], weights: &[T], y: &mut [T]);
        /// The same for any number of columns, the first `whole` of which are not left over, by the terms that are not zero: a kernel
        /// of its own, whose preparations would slow down a small layer without zeros.
        fn add_sparse_row(outputs: usize, is_sum: bool, whole: usize, x: &[T], weights: &[T], y: &mut [T]);
        /// `c = activation(start + a · bᵀ)`: dot products of rows with rows, of no more than [`LONG`] terms. Those of `c` are `step`
        /// apart, and dear activations left out.
        fn dots(terms: usize, a: Rows<'_, T>, b: Rows<'_, T>, start: Start<'_, T>, activation: Activation, c: &mut [T], step: usize);
        /// `dx = dz · wᵀ`, for the inputs that `weights` has rows of; `few` says that there are few rows in the whole batch.
        fn affine_input_gradient(outputs: usize, few: bool, dz: &[T], weights: &[T], dx: &mut [T]);
        /// `c = a · bᵀ`, where rows of `b` are those of columns of the product: a kernel of its own, as it has a block on the stack.
        fn multiply_transposed(product: &Product<'_, T>, c: &mut [T]);
        /// `dw = xᵀ · dz` for the inputs, first of those in `x`, that `dw` has rows of.
        fn affine_weight_gradient(outputs: usize, x: Rows<'_, T>, dz: &[T], dw: &mut [T]);
        /// Adds `part` to `c`, and leaves the error of that in `part`.
        fn carry(part: &mut [T], c: &mut [T]);
        /// Adds the sum of all rows of `dz` to `db`.
        fn sum_rows(dz: &[T], db: &mut [T]);
    }
}

/// With fewer rows than this, long rows of weights go by in the order they lie in.
const STREAMED_ROWS: usize = 8;

/// Outputs from which on a row of weights is a good part of a page of memory.
const LONG_ROW: usize = 512;

/// How the columns of a dense layer are computed; all forms give the same bits.
///
/// This is chosen in the kernel, and not by `nn-sizes` as for convolutions: it depends on the samples at hand and their zeros, and
/// what is left over on the number of lanes. [`multiply_sparse`] looks for zeros in many rows itself, once the panels are known.
enum Form {
    /// One sample with many zeros, by the terms that are not zero: of weights that are known to be finite, as most of them are not
    /// even read.
    SparseRow,
    /// One sample or a few, and long rows of weights, which go by in the order they lie in.
    Streamed,
    /// Whole vectors of columns with their sums in registers, a row (GEMV) or a tile of rows at a time; then what is left over.
    Panels,
}

impl Form {
    #[inline(always)]
    fn of<V: Tiles>(rows: usize, outputs: usize, whole: usize, finite: bool, row: &[V::Element]) -> Self {
        if rows == 1 && whole > 0 && finite && is_sparse_row::<V>(row) {
            Self::SparseRow
        } else if rows < STREAMED_ROWS && outputs >= LONG_ROW {
            Self::Streamed
        } else {
            Self::Panels
        }
    }
}

/// `columns` of `y = activation(start + x · w)`, for any number of inputs.
pub(crate) fn affine<T: Number + AffineKernels<T> + EpilogueKernels<T>>(
    d: &Affine,
    [first, end]: [usize; 2],
    finite: bool,
    x: Rows<'_, T>,
    weights: &[T],
    start: Start<'_, T>,
    y: &mut [T],
) {
    check!(d.inputs > 0 && first < end && end <= d.outputs);
    if d.inputs <= LONG {
        return T::affine_forward(d, [first, end], finite, x, weights, start, y);
    }
    let width = end - first;
    multiply_long([x.count, d.inputs, width], start.columns_from(first), y, width, |[rows, terms, columns], sums| {
        let d = Affine { inputs: terms.len(), activation: Activation::Identity, ..*d };
        let (x, weights) = (x.some(rows.start, rows.len()).from(terms.start), part(weights, terms.start * d.outputs..));
        T::affine_forward(&d, [first + columns.start, first + columns.end], finite, x, weights, Start::Sum, sums);
    });
    T::activate(d.activation, y);
}

#[inline(always)]
fn affine_forward<V: Tiles>(
    d: &Affine,
    [first, end]: [usize; 2],
    finite: bool,
    x: Rows<'_, V::Element>,
    weights: &[V::Element],
    start: Start<'_, V::Element>,
    y: &mut [V::Element],
) {
    check!(d.inputs > 0 && first < end && end <= d.outputs);
    let (rows, width, long) = (x.count, end - first, d.outputs >= LONG_ROW);
    if rows == 0 {
        return;
    }
    let product = Product {
        a: x.numbers,
        rows: Grid::line(rows, x.step),
        terms: Grid::line(d.inputs, 1),
        b: part(weights, first..),
        b_step: d.outputs,
        columns: width,
        c_steps: [0, 0, width],
        start: start.columns_from(first),
        epilogue: Epilogue::from(d.activation),
    };
    // The columns from `whole` on are left over: the same ones, however the columns are cut.
    let whole = if long { width } else { (d.outputs - remainder::<V>(d.outputs, d.inputs)).clamp(first, end) - first };
    // The numbers from `done` on are sums that no activation has seen; before them only dear ones are left.
    let done = match Form::of::<V>(rows, d.outputs, whole, finite, part(product.a, ..d.inputs)) {
        Form::SparseRow => {
            sum_sparse_row::<V>(&product, whole, y);
            0
        }
        Form::Streamed => {
            for y in chunks_exact_mut(y, width) {
                product.start.write(y);
            }
            V::Element::stream([d.inputs, width], start.is_sum(), product.a, [x.step, d.outputs, width], product.b, y);
            0
        }
        Form::Panels => {
            // A single row's last vectors go with what is left over, but where a cut for threads ends inside one.
            let together = rows == 1 && whole < width && whole.is_multiple_of(V::LANES);
            let panels = if together { whole - whole % (ROW_VECTORS * V::LANES) } else { whole };
            multiply_sparse::<V>(&product.some_columns(0, panels), y);
            if whole == width {
                y.len()
            } else if rows == 1 {
                sum_row::<V>(&product.some_columns(panels, width - panels), part_mut(y, panels..));
                panels
            } else {
                V::Element::affine_remainder(&product.some_columns(whole, width - whole), part_mut(y, whole..));
                y.len()
            }
        }
    };
    let (y, sums) = split_mut(y, done);
    epilogue::activate_dear::<V>(d.activation, y);
    epilogue::activate::<V>(d.activation, sums);
}
