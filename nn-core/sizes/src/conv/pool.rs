//! The dimensions of a convolution and the pooling after it in one pass.

use crate::{Conv, Pool, max};

/// Numbers of quads that a second-level cache holds with room to spare.
const QUADS: usize = 1 << 16;

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

    /// Whether each window looks at the 2 × 2 pixels of a tile, which then need not be stored.
    pub const fn pools_tiles(&self) -> bool {
        let Pool { input, output, kernel, stride, pad } = self.pool;
        matches!((kernel, stride, pad), ([2, 2], [2, 2], [0, 0]))
            && (output[0] == input[0] / 2 && output[1] == input[1] / 2)
            && self.conv.is_minimal5x5()
    }

    /// Scratch of the forward kernel: what the convolution wants, and rows of the map.
    pub const fn forward_scratch(&self) -> usize {
        if self.pools_tiles() {
            return self.conv.forward_scratch();
        }
        let [_, width, channels] = self.conv.output;
        self.conv.forward_scratch() + self.rows() * width * channels
    }

    /// Squares that are looked at together.
    pub const MOST_SQUARES: usize = 64;

    /// The squares of 2 × 2 pixels that cover a window.
    pub const fn squares(&self) -> usize {
        self.pool.kernel[0].div_ceil(2) * self.pool.kernel[1].div_ceil(2)
    }

    /// Numbers of the quads, four for each of the padded input.
    pub const fn quads(&self) -> usize {
        4 * self.conv.padded_len()
    }

    /// Whether the weights' gradient takes less time one maximum after the other, in all squares of its window, than by way of the
    /// map's gradient, which is mostly zeros. Winograd's way saves as many products where the quads are too many for a cache.
    pub const fn has_few_maxima(&self) -> bool {
        let pixels = self.pool.stride[0] * self.pool.stride[1];
        let is_sparse = 2 * self.squares() <= pixels && self.squares() <= Self::MOST_SQUARES;
        self.conv.groups == 1 && is_sparse && (!self.conv.is_winograd() || self.quads() <= QUADS)
    }

    /// Scratch of the backward kernel: the gradient of the full map, and what the convolution wants; or the padded input and quads.
    pub const fn backward_scratch(&self) -> usize {
        let [height, width, channels] = self.conv.output;
        let by_map = self.conv.backward_scratch() + height * width * channels;
        let by_maxima = self.conv.padding_scratch() + self.quads();
        if self.has_few_maxima() { max(by_maxima, by_map) } else { by_map }
    }
}
