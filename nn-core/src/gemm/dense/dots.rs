//! Dot products of rows with rows: the lanes are terms.

use crate::base::memory::part;
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::epilogue::activate_cheap;
use crate::gemm::long::LONG;
use crate::gemm::product::Start;
use crate::simd::each::load_from;
use crate::simd::sums::{BLOCK, Blocks};
use crate::simd::vector::{Portable, Vector};
use core::slice;
use nn_sizes::Activation;

/// Rows of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T> {
    /// The numbers.
    pub numbers: &'a [T],
    /// From the start of one row to that of the next.
    pub step: usize,
    /// How many there are.
    pub count: usize,
}

impl<'a, T> Rows<'a, T> {
    /// Rows of `len` numbers, one after another.
    pub fn of(numbers: &'a [T], len: usize) -> Self {
        Self { numbers, step: len, count: numbers.len().checked_div(len).unwrap_or(0) }
    }

    /// `count` of them, from `first` on.
    pub fn some(self, first: usize, count: usize) -> Self {
        check!(first + count <= self.count);
        Self { numbers: part(self.numbers, (first * self.step).min(self.numbers.len())..), count, ..self }
    }

    /// The numbers of each from `first` on.
    pub fn from(self, first: usize) -> Self {
        Self { numbers: part(self.numbers, first..), ..self }
    }

    /// Asserts that each row has so many numbers.
    #[inline(always)]
    pub(super) fn check(&self, len: usize) {
        check!(self.count > 0 && size([self.count - 1, self.step]).saturating_add(len) <= self.numbers.len());
    }
}

/// The dot products of some rows of `a` and some of `b`, found by pointers.
struct DotTile<'a, T> {
    terms: usize,
    a: *const T,
    a_step: usize,
    b: *const T,
    b_step: usize,
    c: *mut T,
    c_step: usize,
    start: Start<'a, T>,
    activation: Activation,
}

#[inline(always)]
pub(super) fn dots<V: Vector>(
    terms: usize,
    a: Rows<'_, V::Element>,
    b: Rows<'_, V::Element>,
    start: Start<'_, V::Element>,
    activation: Activation,
    c: &mut [V::Element],
    c_step: usize,
) {
    if a.count == 0 || b.count == 0 {
        return;
    }
    check!(terms <= LONG);
    a.check(terms);
    b.check(terms);
    Rows { numbers: c, step: c_step, count: a.count }.check(b.count);
    let tall = if V::ROWS == 6 { 3 } else { 6 };
    let mut row = 0;
    while row < a.count {
        let height = if row + tall <= a.count { tall } else { 1 };
        let mut column = 0;
        while column < b.count {
            let width = (b.count - column).min(4);
            // SAFETY: the asserts have seen that every row has its terms, and `c` a number for each two of them; the tile's
            // rows are among them.
            unsafe {
                let tile = DotTile {
                    terms,
                    a: a.numbers.as_ptr().add(row * a.step),
                    a_step: a.step,
                    b: b.numbers.as_ptr().add(column * b.step),
                    b_step: b.step,
                    c: c.as_mut_ptr().add(row * c_step + column),
                    c_step,
                    start: start.columns_from(column),
                    activation,
                };
                match (height, width) {
                    (1, 1) => dot_tile::<V, 1, 1>(&tile),
                    (1, 2) => dot_tile::<V, 1, 2>(&tile),
                    (1, 3) => dot_tile::<V, 1, 3>(&tile),
                    (1, _) => dot_tile::<V, 1, 4>(&tile),
                    (_, 1) if const { V::ROWS == 6 } => dot_tile::<V, 3, 1>(&tile),
                    (_, 2) if const { V::ROWS == 6 } => dot_tile::<V, 3, 2>(&tile),
                    (_, 3) if const { V::ROWS == 6 } => dot_tile::<V, 3, 3>(&tile),
                    (_, _) if const { V::ROWS == 6 } => dot_tile::<V, 3, 4>(&tile),
                    (_, 1) => dot_tile::<V, 6, 1>(&tile),
                    (_, 2) => dot_tile::<V, 6, 2>(&tile),
                    (_, 3) => dot_tile::<V, 6, 3>(&tile),
                    (_, _) => dot_tile::<V, 6, 4>(&tile),
                }
            }
            column += width;
        }
        row += height;
    }
}

/// The dot products of `M` rows of `a` and `N` of `b`.
///
/// # Safety
/// The rows can be read at the tile's pointers, and their dot products read and written.
#[inline(always)]
unsafe fn dot_tile<V: Vector, const M: usize, const N: usize>(tile: &DotTile<'_, V::Element>) {
    let &DotTile { c, c_step, start, activation, .. } = tile;
    // SAFETY: the caller's.
    let sums = unsafe { dot_sums::<V, M, N>(tile) };
    for m in 0..M {
        let mut four = [V::splat(V::Element::ZERO); 4];
        four[..N].copy_from_slice(&sums[m]);
        // SAFETY: the caller's.
        let c = unsafe { slice::from_raw_parts_mut(c.add(m * c_step), N) };
        start.write(c);
        if N == 4 {
            // SAFETY: these are four.
            unsafe { V::add_sums(four, c.as_mut_ptr()) };
        } else {
            for n in 0..N {
                c[n] += four[n].sum();
            }
        }
        let mut sums = [[Portable::load_partial(c)]];
        activate_cheap(activation, &mut sums);
        sums[0][0].store_partial(c);
    }
}

/// The sums of each lane.
///
/// # Safety
/// As for [`dot_tile`].
#[inline(always)]
unsafe fn dot_sums<V: Vector, const M: usize, const N: usize>(tile: &DotTile<'_, V::Element>) -> [[V; N]; M] {
    let (mut sums, mut blocks) = ([[V::splat(V::Element::ZERO); N]; M], Blocks::new());
    let all = V::lanes(V::LANES);
    let (mut term, whole) = (0, tile.terms - tile.terms % V::LANES);
    while term < whole {
        if term > 0 {
            blocks.add(&mut sums);
        }
        let end = if whole - term < BLOCK * V::LANES { whole } else { term + BLOCK * V::LANES };
        while term < end {
            // SAFETY: the caller's.
            unsafe { add_products::<V, M, N, true>(tile, term, all, &mut sums) };
            term += V::LANES;
        }
    }
    if term < tile.terms {
        // SAFETY: the caller's.
        unsafe { add_products::<V, M, N, false>(tile, term, V::lanes(tile.terms - term), &mut sums) };
    }
    blocks.add_before(&mut sums);
    sums
}

/// Adds the products of a vector of terms.
///
/// # Safety
/// As for [`dot_tile`]; there is a whole vector of terms, or `lanes`.
#[inline(always)]
unsafe fn add_products<V: Vector, const M: usize, const N: usize, const WHOLE: bool>(
    tile: &DotTile<'_, V::Element>,
    term: usize,
    lanes: V::Lanes,
    sums: &mut [[V; N]; M],
) {
    let mut row = [V::splat(V::Element::ZERO); N];
    for n in 0..N {
        // SAFETY: the caller's.
        row[n] = unsafe { load_from::<V, WHOLE>(tile.b.add(n * tile.b_step + term), lanes) };
    }
    for m in 0..M {
        // SAFETY: the caller's.
        let factor = unsafe { load_from::<V, WHOLE>(tile.a.add(m * tile.a_step + term), lanes) };
        for n in 0..N {
            sums[m][n] = factor.mul_add(row[n], sums[m][n]);
        }
    }
}
