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
