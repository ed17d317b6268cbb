//! The dimensions of convolutions.

mod cut;
mod minimal5x5;
mod norm;
mod pool;
mod winograd;

pub use norm::ConvNorm;
pub use pool::ConvPool;
pub use winograd::POSITIONS;

use crate::{Activation, max};

/// Input channels up to which the gradient of the input is found window by window: half a vector of AVX-512.
const FEW_INPUTS: usize = 8;

/// Numbers of windows that are found before they are added up: what a second-level cache holds with room to spare.
const WINDOWS: usize = 1 << 15;

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
    /// Zeros added `[above and below, left and right]`.
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
        (self.input[0] + 2 * self.pad[0]) * self.padded_row()
    }

    /// Numbers of a row of the padded input.
    pub const fn padded_row(&self) -> usize {
        (self.input[1] + 2 * self.pad[1]) * self.input[2]
    }

    /// Rows of the padded input that so many neighbouring rows of the output see.
    pub const fn padded_rows(&self, rows: usize) -> usize {
        (rows - 1) * self.stride[0] + (self.kernel[0] - 1) * self.dilation[0] + 1
    }

    /// Scratch numbers that the forward kernel wants: transformed tiles, or room for the padded input, which channels that are
    /// groups of their own take only by narrow weights.
    pub const fn forward_scratch(&self) -> usize {
        if self.is_winograd() {
            self.winograd_scratch()
        } else if self.is_minimal5x5() {
            let [halves, down, right] = self.minimal5x5_scratch(self.output[0].div_ceil(2));
            halves + down + right
        } else {
            self.padding_scratch()
        }
    }

    /// Numbers of room for the padded input, if there is padding.
    pub const fn padding_scratch(&self) -> usize {
        if self.pad[0] + self.pad[1] == 0 { 0 } else { self.padded_len() }
    }

    /// Numbers that are computed from the parameters alone, once for all samples; as many for the backward pass.
    pub const fn prepared(&self) -> usize {
        if self.is_winograd() {
            self.winograd_weights()
        } else if self.is_minimal5x5() {
            self.minimal5x5_weights()
        } else {
            0
        }
    }

    /// Whether every channel is a group of its own.
    pub const fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.groups == self.input[2] && self.groups == self.output[2]
    }

    /// Whether the gradient of the input is found window by window: a product whose columns are few input channels would leave
    /// most of each vector empty, while one whose columns are the numbers of a window fills it.
    pub const fn sums_windows(&self) -> bool {
        self.groups == 1 && self.input[2] <= FEW_INPUTS && self.kernel[0] * self.kernel[1] > 1
    }

    /// Rows of the output whose windows are found before they are added up.
    pub const fn window_rows(&self) -> usize {
        let row = self.output[1] * self.kernel[0] * self.kernel[1] * self.input[2];
        match WINDOWS.checked_div(row) {
            None | Some(0) => 1,
            Some(rows) if rows < self.output[0] => rows,
            Some(_) => self.output[0],
        }
    }

    /// Scratch numbers that the backward kernels want, one after the other: the padded input; the output's gradient in a border, or
    /// the padded input's gradient, and some windows, where these are summed. Where every channel is a group, nothing.
    pub const fn backward_scratch(&self) -> usize {
        if self.is_winograd() {
            return self.winograd_backward_scratch();
        }
        if self.is_depthwise() {
            return 0;
        }
        if self.sums_windows() {
            let window = self.kernel[0] * self.kernel[1] * self.input[2];
            return self.padding_scratch() + self.window_rows() * self.output[1] * window;
        }
        let [above, below] = self.gradient_border(0);
        let [left, right] = self.gradient_border(1);
        let [height, width, channels] = self.output;
        let bordered = if above + below + left + right == 0 {
            0
        } else {
            (height + above + below) * (width + left + right) * channels
        };
        max(self.padding_scratch(), bordered)
    }

    /// Zeros wanted before and after the output's gradient along an axis (0 down, 1 right), so that the gradient of every
    /// input, which is a sum over the outputs whose windows it lies in, never has to look where the windows end.
    pub const fn gradient_border(&self, axis: usize) -> [usize; 2] {
        let reach = (self.kernel[axis] - 1) * self.dilation[axis];
        let before = reach.saturating_sub(self.pad[axis]) / self.stride[axis];
        let last = (self.input[axis] - 1 + self.pad[axis]) / self.stride[axis];
        [before, (last + 1).saturating_sub(self.output[axis])]
    }
}
