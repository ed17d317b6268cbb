//! What the tensors of a parameter block are.

/// One axis of a parameter in the order of a weights file, with its stride in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Length.
    pub len: usize,
    /// Distance between neighbours in the block, in numbers.
    pub stride: usize,
}

/// Calls `visit` with the place in the block of each number of a parameter that starts at `start`, in the order of a
/// weights file.
pub fn for_each_position(axes: &[Axis], start: usize, visit: &mut impl FnMut(usize)) {
    match axes {
        [] => visit(start),
        [last] => (0..last.len).for_each(|i| visit(start + i * last.stride)),
        // There are few axes, so the depth is small.
        [first, rest @ ..] => (0..first.len).for_each(|i| for_each_position(rest, start + i * first.stride, visit)),
    }
}

/// What a parameter is, and hence how it starts and how it is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// A weight, with the fans by which initialisation scales it.
    Weight {
        /// Inputs per output.
        fan_in: usize,
        /// Outputs per input.
        fan_out: usize,
        /// The distribution that suits the activation after it.
        init: Init,
    },
    /// A bias; starts at zero.
    Bias,
    /// The scale of a normalisation; starts at one.
    Scale,
    /// The shift of a normalisation; starts at zero.
    Shift,
    /// The slope of a learned rectifier; starts at a quarter, as He et al. (2015) and PyTorch have it.
    Slope,
    /// A running mean; starts at zero and moves by `momentum` towards that of each batch.
    RunningMean {
        /// Share of the new value.
        momentum: f64,
    },
    /// A running variance; starts at one and moves by `momentum` towards that of each batch.
    RunningVariance {
        /// Share of the new value.
        momentum: f64,
    },
}

/// How a weight starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Normal with variance `2 / fan_in`: before rectifiers (He et al., 2015).
    He,
    /// Normal with variance `2 / (fan_in + fan_out)`: before everything else (Glorot and Bengio, 2010).
    Xavier,
    /// Not drawn: a transposed convolution that enlarges each channel by bilinear interpolation (Long, Shelhamer and Darrell, 2015).
    /// Other weights start at zero.
    Bilinear,
}

impl Init {
    /// Whether it is drawn at random, so that the activation that comes after has a say.
    pub const fn is_drawn(self) -> bool {
        matches!(self, Self::He | Self::Xavier)
    }
}
