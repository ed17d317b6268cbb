//! The weights' gradient of a convolution from the maxima of its pooled map: the gradient of the map is zero everywhere else, and
//! need not be written for it.
//!
//! A maximum is one of 2 × 2 pixels, or of several such squares. What a tap sees at the four lies side by side, as a *quad*, and
//! each channel picks its own from there: one multiply–add where the map has four pixels.

use super::direct;
use crate::base::memory::{part, part_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::dense::sum_rows;
use crate::gemm::long::carry;
use crate::gemm::product::Grid;
use crate::ops::pool::kernels::window;
use crate::simd::vector::Vector;
use core::ops::Range;
use nn_sizes::{Conv, ConvPool};

kernels! {
    /// Gradients from maxima.
    trait MaximaKernels<T> {
        /// Adds the gradients of weights and biases to `dp`; `padded` is the input with its padding. `scratch` has quads, four
        /// times as many numbers, and a part of the weights' gradient. The convolution has one group.
        fn maxima_weight_gradient(d: &ConvPool, padded: &[T], dy: &[T], indices: &[u32], dp: &mut [T], scratch: &mut [T]);
    }
}

/// Taps whose gradients are summed together: these sums, and as many quads, stay in 32 registers.
const TAPS: usize = 9;

/// The same in 16 registers.
const FEWER_TAPS: usize = 5;

/// Maxima, and what the taps see of the pixels they may come from.
struct Maxima<'a, T> {
    d: &'a ConvPool,
    dy: &'a [T],
    indices: &'a [u32],
    quads: &'a [T],
    /// From one pixel of the map to the next, down and right, in the padded input.
    steps: [usize; 2],
}

#[inline(always)]
fn maxima_weight_gradient<V: Vector>(
    d: &ConvPool,
    padded: &[V::Element],
    dy: &[V::Element],
    indices: &[u32],
    dp: &mut [V::Element],
    scratch: &mut [V::Element],
) {
    check!(scratch.len() == d.quads() + d.maxima_part());
    let (quads, part) = scratch.split_at_mut(d.quads());
    part.fill(V::Element::ZERO);
    let ConvPool { conv, pool } = d;
    let [height, width, channels] = conv.output;
    let steps = [conv.stride[0] * conv.padded_row(), conv.stride[1] * conv.input[2]];
    let pixels = Grid { counts: [height, width, 1], steps: [steps[0], steps[1], 0] };
    let taps = direct::window(conv);
    let (dw, db) = dp.split_at_mut(conv.weights());
    check!(conv.groups == 1 && dw.len() == size([taps.len(), channels]));
    check!(pixels.reach(taps.reach(1)) <= padded.len() && quads.len() == size([4, padded.len()]));
    check!(pool.input == conv.output && (dy.len(), indices.len()) == (size(pool.output), dy.len()));
    check!(d.squares() > 0 && !dy.is_empty());
    if conv.bias {
        sum_rows::<V>(dy, db);
    }
    fill_quads(padded, steps, quads);
    let maxima = Maxima { d, dy, indices, quads, steps };
    let [height, width, _] = pool.output;
    let across = (ConvPool::MOST_SQUARES / d.squares()).clamp(1, width);
    let down = (ConvPool::MOST_SQUARES / (d.squares() * across)).max(1);
    let mut squares = Squares::<V>::new();
    let mut blocks = 0;
    for row in (0..height).step_by(down) {
        for column in (0..width).step_by(across) {
            squares.find(&maxima, [row..height.min(row + down), column..width.min(column + across)]);
            for channel in (0..channels).step_by(V::LANES) {
                let len = if channels - channel < V::LANES { channels - channel } else { V::LANES };
                squares.look(&maxima, channel..channel + len);
                let dw = if part.is_empty() { part_mut(dw, channel..) } else { part_mut(part, channel..) };
                // SAFETY: the taps of all pixels lie in the padded input, which has as many quads.
                unsafe {
                    if const { V::ROWS > 6 } {
                        squares.add_gradients::<TAPS>(&maxima, &taps, [channels, len], dw);
                    } else {
                        squares.add_gradients::<FEWER_TAPS>(&maxima, &taps, [channels, len], dw);
                    }
                }
            }
            blocks += 1;
            let is_last = row + down >= height && column + across >= width;
            if !part.is_empty() && (is_last || blocks % Conv::SUMMED_BLOCKS == 0) {
                carry::<V>(part, dw);
            }
        }
    }
}

/// For each number of the padded input, itself and what lies there seen from the pixel on the right, from that below, and from
/// that across; 0 beyond the end.
#[inline(always)]
fn fill_quads<T: Number>(padded: &[T], [below, right]: [usize; 2], quads: &mut [T]) {
    let places = [0, right, below, below + right];
    let whole = padded.len().saturating_sub(places[3]);
    let seen_from = |place: usize| part(part(padded, place.min(padded.len())..), ..whole);
    let [a, b, c, d] = [seen_from(0), seen_from(right), seen_from(below), seen_from(below + right)];
    let (quads, _) = quads.as_chunks_mut::<4>();
    for i in 0..whole {
        quads[i] = [a[i], b[i], c[i], d[i]];
    }
    for i in whole..padded.len() {
        for (number, place) in quads[i].iter_mut().zip(places) {
            *number = padded.get(i + place).copied().unwrap_or(T::ZERO);
        }
    }
}

