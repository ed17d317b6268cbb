//! Convolutions, without copying the input: products whose rows are pixels and whose terms are taps × channels.

mod input_gradient;

use crate::base::memory::{part, part_mut, split};
use crate::base::number::Number;
use crate::gemm::dense::sum_rows;
use crate::gemm::epilogue::{Epilogue, activate_dear};
use crate::gemm::panels::{multiply_panels, pack};
use crate::gemm::product::{Grid, Product, Start};
use crate::gemm::tile::multiply;
use crate::gemm::vectors::Tiles;
use crate::simd::vector::Vector;
use input_gradient::{conv_input_gradient, conv_turned_weights};
use nn_sizes::Conv;

kernels! {
    /// Convolutions.
    trait ConvKernels<T> {
        /// The rows of the output from `first` on that `y` has room for; `padded` is the input with its padding, and the
        /// epilogue stands for the activation.
        fn conv_forward(d: &Conv, first: usize, padded: &[T], p: &[T], epilogue: Epilogue<'_, T>, y: &mut [T]);
        /// The weights of a convolution of one group, in panels.
        fn conv_packed_weights(d: &Conv, p: &[T], packed: &mut [T]);
        /// As `conv_forward`, by packed weights; `biases` are those of `d`, if it has any.
        fn conv_forward_packed(
            d: &Conv,
            first: usize,
            padded: &[T],
            weights: &[T],
            biases: &[T],
            epilogue: Epilogue<'_, T>,
            y: &mut [T],
        );
        /// Adds the gradients of weights and biases to `dp`; `padded` is the input with its padding.
        fn conv_weight_gradient(d: &Conv, padded: &[T], dz: &[T], dp: &mut [T]);
        /// The weights turned round for the gradient of the input, in panels.
        fn conv_turned_weights(d: &Conv, p: &[T], turned: &mut [T]);
        /// The gradient of the input by weights turned round; `dz` is the output's, in a border of zeros.
        fn conv_input_gradient(d: &Conv, dz: &[T], turned: &[T], dx: &mut [T]);
    }
}

/// The numbers of the output's gradient that the weights' gradient takes at a time: a few rows, which then stay cached.
const GRADIENT_BLOCK: usize = 1 << 15;

/// More sums of blocks than this would round more than those within them.
const MOST_BLOCKS: usize = 32;

/// Channels of one group, in and out, and the length of a row of the padded input.
#[inline(always)]
fn measures(d: &Conv) -> [usize; 3] {
    [d.input[2] / d.groups, d.output[2] / d.groups, d.padded_row()]
}

/// Where the taps of a window lie in the padded input; taps side by side are one stretch of numbers.
#[inline(always)]
pub(crate) fn window(d: &Conv) -> Grid {
    let [inputs, _, row] = measures(d);
    let steps = [d.dilation[0] * row, d.dilation[1] * d.input[2], 1];
    let [height, width] = d.kernel;
    if d.dilation[1] == 1 && d.groups == 1 {
        Grid { counts: [height, 1, width * inputs], steps }
    } else {
        Grid { counts: [height, width, inputs], steps }
    }
}

#[inline(always)]
fn conv_forward<V: Tiles>(
    d: &Conv,
    first: usize,
    padded: &[V::Element],
    p: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    y: &mut [V::Element],
) {
    let (weights, biases) = split(p, d.weights());
    for group in 0..d.groups {
        let product = forward_product(d, group, first, padded, weights, biases, epilogue, y.len());
        let outputs = product.columns;
        multiply::<V>(&product, part_mut(y, group * outputs..));
    }
    activate_dear::<V>(epilogue.activation, y);
}

#[inline(always)]
fn conv_packed_weights<V: Vector>(d: &Conv, p: &[V::Element], packed: &mut [V::Element]) {
    check!(d.groups == 1);
    pack::<V>(part(p, ..d.weights()), [d.kernel[0] * d.kernel[1] * d.input[2], d.output[2]], packed);
}

#[inline(always)]
fn conv_forward_packed<V: Tiles>(
    d: &Conv,
    first: usize,
    padded: &[V::Element],
    weights: &[V::Element],
    biases: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    y: &mut [V::Element],
) {
    check!(d.groups == 1);
    multiply_panels::<V>(&forward_product(d, 0, first, padded, weights, biases, epilogue, y.len()), y);
    activate_dear::<V>(epilogue.activation, y);
}

/// The product of a group for the rows from `first` on that are so many numbers.
#[inline(always)]
fn forward_product<'a, T: Number>(
    d: &Conv,
    group: usize,
    first: usize,
    padded: &'a [T],
    weights: &'a [T],
    biases: &'a [T],
    epilogue: Epilogue<'a, T>,
    numbers: usize,
) -> Product<'a, T> {
    let [_, width, channels] = d.output;
    check!(d.groups > 0 && width * channels > 0);
    let [inputs, outputs, row] = measures(d);
    let rows = numbers / (width * channels);
    Product {
        a: part(padded, first * d.stride[0] * row + group * inputs..),
        rows: Grid { counts: [1, rows, width], steps: [0, d.stride[0] * row, d.stride[1] * d.input[2]] },
        terms: window(d),
        b: part(weights, group * outputs..),
        b_step: channels,
        columns: outputs,
        c_steps: [0, width * channels, channels],
        start: Start::bias(d.bias, biases).columns_from(group * outputs),
        epilogue: epilogue.columns_from(group * outputs),
    }
}

#[inline(always)]
fn conv_weight_gradient<V: Tiles>(d: &Conv, padded: &[V::Element], dz: &[V::Element], dp: &mut [V::Element]) {
    let [inputs, outputs, row] = measures(d);
    let [height, width, channels] = d.output;
    let (dw, db) = dp.split_at_mut(d.weights());
    if d.bias {
        sum_rows::<V>(dz, db);
    }
    let rows = window(d);
    let c_steps = [d.kernel[1] * inputs * channels, inputs * channels, channels];
    let block = (GRADIENT_BLOCK / (width * channels)).clamp(height.div_ceil(MOST_BLOCKS), height);
    for group in 0..d.groups {
        for first in (0..height).step_by(block) {
            let count = if height - first < block { height - first } else { block };
            let product = Product {
                a: &padded[first * d.stride[0] * row + group * inputs..],
                rows,
                terms: Grid { counts: [1, count, width], steps: [0, d.stride[0] * row, d.stride[1] * d.input[2]] },
                b: &dz[first * width * channels + group * outputs..],
                b_step: channels,
                columns: outputs,
                c_steps,
                start: Start::Total,
                epilogue: Epilogue::none(),
            };
            multiply::<V>(&product, &mut dw[group * outputs..]);
        }
    }
}
