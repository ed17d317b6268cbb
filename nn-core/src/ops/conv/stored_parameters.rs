//! The parameters of convolutions and dense layers as they are stored: numbers, or narrow weights that are widened block
//! by block.

use super::minimal5x5::{self, Minimal5x5Kernels as _, Output};
use super::winograd::WinogradKernels as _;
use crate::Real;
use crate::base::memory::{copy, part, part_mut, split, split_mut};
use crate::gemm::block::{Block, PACKED};
use crate::gemm::dense::{AffineKernels as _, Rows, affine};
use crate::gemm::epilogue::{Epilogue, EpilogueKernels as _};
use crate::gemm::long::{LONG, multiply_long};
use crate::gemm::narrow::NarrowKernels as _;
use crate::gemm::product::{Grid, Product, Start};
use crate::ops::conv;
use crate::parameters::storage::{Narrow, NarrowPart};
use crate::simd::sums::BLOCK;
use core::ops::Range;
use nn_sizes::{Affine, Conv, ConvAlgorithm};

/// Outputs whose weights are widened together: a wide block has few terms, and sums are stored and loaded for each.
const PANEL: usize = 128;

/// The parameters of one operation: its weights, then everything else.
pub trait StoredParameters<'a, T: Real>: Copy + Sync {
    /// Whether there are so many weights, of so many output channels, and so many other parameters.
    fn has(self, weights: usize, outputs: usize, others: usize) -> bool;
    /// The weights alone, and the other parameters.
    fn parts(self, weights: usize, outputs: usize) -> (Self, &'a [T]);
    /// The columns of `y = activation(x · w + b)`; see the kernel.
    fn affine(self, d: &Affine, columns: [usize; 2], finite: bool, x: &[T], y: &mut [T]);
    /// What is computed from the weights of a convolution once for all samples, if anything is.
    fn prepack(self, d: &Conv, prepacked: &mut [T]);
    /// The rows of a convolution from `first` on that `y` has room for, from what `conv::enter` left.
    fn conv(
        self,
        d: &Conv,
        first: usize,
        x: &[T],
        prepacked: &[T],
        epilogue: Epilogue<'_, T>,
        y: &mut [T],
        scratch: &mut [T],
    );
}

impl<'a, T: Real> StoredParameters<'a, T> for &'a [T] {
    fn has(self, weights: usize, _outputs: usize, others: usize) -> bool {
        self.len() == weights + others
    }

    fn parts(self, weights: usize, _outputs: usize) -> (Self, &'a [T]) {
        split(self, weights)
    }

    fn affine(self, d: &Affine, columns: [usize; 2], finite: bool, x: &[T], y: &mut [T]) {
        let (weights, biases) = split(self, d.weights());
        affine(d, columns, finite, Rows::of(x, d.inputs), weights, Start::bias(d.bias, biases), y);
    }

    fn prepack(self, d: &Conv, prepacked: &mut [T]) {
        match d.algorithm() {
            ConvAlgorithm::Winograd => {
                T::winograd_weights(d, [0, d.input[2]], [0, d.output[2]], self, prepacked);
            }
            ConvAlgorithm::Minimal5x5 => {
                T::minimal5x5_weights(d, [0, d.output[2]], part(self, ..d.weights()), prepacked);
            }
            ConvAlgorithm::Packed => T::conv_packed_weights(d, self, prepacked),
            ConvAlgorithm::Direct | ConvAlgorithm::Depthwise => {}
        }
    }

    fn conv(
        self,
        d: &Conv,
        first: usize,
        x: &[T],
        prepacked: &[T],
        epilogue: Epilogue<'_, T>,
        y: &mut [T],
        scratch: &mut [T],
    ) {
        conv::rows(d, first, x, self, prepacked, epilogue, y, scratch);
    }
}

impl<'a, P: Narrow> NarrowPart<'a, P> {
    /// The scales of so many output channels, and the other parameters.
    fn scales(self, outputs: usize) -> (&'a [f32], &'a [f32]) {
        split(self.rest, if P::SCALED { outputs } else { 0 })
    }

    /// Widens `rows` rows of some `columns` of the weights from row `row` on, where each has `outputs`.
    fn widen(self, outputs: usize, [row, rows]: [usize; 2], [column, columns]: [usize; 2], to: &mut [f32]) {
        let (scales, _) = self.scales(outputs);
        let scales = if P::SCALED { part(scales, column..column + columns) } else { scales };
        P::widen(
            columns,
            outputs,
            part(self.weights, row * outputs + column..),
            scales,
            part_mut(to, ..rows * columns),
        );
    }

