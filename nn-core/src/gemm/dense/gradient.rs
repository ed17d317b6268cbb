//! The gradients of dense layers.

use super::AffineKernels;
use super::dots::Rows;
use super::remainder::remainder;
use crate::base::memory::part;
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::block::{Block, PACKED, transpose};
use crate::gemm::epilogue::Epilogue;
use crate::gemm::long::{LONG, multiply_long};
use crate::gemm::product::{Grid, Product, Start};
use crate::gemm::sparse::{CACHED_ROWS, Columns, Right, SparseKernels, are_finite, has_zeros, multiply_sparse};
use crate::gemm::tile::{CACHED, multiply};
use crate::gemm::vectors::Tiles;
use crate::simd::each::load_row;
use crate::simd::prefetch::prefetch;
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use nn_sizes::Activation;

#[inline(always)]
pub(super) fn affine_input_gradient<V: Tiles>(
    outputs: usize,
    few: bool,
    dz: &[V::Element],
    weights: &[V::Element],
    dx: &mut [V::Element],
) {
    let rows = dz.len() / outputs;
    let inputs = weights.len() / outputs;
    let whole = if few { 0 } else { inputs - remainder::<V>(inputs, outputs) };
    if whole < inputs {
        let a = Rows { numbers: dz, step: outputs, count: rows };
        let b = Rows { numbers: &weights[whole * outputs..], step: outputs, count: inputs - whole };
        let (activation, dx) = (Activation::Identity, &mut dx[whole..]);
        if outputs <= LONG {
            V::Element::dots(outputs, a, b, Start::Zero, activation, dx, inputs);
        } else {
            multiply_long([rows, outputs, inputs - whole], Start::Zero, dx, inputs, |[rows, terms, columns], sums| {
                let (a, b) = (a.some(rows.start, rows.len()), b.some(columns.start, columns.len()));
                let (a, b) = (a.from(terms.start), b.from(terms.start));
                V::Element::dots(terms.len(), a, b, Start::Sum, activation, sums, columns.len());
            });
        }
    }
    if whole == 0 {
        return;
    }
    let product = Product {
        a: dz,
        rows: Grid::line(rows, outputs),
        terms: Grid::line(outputs, 1),
        b: &weights[..whole * outputs],
        b_step: outputs,
        columns: whole,
        c_steps: [0, 0, inputs],
        start: Start::Zero,
        epilogue: Epilogue::none(),
    };
    if outputs > LONG {
        return multiply_long([rows, outputs, whole], Start::Zero, dx, inputs, |[rows, terms, columns], sums| {
            let product = Product {
                terms: Grid::line(terms.len(), 1),
                b: part(product.b, columns.start * outputs + terms.start..),
                columns: columns.len(),
                c_steps: [0, 0, columns.len()],
                start: Start::Sum,
                ..product.some_rows(rows.start, rows.len())
            };
            V::Element::multiply_transposed(&Product { a: part(product.a, terms.start..), ..product }, sums);
        });
    }
    if has_zeros::<V>(&product) {
        return V::Element::multiply_pairs(&product, Right::Transposed, dx);
    }
    V::Element::multiply_transposed(&product, dx);
}

#[inline(always)]
pub(super) fn multiply_transposed<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let (terms, panel) = (product.terms.len(), 2 * V::LANES);
    let depth = terms.min(PACKED / panel);
    let mut block = Block::new();
    let block = block.zeros(depth * panel);
    for term in (0..terms).step_by(depth) {
        let count = (terms - term).min(depth);
        for column in (0..product.columns).step_by(panel) {
            let columns = (product.columns - column).min(panel);
            transpose::<V>(
                &product.b[column * product.b_step + term..],
                product.b_step,
                [columns, count],
                panel,
                block,
            );
            if product.b.len() > CACHED && column + panel < product.columns {
                let next = &product.b[(column + panel) * product.b_step + term..];
                prefetch_rows(next, product.b_step, [panel, count]);
            }
            let panel = Product {
                a: &product.a[term..],
                terms: Grid::line(count, 1),
                b: block,
                b_step: panel,
                columns,
                start: if term == 0 { product.start } else { Start::Sum },
                epilogue: if term + count == terms { product.epilogue } else { Epilogue::none() },
                ..*product
            };
            multiply::<V>(&panel, &mut c[column..]);
        }
    }
}

/// Asks for so many rows, `step` apart, and columns, or what there is of them.
#[inline(always)]
fn prefetch_rows<T>(numbers: &[T], step: usize, [rows, columns]: [usize; 2]) {
    for row in numbers.chunks(step).take(rows) {
        prefetch(&row[..columns.min(row.len())]);
    }
}

