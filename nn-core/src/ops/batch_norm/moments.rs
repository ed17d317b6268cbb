//! Means, and sums of squared distances from them, in one pass over memory.

use crate::base::memory::{chunks_exact, part};
use crate::base::number::Number;
use crate::simd::each::load_panel;
use crate::simd::sums::{BLOCK, Sums, carried};
use crate::simd::vector::Vector;

/// Rows of a first guess of the mean: few, as they are read twice.
const FIRST: usize = 8;

/// Vectors whose sums are apart, as an addition takes several cycles: those of one row or of several.
const APART: usize = 4;

/// The mean of each column with what its rounding leaves out, and the sum of the squared distances from it.
pub(crate) struct Moments<V, const N: usize> {
    pub mean: [V; N],
    pub rest: [V; N],
    pub squares: [V; N],
}

/// The moments of the columns from `c` on in rows of `step` numbers; there is a row at least.
///
/// Each block is summed as distances from the mean of those before it (Youngs and Cramer, 1971, with blocks for numbers), what that
/// mean has lost to rounding included. Where that mean is far off, so are numbers that it is the mean of, and their squares are no
/// smaller than what cancels here but for a factor of [`BLOCK`] / [`FIRST`].
#[inline(always)]
pub(crate) fn moments<V: Vector, const N: usize, const WHOLE: bool>(
    x: &[V::Element],
    step: usize,
    c: usize,
) -> Moments<V, N> {
    let zero = [V::splat(V::Element::ZERO); N];
    let block_len = BLOCK * step;
    check!(step > 0 && block_len > 0);
    let first = part(x, ..x.len().min(FIRST * step));
    let (sum, _) = sums::<V, N, WHOLE>(first, step, c, zero);
    let (mut mean, mut rest, mut total) = (scaled(sum, first.len() / step), zero, Sums::<V, N>::new());
    let mut count = 0;
    for block in x.chunks(block_len) {
        let rows = block.len() / step;
        count += rows;
        let (mut sum, mut squares) = sums::<V, N, WHOLE>(block, step, c, mean);
        let all = V::splat(V::Element::ZERO - V::Element::from_usize(rows));
        for n in 0..N {
            // Of distances from the mean as it was before rounding.
            let rounded = sum[n];
            sum[n] = all.mul_add(rest[n], rounded);
            squares[n] = squares[n].sub(rest[n].mul(rounded.add(sum[n])));
        }
        let change = scaled(sum, count);
        for n in 0..N {
            // Rounded, it may be below zero; in this order a NaN stays one.
            squares[n] = zero[n].max(squares[n].sub(sum[n].mul(change[n])));
            (mean[n], rest[n]) = carried(mean[n], rest[n].add(change[n]));
        }
        total.add(squares);
    }
    Moments { mean, rest, squares: total.total() }
}

/// A sum divided by so many rows.
#[inline(always)]
fn scaled<V: Vector, const N: usize>(mut sum: [V; N], rows: usize) -> [V; N] {
    let rows = V::splat(V::Element::from_usize(rows));
    for n in 0..N {
        sum[n] = sum[n].div(rows);
    }
    sum
}

/// The sums of the distances from `centre`, and of their squares.
#[inline(always)]
fn sums<V: Vector, const N: usize, const WHOLE: bool>(
    x: &[V::Element],
    step: usize,
    c: usize,
    centre: [V; N],
) -> ([V; N], [V; N]) {
    let zero = V::splat(V::Element::ZERO);
    let (mut sums, mut squares) = ([[zero; N]; APART], [[zero; N]; APART]);
    let mut groups = chunks_exact(x, APART / N * step);
    for group in &mut groups {
        for i in 0..APART / N {
            let row = load_panel::<V, N, WHOLE>(part(group, i * step + c..(i + 1) * step));
            add(row, centre, &mut sums[i], &mut squares[i]);
        }
    }
    for row in chunks_exact(groups.remainder(), step) {
        let row = load_panel::<V, N, WHOLE>(part(row, c..));
        add(row, centre, &mut sums[0], &mut squares[0]);
    }
    (total(sums), total(squares))
}

/// Adds the distances from `centre`, and their squares.
#[inline(always)]
fn add<V: Vector, const N: usize>(row: [V; N], centre: [V; N], sums: &mut [V; N], squares: &mut [V; N]) {
    for n in 0..N {
        let distance = row[n].sub(centre[n]);
        sums[n] = sums[n].add(distance);
        squares[n] = distance.mul_add(distance, squares[n]);
    }
}

/// The sum of what was summed apart.
#[inline(always)]
fn total<V: Vector, const N: usize>([mut total, rest @ ..]: [[V; N]; APART]) -> [V; N] {
    for sums in rest {
        for n in 0..N {
            total[n] = total[n].add(sums[n]);
        }
    }
    total
}
