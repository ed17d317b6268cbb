//! The dimensions of a change of shape.

use crate::{Axis, Rows};

/// The same numbers under another shape, in channels-first order. Either side is a map that is stored channels last, one
/// row per pixel, or one row of numbers as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reshape {
    /// What it was.
    pub from: Rows,
    /// What it becomes.
    pub to: Rows,
}

impl Reshape {
    /// Whether every number stays where it is stored.
    pub const fn is_identity(&self) -> bool {
        let Self { from, to } = self;
        let same = from.rows == to.rows && from.len == to.len;
        same || (Self::in_order(from) && Self::in_order(to))
    }

    /// Whether channels first and channels last are the same: one pixel, or one channel.
    const fn in_order(rows: &Rows) -> bool {
        rows.rows == 1 || rows.len == 1
    }
}

/// The same numbers in another order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permute {
    /// How many numbers there are along each axis of the output, as it is stored, and how far apart they are in the input.
    pub axes: &'static [Axis],
}

impl Permute {
    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.axes.iter().map(|axis| axis.len).product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_nothing_without_a_map() {
        let rows = |rows, len| Rows { rows, len };
        for (from, to, expected) in [
            (rows(1, 12), rows(12, 1), true),
            (rows(4, 3), rows(4, 3), true),
            (rows(4, 3), rows(1, 12), false),
            (rows(1, 12), rows(4, 3), false),
            (rows(4, 3), rows(3, 4), false),
        ] {
            assert_eq!(Reshape { from, to }.is_identity(), expected, "{from:?} to {to:?}");
        }
    }
}
