//! How the output of convolutions is cut.

use crate::{Conv, ConvNorm, ConvPool, Cut};

impl Conv {
    /// How its output is cut.
    pub const fn cut(&self) -> Cut {
        let [rows, width, channels] = self.output;
        let row_len = width * channels;
        let (together, scratch, scratch_per_row) = if self.is_winograd() {
            (2, self.winograd_scratch(), 0)
        } else if self.is_minimal5x5() {
            (2, self.forward_scratch(), 0)
        } else if self.pad[0] + self.pad[1] == 0 {
            (1, 0, 0)
        } else {
            let per_row = self.padded_rows(2) - self.padded_rows(1);
            (1, (self.padded_rows(1).saturating_sub(per_row)) * self.padded_row(), per_row * self.padded_row())
        };
        Cut { rows, row_len, together, scratch, scratch_per_row, work: self.multiply_adds() }
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
        let map = if self.pools_tiles() { 0 } else { self.rows() * width * channels };
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
