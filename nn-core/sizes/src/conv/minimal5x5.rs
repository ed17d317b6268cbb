//! The memory of minimal filtering F(2 × 2, 5 × 5).

use crate::Conv;

/// Rows are rounded up to a multiple of this: a cache line, and whole vectors.
const LINE: usize = 16;
/// Terms of two outputs of a row of taps, in place of ten.
const TERMS: usize = 7;

impl Conv {
    /// Numbers of a row of tiles that are transformed to the right at a time.
    pub const MINIMAL5X5_ROW: usize = 32;

    /// Numbers of the transformed weights: for each pair of terms, down and right, and each input channel a row of outputs.
    pub const fn minimal5x5_weights(&self) -> usize {
        TERMS * TERMS * self.input[2] * self.output[2].next_multiple_of(LINE)
    }

    /// Numbers of the even or of the odd pixels of a padded row, with room for a vector more.
    pub const fn minimal5x5_half(&self) -> usize {
        let pixels = self.output[1].div_ceil(2) + self.kernel[1] / 2;
        (pixels * self.input[2]).next_multiple_of(LINE) + LINE
    }

    /// Scratch of the kernel: the padded input that so many rows of tiles see, its even pixels apart from its odd ones; that of one row
    /// of tiles, transformed downwards; and some of it to the right.
    pub const fn minimal5x5_scratch(&self, tile_rows: usize) -> [usize; 3] {
        let row = 2 * self.minimal5x5_half();
        [(2 * tile_rows + self.kernel[0] - 1) * row, TERMS * row, TERMS * TERMS * Self::MINIMAL5X5_ROW]
    }
}
