//! The dimensions of pooling.

use core::fmt;

/// The windows of max or average pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// `[height, width]` of the window.
    pub kernel: [usize; 2],
    /// Steps `[down, right]`.
    pub stride: [usize; 2],
    /// Border `[above, left]`: never the maximum. How far it goes below and at the right follows from the output.
    pub pad: [usize; 2],
}

/// Max pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Its windows.
    pub pool: Pool,
}

/// Average pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AveragePool {
    /// Its windows.
    pub pool: Pool,
    /// Of each axis, padding included, the part whose positions count in an average: `[begin, end]`.
    pub counted: [[usize; 2]; 2],
}

impl AveragePool {
    /// With as much padding at both ends of an axis, all of which counts.
    pub const fn new(pool: Pool) -> Self {
        let counted = [[0, pool.input[0] + 2 * pool.pad[0]], [0, pool.input[1] + 2 * pool.pad[1]]];
        Self { pool, counted }
    }
}

/// Windows whose taps are apart, or whose sizes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadPool {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// The windows along the height, and along the width.
    pub axes: [Taps; 2],
}

/// Max pooling over such windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadMaxPool {
    /// Its windows.
    pub pool: SpreadPool,
}

/// Average pooling over such windows. Padding does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadAveragePool {
    /// Its windows.
    pub pool: SpreadPool,
}

/// Where the windows along an axis look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Taps {
    /// At so many positions `dilation` apart.
    Dilated {
        /// Number of taps.
        kernel: usize,
        /// Distance between two windows.
        stride: usize,
        /// Padding before the first position.
        pad: usize,
        /// Distance between two taps.
        dilation: usize,
    },
    /// At an equal part of the axis, as nearly as whole positions can be: so many parts, which may overlap by one.
    Parts(usize),
}

/// As an expression of Rust, for the code that a network becomes.
impl fmt::Debug for Taps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dilated { kernel, stride, pad, dilation } => {
                write!(f, "Taps::Dilated {{ kernel: {kernel}, stride: {stride}, pad: {pad}, dilation: {dilation} }}")
            }
            Self::Parts(parts) => write!(f, "Taps::Parts({parts})"),
        }
    }
}

impl Taps {
    /// The positions that a window looks at on an axis of this length: first, end and step.
    pub fn of(&self, window: usize, len: usize) -> [usize; 3] {
        match *self {
            Self::Dilated { kernel, stride, pad, dilation } => {
                let start = window * stride;
                let first = start + pad.saturating_sub(start).div_ceil(dilation) * dilation;
                let end = (start + (kernel - 1) * dilation + 1).min(len + pad);
                [first - pad, end.saturating_sub(pad), dilation]
            }
            Self::Parts(parts) => [window * len / parts, ((window + 1) * len).div_ceil(parts), 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_lie_on_the_axis() {
        let dilated = |kernel, stride, pad, dilation| Taps::Dilated { kernel, stride, pad, dilation };
        for (taps, window, len, expected) in [
            (dilated(3, 1, 0, 2), 0, 7, [0, 5, 2]),
            (dilated(3, 1, 0, 2), 2, 7, [2, 7, 2]),
            (dilated(3, 2, 2, 2), 0, 7, [0, 3, 2]), // its first tap is in the padding
            (dilated(3, 1, 1, 2), 0, 5, [1, 4, 2]),
            (dilated(3, 2, 2, 2), 3, 7, [4, 7, 2]), // its last is
            (Taps::Parts(3), 0, 7, [0, 3, 1]),
            (Taps::Parts(3), 1, 7, [2, 5, 1]),
            (Taps::Parts(3), 2, 7, [4, 7, 1]),
            (Taps::Parts(5), 4, 3, [2, 3, 1]),
        ] {
            assert_eq!(taps.of(window, len), expected, "window {window} of {taps:?} over {len}");
        }
    }
}
