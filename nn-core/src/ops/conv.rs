//! Convolutions, one sample at a time.

use super::stored::Stored;
use crate::Real;
use crate::kernels::epilogue::Epilogue;
use crate::kernels::few_inputs::{self, Output};
use crate::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut, split_mut};
use nn_sizes::Conv;

/// What [`forward`] computes from the parameters alone, once for all samples.
pub fn prepare<T: Real>(d: &Conv, p: &[T], prepared: &mut [T]) {
    prepare_stored(d, p, prepared);
}

/// [`prepare`] with parameters as they are stored.
pub fn prepare_stored<'p, T: Real>(d: &Conv, p: impl Stored<'p, T>, prepared: &mut [T]) {
    check!(has_parameters(d, p) && prepared.len() == d.prepared());
    if d.prepared() > 0 {
        p.transform(d, prepared);
    }
}

/// What [`backward`] computes from the parameters alone, once for all samples.
pub fn prepare_backward<T: Real>(d: &Conv, p: &[T], prepared: &mut [T]) {
    check!((p.len(), prepared.len()) == (d.parameters(), d.prepared()));
    if d.is_winograd() {
        T::winograd_turned_weights(d, p, prepared);
    }
}

/// `y = activation(x * w + b)`, after [`prepare`].
pub fn forward<T: Real>(d: &Conv, x: &[T], p: &[T], y: &mut [T], prepared: &[T], scratch: &mut [T]) {
    forward_stored(d, x, p, y, prepared, scratch);
}

/// [`forward`] with parameters as they are stored.
pub fn forward_stored<'p, T: Real>(
    d: &Conv,
    x: &[T],
    p: impl Stored<'p, T>,
    y: &mut [T],
    prepared: &[T],
    scratch: &mut [T],
) {
    check!(x.len() == len(d.input) && has_parameters(d, p) && prepared.len() == d.prepared());
    check!(y.len() == len(d.output) && scratch.len() >= d.forward_scratch());
    let (x, scratch) = enter(d, x, scratch);
    p.conv(d, 0, x, prepared, Epilogue::from(d.activation), y, scratch);
}

/// Whether the parameters are as many as those of the convolution.
pub(super) fn has_parameters<'p, T: Real>(d: &Conv, p: impl Stored<'p, T>) -> bool {
    p.has(d.weights(), d.output[2], d.parameters() - d.weights())
}

/// The gradients of [`forward`], after [`prepare_backward`]; those of the parameters are added to `dp`.
pub fn backward<T: Real>(
    d: &Conv,
    x: &[T],
    y: &[T],
    p: &[T],
    dy: &mut [T],
    dx: Option<&mut [T]>,
    dp: &mut [T],
    prepared: &[T],
    scratch: &mut [T],
) {
    check!((x.len(), p.len(), dp.len()) == (len(d.input), d.parameters(), d.parameters()));
    check!((y.len(), dy.len()) == (if y.is_empty() { 0 } else { dy.len() }, len(d.output)));
    check!(prepared.len() == d.prepared());
    check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()) && scratch.len() >= d.backward_scratch());
    T::differentiate(d.activation, y, dy);
    linear_backward(d, x, p, dy, dx, dp, prepared, scratch);
}

/// The gradients of the convolution without its activation.
pub(super) fn linear_backward<T: Real>(
    d: &Conv,
    x: &[T],
    p: &[T],
    dz: &[T],
    dx: Option<&mut [T]>,
    dp: &mut [T],
    prepared: &[T],
    scratch: &mut [T],
) {
    if d.is_winograd() {
        T::winograd_weight_gradient(d, x, dz, dp, scratch);
        if let Some(dx) = dx {
            T::winograd_forward(&d.input_gradient(), 0, dz, prepared, &[], Epilogue::none(), dx, scratch);
        }
        return;
    }
    let (for_input, rest) = scratch.split_at_mut(d.padding_scratch());
    let padded = pad(d, x, for_input);
    if is_depthwise(d) {
        T::depthwise_weight_gradient(d, padded, dz, dp);
    } else {
        T::conv_weight_gradient(d, padded, dz, dp);
    }
    let Some(dx) = dx else { return };
    if is_depthwise(d) || d.sums_windows() {
        windows_gradient(d, dz, p, dx, rest);
    } else {
        let [above, below] = d.gradient_border(0);
        let [left, right] = d.gradient_border(1);
        let bordered = border(dz, d.output, [above, below, left, right], rest);
        T::conv_input_gradient(d, bordered, p, dx);
    }
}