    /// The transformed weights of a convolution by Winograd's way.
    fn winograd(self, d: &Conv, transformed: &mut [f32]) {
        let ([inputs, outputs], taps) = ([d.input[2], d.output[2]], d.kernel[0] * d.kernel[1]);
        let mut block = Block::<f32>::new();
        let block = block.zeros(PACKED);
        // As many input channels of some output channels as fit the block.
        let wide = outputs.min(PANEL);
        let deep = (PACKED / taps / wide).min(inputs);
        for column in (0..outputs).step_by(wide) {
            let columns = (outputs - column).min(wide);
            for channel in (0..inputs).step_by(deep) {
                let channels = (inputs - channel).min(deep);
                for tap in 0..taps {
                    let to = part_mut(block, tap * channels * columns..);
                    self.widen(outputs, [tap * inputs + channel, channels], [column, columns], to);
                }
                f32::winograd_weights(d, [channel, channels], [column, columns], block, transformed);
            }
        }
    }

    /// The transformed weights of a convolution of few input channels: of as many output channels at a time as fit a block.
    fn minimal5x5(self, d: &Conv, transformed: &mut [f32]) {
        let outputs = d.output[2];
        let rows = d.weights() / outputs;
        let mut block = Block::<f32>::new();
        let block = block.zeros(PACKED);
        // Whole vectors of any instruction set.
        let wide = (PACKED / rows / 16 * 16).min(outputs);
        for first in (0..outputs).step_by(wide) {
            let columns = (outputs - first).min(wide);
            self.widen(outputs, [0, rows], [first, columns], block);
            f32::minimal5x5_weights(d, [first, columns], block, transformed);
        }
    }

    /// A convolution whose weights and biases fit a block, as numbers.
    fn conv_at_once(self, d: &Conv, first: usize, x: &[f32], epilogue: Epilogue<'_, f32>, y: &mut [f32]) {
        let mut block = Block::<f32>::new();
        let block = part_mut(block.zeros(PACKED), ..d.parameters());
        let outputs = d.output[2];
        let (weights, biases) = split_mut(block, d.weights());
        self.widen(outputs, [0, d.weights() / outputs], [0, outputs], weights);
        copy(self.scales(outputs).1, biases);
        conv::rows(d, first, x, block, &[], epilogue, y, &mut []);
    }

    /// Some rows, terms and columns of a dense layer, widened block by block.
    fn affine_sums(
        self,
        d: &Affine,
        [rows, terms, columns]: [Range<usize>; 3],
        x: Rows<'_, f32>,
        start: Start<'_, f32>,
        y: &mut [f32],
    ) {
        let mut block = Block::<f32>::new();
        let block = block.zeros(PACKED);
        let (width, panel) = (columns.len(), columns.len().min(PANEL));
        let depth = PACKED / panel / BLOCK * BLOCK;
        for column in (0..width).step_by(panel) {
            let some = (width - column).min(panel);
            for term in terms.clone().step_by(depth) {
                let count = (terms.end - term).min(depth);
                self.widen(d.outputs, [term, count], [columns.start + column, some], block);
                let start = if term == terms.start { start.columns_from(column) } else { Start::Sum };
                let a = part(x.numbers, rows.start * x.step + term..);
                if rows.len() == 1 {
                    let y = part_mut(y, column..column + some);
                    start.write(y);
                    f32::stream([count, some], start.is_sum(), part(a, ..count), [count, some, some], block, y);
                    continue;
                }
                let product = Product {
                    a,
                    rows: Grid::line(rows.len(), x.step),
                    terms: Grid::line(count, 1),
                    b: block,
                    b_step: some,
                    columns: some,
                    c_steps: [0, 0, width],
                    start,
                    epilogue: Epilogue::none(),
                };
                f32::block_product(&product, part_mut(y, column..));
            }
        }
    }

    /// A convolution of more weights, widened block by block.
    fn conv_in_blocks(self, d: &Conv, first: usize, padded: &[f32], epilogue: Epilogue<'_, f32>, y: &mut [f32]) {
        let mut block = Block::<f32>::new();
        let block = block.zeros(PACKED);
        let outputs = d.output[2] / d.groups;
        for group in 0..d.groups {
            for column in (0..outputs).step_by(PANEL) {
                let columns = [group * outputs + column, (outputs - column).min(PANEL)];
                Panel { d, group, columns }.run(self, first, padded, epilogue, y, block);
            }
        }
        f32::activate_dear(epilogue.activation, y);
    }
}

