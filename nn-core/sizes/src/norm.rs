//! The dimensions of normalisations.

use crate::Activation;

/// Batch normalisation over the pixels and samples of each channel. Parameters are stored
/// `[scale, shift, running mean, running variance]`, one per channel each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Height × width; 1 after a dense layer.
    pub pixels: usize,
    /// Number of channels.
    pub channels: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// Runs in the epilogue.
    pub activation: Activation,
}

/// Group normalisation over the pixels and the channels of each group. Parameters are stored `[scale, shift]`, one per channel
/// each, or there are none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNorm {
    /// Height × width; 1 after a dense layer.
    pub pixels: usize,
    /// Number of channels.
    pub channels: usize,
    /// Number of groups, which divides that of the channels.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// Whether there are scales and shifts.
    pub affine: bool,
}

impl GroupNorm {
    /// Channels of a group; without groups none, rather than a division by zero.
    pub const fn group_size(&self) -> usize {
        match self.channels.checked_div(self.groups) {
            Some(size) => size,
            None => 0,
        }
    }

    /// Numbers of its parameters.
    pub const fn parameters(&self) -> usize {
        if self.affine { 2 * self.channels } else { 0 }
    }

    /// Scratch of the forward pass: of each channel a centre, an inverse deviation and an offset.
    pub const fn forward_scratch(&self) -> usize {
        3 * self.channels
    }

    /// Scratch of the backward pass: the same, two sums and a factor.
    pub const fn backward_scratch(&self) -> usize {
        self.forward_scratch() + 3 * self.channels
    }
}

/// Normalisation of each row by its root mean square. Parameters are the scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsNorm {
    /// Rows of a sample, each normalised by itself.
    pub rows: usize,
    /// Numbers of one row.
    pub len: usize,
    /// Added to the mean square.
    pub epsilon: f64,
}

/// Each number divided by a power of a sum of squares of its neighbours in other channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNorm {
    /// Height × width.
    pub pixels: usize,
    /// Number of channels.
    pub channels: usize,
    /// Channels of a neighbourhood.
    pub size: usize,
    /// What the mean square is multiplied by.
    pub alpha: f64,
    /// The power.
    pub beta: f64,
    /// Added before the power is taken.
    pub k: f64,
}

impl LocalResponseNorm {
    /// The neighbourhood of a channel: as many before it as after, or one more.
    pub fn neighbours(&self, channel: usize) -> core::ops::Range<usize> {
        let end = (channel + (self.size - 1) / 2 + 1).min(self.channels);
        channel.saturating_sub(self.size / 2)..end
    }

    /// The channels whose neighbourhoods have this one in them.
    pub fn neighbour_of(&self, channel: usize) -> core::ops::Range<usize> {
        let end = (channel + self.size / 2 + 1).min(self.channels);
        channel.saturating_sub((self.size - 1) / 2)..end
    }

    /// Scratch of the backward pass: of each channel a sum and its power.
    pub const fn backward_scratch(&self) -> usize {
        2 * self.channels
    }
}

/// Layer normalisation over all numbers of a sample. Parameters are stored `[scale, shift]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Rows of a sample, each normalised by itself.
    pub rows: usize,
    /// Numbers of one row.
    pub len: usize,
    /// Added to the variance.
    pub epsilon: f64,
}
