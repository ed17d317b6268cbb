//! The product of two rows, by the terms that are not zero in both.

use super::pairs::Pairs;
use crate::gemm::epilogue::Epilogue;
use crate::gemm::product::Start;
use crate::gemm::register_tile::{add_to, store_sums};
use crate::gemm::vectors::Tiles;

/// The operands of tiles, found by pointers.
pub(crate) struct PairTiles<'a, T> {
    pub(super) pairs: &'a Pairs,
    /// Bits of the terms that are taken even where they are zero in both rows.
    pub(super) always: u64,
    /// How many pairs there are.
    pub(super) count: usize,
    pub(super) a: *const T,
    pub(super) a_step: usize,
    /// Rows of whole vectors, one after the other.
    pub(super) b: *const T,
    pub(super) c: *mut T,
    pub(super) c_step: usize,
    pub(super) columns: usize,
    pub(super) start: Start<'a, T>,
    pub(super) epilogue: Epilogue<'a, T>,
}

/// Runs the tiles of as many vectors.
///
/// # Safety
/// As for [`pair_tiles`]; there is a column, and there are no more of them than eight vectors, six where a tile has six rows.
#[inline(always)]
pub(super) unsafe fn run_pairs<V: Tiles>(tiles: &PairTiles<'_, V::Element>) {
    // SAFETY: the caller's.
    unsafe {
        match tiles.columns.div_ceil(V::LANES) {
            1 => V::pair_tiles::<1>(tiles),
            2 => V::pair_tiles::<2>(tiles),
            3 => V::pair_tiles::<3>(tiles),
            4 => V::pair_tiles::<4>(tiles),
            5 => V::pair_tiles::<5>(tiles),
            _ if const { V::ROWS == 6 } => V::pair_tiles::<6>(tiles),
            6 => V::pair_tiles::<6>(tiles),
            7 => V::pair_tiles::<7>(tiles),
            _ => V::pair_tiles::<8>(tiles),
        }
    }
}

/// The products of pairs of rows and `N` vectors of columns, the last of which may be partial.
///
/// # Safety
/// Every term that is present, or always taken, lies in each row and has a row of `N` vectors in `b`; the columns lie in all rows of `c`,
/// in the start and in the epilogue; they are more than `N - 1` vectors and no more than `N`.
#[inline(always)]
pub(crate) unsafe fn pair_tiles<V: Tiles, const N: usize>(tiles: &PairTiles<'_, V::Element>) {
    let &PairTiles { pairs, always, count, a, a_step, b, c, c_step, columns, start, ref epilogue } = tiles;
    let lanes = V::lanes(columns - (N - 1) * V::LANES);
    for (rows, present) in pairs.iter(count) {
        let mut present = present | always;
        let at = [rows[0] * c_step, rows[1] * c_step];
        // SAFETY: both rows lie in `a`.
        let a = unsafe { [a.add(rows[0] * a_step), a.add(rows[1] * a_step)] };
        // SAFETY: the start has every column.
        let mut sums = unsafe { start.sums::<V, 2, N>(0, lanes) };
        while present != 0 {
            let term = present.trailing_zeros() as usize;
            present &= present - 1;
            // SAFETY: `b` has a row for each term, and both rows have each.
            unsafe {
                let b = b.add(term * N * V::LANES);
                let factors = [V::splat(*a[0].add(term)), V::splat(*a[1].add(term))];
                for n in 0..N {
                    let column = V::load_from(b.add(n * V::LANES));
                    for m in 0..2 {
                        sums[m][n] = factors[m].mul_add(column, sums[m][n]);
                    }
                }
            }
        }
        // SAFETY: the epilogue and both rows of `c` have every column.
        unsafe {
            if start.is_sum() {
                add_to::<V, 2, N>(&mut sums, c, &at, 0, lanes);
            }
            epilogue.finish::<V, 2, N>(&mut sums, &at, 0, lanes);
            store_sums::<V, 2, N>(&sums, c, &at, 0, lanes);
        }
    }
}
