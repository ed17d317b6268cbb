//! The product of a few rows, by the list of their terms.

use super::ROWS;
use super::Terms;
use crate::kernels::each::load_row;
use crate::kernels::epilogue::Epilogue;
use crate::kernels::tile::{Grid, Product, Start};
use crate::kernels::vector::Vector;
use crate::memory::part_mut;
use crate::real::Real;

/// A tile's operands, found by pointers.
pub(crate) struct ListedTile<'a, T> {
    /// The terms that are left.
    terms: &'a [u16],
    /// The rows of `A`.
    a: *const T,
    row_step: usize,
    term_step: usize,
    /// The tile's columns of `B`.
    b: *const T,
    b_step: usize,
    /// The rows of `C`.
    c: *mut T,
    c_step: usize,
    /// The first of the tile's columns.
    column: usize,
    /// How many they are.
    columns: usize,
    start: Start<'a, T>,
    epilogue: Epilogue<'a, T>,
}

/// The most vectors of columns in a tile.
#[inline(always)]
pub(in crate::kernels) fn most_vectors<V: Vector>() -> usize {
    if V::ROWS == 6 { 2 } else { 4 }
}

/// Computes `product` into `c` by the `terms` of its groups, and returns how many rows these have.
#[inline(always)]
pub(in crate::kernels) fn multiply_groups<V: Vector>(
    product: &Product<'_, V::Element>,
    terms: &Terms,
    c: &mut [V::Element],
) -> usize {
    let mut row = 0;
    for terms in terms.groups() {
        multiply_group::<V>(&product.some_rows(row, ROWS), terms, part_mut(c, row * product.c_steps[2]..));
        row += ROWS;
    }
    row
}

/// Computes the rows of a group into `c` by its terms.
#[inline(always)]
fn multiply_group<V: Vector>(product: &Product<'_, V::Element>, list: &[u16], c: &mut [V::Element]) {
    let &Product { a, rows, terms, b, b_step, columns, c_steps, start, epilogue } = product;
    check!(rows.reach(terms.reach(0)) < a.len());
    check!(columns > 0 && Grid::line(terms.len(), b_step).reach(columns) <= b.len());
    let reach = Grid { steps: c_steps, ..rows }.reach(columns);
    check!(rows.len() == ROWS && reach <= c.len());
    epilogue.check(columns, reach);
    if let Start::Bias(bias) = start {
        check!(columns <= bias.len());
    }
    if let Some(&last) = list.last() {
        check!(usize::from(last) < terms.len());
    }
    let vectors = columns.div_ceil(V::LANES);
    let tiles = vectors.div_ceil(most_vectors::<V>());
    check!(tiles > 0);
    let width = vectors.div_ceil(tiles) * V::LANES;
    check!(width > 0);
    for column in (0..columns).step_by(width) {
        let tile = ListedTile {
            terms: list,
            a: a.as_ptr(),
            row_step: rows.steps[2],
            term_step: terms.steps[2],
            b: b.as_ptr().wrapping_add(column),
            b_step,
            c: c.as_mut_ptr(),
            c_step: c_steps[2],
            column,
            columns: if columns - column < width { columns - column } else { width },
            start,
            epilogue,
        };
        // SAFETY: the asserts have seen that the last column of the last row and term lies inside each operand, and that the last
        // in the list, which are in their order, is one; the columns fill all vectors of the tile but perhaps a part of the last.
        unsafe {
            match tile.columns.div_ceil(V::LANES) {
                1 => V::listed_tile::<1>(&tile),
                _ if V::ROWS == 6 => V::listed_tile::<2>(&tile),
                2 => V::listed_tile::<2>(&tile),
                3 => V::listed_tile::<3>(&tile),
                _ => V::listed_tile::<4>(&tile),
            }
        }
    }
}

/// The product of a group of rows and `N` vectors of columns, the last of which may be partial.
///
/// # Safety
/// The tile's pointers, moved as far as the rows and the terms and columns go, stay inside their slices, and so do the columns in
/// those of the start and the epilogue, which has no numbers for the rows; `columns` is more than `N - 1` vectors and no more
/// than `N`.
#[inline(always)]
pub(crate) unsafe fn listed_tile<V: Vector, const N: usize>(tile: &ListedTile<'_, V::Element>) {
    let &ListedTile { a, row_step, term_step, b, b_step, c, c_step, column, columns, .. } = tile;
    let lanes = V::lanes(columns - (N - 1) * V::LANES);
    let mut sums = [[V::splat(V::Element::ZERO); N]; ROWS];
    match tile.start {
        Start::Zero => {}
        // SAFETY: the start has a number for every column.
        Start::Bias(bias) => sums = [unsafe { load_row::<V, N>(bias.as_ptr().add(column), lanes) }; ROWS],
        Start::Sum => {
            for m in 0..ROWS {
                // SAFETY: each row of `c` has every column.
                sums[m] = unsafe { load_row::<V, N>(c.add(m * c_step + column), lanes) };
            }
        }
    }
    for &term in tile.terms {
        let term = usize::from(term);
        // SAFETY: `b` has a row of every column for each term.
        let row = unsafe { load_row::<V, N>(b.add(term * b_step), lanes) };
        // SAFETY: every term lies in each of the rows.
        let a = unsafe { a.add(term * term_step) };
        for m in 0..ROWS {
            // SAFETY: as above.
            let factor = V::splat(unsafe { *a.add(m * row_step) });
            for n in 0..N {
                sums[m][n] = factor.mul_add(row[n], sums[m][n]);
            }
        }
    }
    let mut at = [0; ROWS];
    for m in 0..ROWS {
        at[m] = m * c_step;
    }
    // SAFETY: the epilogue has a number for every column.
    unsafe { tile.epilogue.finish::<V, ROWS, N>(&mut sums, &at, column, lanes) };
    for m in 0..ROWS {
        // SAFETY: each row of `c` has every column.
        let c = unsafe { c.add(at[m] + column) };
        for n in 0..N - 1 {
            // SAFETY: the tile's columns are `N - 1` vectors and more.
            unsafe { sums[m][n].store_to(c.add(n * V::LANES)) };
        }
        // SAFETY: `lanes` are the columns beyond those.
        unsafe { sums[m][N - 1].store_lanes(c.add((N - 1) * V::LANES), lanes) };
    }
}
