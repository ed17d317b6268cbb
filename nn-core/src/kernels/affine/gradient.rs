//! The gradients of dense layers.

use super::AffineKernels;
use super::dots::Rows;
use super::left_over::left_over;
use crate::kernels::block::{Block, PACKED, transpose};
use crate::kernels::epilogue::Epilogue;
use crate::kernels::size;
use crate::kernels::sparse::{
    CHUNK, Columns, ROWS, SparseProduct, Terms, is_worth_a_look, most_vectors, multiply_groups, multiply_sparse,
};
use crate::kernels::tile::{Grid, Product, Start, multiply};
use crate::kernels::vector::Vector;
use crate::real::Real;
use nn_sizes::Affine;

#[inline(always)]
pub(super) fn affine_input_gradient<V: Vector>(
    outputs: usize,
    few: bool,
    dz: &[V::Element],
    weights: &[V::Element],
    dx: &mut [V::Element],
) {
    let rows = dz.len() / outputs;
    let inputs = weights.len() / outputs;
    let whole = if few { 0 } else { inputs - left_over::<V>(inputs, outputs) };
    if whole < inputs {
        for dx in dx.chunks_exact_mut(inputs) {
            dx[whole..].fill(V::Element::ZERO);
        }
        let a = Rows { numbers: dz, step: outputs, count: rows };
        let b = Rows { numbers: &weights[whole * outputs..], step: outputs, count: inputs - whole };
        V::Element::add_dots(outputs, a, b, &mut dx[whole..], inputs);
    }
    if whole == 0 {
        return;
    }
    let weights = &weights[..whole * outputs];
    let depth = outputs.min(PACKED / (2 * V::LANES));
    let chunk = Terms::most_rows::<V>(depth);
    for (dz, dx) in dz.chunks(chunk * outputs).zip(dx.chunks_mut(chunk * inputs)) {
        for term in (0..outputs).step_by(depth) {
            input_gradient::<V>([term, (outputs - term).min(depth)], outputs, dz, weights, dx, inputs);
        }
    }
}

/// Adds what some terms are of the input gradient, or begins with them; rows of `dx` are `step` apart.
#[inline(always)]
fn input_gradient<V: Vector>(
    [term, count]: [usize; 2],
    outputs: usize,
    dz: &[V::Element],
    weights: &[V::Element],
    dx: &mut [V::Element],
    step: usize,
) {
    let (a, rows, line) = (&dz[term..], Grid::line(dz.len() / outputs, outputs), Grid::line(count, 1));
    let mut terms = Terms::new();
    let is_sparse = rows.len() >= ROWS && count > 2 * V::LANES && terms.find::<V>(a, rows, line);
    let panel = if is_sparse { most_vectors::<V>().min(PACKED / count / V::LANES) } else { 2 } * V::LANES;
    let mut block = Block::<V::Element>::new();
    let block = block.zeroed(count * panel);
    let inputs = weights.len() / outputs;
    for column in (0..inputs).step_by(panel) {
        let columns = (inputs - column).min(panel);
        transpose::<V>(&weights[column * outputs + term..], outputs, [columns, count], panel, block);
        let product = Product {
            a,
            rows,
            terms: line,
            b: block,
            b_step: panel,
            columns,
            c_steps: [0, 0, step],
            start: if term == 0 { Start::Zero } else { Start::Sum },
            epilogue: Epilogue::none(),
        };
        let dx = &mut dx[column..];
        let done = if is_sparse { multiply_groups::<V>(&product, &terms, dx) } else { 0 };
        if done < rows.len() {
            multiply::<V>(&product.some_rows(done, rows.len() - done), &mut dx[done * step..]);
        }
    }
}

#[inline(always)]
pub(super) fn affine_weight_gradient<V: Vector>(
    d: &Affine,
    first: usize,
    x: &[V::Element],
    dz: &[V::Element],
    dw: &mut [V::Element],
) {
    let (inputs, samples) = (dw.len() / d.outputs, dz.len() / d.outputs);
    let product = Product {
        a: &x[first..],
        rows: Grid::line(inputs, 1),
        terms: Grid::line(samples, d.inputs),
        b: dz,
        b_step: d.outputs,
        columns: d.outputs,
        c_steps: [0, 0, d.outputs],
        start: Start::Zero,
        epilogue: Epilogue::none(),
    };
    let mut terms = Terms::new();
    if let Some(columns) = Columns::pack::<V>(dz, d.outputs, &mut Block::new()) {
        return weight_gradient_of_columns::<V>(&product, columns, &mut terms, dw);
    }
    let rest = d.outputs % V::LANES;
    let exchanged = size([rest, inputs.div_ceil(V::LANES), samples]).saturating_add(size([rest, inputs]));
    let whole = if exchanged < size([inputs, samples]) { d.outputs - rest } else { d.outputs };
    multiply_sparse::<V>(&Product { columns: whole, ..product }, &mut terms, dw);
    if whole < d.outputs {
        weight_gradient_by_outputs::<V>(&product, whole, dw);
    }
}

/// The weight gradient of the outputs that are not zero for all samples.
#[inline(always)]
fn weight_gradient_of_columns<V: Vector>(
    product: &Product<'_, V::Element>,
    columns: Columns<'_, V::Element>,
    terms: &mut Terms,
    dw: &mut [V::Element],
) {
    let outputs = product.columns;
    if columns.count == 0 {
        return dw.fill(V::Element::ZERO);
    }
    let product = Product {
        b: columns.numbers,
        b_step: columns.step,
        columns: columns.count,
        c_steps: [0, 0, columns.step],
        ..*product
    };
    let mut sparse = SparseProduct::new(&product, terms, is_worth_a_look::<V>(&product));
    for (number, dw) in dw.chunks_mut(CHUNK * outputs).enumerate() {
        sparse.rows::<V>(number * CHUNK, dw.len() / outputs, columns.results);
        for (row, dw) in dw.chunks_exact_mut(outputs).enumerate() {
            columns.spread::<V>(row, dw);
        }
    }
}

/// More numbers than two vectors for each output that is left over.
const EXCHANGED: usize = 15 * 2 * 16;

/// The weight gradient with outputs as rows and inputs as columns, where that leaves fewer lanes empty; each panel of inputs is
/// transposed on its way to `dw`.
#[inline(always)]
fn weight_gradient_by_outputs<V: Vector>(
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

#[inline(always)]
pub(crate) fn sum_rows<V: Vector>(dz: &[V::Element], db: &mut [V::Element]) {
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
