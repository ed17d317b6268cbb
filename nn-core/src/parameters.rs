//! The parameter block of a network and the constant table that says what lies where in it.

use nn_sizes::{Axis, Role};

/// One tensor of a parameter block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Its name in a weights file: `layer1.0.conv1.weight`.
    pub label: &'static str,
    /// Where it starts in the block, in numbers.
    pub offset: usize,
    /// Its shape in a weights file: PyTorch's, `[out, in, kernel height, kernel width]`.
    pub shape: &'static [usize],
    /// The file's axes, split where needed so that each has one stride in the block.
    pub axes: &'static [Axis],
    /// What it is.
    pub role: Role,
}

impl Segment {
    /// Count of its numbers.
    pub const fn len(&self) -> usize {
        let mut product = 1;
        let mut i = 0;
        while i < self.shape.len() {
            product *= self.shape[i];
            i += 1;
        }
        product
    }

    /// Whether it has no numbers.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A tensor, or all those of a network or layer that takes part by path.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// One tensor.
    Segment(Segment),
    /// The table of another network, `offset` further into the block, its labels under `label`.
    Nested {
        /// Prefix of the labels within, without the dot.
        label: &'static str,
        /// Where its block starts in this one.
        offset: usize,
        /// Its table.
        entries: &'static [Entry],
    },
}
