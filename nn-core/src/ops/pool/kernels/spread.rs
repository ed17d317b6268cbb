//! Windows whose taps are apart, or whose sizes differ, one after the other.

use super::max::scatter_maxima;
use crate::base::memory::{chunks_exact_mut, part, part_mut};
use crate::base::number::Number;
use crate::base::{ranges, size};
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use nn_sizes::SpreadPool;

kernels! {
    /// Pooling over the windows of a [`SpreadPool`], each of which has a tap on the map.
    trait SpreadPoolKernels<T> {
        /// The largest numbers. The `indices`, unless empty, are their pixels: the first of equals. A NaN wins over every number.
        fn spread_max_pool(d: &SpreadPool, x: &[T], y: &mut [T], indices: &mut [u32]);
        /// The gradient of the map: at each pixel the sum of those whose maximum it was.
        fn spread_max_pool_gradient(d: &SpreadPool, dy: &[T], indices: &[u32], dx: &mut [T]);
        /// The means.
        fn spread_average_pool(d: &SpreadPool, x: &[T], y: &mut [T]);
        /// Spreads each gradient evenly over its window.
        fn spread_average_pool_gradient(d: &SpreadPool, dy: &[T], dx: &mut [T]);
    }
}

/// The pixels of a window.
#[derive(Clone, Copy)]
struct Pixels {
    rows: [usize; 3],
    columns: [usize; 3],
    width: usize,
}

impl Pixels {
    /// Those of window number `i`.
    #[inline(always)]
    fn of(d: &SpreadPool, i: usize) -> Self {
        let (row, column) = (i / d.output[1], i % d.output[1]);
        Self { rows: d.axes[0].of(row, d.input[0]), columns: d.axes[1].of(column, d.input[1]), width: d.input[1] }
    }

    #[inline(always)]
    fn count(&self) -> usize {
        let along = |[first, end, step]: [usize; 3]| end.saturating_sub(first).div_ceil(step.max(1));
        along(self.rows) * along(self.columns)
    }
}

/// Runs the body for each pixel of a window.
macro_rules! each_pixel {
    ($pixels:expr, $pixel:ident => $body:block) => {{
        let Pixels { rows: [top, bottom, down], columns: [left, right, across], width } = $pixels;
        let mut row = top;
        while row < bottom {
            let mut column = left;
            while column < right {
                let $pixel = row * width + column;
                $body
                column += across;
            }
            row += down;
        }
    }};
}

#[inline(always)]
fn spread_max_pool<V: Vector>(d: &SpreadPool, x: &[V::Element], y: &mut [V::Element], indices: &mut [u32]) {
    let channels = d.input[2];
    for (i, y) in chunks_exact_mut(y, channels).enumerate() {
        let pixels = Pixels::of(d, i);
        check!(pixels.count() > 0, "a window of nothing but padding");
        y.fill(V::Element::NEG_INFINITY);
        let (at, wanted) = (i * channels, !indices.is_empty());
        if wanted {
            let [first_row, first_column] = [pixels.rows[0], pixels.columns[0]];
            part_mut(indices, at..at + channels).fill((first_row * pixels.width + first_column) as u32);
        }
        each_pixel!(pixels, pixel => {
            let x = part(x, pixel * channels..(pixel + 1) * channels);
            for (c, (&x, y)) in x.iter().zip(&mut *y).enumerate() {
                // A NaN that is the largest stays it, as nothing is larger.
                if x > *y || x.is_nan() && !y.is_nan() {
                    *y = x;
                    if wanted {
                        *part_mut(indices, at + c) = pixel as u32;
                    }
                }
            }
        });
    }
}

#[inline(always)]
fn spread_max_pool_gradient<V: Vector>(d: &SpreadPool, dy: &[V::Element], indices: &[u32], dx: &mut [V::Element]) {
    scatter_maxima(d.input[2], dy, indices, dx);
}

#[inline(always)]
fn spread_average_pool<V: Vector>(d: &SpreadPool, x: &[V::Element], y: &mut [V::Element]) {
    let channels = d.input[2];
    for (i, y) in chunks_exact_mut(y, channels).enumerate() {
        let pixels = Pixels::of(d, i);
        let share = V::splat(V::Element::ONE / V::Element::from_usize(pixels.count()));
        for range in ranges(channels, V::LANES) {
            let (mut total, mut sum, mut terms) = (Sums::<V, 1>::new(), V::splat(V::Element::ZERO), 0);
            each_pixel!(pixels, pixel => {
                sum = sum.add(V::load_partial(part(x, pixel * channels + range.start..pixel * channels + range.end)));
                terms += 1;
                if terms == BLOCK {
                    total.add([sum]);
                    (sum, terms) = (V::splat(V::Element::ZERO), 0);
                }
            });
            total.add([sum]);
            total.total()[0].mul(share).store_partial(part_mut(y, range));
        }
    }
}

#[inline(always)]
fn spread_average_pool_gradient<V: Vector>(d: &SpreadPool, dy: &[V::Element], dx: &mut [V::Element]) {
    let channels = d.input[2];
    check!(dx.len() == size(d.input));
    dx.fill(V::Element::ZERO);
    for (i, dy) in dy.chunks_exact(channels).enumerate() {
        let pixels = Pixels::of(d, i);
        let share = V::splat(V::Element::ONE / V::Element::from_usize(pixels.count()));
        each_pixel!(pixels, pixel => {
            let dx = &mut dx[pixel * channels..(pixel + 1) * channels];
            each!(V, channels, load(dy = dy, sum = dx) {} store(dx = share.mul_add(dy, sum)));
        });
    }
}
