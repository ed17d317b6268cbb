//! The gradient of the input by col2im: from windows back to the map that they look at, added up where they overlap.

use crate::Real;
use crate::simd::vector::Vector;
use nn_sizes::Conv;

kernels! {
    /// Sums of windows.
    trait Col2imKernels<T> {
        /// Adds the windows `[pixel][tap][input channel]` of the output's rows from `first` on to the padded input. There is
        /// one group.
        fn add_windows(d: &Conv, first: usize, windows: &[T], padded: &mut [T]);
    }
}

/// The gradient of the input, window by window.
pub(super) fn input_gradient<T: Real>(d: &Conv, dz: &[T], p: &[T], dx: &mut [T], scratch: &mut [T]) {
    if d.padding_scratch() == 0 {
        dx.fill(T::ZERO);
        return add_rows(d, dz, p, dx, scratch);
    }
    let (padded, rest) = scratch.split_at_mut(d.padded_len());
    padded.fill(T::ZERO);
    add_rows(d, dz, p, padded, rest);
    let [_, width, channels] = d.input;
    let rows = padded.chunks_exact(d.padded_row()).skip(d.pad[0]);
    for (dx, padded) in dx.chunks_exact_mut(width * channels).zip(rows) {
        dx.copy_from_slice(&padded[d.pad[1] * channels..][..width * channels]);
    }
}

/// Adds what every output gives the numbers in its window to the gradient of the padded input, some rows of windows at a time.
fn add_rows<T: Real>(d: &Conv, dz: &[T], p: &[T], padded: &mut [T], scratch: &mut [T]) {
    let [_, width, channels] = d.output;
    let (rows, weights) = (d.col2im_rows(), &p[..d.weights()]);
    for (block, dz) in dz.chunks(rows * width * channels).enumerate() {
        let windows = &mut scratch[..dz.len() / channels * (weights.len() / channels)];
        T::affine_input_gradient(channels, false, dz, weights, windows);
        T::add_windows(d, block * rows, windows, padded);
    }
}

#[inline(always)]
fn add_windows<V: Vector>(d: &Conv, first: usize, windows: &[V::Element], padded: &mut [V::Element]) {
    let ([_, width, _], [height, across], channels) = (d.output, d.kernel, d.input[2]);
    let row = d.padded_row();
    // Taps side by side are one stretch of numbers.
    let (stretches, len) = if d.dilation[1] == 1 { (1, across * channels) } else { (across, channels) };
    let numbers = height * stretches * len;
    // Windows so far apart share no pixel of a row: no sum waits until the one before is stored.
    let apart = ((across - 1) * d.dilation[1] + 1).div_ceil(d.stride[1]);
    for (i, windows) in windows.chunks_exact(width * numbers).enumerate() {
        for offset in 0..apart.min(width) {
            for pixel in (offset..width).step_by(apart) {
                let corner = (first + i) * d.stride[0] * row + pixel * d.stride[1] * channels;
                let window = &windows[pixel * numbers..][..numbers];
                for (n, from) in window.chunks_exact(len).enumerate() {
                    let (tap, stretch) = (n / stretches, n % stretches);
                    let at = corner + tap * d.dilation[0] * row + stretch * d.dilation[1] * channels;
                    let to = &mut padded[at..at + len];
                    each!(V, len, load(more = from, sum = to) {} store(to = sum.add(more)));
                }
            }
        }
    }
}
