//! Products in pairs of rows, one block of `B` after the other.

use super::are_finite;
use super::pairs::{Pairs, ROWS};
use super::present::TERMS;
use super::tile::{PairTiles, run_pairs};
use crate::base::memory::{chunks_exact_mut, part, part_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::block::{Block, transpose};
use crate::gemm::epilogue::Epilogue;
use crate::gemm::product::{Grid, Product, Start};
use crate::gemm::vectors::Tiles;
use crate::simd::vector::Vector;

/// Rows whose results stay in a second-level cache from one block to the next.
pub(crate) const CACHED_ROWS: usize = 1024;

/// How many [`Pairs`] there is room for: those of a block, and all of a small `A`.
const MOST_PAIRS: usize = CACHED_ROWS / ROWS;

/// How the rows of columns of `B`, one for each term, lie in memory.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// As [`Product::b`] says.
    Rows,
    /// The columns at these places alone.
    Picked(&'a [u16]),
    /// With terms and columns exchanged: `b_step` is from one column to the next.
    Transposed,
}

/// The most vectors of columns in a block: what fits the registers, twice, and the first-level cache.
#[inline(always)]
fn most_vectors<V: Vector>() -> usize {
    if V::ROWS == 6 { 6 } else { 8 }
}

/// Columns of a block, whole vectors: those of a product in panels that are as narrow as so many can be.
#[inline(always)]
fn panel_width<V: Vector>(columns: usize) -> usize {
    let vectors = columns.div_ceil(V::LANES);
    let panels = vectors.div_ceil(most_vectors::<V>());
    check!(panels > 0);
    vectors.div_ceil(panels) * V::LANES
}

kernels! {
    /// Products that leave out zeros: kernels of their own, whose room on the stack would slow down one sample's prediction.
    trait SparseKernels<T> {
        /// Computes `product` into `c` without what is zero in both rows of a pair. Rows of `A` or terms are one number apart.
        fn multiply_pairs(product: &Product<'_, T>, right: Right<'_>, c: &mut [T]);
        /// Whether no number is infinite or NaN.
        fn are_finite(numbers: &[T]) -> bool;
    }
}

#[inline(always)]
fn multiply_pairs<V: Tiles>(product: &Product<'_, V::Element>, right: Right<'_>, c: &mut [V::Element]) {
    let rows = product.rows.len();
    if product.columns == 0 {
        // None were picked.
        return;
    }
    let mut block = Block::new();
    let block = block.zeros(product.terms.len().min(TERMS) * panel_width::<V>(product.columns));
    let mut pairs = [Pairs::none(); MOST_PAIRS];
    for row in (0..rows).step_by(CACHED_ROWS) {
        let some = product.some_rows(row, (rows - row).min(CACHED_ROWS));
        multiply_cached::<V>(&some, right, block, &mut pairs, part_mut(c, row * product.c_steps[2]..));
    }
}

/// [`multiply_pairs`] for [`CACHED_ROWS`] or fewer.
#[inline(always)]
fn multiply_cached<V: Tiles>(
    product: &Product<'_, V::Element>,
    right: Right<'_>,
    block: &mut [V::Element],
    pairs: &mut [Pairs; MOST_PAIRS],
    c: &mut [V::Element],
) {
    let &Product { rows, terms, columns, .. } = product;
    let len = terms.len();
    let width = panel_width::<V>(columns);
    check!(width > 0);
    let chunks = rows.len().div_ceil(ROWS);
    // What the first panel has found is known to those after it.
    let all_fit = size([chunks, len.div_ceil(TERMS)]) <= MOST_PAIRS;
    for column in (0..columns).step_by(width) {
        let panel = product.some_columns(column, (columns - column).min(width));
        let width = panel.columns.div_ceil(V::LANES) * V::LANES;
        for term in (0..len).step_by(TERMS) {
            let count = (len - term).min(TERMS);
            pack::<V>(product, right, [term, count], [column, panel.columns], width, block);
            let always = if are_finite::<V>(part(block, ..count * width)) { 0 } else { u64::MAX >> (TERMS - count) };
            let block = Product {
                a: part(product.a, term * terms.steps[2]..),
                terms: Grid::line(count, terms.steps[2]),
                b: block,
                b_step: width,
                start: if term == 0 { panel.start } else { Start::Sum },
                epilogue: if term + count == len { panel.epilogue } else { Epilogue::none() },
                ..panel
            };
            let first = if all_fit { term / TERMS * chunks } else { 0 };
            let pairs = part_mut(pairs, first..first + chunks);
            multiply_block::<V>(&block, pairs, all_fit && column > 0, always, part_mut(c, column..));
        }
    }
}

/// Copies some of the terms and columns of `B` to `block`, in rows of `width`.
#[inline(always)]
fn pack<V: Vector>(
    &Product { b, b_step, .. }: &Product<'_, V::Element>,
    right: Right<'_>,
    [term, terms]: [usize; 2],
    [column, columns]: [usize; 2],
    width: usize,
    block: &mut [V::Element],
) {
    let rows = chunks_exact_mut(block, width).zip(b.chunks(b_step).skip(term)).take(terms);
    match right {
        Right::Rows => {
            for (to, from) in rows {
                copy_row::<V>(part(from, column..column + columns), part_mut(to, ..columns));
            }
        }
        Right::Picked(places) => {
            for (to, from) in rows {
                for (to, &place) in to.iter_mut().zip(part(places, column..column + columns)) {
                    *to = *part(from, usize::from(place));
                }
            }
        }
        Right::Transposed => {
            transpose::<V>(part(b, column * b_step + term..), b_step, [columns, terms], width, block);
        }
    }
}

/// Copies a row of a few vectors, which a call would take longer for.
#[inline(always)]
fn copy_row<V: Vector>(from: &[V::Element], to: &mut [V::Element]) {
    let (mut rows, mut blocks) = (from.chunks_exact(V::LANES), to.chunks_exact_mut(V::LANES));
    for (from, to) in (&mut rows).zip(&mut blocks) {
        V::load(from).store(to);
    }
    V::load_partial(rows.remainder()).store_partial(blocks.into_remainder());
}

/// [`multiply_pairs`] where `B` is a block, by the `pairs` of each [`ROWS`] rows, if these are known, or else while finding them. The
/// terms whose bits are set in `always` are not left out.
#[inline(always)]
fn multiply_block<V: Tiles>(
    product: &Product<'_, V::Element>,
    pairs: &mut [Pairs],
    are_known: bool,
    always: u64,
    c: &mut [V::Element],
) {
    let &Product { rows, terms, c_steps, .. } = product;
    let mut turned = [V::Element::ZERO; ROWS * TERMS];
    for (number, pairs) in pairs.iter_mut().enumerate() {
        let row = number * ROWS;
        let count = (rows.len() - row).min(ROWS);
        let mut some = product.some_rows(row, count);
        if terms.steps[2] != 1 {
            check!(rows.steps[2] == 1);
            transpose::<V>(some.a, terms.steps[2], [terms.len(), count], TERMS, &mut turned);
            some = Product { a: &turned, rows: Grid::line(count, TERMS), terms: Grid::line(terms.len(), 1), ..some };
        }
        if !are_known {
            *pairs = Pairs::find::<V>(some.a, some.rows, terms.len());
        }
        multiply_rows::<V>(&some, pairs, always, part_mut(c, row * c_steps[2]..));
    }
}

/// [`multiply_block`] for the rows of `pairs`, where terms are one number apart.
#[inline(always)]
fn multiply_rows<V: Tiles>(product: &Product<'_, V::Element>, pairs: &Pairs, always: u64, c: &mut [V::Element]) {
    product.check(c.len());
    let &Product { a, rows, terms, b, b_step, columns, c_steps, start, epilogue, .. } = product;
    let vectors = columns.div_ceil(V::LANES);
    check!(vectors <= most_vectors::<V>() && b_step == vectors * V::LANES && terms.len() * b_step <= b.len());
    let tiles = PairTiles {
        pairs,
        always,
        count: rows.len().div_ceil(2),
        a: a.as_ptr(),
        a_step: rows.steps[2],
        b: b.as_ptr(),
        c: c.as_mut_ptr(),
        c_step: c_steps[2],
        columns,
        start,
        epilogue,
    };
    // SAFETY: the asserts have seen that the last column of the last row and term lies inside each operand, and that rows of `b` are
    // whole vectors, as many as hold all columns; `pairs` are of these rows and terms.
    unsafe { run_pairs::<V>(&tiles) };
}
