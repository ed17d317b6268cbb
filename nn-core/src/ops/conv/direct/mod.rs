//! Convolutions, without copying the input: products whose rows are pixels and whose terms are taps × channels.

use crate::base::memory::{part, part_mut, split};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::block::{Block, PACKED, transpose};
use crate::gemm::dense::sum_rows;
use crate::gemm::epilogue::{Epilogue, activate_dear};
use crate::gemm::product::{Grid, Product, Start};
use crate::gemm::tile::multiply;
use crate::gemm::vectors::Tiles;
use nn_sizes::Conv;

kernels! {
    /// Convolutions.
    trait ConvKernels<T> {
        /// The rows of the output from `first` on that `y` has room for; `padded` is the input with its padding, and the
        /// epilogue stands for the activation.
        fn conv_forward(d: &Conv, first: usize, padded: &[T], p: &[T], epilogue: Epilogue<'_, T>, y: &mut [T]);
        /// Adds the gradients of weights and biases to `dp`; `padded` is the input with its padding.
        fn conv_weight_gradient(d: &Conv, padded: &[T], dz: &[T], dp: &mut [T]);
        /// The gradient of the input; `dz` is the output's, in a border of zeros.
        fn conv_input_gradient(d: &Conv, dz: &[T], p: &[T], dx: &mut [T]);
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
    let [_, width, channels] = d.output;
    check!(d.groups > 0 && width * channels > 0);
    let [inputs, outputs, row] = measures(d);
    let (weights, biases) = split(p, d.weights());
    let rows = y.len() / (width * channels);
    let padded = part(padded, first * d.stride[0] * row..);
    for group in 0..d.groups {
        let product = Product {
            a: part(padded, group * inputs..),
            rows: Grid { counts: [1, rows, width], steps: [0, d.stride[0] * row, d.stride[1] * d.input[2]] },
            terms: window(d),
            b: part(weights, group * outputs..),
            b_step: channels,
            columns: outputs,
            c_steps: [0, width * channels, channels],
            start: Start::bias(d.bias, biases).columns_from(group * outputs),
            epilogue: epilogue.columns_from(group * outputs),
        };
        multiply::<V>(&product, part_mut(y, group * outputs..));
    }
    activate_dear::<V>(epilogue.activation, y);
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

/// Along one axis, the inputs `phase`, `phase + stride`, … and the taps through which outputs see them.
#[derive(Clone, Copy)]
struct Phase {
    /// Number of such inputs.
    inputs: usize,
    /// Number of taps.
    taps: usize,
    /// The last tap.
    last: usize,
    /// From one tap to the next.
    tap_step: usize,
    /// Where in the bordered gradient the first input's output through the last tap lies; the next input's is next to it.
    output: usize,
    /// From an input's output through one tap to that through the tap before.
    output_step: usize,
}

impl Phase {
    #[inline(always)]
    fn new(d: &Conv, axis: usize, phase: usize) -> Self {
        let (kernel, stride, dilation) = (d.kernel[axis], d.stride[axis], d.dilation[axis]);
        let [before, _] = d.gradient_border(axis);
        let mut none = Self {
            inputs: (d.input[axis] - phase).div_ceil(stride),
            taps: 0,
            last: 0,
            tap_step: 1,
            output: 0,
            output_step: 0,
        };
        let mut first = 0;
        // The border moves an output's position to the right of zero without changing which taps fit.
        let position = phase + d.pad[axis] + before * stride;
        let fits = |tap: usize| (position + kernel * dilation * stride - tap * dilation).is_multiple_of(stride);
        while first < kernel && !fits(first) {
            first += 1;
        }
        if first == kernel {
            return none;
        }
        let mut step = 1;
        while !(step * dilation).is_multiple_of(stride) {
            step += 1;
        }
        none.taps = (kernel - first).div_ceil(step);
        none.last = first + (none.taps - 1) * step;
        none.tap_step = step;
        none.output = (position - none.last * dilation) / stride;
        none.output_step = step * dilation / stride;
        none
    }
}

#[inline(always)]
fn conv_input_gradient<V: Tiles>(d: &Conv, dz: &[V::Element], p: &[V::Element], dx: &mut [V::Element]) {
    if d.stride != [1, 1] {
        // Inputs between the windows have no phase with taps.
        dx.fill(V::Element::ZERO);
    }
    let mut block = Block::new();
    let block = block.zeros(size([d.kernel[0] * d.kernel[1], d.output[2], 2 * V::LANES]).min(PACKED));
    for down in 0..d.stride[0].min(d.input[0]) {
        let down = (down, Phase::new(d, 0, down));
        for right in 0..d.stride[1].min(d.input[1]) {
            let right = (right, Phase::new(d, 1, right));
            if down.1.taps * right.1.taps > 0 {
                for group in 0..d.groups {
                    phase_gradient::<V>(d, group, down, right, dz, p, dx, block);
                }
            }
        }
    }
}

/// The gradient of one phase of the inputs of one group: a convolution with stride 1 of the output's gradient, whose weights
/// are the phase's taps backwards, transposed block by block on the way.
#[inline(always)]
fn phase_gradient<V: Tiles>(
    d: &Conv,
    group: usize,
    (top, down): (usize, Phase),
    (left, right): (usize, Phase),
    dz: &[V::Element],
    p: &[V::Element],
    dx: &mut [V::Element],
    block: &mut [V::Element],
) {
    let [inputs, outputs, _] = measures(d);
    let [before, after] = d.gradient_border(1);
    let row = (d.output[1] + before + after) * d.output[2];
    let panel = 2 * V::LANES;
    let depth = PACKED / panel;
    // A block is some output channels of a tap, or some taps of a row, or some rows of taps.
    let channels = if outputs < depth { outputs } else { depth };
    let columns = if channels < outputs { 1 } else { (depth / outputs).clamp(1, right.taps) };
    let rows = if columns < right.taps { 1 } else { (depth / (outputs * columns)).clamp(1, down.taps) };
    let corner = (top * d.input[1] + left) * d.input[2] + group * inputs;
    for first in (0..inputs).step_by(panel) {
        let width = if inputs - first < panel { inputs - first } else { panel };
        let mut start = Start::Zero;
        for tap_row in (0..down.taps).step_by(rows) {
            let rows = if down.taps - tap_row < rows { down.taps - tap_row } else { rows };
            for tap_column in (0..right.taps).step_by(columns) {
                let columns = if right.taps - tap_column < columns { right.taps - tap_column } else { columns };
                for channel in (0..outputs).step_by(channels) {
                    let channels = if outputs - channel < channels { outputs - channel } else { channels };
                    for i in 0..rows {
                        for j in 0..columns {
                            let tap = (down.last - (tap_row + i) * down.tap_step) * d.kernel[1] + right.last
                                - (tap_column + j) * right.tap_step;
                            let from = (tap * inputs + first) * d.output[2] + group * outputs + channel;
                            let to = (i * columns + j) * channels * panel;
                            transpose::<V>(&p[from..], d.output[2], [width, channels], panel, &mut block[to..]);
                        }
                    }
                    let from = (down.output + tap_row * down.output_step) * row
                        + (right.output + tap_column * right.output_step) * d.output[2]
                        + group * outputs
                        + channel;
                    let product = Product {
                        a: &dz[from..],
                        rows: Grid { counts: [1, down.inputs, right.inputs], steps: [0, row, d.output[2]] },
                        terms: Grid {
                            counts: [rows, columns, channels],
                            steps: [down.output_step * row, right.output_step * d.output[2], 1],
                        },
                        b: block,
                        b_step: panel,
                        columns: width,
                        c_steps: [0, d.stride[0] * d.input[1] * d.input[2], d.stride[1] * d.input[2]],
                        start,
                        epilogue: Epilogue::none(),
                    };
                    multiply::<V>(&product, &mut dx[corner + first..]);
                    start = Start::Total;
                }
            }
        }
    }
}
