//! Convolutions in which every channel is a group of its own: vectors run over the channels.

use super::epilogue::{Epilogue, activate_dear};
use super::vector::Vector;
use crate::memory::{chunks_exact_mut, part, part_mut, split};
use crate::real::Real;
use nn_sizes::Conv;

kernels! {
    /// Depthwise convolutions: one input and one output channel to a group.
    trait DepthwiseKernels<T> {
        /// The rows of the output from `first` on that `y` has room for; `padded` is the input with its padding, and the
        /// epilogue stands for the activation.
        fn depthwise_forward(d: &Conv, first: usize, padded: &[T], p: &[T], epilogue: Epilogue<'_, T>, y: &mut [T]);
        /// Adds the gradients of weights and biases to `dp`; `padded` is the input with its padding.
        fn depthwise_weight_gradient(d: &Conv, padded: &[T], dz: &[T], dp: &mut [T]);
        /// Adds the gradient of the padded input to `padded`.
        fn depthwise_input_gradient(d: &Conv, dz: &[T], p: &[T], padded: &mut [T]);
    }
}

/// Output pixels side by side that share each weight.
const PIXELS: usize = 4;

/// Taps side by side whose gradients are summed together.
const TAPS: usize = 4;

/// Length of a row of the padded input.
#[inline(always)]
fn padded_row(d: &Conv) -> usize {
    (d.input[1] + 2 * d.pad[1]) * d.input[2]
}

#[inline(always)]
fn depthwise_forward<V: Vector>(
    d: &Conv,
    first: usize,
    padded: &[V::Element],
    p: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    y: &mut [V::Element],
) {
    let [_, width, channels] = d.output;
    check!(d.groups > 0);
    epilogue.check(channels, y.len());
    for (i, y) in chunks_exact_mut(y, width * channels).enumerate() {
        let row = part(padded, (first + i) * d.stride[0] * padded_row(d)..);
        let mut pixel = 0;
        while pixel < width {
            let y = part_mut(y, pixel * channels..);
            let row = part(row, pixel * d.stride[1] * channels..);
            let at = (i * width + pixel) * channels;
            if width - pixel >= PIXELS {
                pixels::<V, PIXELS>(d, row, p, epilogue, at, y);
                pixel += PIXELS;
            } else {
                pixels::<V, 1>(d, row, p, epilogue, at, y);
                pixel += 1;
            }
        }
    }
    activate_dear::<V>(epilogue.activation, y);
}

/// `N` pixels side by side, the first of them at `at` of the result.
#[inline(always)]
fn pixels<V: Vector, const N: usize>(
    d: &Conv,
    x: &[V::Element],
    p: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    at: usize,
    y: &mut [V::Element],
) {
    let channels = d.output[2];
    let (weights, biases) = split(p, d.weights());
    for channel in (0..channels).step_by(V::LANES) {
        let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
        let bias = if d.bias { V::load_partial(part(biases, channel..end)) } else { V::splat(V::Element::ZERO) };
        let mut sums = [[bias]; N];
        for i in 0..d.kernel[0] {
            for j in 0..d.kernel[1] {
                let tap = (i * d.kernel[1] + j) * channels;
                let weight = V::load_partial(part(weights, tap + channel..tap + end));
                let at = i * d.dilation[0] * padded_row(d) + j * d.dilation[1] * channels;
                for n in 0..N {
                    let at = at + n * d.stride[1] * channels;
                    sums[n][0] = V::load_partial(part(x, at + channel..at + end)).mul_add(weight, sums[n][0]);
                }
            }
        }
        let positions: [usize; N] = core::array::from_fn(|n| at + n * channels);
        // SAFETY: checked for all channels and pixels.
        unsafe { epilogue.finish::<V, N, 1>(&mut sums, &positions, channel, V::lanes(end - channel)) };
        for n in 0..N {
            sums[n][0].store_partial(part_mut(y, n * channels + channel..n * channels + end));
        }
    }
}

#[inline(always)]
fn depthwise_weight_gradient<V: Vector>(d: &Conv, padded: &[V::Element], dz: &[V::Element], dp: &mut [V::Element]) {
    let channels = d.output[2];
    let (dw, db) = dp.split_at_mut(d.weights());
    if d.bias {
        super::affine::sum_rows::<V>(dz, db);
    }
    for i in 0..d.kernel[0] {
        let x = &padded[i * d.dilation[0] * padded_row(d)..];
        let mut tap = 0;
        while tap < d.kernel[1] {
            let dw = &mut dw[(i * d.kernel[1] + tap) * channels..];
            let x = &x[tap * d.dilation[1] * channels..];
            if d.kernel[1] - tap >= TAPS {
                taps::<V, TAPS>(d, x, dz, dw);
                tap += TAPS;
            } else {
                taps::<V, 1>(d, x, dz, dw);
                tap += 1;
            }
        }
    }
}

/// The gradients of `N` taps side by side.
#[inline(always)]
fn taps<V: Vector, const N: usize>(d: &Conv, x: &[V::Element], dz: &[V::Element], dw: &mut [V::Element]) {
    let [height, width, channels] = d.output;
    for channel in (0..channels).step_by(V::LANES) {
        let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
        let mut sums = [V::splat(V::Element::ZERO); N];
        for row in 0..height {
            for pixel in 0..width {
                let out = (row * width + pixel) * channels;
                let gradient = V::load_partial(&dz[out + channel..out + end]);
                let at = row * d.stride[0] * padded_row(d) + pixel * d.stride[1] * channels;
                for n in 0..N {
                    let at = at + n * d.dilation[1] * channels;
                    sums[n] = V::load_partial(&x[at + channel..at + end]).mul_add(gradient, sums[n]);
                }
            }
        }
        for n in 0..N {
            let dw = &mut dw[n * channels + channel..n * channels + end];
            V::load_partial(dw).add(sums[n]).store_partial(dw);
        }
    }
}

#[inline(always)]
fn depthwise_input_gradient<V: Vector>(d: &Conv, dz: &[V::Element], p: &[V::Element], padded: &mut [V::Element]) {
    let [_, width, channels] = d.output;
    for (row, dz) in dz.chunks_exact(width * channels).enumerate() {
        for i in 0..d.kernel[0] {
            let at = (row * d.stride[0] + i * d.dilation[0]) * padded_row(d);
            for (pixel, dz) in dz.chunks_exact(channels).enumerate() {
                for j in 0..d.kernel[1] {
                    let at = at + (pixel * d.stride[1] + j * d.dilation[1]) * channels;
                    let weights = &p[(i * d.kernel[1] + j) * channels..][..channels];
                    add_products::<V>(dz, weights, &mut padded[at..at + channels]);
                }
            }
        }
    }
}

/// `sum = sum + a * b`, number by number.
#[inline(always)]
fn add_products<V: Vector>(a: &[V::Element], b: &[V::Element], sum: &mut [V::Element]) {
    for ((a, b), sum) in a.chunks(V::LANES).zip(b.chunks(V::LANES)).zip(sum.chunks_mut(V::LANES)) {
        V::load_partial(a).mul_add(V::load_partial(b), V::load_partial(sum)).store_partial(sum);
    }
}