#[inline(always)]
pub(super) fn affine_weight_gradient<V: Tiles>(
    outputs: usize,
    x: Rows<'_, V::Element>,
    dz: &[V::Element],
    dw: &mut [V::Element],
) {
    let (inputs, samples) = (dw.len() / outputs, dz.len() / outputs);
    check!(x.count == samples);
    let product = Product {
        a: x.numbers,
        rows: Grid::line(inputs, 1),
        terms: Grid::line(samples, x.step),
        b: dz,
        b_step: outputs,
        columns: outputs,
        c_steps: [0, 0, outputs],
        start: Start::Zero,
        epilogue: Epilogue::none(),
    };
    if samples > LONG {
        return multiply::<V>(&product, dw);
    }
    let rest = outputs % V::LANES;
    let exchanged = size([rest, inputs.div_ceil(V::LANES), samples]).saturating_add(size([rest, inputs]));
    let whole = if exchanged < size([inputs, samples]) { outputs - rest } else { outputs };
    if let Some(columns) = Columns::find::<V>(dz, outputs, whole)
        && rows_are_finite::<V>(x, inputs)
    {
        let product = Product { columns: columns.places().len(), ..product };
        for (number, dw) in dw.chunks_mut(CACHED_ROWS * outputs).enumerate() {
            let some = product.some_rows(number * CACHED_ROWS, dw.len() / outputs);
            V::Element::multiply_pairs(&some, Right::Picked(columns.places()), dw);
            columns.spread::<V>(outputs, dw);
        }
        return;
    }
    multiply_sparse::<V>(&Product { columns: whole, ..product }, dw);
    if whole < outputs {
        weight_gradient_by_outputs::<V>(&product, whole, dw);
    }
}

/// Whether what each row begins with is finite, so that it can be multiplied by zero without a look.
#[inline(always)]
fn rows_are_finite<V: Vector>(rows: Rows<'_, V::Element>, len: usize) -> bool {
    for row in rows.numbers.chunks(rows.step).take(rows.count) {
        if !are_finite::<V>(&row[..len]) {
            return false;
        }
    }
    true
}

/// More numbers than two vectors for each output that is left over.
const EXCHANGED: usize = 15 * 2 * 16;

/// The weight gradient with outputs as rows and inputs as columns, where that leaves fewer lanes empty; each panel of inputs is
/// transposed on its way to `dw`.
#[inline(always)]
fn weight_gradient_by_outputs<V: Tiles>(
    &Product { a: x, terms, b: dz, b_step: outputs, .. }: &Product<'_, V::Element>,
    whole: usize,
    dw: &mut [V::Element],
) {
    let mut block = [V::Element::ZERO; EXCHANGED];
    let panel = 2 * V::LANES;
    for (number, dw) in dw.chunks_mut(panel * outputs).enumerate() {
        let columns = dw.len() / outputs;
        let product = Product {
            a: &dz[whole..],
            rows: Grid::line(outputs - whole, 1),
            terms: Grid::line(terms.len(), outputs),
            b: &x[number * panel..],
            b_step: terms.steps[2],
            columns,
            c_steps: [0, 0, panel],
            start: Start::Zero,
            epilogue: Epilogue::none(),
        };
        multiply::<V>(&product, &mut block);
        for (column, dw) in dw.chunks_exact_mut(outputs).enumerate() {
            for (output, dw) in dw[whole..].iter_mut().enumerate() {
                *dw = block[output * panel + column];
            }
        }
    }
}

/// Vectors of columns that go by together.
const SUMMED: usize = 4;

#[inline(always)]
pub(crate) fn sum_rows<V: Vector>(dz: &[V::Element], db: &mut [V::Element]) {
    let (step, panel) = (db.len(), SUMMED * V::LANES);
    if dz.is_empty() {
        return;
    }
    for (number, db) in db.chunks_mut(panel).enumerate() {
        let dz = &dz[number * panel..];
        match db.len().div_ceil(V::LANES) {
            1 => add_rows::<V, 1>(dz, step, db),
            2 => add_rows::<V, 2>(dz, step, db),
            3 => add_rows::<V, 3>(dz, step, db),
            _ => add_rows::<V, SUMMED>(dz, step, db),
        }
    }
}

/// Adds rows of `N` vectors, the last of which may be partial, to `sum`.
#[inline(always)]
fn add_rows<V: Vector, const N: usize>(rows: &[V::Element], step: usize, sum: &mut [V::Element]) {
    let columns = sum.len();
    check!((N - 1) * V::LANES < columns && columns <= N * V::LANES);
    let lanes = V::lanes(columns - (N - 1) * V::LANES);
    let mut total = Sums::<V, N>::new();
    for block in rows.chunks(2 * BLOCK * step) {
        // Even and odd rows apart, as an addition takes several cycles.
        let mut sums = [[V::splat(V::Element::ZERO); N]; 2];
        for pair in block.chunks(2 * step) {
            for m in 0..2 {
                if m * step >= pair.len() {
                    break;
                }
                let row = &pair[m * step..];
                check!(columns <= row.len());
                // SAFETY: just checked.
                let row = unsafe { load_row::<V, N>(row.as_ptr(), lanes) };
                for n in 0..N {
                    sums[m][n] = sums[m][n].add(row[n]);
                }
            }
        }
        for n in 0..N {
            sums[0][n] = sums[0][n].add(sums[1][n]);
        }
        total.add(sums[0]);
    }
    let total = total.total();
    for (n, sum) in sum.chunks_mut(V::LANES).enumerate() {
        V::load_partial(sum).add(total[n]).store_partial(sum);
    }
}
