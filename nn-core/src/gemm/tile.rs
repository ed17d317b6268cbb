//! The one register-tiled product behind dense layers and convolutions, forward and backward.
//!
//! `C = A · B` where the rows of `A` and `C` and the terms of each sum lie anywhere a [`Grid`] can reach: a convolution is
//! a product whose rows are output pixels and whose terms are taps × input channels, with no copy of the input ever made.
//! A tile of rows × two vectors of columns stays in registers while the terms go by, each a broadcast number of `A`
//! times a vector of `B`; with twelve rows of 32 columns that is 24 independent sums in 32 registers.
//!
//! Each number of `C` is summed in [blocks](crate::simd::sums) of terms and in their order, whatever tile it falls in.

use super::epilogue::Epilogue;
use super::long::{LONG, begin, carry};
use super::product::{Grid, Product, Start};
use crate::base::memory::part_mut;
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::vectors::Tiles;
use crate::simd::sums::BLOCK;
use crate::simd::vector::MOST_LANES;
use core::{array, slice};

/// More rows than any vector's tile has.
pub(crate) const MOST_ROWS: usize = 12;

/// Vectors of columns in a tile of a single row: sums that hide the four cycles of a multiply–add, and long reads of `B`.
pub(crate) const ROW_VECTORS: usize = 8;

/// Numbers that a second-level cache holds with room to spare.
pub(crate) const CACHED: usize = 1 << 17;

/// A tile's operands, found by pointers.
pub(crate) struct Tile<'a, T> {
    /// The rows of `A`.
    pub(super) a: [*const T; MOST_ROWS],
    /// The tile's columns of `B`.
    pub(super) b: *const T,
    pub(super) b_step: usize,
    pub(super) terms: Grid,
    /// Lines of terms in a block; one where a line is longer than that.
    pub(super) runs: usize,
    pub(super) c: *mut T,
    /// Where the tile's rows lie in `C`.
    pub(super) at: [usize; MOST_ROWS],
    /// Whether `C` is more than a cache holds.
    pub(super) far: bool,
    /// The first of its columns.
    pub(super) column: usize,
    /// How many they are.
    pub(super) columns: usize,
    pub(super) start: Start<'a, T>,
    pub(super) epilogue: Epilogue<'a, T>,
}

impl<T> Tile<'_, T> {
    /// Where the first `M` rows lie in `C`.
    #[inline(always)]
    pub(super) fn rows<const M: usize>(&self) -> [usize; M] {
        let mut rows = [0; M];
        rows.copy_from_slice(&self.at[..M]);
        rows
    }
}

/// Computes `product` into `c`; where `B` is more than a cache holds, [`DEPTH`](Vector::DEPTH) terms after the other.
#[inline(always)]
pub(crate) fn multiply<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let len = product.terms.len();
    let in_blocks = product.terms.counts[2] == len && len <= LONG && size([len, product.columns]) > CACHED;
    let (mut rest, mut first) = (*product, 0);
    while len - first > V::DEPTH && in_blocks {
        let block = Product { start: rest.start, epilogue: Epilogue::none(), ..product.some_terms(first, V::DEPTH) };
        multiply_block::<V>(&block, c);
        first += V::DEPTH;
        rest = Product { start: Start::Sum, ..product.some_terms(first, len - first) };
    }
    multiply_block::<V>(&rest, c);
}

/// Computes `product` into `c`, tile by tile.
#[inline(always)]
fn multiply_block<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let &Product { a, rows, terms, b, b_step, columns, c_steps, start, epilogue } = product;
    if rows.len() == 0 || columns == 0 {
        return;
    }
    let reach = product.check(c.len());
    let width = if rows.len() == 1 { ROW_VECTORS } else { 2 } * V::LANES;
    let tiles = rows.len().div_ceil(V::ROWS);
    check!(tiles > 0);
    let (height, higher) = (rows.len() / tiles, rows.len() % tiles);
    let mut tile = Tile {
        a: [a.as_ptr(); MOST_ROWS],
        b: b.as_ptr(),
        b_step,
        terms,
        runs: (BLOCK / terms.counts[2]).max(1),
        c: c.as_mut_ptr(),
        at: [0; MOST_ROWS],
        far: reach > CACHED,
        column: 0,
        columns,
        start,
        epilogue,
    };
    // What is walked in the inner loop should stay cached meanwhile: all of `b` if it is small, else a panel of it.
    let panels = columns.div_ceil(width);
    let whole = size([terms.len(), columns]) <= CACHED;
    let (outer, inner) = if whole { (1, panels) } else { (panels, 1) };
    for outer in 0..outer {
        // The next row: its number in each loop, and where it lies in `A` and in `C`.
        let mut next = [0; 3];
        let (mut from, mut to) = (0, 0);
        for number in 0..tiles {
            let height = height + usize::from(number < higher);
            for (start, at) in tile.a.iter_mut().zip(&mut tile.at).take(height) {
                *start = a.as_ptr().wrapping_add(from);
                *at = to;
                next[2] += 1;
                from += rows.steps[2];
                to += c_steps[2];
                if next[2] == rows.counts[2] {
                    next = if next[1] + 1 == rows.counts[1] { [next[0] + 1, 0, 0] } else { [next[0], next[1] + 1, 0] };
                    from = next[0] * rows.steps[0] + next[1] * rows.steps[1];
                    to = next[0] * c_steps[0] + next[1] * c_steps[1];
                }
            }
            for inner in 0..inner {
                let first = (outer + inner) * width;
                tile.b = b.as_ptr().wrapping_add(first);
                tile.column = first;
                tile.columns = if columns - first < width { columns - first } else { width };
                // SAFETY: the asserts have seen that the last column of the last row and term lies inside each operand;
                // the height is 1 to `V::ROWS`, and 1 where more than two vectors are wide; the columns fill all vectors
                // of the tile but perhaps a part of the last.
                unsafe {
                    if terms.len() <= LONG { run_tile::<V>(&tile, height) } else { run_long_tile::<V>(&tile, height) }
                }
            }
        }
    }
}

