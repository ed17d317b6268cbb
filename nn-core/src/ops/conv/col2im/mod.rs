//! From windows back to the map that they look at: where they overlap, they add up.

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
