//! The gradients of dense layers.

use super::vectors;
use crate::kernels::block::{Block, PACKED, transpose};
use crate::kernels::epilogue::Epilogue;
use crate::kernels::size;
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
            transpose::<V>(&weights[column * outputs + term..], outputs, [columns, terms], panel, &mut block.0);
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
pub(super) fn affine_weight_gradient<V: Vector>(
    d: &Affine,
    first: usize,
    x: &[V::Element],
    dz: &[V::Element],
    dw: &mut [V::Element],
) {
    let (inputs, samples) = (dw.len() / d.outputs, dz.len() / d.outputs);
    if by_outputs_is_less::<V>(inputs, d.outputs, samples) {
        weight_gradient_by_outputs::<V>(d, first, x, dz, dw);
        return;
    }
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
    multiply::<V>(&product, dw);
}

/// Whether [`weight_gradient_by_outputs`] is less work: to transpose a number of the result costs up to half a multiply–add of a
/// vector, once for all samples.
#[inline(always)]
fn by_outputs_is_less<V: Vector>(inputs: usize, outputs: usize, samples: usize) -> bool {
    let fits = size([outputs, 2 * V::LANES]) <= PACKED;
    let saved = vectors::<V>(inputs, outputs).saturating_sub(vectors::<V>(outputs, inputs));
    fits && size([samples, saved]) > size([inputs, outputs]) / 2
}

/// The weight gradient with outputs as rows and inputs as columns, where that leaves fewer lanes empty; each panel of inputs is
/// transposed on its way to `dw`.
#[inline(always)]
fn weight_gradient_by_outputs<V: Vector>(
    d: &Affine,
    first: usize,
    x: &[V::Element],
    dz: &[V::Element],
    dw: &mut [V::Element],
) {
    let mut block = Block::<V::Element>::new();
    let panel = 2 * V::LANES;
    for (number, dw) in dw.chunks_mut(panel * d.outputs).enumerate() {
        let columns = dw.len() / d.outputs;
        let product = Product {
            a: dz,
            rows: Grid::line(d.outputs, 1),
            terms: Grid::line(dz.len() / d.outputs, d.outputs),
            b: &x[first + number * panel..],
            b_step: d.inputs,
            columns,
            c_steps: [0, 0, panel],
            start: Start::Zero,
            epilogue: Epilogue::none(),
        };
        multiply::<V>(&product, &mut block.0);
        transpose::<V>(&block.0, panel, [d.outputs, columns], d.outputs, dw);
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
