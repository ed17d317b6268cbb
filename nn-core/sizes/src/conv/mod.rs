//! The dimensions of convolutions.

mod algorithm;
mod col2im;
mod cut;
mod minimal5x5;
mod norm;
mod pool;
mod winograd;

pub use algorithm::{
    ConvAlgorithm, ConvPoolAlgorithm, InputGradientAlgorithm, PooledWeightGradientAlgorithm, WeightGradientAlgorithm,
};
pub use norm::ConvNorm;
pub use pool::ConvPool;
pub use winograd::POSITIONS;

use crate::{Activation, max};

/// A two-dimensional convolution. Weights are stored `[kernel height][kernel width][inputs / groups][outputs]`,
/// followed by one bias per output channel where there is a bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// `[height, width]` of the kernel.
    pub kernel: [usize; 2],
    /// Steps `[down, right]`.
    pub stride: [usize; 2],
    /// Zeros added `[above, left]`. How many there are below and at the right follows from the output.
    pub pad: [usize; 2],
    /// Distance between taps `[down, right]`.
    pub dilation: [usize; 2],
    /// Number of groups; output channel `o` sees the input channels of its group alone.
    pub groups: usize,
    /// Whether a bias follows the weights.
    pub bias: bool,
    /// Runs in the epilogue.
    pub activation: Activation,
}

impl Conv {
    /// Number of weights; without groups none, rather than a division by zero, as every operation asks for it.
    pub const fn weights(&self) -> usize {
        match self.input[2].checked_div(self.groups) {
            Some(inputs) => self.kernel[0] * self.kernel[1] * inputs * self.output[2],
            None => 0,
        }
    }

    /// Number of weights and biases.
    pub const fn parameters(&self) -> usize {
        self.weights() + if self.bias { self.output[2] } else { 0 }
    }

    /// Multiply–adds of one forward pass.
    pub const fn multiply_adds(&self) -> u64 {
        (self.output[0] * self.output[1]) as u64 * self.weights() as u64
    }

    /// Numbers of the input with its padding around it.
    pub const fn padded_len(&self) -> usize {
        self.padded(0) * self.padded_row()
    }

    /// Numbers of a row of the padded input.
    pub const fn padded_row(&self) -> usize {
        self.padded(1) * self.input[2]
    }

    /// Pixels of the padded input along an axis: as far as it goes, or as far as the last window sees.
    pub const fn padded(&self, axis: usize) -> usize {
        let windows = self.output[axis].saturating_sub(1).saturating_mul(self.stride[axis]);
        let reach = self.kernel[axis].saturating_sub(1).saturating_mul(self.dilation[axis]);
        max(self.pad[axis].saturating_add(self.input[axis]), windows.saturating_add(reach).saturating_add(1))
    }

    /// Zeros `[before, after]` the input along an axis.
    pub const fn padding(&self, axis: usize) -> [usize; 2] {
        [self.pad[axis], self.padded(axis) - self.pad[axis] - self.input[axis]]
    }

    /// Whether there is any padding.
    pub const fn is_padded(&self) -> bool {
        self.padded(0) > self.input[0] || self.padded(1) > self.input[1]
    }

    /// Rows of the padded input that so many neighbouring rows of the output see.
    pub const fn padded_rows(&self, rows: usize) -> usize {
        (rows - 1) * self.stride[0] + (self.kernel[0] - 1) * self.dilation[0] + 1
    }

    /// Scratch numbers that the forward kernel wants: transformed tiles, or room for the padded input, which channels that are
    /// groups of their own take only by narrow weights.
    pub const fn forward_scratch(&self) -> usize {
        match self.algorithm() {
            ConvAlgorithm::Winograd => self.winograd_scratch(),
            ConvAlgorithm::Minimal5x5 => {
                let [halves, down, right] = self.minimal5x5_scratch(self.output[0].div_ceil(2));
                halves + down + right
            }
            ConvAlgorithm::Direct | ConvAlgorithm::Packed | ConvAlgorithm::Depthwise => self.padding_scratch(),
        }
    }

    /// Numbers of room for the padded input, if there is padding.
    pub const fn padding_scratch(&self) -> usize {
        if self.is_padded() { self.padded_len() } else { 0 }
    }

    /// Numbers that the forward pass computes from the parameters alone, once for all samples.
    pub const fn prepacked(&self) -> usize {
        match self.algorithm() {
            ConvAlgorithm::Winograd => self.winograd_weights(),
            ConvAlgorithm::Minimal5x5 => self.minimal5x5_weights(),
            ConvAlgorithm::Packed => self.weights(),
            ConvAlgorithm::Direct | ConvAlgorithm::Depthwise => 0,
        }
    }

    /// Numbers that the input's gradient computes from the parameters alone, once for all samples.
    pub const fn prepacked_backward(&self) -> usize {
        match self.input_gradient_algorithm() {
            InputGradientAlgorithm::Winograd => self.winograd_weights(),
            InputGradientAlgorithm::Direct => self.weights(),
            InputGradientAlgorithm::Col2im | InputGradientAlgorithm::Depthwise => 0,
        }
    }

    /// As many blocks of pixels are added to a gradient of weights one after the other. Of more, so many are first added to a part of
    /// it, since the rounding of a long sum grows with its terms.
    pub const SUMMED_BLOCKS: usize = 32;

    /// Scratch numbers that the backward kernels want, one after the other.
    pub const fn backward_scratch(&self) -> usize {
        let for_weights = match self.weight_gradient_algorithm() {
            WeightGradientAlgorithm::Direct => self.padding_scratch(),
            WeightGradientAlgorithm::Winograd => self.winograd_gradient_scratch(),
            WeightGradientAlgorithm::Depthwise => self.parameters(),
        };
        let for_input = match self.input_gradient_algorithm() {
            InputGradientAlgorithm::Direct => self.bordered_len(),
            InputGradientAlgorithm::Winograd => self.input_gradient().winograd_scratch(),
            InputGradientAlgorithm::Col2im => self.col2im_scratch(),
            InputGradientAlgorithm::Depthwise => 0,
        };
        max(for_weights, for_input)
    }

    /// Zeros wanted before and after the output's gradient along an axis (0 down, 1 right), so that the gradient of every
    /// input, which is a sum over the outputs whose windows it lies in, never has to look where the windows end.
    pub const fn gradient_border(&self, axis: usize) -> [usize; 2] {
        let reach = (self.kernel[axis] - 1) * self.dilation[axis];
        let before = reach.saturating_sub(self.pad[axis]) / self.stride[axis];
        let last = (self.input[axis] - 1 + self.pad[axis]) / self.stride[axis];
        [before, (last + 1).saturating_sub(self.output[axis])]
    }

    /// Numbers of the output's gradient in its border of zeros, if there is one.
    const fn bordered_len(&self) -> usize {
        let [above, below] = self.gradient_border(0);
        let [left, right] = self.gradient_border(1);
        let [height, width, channels] = self.output;
        match above + below + left + right {
            0 => 0,
            _ => (height + above + below) * (width + left + right) * channels,
        }
    }
}
