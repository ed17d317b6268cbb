//! The means of windows.

use super::gradient::{Given, Windows, gradient, overlap_little};
use super::squares::{Combined, Squares};
use super::{inside, window};
use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut};
use crate::base::number::Number;
use crate::base::{ranges, size};
use crate::simd::each::{load_panel, load_vectors, store_panel, store_vectors};
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use core::ops::Range;
use nn_sizes::{AveragePool, Pool};

kernels! {
    /// Average pooling.
    trait AveragePoolKernels<T> {
        /// The mean of each window, with what counts of the padding.
        fn average_pool(d: &AveragePool, x: &[T], y: &mut [T]);
        /// Spreads each gradient evenly over its window.
        fn average_pool_gradient(d: &AveragePool, dy: &[T], dx: &mut [T]);
    }
}

/// Pixels whose sums are apart where a window is not a small square, as an addition takes several cycles.
const SIDE_BY_SIDE: usize = 2;

/// Positions of a window along an axis by which an average divides: those that count, and are not beyond the padding, where rounding
/// up may put them.
#[inline(always)]
fn positions(d: &AveragePool, axis: usize, window: usize) -> usize {
    let start = window * d.pool.stride[axis];
    let [first, end] = d.counted[axis];
    (start + d.pool.kernel[axis]).min(end).saturating_sub(start.max(first))
}

/// What a number of a window counts for in its mean.
#[inline(always)]
fn share<V: Vector>(d: &AveragePool, row: usize, column: usize) -> V {
    V::splat(V::Element::ONE / V::Element::from_usize(positions(d, 0, row) * positions(d, 1, column)))
}

#[inline(always)]
fn average_pool<V: Vector>(d: &AveragePool, x: &[V::Element], y: &mut [V::Element]) {
    let Pool { input, output, kernel, stride, .. } = d.pool;
    check!(x.len() == size(input) && y.len() == size(output));
    for (row, y) in chunks_exact_mut(y, output[1] * output[2]).enumerate() {
        match (kernel, stride[1]) {
            ([2, 2], _) => average_row::<V, 2, 0>(d, row, x, y),
            ([3, 3], 1) => average_row::<V, 3, 2>(d, row, x, y),
            ([3, 3], _) => average_row::<V, 3, 0>(d, row, x, y),
            _ => average_row::<V, 0, 0>(d, row, x, y),
        }
    }
}

/// One row of results. Windows on the map as a whole are `SIDE` × `SIDE`, or of any size if it is 0; neighbours among them share
/// `SHARED` columns.
#[inline(always)]
fn average_row<V: Vector, const SIDE: usize, const SHARED: usize>(
    d: &AveragePool,
    row: usize,
    x: &[V::Element],
    y: &mut [V::Element],
) {
    panels!(V, d.pool.input[2], c => average_panel::<SIDE, SHARED>(d, row, x, c, y));
}

/// Some vectors of channels.
#[inline(always)]
fn average_panel<V: Vector, const N: usize, const WHOLE: bool, const SIDE: usize, const SHARED: usize>(
    average: &AveragePool,
    row: usize,
    x: &[V::Element],
    c: usize,
    y: &mut [V::Element],
) {
    let d = &average.pool;
    let [_, width, channels] = d.input;
    let [top, bottom] = window(d, 0, row);
    check!(x.len() == size(d.input) && y.len() == size([d.output[1], channels]));
    check!(c + if WHOLE { N * V::LANES } else { 1 } <= channels);
    let lanes = V::lanes(channels - c);
    let squares = if SIDE > 0 && bottom - top == SIDE { inside(d, 1) } else { 0..0 };
    let whole = V::splat(V::Element::ONE / V::Element::from_usize(SIDE * SIDE));
    for column in (0..squares.start).chain(squares.end..d.output[1]) {
        let [left, right] = window(d, 1, column);
        let sum = sum_of_window::<V, N, WHOLE>(d, [top..bottom, left..right], x, c);
        let mean = scaled(sum, share(average, row, column));
        store_panel::<V, N, WHOLE>(mean, part_mut(y, column * channels + c..(column + 1) * channels));
    }
    if squares.is_empty() {
        return;
    }
    let mut begins = [0; SIDE];
    for i in 0..SIDE {
        begins[i] = ((top + i) * width + squares.start * d.stride[1] - d.pad[1]) * channels + c;
    }
    let mut from = x.as_ptr();
    // SAFETY: the squares are on the map, and the vectors' channels are those from `c` on.
    let mut sums = unsafe { Squares::<V, V, N, SIDE, SHARED>::new::<WHOLE>(&begins, channels, lanes, from) };
    for column in squares {
        // SAFETY: as above; there is a result for every column.
        unsafe {
            let mean = scaled(sums.next::<WHOLE>(from), whole);
            store_vectors::<V, N, WHOLE>(mean, y.as_mut_ptr().add(column * channels + c), lanes);
        }
        from = from.wrapping_add(d.stride[1] * channels);
    }
}

