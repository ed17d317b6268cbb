//! A tile of a product: its sums in registers while the terms go by.

use super::product::Grid;
use super::tile::Tile;
use crate::base::number::Number;
use crate::gemm::vectors::Tiles;
use crate::simd::each::load_row;
use crate::simd::sums::{BLOCK, Blocks};
use crate::simd::vector::Vector;
use core::hint::black_box;

/// The product of `M` rows and `N` vectors of columns, the last of which may be partial.
///
/// # Safety
/// The pointers of the first `M` rows and of `b`, moved as far as the terms and columns go, stay inside their slices, and so do
/// `at` and the columns in those of `c`, the start and the epilogue; `columns` is more than `N - 1` vectors and no more than `N`.
#[inline(always)]
pub(crate) unsafe fn tile<V: Tiles, const M: usize, const N: usize>(tile: &Tile<'_, V::Element>) {
    let mut a = [tile.a[0]; M];
    #[expect(clippy::manual_memcpy, reason = "a call where the library is not optimised together")]
    for m in 0..M {
        a[m] = tile.a[m];
    }
    let lanes = V::lanes(tile.columns - (N - 1) * V::LANES);
    if tile.far {
        // Else the stores wait for one line of `C` after the other.
        for m in 0..M {
            for n in 0..N {
                V::prefetch(tile.c.wrapping_add(tile.at[m] + tile.column + n * V::LANES));
            }
        }
    }
    // SAFETY: the start has every column.
    let mut sums = unsafe { tile.start.sums::<V, M, N>(tile.column, lanes) };
    let mut blocks = Blocks::<V, M, N>::new();
    if tile.start.is_sum() {
        let mut before = [[V::splat(V::Element::ZERO); N]; M];
        // SAFETY: `c` has each row and column.
        unsafe { add_to::<V, M, N>(&mut before, tile.c, &tile.rows(), tile.column, lanes) };
        blocks.add(&mut before);
    }
    let Grid { counts, steps } = tile.terms;
    let mut b = tile.b;
    if counts[0] * counts[1] * counts[2] <= BLOCK {
        for i in 0..counts[0] {
            for j in 0..counts[1] {
                let term = i * steps[0] + j * steps[1];
                // SAFETY: every term lies in each of the first `M` rows; `b` has a row of every column for each.
                unsafe {
                    add_terms::<V, M, N, 1>(&a, [term, steps[2]], counts[2], &mut b, tile.b_step, lanes, &mut sums);
                }
            }
        }
    } else {
        let mut room = tile.runs;
        for i in 0..counts[0] {
            for j in 0..counts[1] {
                let (mut term, mut left) = (i * steps[0] + j * steps[1], counts[2]);
                while left > 0 {
                    if room == 0 {
                        blocks.add(&mut sums);
                        room = tile.runs;
                    }
                    let run = if left < BLOCK { left } else { BLOCK };
                    // SAFETY: as above.
                    unsafe {
                        add_terms::<V, M, N, 2>(&a, [term, steps[2]], run, &mut b, tile.b_step, lanes, &mut sums);
                    }
                    term += run * steps[2];
                    left -= run;
                    room -= 1;
                }
            }
        }
    }
    blocks.add_before(&mut sums);
    // A tile that may be another, so that nothing of this is prepared before the terms go by.
    let tile = black_box(tile);
    let at = tile.rows();
    // SAFETY: `c` has each row and column; the epilogue has a number for every column, and for every number of `c`.
    unsafe {
        if tile.start.is_total() {
            add_to::<V, M, N>(&mut sums, tile.c, &at, tile.column, lanes);
        }
        tile.epilogue.finish::<V, M, N>(&mut sums, &at, tile.column, lanes);
        store_sums::<V, M, N>(&sums, tile.c, &at, tile.column, lanes);
    }
}

/// Adds the products of `count` terms that lie `[first, step]` in the rows of `a`, `TIMES` each time round the loop, and moves `b` to
/// the row of the next. Where there are many blocks, two at a time: the end of a loop of 64 turns would come as a surprise.
///
/// # Safety
/// `b` has a row of every column for each term, and each row of `a` every term.
#[inline(always)]
unsafe fn add_terms<V: Vector, const M: usize, const N: usize, const TIMES: usize>(
    a: &[*const V::Element; M],
    [first, step]: [usize; 2],
    count: usize,
    b: &mut *const V::Element,
    b_step: usize,
    lanes: V::Lanes,
    sums: &mut [[V; N]; M],
) {
    let (mut term, mut row) = (first, *b);
    for _ in 0..count / TIMES {
        for _ in 0..TIMES {
            // SAFETY: the caller's.
            unsafe { add_term::<V, M, N>(a, term, row, lanes, sums) };
            term += step;
            // Beyond the last term the pointer may leave the slice; it is not read there.
            row = row.wrapping_add(b_step);
        }
    }
    for _ in 0..count % TIMES {
        // SAFETY: the caller's.
        unsafe { add_term::<V, M, N>(a, term, row, lanes, sums) };
        term += step;
        row = row.wrapping_add(b_step);
    }
    *b = row;
}

/// Adds the products of a term.
///
/// # Safety
/// `b` has a row of every column, and each row of `a` the term.
#[inline(always)]
unsafe fn add_term<V: Vector, const M: usize, const N: usize>(
    a: &[*const V::Element; M],
    term: usize,
    b: *const V::Element,
    lanes: V::Lanes,
    sums: &mut [[V; N]; M],
) {
    // SAFETY: the caller's.
    let row = unsafe { load_row::<V, N>(b, lanes) };
    for m in 0..M {
        // SAFETY: the caller's.
        let factor = V::splat(unsafe { *a[m].add(term) });
        for n in 0..N {
            sums[m][n] = factor.mul_add(row[n], sums[m][n]);
        }
    }
}

/// Adds what `c` holds in these rows and columns.
///
/// # Safety
/// `c` has these rows and columns.
#[inline(always)]
pub(crate) unsafe fn add_to<V: Vector, const M: usize, const N: usize>(
    sums: &mut [[V; N]; M],
    c: *const V::Element,
    at: &[usize; M],
    column: usize,
    lanes: V::Lanes,
) {
    for m in 0..M {
        // SAFETY: the caller's.
        let before = unsafe { load_row::<V, N>(c.wrapping_add(at[m] + column), lanes) };
        for n in 0..N {
            sums[m][n] = before[n].add(sums[m][n]);
        }
    }
}

/// Writes `M` rows of `N` vectors, the last of `lanes`, to the columns from `column` on of the rows of `c` that begin at the positions
/// `at`.
///
/// # Safety
/// `c` has these rows and columns.
#[inline(always)]
pub(crate) unsafe fn store_sums<V: Vector, const M: usize, const N: usize>(
    sums: &[[V; N]; M],
    c: *mut V::Element,
    at: &[usize; M],
    column: usize,
    lanes: V::Lanes,
) {
    for m in 0..M {
        let c = c.wrapping_add(at[m] + column);
        for n in 0..N - 1 {
            // SAFETY: the caller's.
            unsafe { sums[m][n].store_to(c.add(n * V::LANES)) };
        }
        // SAFETY: the caller's.
        unsafe { sums[m][N - 1].store_lanes(c.add((N - 1) * V::LANES), lanes) };
    }
}
