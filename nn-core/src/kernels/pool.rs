//! Max and average pooling of channels-last maps.

use super::each::{load, store};
use super::vector::Vector;
use crate::memory::{chunks_exact_mut, part, part_mut};
use crate::real::Real;
use core::ops::Range;
use nn_sizes::Pool;

kernels! {
    /// Kernels over sliding windows.
    trait PoolKernels<T> {
        /// The largest number of each window and, unless `indices` is empty, the pixel it came from: the first of
        /// equals. A NaN wins over every number.
        fn max_pool(d: &Pool, x: &[T], y: &mut [T], indices: &mut [u32]);
        /// Adds each gradient to the pixel its maximum came from.
        fn max_pool_gradient(d: &Pool, dy: &[T], dx: &mut [T], indices: &[u32]);
        /// The mean of each window, padding included.
        fn avg_pool(d: &Pool, x: &[T], y: &mut [T]);
        /// Spreads each gradient evenly over its window.
        fn avg_pool_gradient(d: &Pool, dy: &[T], dx: &mut [T]);
    }
}

/// The part of a window that lies on the map.
#[derive(Clone)]
struct Window {
    rows: Range<usize>,
    columns: Range<usize>,
    /// Number of positions with padding, by which an average divides: the window less what lies beyond the padding, where
    /// rounding up may put it.
    positions: usize,
}

#[inline(always)]
fn window(d: &Pool, row: usize, column: usize) -> Window {
    let (rows, height) = span(row, d.kernel[0], d.stride[0], d.pad[0], d.input[0]);
    let (columns, width) = span(column, d.kernel[1], d.stride[1], d.pad[1], d.input[1]);
    Window { rows, columns, positions: height * width }
}

/// Along one axis: the positions on the map, and how many there are with padding.
#[inline(always)]
fn span(position: usize, kernel: usize, stride: usize, pad: usize, len: usize) -> (Range<usize>, usize) {
    let start = position * stride; // counted from the start of the padding
    let end = (start + kernel).min(len + 2 * pad);
    (start.saturating_sub(pad)..end.saturating_sub(pad).min(len), end - start)
}

#[inline(always)]
fn max_pool<V: Vector>(d: &Pool, x: &[V::Element], y: &mut [V::Element], indices: &mut [u32]) {
    let channels = d.input[2];
    let mut indices = chunks_exact_mut(indices, channels);
    let mut pixels = chunks_exact_mut(y, channels);
    for row in 0..d.output[0] {
        for column in 0..d.output[1] {
            let window = window(d, row, column);
            let Some(y) = pixels.next() else { return };
            let indices = indices.next().unwrap_or_default();
            let mut c = 0;
            while c + V::LANES <= channels {
                max_block::<V, true>(d, x, &window, c, y, indices);
                c += V::LANES;
            }
            if c < channels {
                max_block::<V, false>(d, x, &window, c, y, indices);
            }
        }
    }
}

/// The maximum of one window over the vector of channels from `c` on, which is whole or the last.
#[inline(always)]
fn max_block<V: Vector, const WHOLE: bool>(
    d: &Pool,
    x: &[V::Element],
    window: &Window,
    c: usize,
    y: &mut [V::Element],
    indices: &mut [u32],
) {
    let [_, width, channels] = d.input;
    let first = window.rows.start * width + window.columns.start;
    let mut best = V::splat(V::Element::NEG_INFINITY);
    let mut best_at = V::index_splat(first as u32);
    for row in window.rows.clone() {
        for column in window.columns.clone() {
            let pixel = row * width + column;
            let candidate = load::<V, WHOLE>(part(x, pixel * channels + c..(pixel + 1) * channels));
            let (larger, nan) = (candidate.gt(best), candidate.is_nan());
            best = V::select(nan, candidate, V::select(larger, candidate, best));
            if !indices.is_empty() {
                let at = V::index_splat(pixel as u32);
                best_at = V::index_select(nan, at, V::index_select(larger, at, best_at));
            }
        }
    }
    store::<V, WHOLE>(best, part_mut(y, c..));
    if !indices.is_empty() {
        let end = if WHOLE { c + V::LANES } else { channels };
        V::index_store(best_at, part_mut(indices, c..end));
    }
}

#[inline(always)]
fn max_pool_gradient<V: Vector>(d: &Pool, dy: &[V::Element], dx: &mut [V::Element], indices: &[u32]) {
    let channels = d.input[2];
    dx.fill(V::Element::ZERO);
    for (dy, indices) in dy.chunks_exact(channels).zip(indices.chunks_exact(channels)) {
        for (c, (&dy, &pixel)) in dy.iter().zip(indices).enumerate() {
            dx[pixel as usize * channels + c] += dy;
        }
    }
}

#[inline(always)]
fn avg_pool<V: Vector>(d: &Pool, x: &[V::Element], y: &mut [V::Element]) {
    let channels = d.input[2];
    let mut pixels = chunks_exact_mut(y, channels);
    for row in 0..d.output[0] {
        for column in 0..d.output[1] {
            let window = window(d, row, column);
            let Some(y) = pixels.next() else { return };
            let mut c = 0;
            while c + V::LANES <= channels {
                avg_block::<V, true>(d, x, &window, c, y);
                c += V::LANES;
            }
            if c < channels {
                avg_block::<V, false>(d, x, &window, c, y);
            }
        }
    }
}

#[inline(always)]
fn avg_block<V: Vector, const WHOLE: bool>(
    d: &Pool,
    x: &[V::Element],
    window: &Window,
    c: usize,
    y: &mut [V::Element],
) {
    let [_, width, channels] = d.input;
    let mut sum = V::splat(V::Element::ZERO);
    for row in window.rows.clone() {
        for column in window.columns.clone() {
            let pixel = row * width + column;
            sum = sum.add(load::<V, WHOLE>(part(x, pixel * channels + c..(pixel + 1) * channels)));
        }
    }
    store::<V, WHOLE>(sum.div(V::splat(V::Element::from_usize(window.positions))), part_mut(y, c..));
}

#[inline(always)]
fn avg_pool_gradient<V: Vector>(d: &Pool, dy: &[V::Element], dx: &mut [V::Element]) {
    let [_, width, channels] = d.input;
    dx.fill(V::Element::ZERO);
    let mut pixels = dy.chunks_exact(channels);
    for row in 0..d.output[0] {
        for column in 0..d.output[1] {
            let window = window(d, row, column);
            let Some(dy) = pixels.next() else { return };
            let share = V::splat(V::Element::ONE / V::Element::from_usize(window.positions));
            for row in window.rows.clone() {
                for column in window.columns.clone() {
                    let dx = &mut dx[(row * width + column) * channels..][..channels];
                    each!(V, channels, load(dy = dy, sum = dx) {} store(dx = share.mul_add(dy, sum)));
                }
            }
        }
    }
}
