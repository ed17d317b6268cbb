//! The dimensions of a convolution and the pooling after it in one pass.

use crate::{Conv, ConvPoolAlgorithm, Pool, PooledWeightGradientAlgorithm, max};

/// A convolution (with its activation) and the max pooling after it in one pass: the full map is never stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvPool {
    /// The convolution.
    pub conv: Conv,
    /// The pooling over the convolution's output.
    pub pool: Pool,
}

impl ConvPool {
    /// Rows of the map that are there at a time: those that one pooled row needs, or more if the convolution computes
    /// more together.
    pub const fn rows(&self) -> usize {
        let Pool { kernel: [kernel, _], stride: [stride, _], pad: [pad, _], .. } = self.pool;
        let together = self.conv.rows_together();
        // A window that begins or ends within a step of the convolution needs all of that step.
        let step = self.conv.cut().together;
        let fits = kernel.is_multiple_of(step) && stride.is_multiple_of(step) && pad.is_multiple_of(step);
        let least = if fits { kernel } else { (kernel + step - 1).next_multiple_of(step) };
        max(least, together)
    }

    /// Scratch of the forward kernel: what the convolution wants, and rows of the map.
    pub const fn forward_scratch(&self) -> usize {
        let [_, width, channels] = self.conv.output;
        match self.algorithm() {
            ConvPoolAlgorithm::Rows => self.conv.forward_scratch() + self.rows() * width * channels,
            ConvPoolAlgorithm::Tiles => self.conv.forward_scratch(),
        }
    }

    /// The squares of 2 × 2 pixels that cover a window.
    pub const fn squares(&self) -> usize {
        self.pool.kernel[0].div_ceil(2) * self.pool.kernel[1].div_ceil(2)
    }

    /// Numbers of the quads, four for each of the padded input.
    pub const fn quads(&self) -> usize {
        4 * self.conv.padded_len()
    }

    /// Numbers of the weights' gradient that squares are added up in, where these are many.
    pub const fn maxima_part(&self) -> usize {
        let squares = self.pool.output[0] * self.pool.output[1] * self.squares();
        if squares > Conv::SUMMED_BLOCKS * Self::MOST_SQUARES { self.conv.weights() } else { 0 }
    }

    /// Scratch of the backward kernel: the gradient of the full map, and what the convolution wants; or quads, a part of the weights'
    /// gradient and the padded input.
    pub const fn backward_scratch(&self) -> usize {
        let [height, width, channels] = self.conv.output;
        let by_map = self.conv.backward_scratch() + height * width * channels;
        let by_maxima = self.conv.padding_scratch() + self.quads() + self.maxima_part();
        match self.weight_gradient_algorithm() {
            PooledWeightGradientAlgorithm::FromMaxima => max(by_maxima, by_map),
            PooledWeightGradientAlgorithm::Map(_) => by_map,
        }
    }
}
