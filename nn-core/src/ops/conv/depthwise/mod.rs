//! Convolutions in which every channel is a group of its own: vectors run over the channels.
//!
//! Both passes go through a map row by row, and through a row by blocks of pixels side by side, each for all its channels before
//! the next. So the rows under a window stay in the second-level cache, the block's part of them in the first.

mod axis;
mod blocks;
mod sums;
mod weights;

use crate::base::memory::{chunks_exact_mut, part, split};
use crate::base::size;
use crate::gemm::epilogue::{Epilogue, activate_dear};
use crate::simd::vector::Vector;
use axis::Axis;
use nn_sizes::Conv;
use sums::{Sums, sums_of_row};
use weights::depthwise_weight_gradient;

kernels! {
    /// Depthwise convolutions: one input and one output channel to a group.
    trait DepthwiseKernels<T> {
        /// The rows of the output from `first` on that `y` has room for; the epilogue stands for the activation.
        fn depthwise_forward(d: &Conv, first: usize, x: &[T], p: &[T], epilogue: Epilogue<'_, T>, y: &mut [T]);
        /// Adds the gradients of weights and biases to `dp`; `part` is scratch for as many numbers.
        fn depthwise_weight_gradient(d: &Conv, x: &[T], dz: &[T], dp: &mut [T], part: &mut [T]);
        /// The gradient of the input.
        fn depthwise_input_gradient(d: &Conv, dz: &[T], p: &[T], dx: &mut [T]);
    }
}

/// Asserts what everything here relies on: each channel is a group with so many weights, output and input fit each other, and
/// no position along an axis wraps round.
#[inline(always)]
fn check(d: &Conv, weights: usize) {
    let channels = d.input[2];
    check!(channels > 0 && d.output[2] == channels && d.groups == channels);
    check!(size([d.kernel[0], d.kernel[1], channels]) == weights);
    for axis in 0..2 {
        let [kernel, stride, dilation] = [d.kernel[axis], d.stride[axis], d.dilation[axis]];
        check!(kernel > 0 && stride > 0 && dilation > 0 && d.input[axis] > 0 && d.output[axis] > 0);
        check!(d.padded(axis).max(stride).max(dilation) < isize::MAX as usize / 4);
    }
}

#[inline(always)]
fn depthwise_forward<V: Vector>(
    d: &Conv,
    first: usize,
    x: &[V::Element],
    p: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    y: &mut [V::Element],
) {
    let (weights, biases) = split(p, d.weights());
    check(d, weights.len());
    let [height, width, channels] = d.output;
    let row_len = size([width, channels]);
    check!(row_len > 0 && first <= height && y.len() / row_len <= height - first);
    check!(x.len() == size(d.input));
    epilogue.check(channels, y.len());
    let biases = if d.bias { part(biases, ..channels) } else { &[] };
    let [rows, columns] = [0, 1].map(|axis| Axis::forward(d, axis));
    let sums = Sums { source: x, map: d.input, weights, kernel: d.kernel[1], biases, epilogue };
    for (i, y_row) in chunks_exact_mut(y, row_len).enumerate() {
        let sums = Sums { epilogue: epilogue.rows_from(i * row_len), ..sums };
        // SAFETY: checked above.
        unsafe { sums_of_row::<V>(&sums, &rows, first + i, &columns, y_row) };
    }
    activate_dear::<V>(epilogue.activation, y);
}

#[inline(always)]
fn depthwise_input_gradient<V: Vector>(d: &Conv, dz: &[V::Element], p: &[V::Element], dx: &mut [V::Element]) {
    let (weights, epilogue) = (&p[..d.weights()], Epilogue::none());
    check(d, weights.len());
    let [_, width, channels] = d.input;
    check!(dz.len() == size(d.output) && dx.len() == size(d.input));
    let sums = Sums { source: dz, map: d.output, weights, kernel: d.kernel[1], biases: &[], epilogue };
    for (row, dx) in dx.chunks_exact_mut(width * channels).enumerate() {
        let rows = Axis::gradient(d, 0, row % d.stride[0]);
        for phase in 0..d.stride[1].min(width) {
            // SAFETY: checked above.
            unsafe { sums_of_row::<V>(&sums, &rows, row / d.stride[0], &Axis::gradient(d, 1, phase), dx) };
        }
    }
}