#[inline(always)]
fn scaled<V: Vector, const N: usize>(mut sum: [V; N], share: V) -> [V; N] {
    for n in 0..N {
        sum[n] = sum[n].mul(share);
    }
    sum
}

/// A sum.
impl<V: Vector> Combined<V> for V {
    #[inline(always)]
    fn of(number: V) -> Self {
        number
    }

    #[inline(always)]
    fn with(self, other: Self) -> Self {
        self.add(other)
    }
}

/// The sum of any window.
#[inline(always)]
fn sum_of_window<V: Vector, const N: usize, const WHOLE: bool>(
    d: &Pool,
    [rows, columns]: [Range<usize>; 2],
    x: &[V::Element],
    c: usize,
) -> [V; N] {
    let [_, width, channels] = d.input;
    let mut total = Sums::<V, N>::new();
    for row in rows {
        let row = part(x, (row * width + columns.start) * channels..(row * width + columns.end) * channels);
        for pixels in ranges(columns.len(), BLOCK * SIDE_BY_SIDE) {
            let block = part(row, pixels.start * channels..pixels.end * channels);
            let mut sums = [[V::splat(V::Element::ZERO); N]; SIDE_BY_SIDE];
            let mut groups = chunks_exact(block, SIDE_BY_SIDE * channels);
            for group in &mut groups {
                for i in 0..SIDE_BY_SIDE {
                    add(&mut sums[i], load_panel::<V, N, WHOLE>(part(group, i * channels + c..(i + 1) * channels)));
                }
            }
            for pixel in chunks_exact(groups.remainder(), channels) {
                add(&mut sums[0], load_panel::<V, N, WHOLE>(part(pixel, c..)));
            }
            let [mut sum, rest @ ..] = sums;
            for more in rest {
                add(&mut sum, more);
            }
            total.add(sum);
        }
    }
    total.total()
}

#[inline(always)]
fn add<V: Vector, const N: usize>(sum: &mut [V; N], more: [V; N]) {
    for n in 0..N {
        sum[n] = sum[n].add(more[n]);
    }
}

#[inline(always)]
fn average_pool_gradient<V: Vector>(average: &AveragePool, dy: &[V::Element], dx: &mut [V::Element]) {
    let d = &average.pool;
    let [_, width, channels] = d.input;
    check!(dy.len() == size(d.output) && dx.len() == size(d.input));
    let is_whole = |axis, window| positions(average, axis, window) == d.kernel[axis];
    if overlap_little(d) && (0..2).all(|axis| is_whole(axis, 0) && is_whole(axis, d.output[axis] - 1)) {
        // SAFETY: checked above.
        unsafe { gradient(d, &Means { dy, share: share::<V>(average, 0, 0) }, dx) };
        return;
    }
    dx.fill(V::Element::ZERO);
    for (i, dy) in dy.chunks_exact(channels).enumerate() {
        let (row, column) = (i / d.output[1], i % d.output[1]);
        let ([top, bottom], [left, right]) = (window(d, 0, row), window(d, 1, column));
        let share = share::<V>(average, row, column);
        for i in top..bottom {
            for dx in dx[(i * width + left) * channels..(i * width + right) * channels].chunks_exact_mut(channels) {
                each!(V, channels, load(dy = dy, sum = dx) {} store(dx = share.mul_add(dy, sum)));
            }
        }
    }
}

/// The gradients of means of as many numbers each.
struct Means<'a, V: Vector> {
    dy: &'a [V::Element],
    share: V,
}

impl<V: Vector> Windows<V> for Means<'_, V> {
    #[inline(always)]
    unsafe fn read<const N: usize, const WHOLE: bool>(&self, at: usize, lanes: V::Lanes) -> Given<V, N> {
        // SAFETY: the caller's.
        let gradients = unsafe { load_vectors::<V, N, WHOLE>(self.dy.as_ptr().add(at), lanes) };
        Given { gradients: scaled(gradients, self.share), pixels: [V::index_splat(0); N] }
    }

    #[inline(always)]
    fn add<const N: usize>(given: &Given<V, N>, _pixel: V::Index, sums: &mut [V; N]) {
        add(sums, given.gradients);
    }
}
