//! The dimensions of transposed convolutions.

use crate::{Activation, Conv, max};

/// A transposed convolution: what a convolution's gradient is to its input. Weights are stored as those of the convolution,
/// `[kernel height][kernel width][outputs / groups][inputs]`, followed by one bias per output channel where there is a bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deconv {
    /// The convolution, without bias or activation: from the output of this one to its input.
    pub conv: Conv,
    /// Whether a bias follows the weights.
    pub bias: bool,
    /// Runs in the epilogue.
    pub activation: Activation,
}

impl Deconv {
    /// Number of weights and biases.
    pub const fn parameters(&self) -> usize {
        self.conv.weights() + if self.bias { self.conv.input[2] } else { 0 }
    }

    /// Scratch of the forward pass, which is the convolution's backward.
    pub const fn forward_scratch(&self) -> usize {
        self.conv.backward_scratch()
    }

    /// Scratch of the backward pass: of the gradients of the weights, and then of the input.
    pub const fn backward_scratch(&self) -> usize {
        max(self.conv.backward_scratch(), self.conv.forward_scratch())
    }
}