/// Runs a tile of more than [`LONG`] terms, part after part, each of which begins with the error of the sum of those before.
///
/// # Safety
/// As for [`run_tile`].
#[inline(always)]
unsafe fn run_long_tile<V: Tiles>(tile: &Tile<'_, V::Element>, height: usize) {
    let mut sums = [[V::Element::ZERO; ROW_VECTORS * MOST_LANES]; MOST_ROWS];
    let start = tile.start.columns_from(tile.column);
    let mut part = Tile { start: Start::Sum, epilogue: Epilogue::none(), far: false, ..*tile };
    part.at = array::from_fn(|m| m * ROW_VECTORS * MOST_LANES);
    for (sums, &at) in sums.iter_mut().zip(&tile.at).take(height) {
        // SAFETY: the caller's.
        let c = unsafe { slice::from_raw_parts_mut(tile.c.add(at + tile.column), tile.columns) };
        begin(start, part_mut(sums, ..tile.columns), c);
    }
    for (first, place, terms) in tile.terms.parts(LONG) {
        part.c = sums.as_mut_ptr().cast::<V::Element>().wrapping_sub(tile.column);
        part.terms = terms;
        part.b = tile.b.wrapping_add(first * tile.b_step);
        part.a = tile.a.map(|row| row.wrapping_add(place));
        // SAFETY: the caller's, as these are some of the terms; each row of `sums` has all columns.
        unsafe { run_tile::<V>(&part, height) };
        for (sums, &at) in sums.iter_mut().zip(&tile.at).take(height) {
            // SAFETY: the caller's.
            let c = unsafe { slice::from_raw_parts_mut(tile.c.add(at + tile.column), tile.columns) };
            carry::<V>(part_mut(sums, ..tile.columns), c);
        }
    }
    let finish = Tile { start: Start::Sum, terms: Grid::line(0, 0), ..*tile };
    // SAFETY: the caller's, as there are no terms.
    unsafe { run_tile::<V>(&finish, height) };
}

/// Runs the tile of as many rows, and of as many vectors as its columns fill.
///
/// # Safety
/// As for [`tile`](super::register_tile::tile); there is a row, and there are no more than `V::ROWS`; where there are more than two vectors, there is one.
#[inline(always)]
unsafe fn run_tile<V: Tiles>(tile: &Tile<'_, V::Element>, height: usize) {
    // SAFETY: the caller's.
    unsafe {
        match tile.columns.div_ceil(V::LANES) {
            1 => run_rows::<V, 1>(tile, height),
            2 => run_rows::<V, 2>(tile, height),
            3 => V::tile::<1, 3>(tile),
            4 => V::tile::<1, 4>(tile),
            5 => V::tile::<1, 5>(tile),
            6 => V::tile::<1, 6>(tile),
            7 => V::tile::<1, 7>(tile),
            _ => V::tile::<1, ROW_VECTORS>(tile),
        }
    }
}

/// Runs the tile of as many rows, and `N` vectors.
///
/// # Safety
/// As for [`tile`](super::register_tile::tile); there is a row, and there are no more than `V::ROWS`.
#[inline(always)]
unsafe fn run_rows<V: Tiles, const N: usize>(tile: &Tile<'_, V::Element>, rows: usize) {
    // SAFETY: the caller's; a vector with fewer rows never gets to the taller tiles, which are then not compiled.
    unsafe {
        match rows {
            1 => V::tile::<1, N>(tile),
            2 => V::tile::<2, N>(tile),
            3 => V::tile::<3, N>(tile),
            4 => V::tile::<4, N>(tile),
            5 => V::tile::<5, N>(tile),
            _ if const { V::ROWS == 6 } => V::tile::<6, N>(tile),
            6 => V::tile::<6, N>(tile),
            7 => V::tile::<7, N>(tile),
            8 => V::tile::<8, N>(tile),
            9 => V::tile::<9, N>(tile),
            10 => V::tile::<10, N>(tile),
            11 => V::tile::<11, N>(tile),
            _ => V::tile::<12, N>(tile),
        }
    }
}
