//! Operations over rows of numbers: merges, splits, softmax, dropout.

use crate::Activation;

/// A sample as rows of equal length: the pixels of a map and their channels, or one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Number of rows.
    pub rows: usize,
    /// Numbers in a row.
    pub len: usize,
}

/// The sum of several inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Add {
    /// Runs in the epilogue.
    pub activation: Activation,
}

/// The product of several inputs, number by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mul;

/// The first input less the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sub;

/// The largest of several inputs, number by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Max;

/// A map times a factor for each of its channels, the inputs in either order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MulChannels {
    /// The rows of the map.
    pub rows: Rows,
    /// Which input holds the factors.
    pub factors: usize,
}

/// Inputs one after another along the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concat {
    /// The rows of each, as many in all.
    pub inputs: &'static [Rows],
}

/// One input cut along the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The rows of each output, as many in all.
    pub outputs: &'static [Rows],
}

/// Softmax of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// The rows.
    pub rows: Rows,
}

/// The logarithm of the softmax of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSoftmax {
    /// The rows.
    pub rows: Rows,
}

/// Dropout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The share of numbers that become zero.
    pub rate: f64,
}

/// A row of real numbers for each whole number: a gather from a table of parameters, `[words][size]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedding {
    /// Whole numbers of a sample.
    pub count: usize,
    /// What each is below.
    pub words: usize,
    /// Numbers that each becomes.
    pub size: usize,
}
