//! Dense layers over many rows: by blocks of weights or of rows, which are brought together first.

use super::{by_outputs_is_less, product};
use crate::kernels::block::{Block, PACKED, transpose};
use crate::kernels::epilogue::{self, Epilogue};
use crate::kernels::tile::{Grid, Product, Start, multiply};
use crate::kernels::vector::Vector;
use crate::memory::{part, part_mut, split};
use crate::real::Real;
use nn_sizes::Affine;

#[inline(always)]
pub(super) fn affine_forward_in_blocks<V: Vector>(
    d: &Affine,
    columns: [usize; 2],
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
) {
    check!(d.inputs > 0 && d.outputs > 0);
    let product = product(d, columns, x, p);
    if by_outputs_is_less::<V>(product.rows.len(), product.columns) {
        by_outputs::<V>(d, &product, y);
    } else {
        packed::<V>(d, &product, y);
    }
    epilogue::activate_dear::<V>(d.activation, y);
}

/// The product by panels of two vectors of columns and blocks of terms, whose weights are first copied together.
#[inline(always)]
fn packed<V: Vector>(d: &Affine, product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    let mut block = Block::<V::Element>::new();
    let panel = 2 * V::LANES;
    let depth = depth::<V>(d.inputs);
    let mut term = 0;
    while term < d.inputs {
        let terms = (d.inputs - term).min(depth);
        for column in (0..product.columns).step_by(panel) {
            let columns = (product.columns - column).min(panel);
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
                    Start::Bias(biases) => Start::Bias(part(biases, column..)),
                    other => other,
                },
                epilogue: if term + terms == d.inputs { product.epilogue } else { Epilogue::none() },
                ..*product
            };
            multiply::<V>(&block_product, part_mut(y, column..));
        }
        term += terms;
    }
}

/// Terms of a block of two vectors for each. All blocks have one size or nearly: a small last one would not be worth its sums'
/// way from memory and back.
#[inline(always)]
fn depth<V: Vector>(terms: usize) -> usize {
    terms.div_ceil(terms.div_ceil(PACKED / (2 * V::LANES)).max(1))
}

/// The product with outputs as rows and samples as columns, where that leaves fewer lanes empty: panels of `x` are transposed on
/// their way in, and those of `y` on their way out.
#[inline(always)]
fn by_outputs<V: Vector>(d: &Affine, product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    let (mut block, mut sums) = (Block::<V::Element>::new(), Block::<V::Element>::new());
    let panel = 2 * V::LANES;
    let (outputs, rows) = (product.columns, product.rows.len());
    let depth = depth::<V>(d.inputs);
    for first in (0..rows).step_by(panel) {
        let samples = (rows - first).min(panel);
        for (output, sums) in sums.0.chunks_exact_mut(panel).take(outputs).enumerate() {
            sums.fill(match product.start {
                Start::Bias(biases) => *part(biases, output),
                _ => V::Element::ZERO,
            });
        }
        let mut term = 0;
        while term < d.inputs {
            let terms = (d.inputs - term).min(depth);
            let x = part(product.a, first * d.inputs + term..);
            transpose::<V>(x, d.inputs, [samples, terms], panel, &mut block.0);
            let block_product = Product {
                a: part(product.b, term * d.outputs..),
                rows: Grid::line(outputs, 1),
                terms: Grid::line(terms, d.outputs),
                b: &block.0,
                b_step: panel,
                columns: samples,
                c_steps: [0, 0, panel],
                start: Start::Sum,
                epilogue: if term + terms == d.inputs { product.epilogue } else { Epilogue::none() },
            };
            multiply::<V>(&block_product, &mut sums.0);
            term += terms;
        }
        transpose::<V>(&sums.0, panel, [outputs, samples], outputs, part_mut(y, first * outputs..));
    }
}
