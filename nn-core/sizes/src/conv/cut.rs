//! How the output of convolutions is cut.

use crate::{Conv, ConvAlgorithm, ConvNorm, ConvPool, ConvPoolAlgorithm, Cut};

impl Conv {
    /// How its output is cut.
    pub const fn cut(&self) -> Cut {
        let [rows, width, channels] = self.output;
        let row_len = width * channels;
        let (together, scratch, scratch_per_row) = match self.algorithm() {
            ConvAlgorithm::Winograd => (2, self.winograd_scratch(), 0),
            ConvAlgorithm::Minimal5x5 => (2, self.forward_scratch(), 0),
            ConvAlgorithm::Direct | ConvAlgorithm::Packed | ConvAlgorithm::Depthwise => {
                let per_row = self.padded_rows(2) - self.padded_rows(1);
                (1, (self.padded_rows(1).saturating_sub(per_row)) * self.padded_row(), per_row * self.padded_row())
            }
        };
        Cut { rows, row_len, together, scratch, scratch_per_row, work: self.multiply_adds() }
    }

    /// Rows of the output that are computed together.
    pub(super) const fn rows_together(&self) -> usize {
        match self.algorithm() {
            ConvAlgorithm::Winograd => 2 * self.tile_rows(),
            ConvAlgorithm::Minimal5x5 => 2,
            ConvAlgorithm::Direct | ConvAlgorithm::Packed | ConvAlgorithm::Depthwise => 1,
        }
    }
}

impl ConvNorm {
    /// How its output is cut: each piece has factors of its own.
    pub const fn cut(&self) -> Cut {
        let cut = self.conv.cut();
        Cut { scratch: cut.scratch + 2 * self.conv.output[2], ..cut }
    }
}

impl ConvPool {
    /// How its output is cut: each piece has rows of the map of its own.
    pub const fn cut(&self) -> Cut {
        let Cut { scratch, scratch_per_row, work, .. } = self.conv.cut();
        let [_, width, channels] = self.conv.output;
        let [rows, pooled_width, _] = self.pool.output;
        let [kernel, stride] = [self.pool.kernel[0], self.pool.stride[0]];
        let map = match self.algorithm() {
            ConvPoolAlgorithm::Rows => self.rows() * width * channels,
            ConvPoolAlgorithm::Tiles => 0,
        };
        Cut {
            rows,
            row_len: pooled_width * channels,
            together: 1,
            scratch: map + scratch + kernel.saturating_sub(stride) * scratch_per_row,
            scratch_per_row: stride * scratch_per_row,
            work,
        }
    }
}
