//! The dimensions of dense layers.

use crate::Activation;

/// A dense layer. Weights are stored `[inputs][outputs]`, followed by one bias per output where there is a bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Numbers of one sample.
    pub inputs: usize,
    /// Numbers it becomes.
    pub outputs: usize,
    /// Whether a bias follows the weights.
    pub bias: bool,
    /// Runs in the epilogue.
    pub activation: Activation,
}

impl Affine {
    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Number of weights and biases.
    pub const fn parameters(&self) -> usize {
        self.weights() + if self.bias { self.outputs } else { 0 }
    }

    /// Multiply–adds of one forward pass of one sample.
    pub const fn multiply_adds(&self) -> u64 {
        self.weights() as u64
    }
}