/// Squares of 2 × 2 pixels, each within a window, and what a vector of channels has there.
struct Squares<V: Vector> {
    len: usize,
    /// Their first pixels.
    pixels: [u32; ConvPool::MOST_SQUARES],
    /// Where the quads of those lie.
    quads: [usize; ConvPool::MOST_SQUARES],
    /// Where the maxima of their windows lie.
    maxima: [usize; ConvPool::MOST_SQUARES],
    /// Which of its pixels the maximum is.
    which: [V::Index; ConvPool::MOST_SQUARES],
    /// The maximum's gradient, if it is one of them.
    gradients: [V; ConvPool::MOST_SQUARES],
}

impl<V: Vector> Squares<V> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            len: 0,
            pixels: [0; ConvPool::MOST_SQUARES],
            quads: [0; ConvPool::MOST_SQUARES],
            maxima: [0; ConvPool::MOST_SQUARES],
            which: [V::index_splat(0); ConvPool::MOST_SQUARES],
            gradients: [V::splat(V::Element::ZERO); ConvPool::MOST_SQUARES],
        }
    }

    /// The squares in some rows and columns of windows.
    #[inline(always)]
    fn find(&mut self, maxima: &Maxima<'_, V::Element>, [rows, columns]: [Range<usize>; 2]) {
        let &Maxima { d: ConvPool { pool, .. }, steps, .. } = maxima;
        self.len = 0;
        for i in rows {
            let [top, bottom] = window(pool, 0, i);
            for j in columns.clone() {
                let [left, right] = window(pool, 1, j);
                for row in (top..bottom).step_by(2) {
                    for column in (left..right).step_by(2) {
                        check!(self.len < ConvPool::MOST_SQUARES);
                        self.pixels[self.len] = (row * pool.input[1] + column) as u32;
                        self.quads[self.len] = 4 * (row * steps[0] + column * steps[1]);
                        self.maxima[self.len] = (i * pool.output[1] + j) * pool.output[2];
                        self.len += 1;
                    }
                }
            }
        }
    }

    /// Looks where in the squares the maxima of some channels are.
    #[inline(always)]
    fn look(&mut self, maxima: &Maxima<'_, V::Element>, channels: Range<usize>) {
        let width = maxima.d.pool.input[1] as u32;
        let (right, below, across) = (V::index_splat(1), V::index_splat(width), V::index_splat(width + 1));
        let places = [V::index_splat(0), V::index_splat(1), V::index_splat(2), V::index_splat(3)];
        let none = V::index_splat(4);
        for i in 0..self.len {
            let window = self.maxima[i] + channels.start..self.maxima[i] + channels.end;
            let index = V::index_load(part(maxima.indices, window.clone()));
            let from_first = V::index_add(index, V::index_splat(self.pixels[i].wrapping_neg()));
            let mut which = V::index_select(V::index_equal(from_first, places[0]), places[0], none);
            which = V::index_select(V::index_equal(from_first, right), places[1], which);
            which = V::index_select(V::index_equal(from_first, below), places[2], which);
            which = V::index_select(V::index_equal(from_first, across), places[3], which);
            let is_elsewhere = V::index_equal(which, none);
            self.which[i] = V::index_select(is_elsewhere, places[0], which);
            self.gradients[i] = V::load_partial(part(maxima.dy, window)).zero_where(is_elsewhere);
        }
    }

    /// Adds the gradients of all taps to `dw`, which begins at the first of `len` channels.
    ///
    /// # Safety
    /// The taps of every pixel have quads.
    #[inline(always)]
    unsafe fn add_gradients<const N: usize>(
        &self,
        maxima: &Maxima<'_, V::Element>,
        taps: &Grid,
        [channels, len]: [usize; 2],
        dw: &mut [V::Element],
    ) {
        let mut places = Places { taps, at: [0; 3] };
        for first in (0..taps.len()).step_by(N) {
            // SAFETY: the caller's.
            let sums = unsafe { self.sum::<N>(maxima.quads, places.next()) };
            for (tap, sum) in (first..taps.len()).zip(sums) {
                let dw = part_mut(dw, tap * channels..tap * channels + len);
                V::load_partial(dw).add(sum).store_partial(dw);
            }
        }
    }

    /// The gradients of `N` taps.
    ///
    /// # Safety
    /// The `taps` of every square have `quads`.
    #[inline(always)]
    unsafe fn sum<const N: usize>(&self, quads: &[V::Element], taps: [usize; N]) -> [V; N] {
        let mut sums = [V::splat(V::Element::ZERO); N];
        for i in 0..self.len {
            let (quads, which, gradient) = (quads[self.quads[i]..].as_ptr(), self.which[i], self.gradients[i]);
            for n in 0..N {
                // SAFETY: the caller's.
                let x = unsafe { V::pick(quads.add(taps[n]), which) };
                sums[n] = gradient.mul_add(x, sums[n]);
            }
        }
        sums
    }
}

/// Where the quads of taps lie, from that of a window's first on.
struct Places<'a> {
    taps: &'a Grid,
    at: [usize; 3],
}

impl Places<'_> {
    /// Those of the next `N` taps, and after the last one others.
    #[inline(always)]
    fn next<const N: usize>(&mut self) -> [usize; N] {
        let Grid { counts, steps } = self.taps;
        let mut places = [0; N];
        for place in &mut places {
            let [row, column, number] = &mut self.at;
            *place = 4 * (*row * steps[0] + *column * steps[1] + *number * steps[2]);
            *number += 1;
            if *number == counts[2] {
                *number = 0;
                *column += 1;
                if *column == counts[1] {
                    *column = 0;
                    *row = if *row + 1 == counts[0] { 0 } else { *row + 1 };
                }
            }
        }
        places
    }
}
