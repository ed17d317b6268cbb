//! The memory of col2im.

use crate::Conv;

/// Numbers of windows that are found before they are added up: what a second-level cache holds with room to spare.
const WINDOWS: usize = 1 << 15;

impl Conv {
    /// Rows of the output whose windows are found before they are added up.
    pub const fn col2im_rows(&self) -> usize {
        let row = self.output[1] * self.kernel[0] * self.kernel[1] * self.input[2];
        match WINDOWS.checked_div(row) {
            None | Some(0) => 1,
            Some(rows) if rows < self.output[0] => rows,
            Some(_) => self.output[0],
        }
    }

    /// Scratch of the kernel: the padded input's gradient, if there is padding, and some windows.
    pub(super) const fn col2im_scratch(&self) -> usize {
        let window = self.kernel[0] * self.kernel[1] * self.input[2];
        self.padding_scratch() + self.col2im_rows() * self.output[1] * window
    }
}
