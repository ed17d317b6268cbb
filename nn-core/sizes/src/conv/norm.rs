//! The dimensions of a convolution and the normalisation after it in one pass.

use crate::Conv;

/// A convolution and the batch normalisation after it by the running statistics, in one pass. The parameters of the one are
/// followed by those of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvNorm {
    /// The convolution; its activation comes last.
    pub conv: Conv,
    /// Added to the variance.
    pub epsilon: f64,
}

impl ConvNorm {
    /// Number of weights, biases, and `[scale, shift, running mean, running variance]`.
    pub const fn parameters(&self) -> usize {
        self.conv.parameters() + 4 * self.conv.output[2]
    }

    /// Scratch numbers that the forward kernel wants: a factor and a summand for each channel, and what the convolution wants.
    pub const fn forward_scratch(&self) -> usize {
        2 * self.conv.output[2] + self.conv.forward_scratch()
    }
}