/// The gradient of the input, window by window.
fn windows_gradient<T: Real>(d: &Conv, dz: &[T], p: &[T], dx: &mut [T], scratch: &mut [T]) {
    if d.padding_scratch() == 0 {
        dx.fill(T::ZERO);
        return add_windows(d, dz, p, dx, scratch);
    }
    let (padded, rest) = scratch.split_at_mut(d.padded_len());
    padded.fill(T::ZERO);
    add_windows(d, dz, p, padded, rest);
    let [_, width, channels] = d.input;
    let row = (width + 2 * d.pad[1]) * channels;
    for (dx, padded) in dx.chunks_exact_mut(width * channels).zip(padded.chunks_exact(row).skip(d.pad[0])) {
        dx.copy_from_slice(&padded[d.pad[1] * channels..][..width * channels]);
    }
}

/// Adds what every output gives the numbers in its window to the gradient of the padded input.
fn add_windows<T: Real>(d: &Conv, dz: &[T], p: &[T], padded: &mut [T], scratch: &mut [T]) {
    if is_depthwise(d) {
        return T::depthwise_input_gradient(d, dz, p, padded);
    }
    let [_, width, channels] = d.output;
    let (rows, weights) = (d.window_rows(), &p[..d.weights()]);
    for (block, dz) in dz.chunks(rows * width * channels).enumerate() {
        let windows = &mut scratch[..dz.len() / channels * (weights.len() / channels)];
        T::affine_input_gradient(channels, false, dz, weights, windows);
        T::add_windows(d, block * rows, windows, padded);
    }
}

/// The rows of the output from `first` on that `y` has room for, from what [`enter`] returned; the epilogue stands for the
/// activation.
pub(super) fn rows<T: Real>(
    d: &Conv,
    first: usize,
    x: &[T],
    p: &[T],
    prepared: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    scratch: &mut [T],
) {
    if d.prepared() > 0 {
        transformed_rows(d, first, x, prepared, part(p, d.weights()..), epilogue, y, scratch);
    } else if is_depthwise(d) {
        T::depthwise_forward(d, first, x, p, epilogue, y);
    } else {
        T::conv_forward(d, first, x, p, epilogue, y);
    }
}

/// [`rows`] by transformed weights and the biases, if there are any.
pub(super) fn transformed_rows<T: Real>(
    d: &Conv,
    first: usize,
    x: &[T],
    prepared: &[T],
    biases: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    scratch: &mut [T],
) {
    if d.is_winograd() {
        T::winograd_forward(d, first, x, prepared, biases, epilogue, y, scratch);
    } else {
        few_inputs::forward(d, first, x, prepared, biases, Output::Map(y, epilogue), scratch);
    }
}

/// The input as [`rows`] reads it, and the scratch that is left for them.
pub(super) fn enter<'a, T: Real>(d: &Conv, x: &'a [T], scratch: &'a mut [T]) -> (&'a [T], &'a mut [T]) {
    if d.prepared() > 0 {
        return (x, scratch);
    }
    let (for_input, rest) = split_mut(scratch, d.padding_scratch());
    (pad(d, x, for_input), rest)
}

/// The input with its padding: in `scratch`, or as it is when there is none.
pub(super) fn pad<'a, T: Real>(d: &Conv, x: &'a [T], scratch: &'a mut [T]) -> &'a [T] {
    let [vertical, horizontal] = d.pad;
    border(x, d.input, [vertical, vertical, horizontal, horizontal], scratch)
}

/// A map in zeros, so many `[above, below, left, right]`.
fn border<'a, T: Real>(map: &'a [T], size: [usize; 3], zeros: [usize; 4], scratch: &'a mut [T]) -> &'a [T] {
    let [height, width, channels] = size;
    let [above, below, left, right] = zeros;
    if zeros == [0; 4] {
        return map;
    }
    let row = (left + width + right) * channels;
    let scratch = part_mut(scratch, ..(above + height + below) * row);
    let (top, rest) = split_mut(scratch, above * row);
    let (middle, bottom) = split_mut(rest, height * row);
    top.fill(T::ZERO);
    bottom.fill(T::ZERO);
    for (to, from) in chunks_exact_mut(middle, row).zip(chunks_exact(map, width * channels)) {
        let (before, rest) = split_mut(to, left * channels);
        let (inside, after) = split_mut(rest, width * channels);
        before.fill(T::ZERO);
        copy(from, inside);
        after.fill(T::ZERO);
    }
    scratch
}

/// Whether every channel is a group of its own.
fn is_depthwise(d: &Conv) -> bool {
    d.groups > 1 && d.groups == d.input[2] && d.groups == d.output[2]
}

/// Numbers of a map.
pub(super) fn len([height, width, channels]: [usize; 3]) -> usize {
    height * width * channels
}

#[cfg(all(test, feature = "std"))]
pub(super) mod tests;