impl<'a, P: Narrow> StoredParameters<'a, f32> for NarrowPart<'a, P> {
    fn has(self, weights: usize, outputs: usize, others: usize) -> bool {
        let scales = if P::SCALED { outputs } else { 0 };
        self.weights.len() == weights && self.rest.len() == scales + others
    }

    fn parts(self, _weights: usize, outputs: usize) -> (Self, &'a [f32]) {
        let (scales, others) = self.scales(outputs);
        (Self { rest: scales, ..self }, others)
    }

    fn affine(self, d: &Affine, [first, end]: [usize; 2], _finite: bool, x: &[f32], y: &mut [f32]) {
        check!(d.inputs > 0 && first < end && end <= d.outputs);
        let width = end - first;
        let x = Rows::of(x, d.inputs);
        if x.count == 0 {
            return;
        }
        let start = Start::bias(d.bias, self.scales(d.outputs).1).columns_from(first);
        if d.inputs <= LONG {
            self.affine_sums(d, [0..x.count, 0..d.inputs, first..end], x, start, y);
        } else {
            multiply_long([x.count, d.inputs, width], start, y, width, |[rows, terms, columns], sums| {
                let columns = first + columns.start..first + columns.end;
                self.affine_sums(d, [rows, terms, columns], x, Start::Sum, sums);
            });
        }
        f32::activate(d.activation, y);
    }

    fn prepack(self, d: &Conv, prepacked: &mut [f32]) {
        match d.algorithm() {
            ConvAlgorithm::Winograd => self.winograd(d, prepacked),
            ConvAlgorithm::Minimal5x5 => self.minimal5x5(d, prepacked),
            ConvAlgorithm::Direct | ConvAlgorithm::Packed | ConvAlgorithm::Depthwise => {}
        }
    }

    fn conv(
        self,
        d: &Conv,
        first: usize,
        x: &[f32],
        prepacked: &[f32],
        epilogue: Epilogue<'_, f32>,
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let (_, biases) = self.scales(d.output[2]);
        match d.algorithm() {
            ConvAlgorithm::Winograd => {
                f32::winograd_forward(d, first, x, prepacked, biases, epilogue, y, scratch);
            }
            ConvAlgorithm::Minimal5x5 => {
                minimal5x5::forward(d, first, x, prepacked, biases, Output::Map(y, epilogue), scratch);
            }
            ConvAlgorithm::Direct | ConvAlgorithm::Depthwise if d.parameters() <= PACKED => {
                self.conv_at_once(d, first, x, epilogue, y);
            }
            // Packed they would be as wide as numbers: more to read than they are.
            ConvAlgorithm::Direct | ConvAlgorithm::Packed => self.conv_in_blocks(d, first, x, epilogue, y),
            ConvAlgorithm::Depthwise => {
                // Its kernel reads the input without padding; the products of blocks do not.
                let entered = conv::enter_padded(d, conv::rows_of(d.output, first, y.len()), x, scratch);
                self.conv_in_blocks(d, first - entered.first_row, entered.x, epilogue, y);
            }
        }
    }
}

/// Some output channels of one group of a convolution.
struct Panel<'d> {
    d: &'d Conv,
    group: usize,
    /// The first and how many.
    columns: [usize; 2],
}

impl Panel<'_> {
    /// Sums over blocks of terms: some input channels of a tap, or some taps of a row, or some rows of taps.
    fn run<P: Narrow>(
        &self,
        p: NarrowPart<'_, P>,
        first: usize,
        padded: &[f32],
        epilogue: Epilogue<'_, f32>,
        y: &mut [f32],
        block: &mut [f32],
    ) {
        let &Self { d, group, columns: [column, columns] } = self;
        let [height, width] = d.kernel;
        let inputs = d.input[2] / d.groups;
        let row = d.padded_row();
        let steps = [d.dilation[0] * row, d.dilation[1] * d.input[2], 1];
        let (across, channels) = (d.output[1], d.output[2]);
        let rows = y.len() / (across * channels);
        let depth = PACKED / columns;
        let deep = inputs.min(depth);
        let wide = if deep < inputs { 1 } else { (depth / inputs).clamp(1, width) };
        let high = if wide < width { 1 } else { (depth / (inputs * width)).clamp(1, height) };
        let biases = p.scales(channels).1;
        let mut start = Start::bias(d.bias, biases).columns_from(column);
        for i in (0..height).step_by(high) {
            for j in (0..width).step_by(wide) {
                for channel in (0..inputs).step_by(deep) {
                    let counts = [(height - i).min(high), (width - j).min(wide), (inputs - channel).min(deep)];
                    let term = (i * width + j) * inputs + channel;
                    // Several taps are in a block only with all their channels, several rows only with all their taps.
                    p.widen(channels, [term, counts.iter().product()], [column, columns], block);
                    let last = i + high >= height && j + wide >= width && channel + deep >= inputs;
                    let at = first * d.stride[0] * row + i * steps[0] + j * steps[1] + group * inputs + channel;
                    let product = Product {
                        a: part(padded, at..),
                        rows: Grid {
                            counts: [1, rows, across],
                            steps: [0, d.stride[0] * row, d.stride[1] * d.input[2]],
                        },
                        terms: Grid { counts, steps },
                        b: block,
                        b_step: columns,
                        columns,
                        c_steps: [0, across * channels, channels],
                        start,
                        epilogue: if last { epilogue.columns_from(column) } else { Epilogue::none() },
                    };
                    f32::block_product(&product, part_mut(y, column..));
                    start = Start::Total;
                }
            }
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
