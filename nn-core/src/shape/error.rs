//! What can be wrong with numbers given at run time.

use super::{Dims, ShapeName};
use core::error::Error;
use core::fmt;

/// A slice whose length is not that of the shape it was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LenError {
    /// The shape.
    pub shape: &'static [usize],
    /// How many numbers that shape has; of a batch, one sample.
    pub expected: usize,
    /// How many were given.
    pub found: usize,
    /// Whether any multiple of `expected` would do: samples of a batch.
    pub multiple: bool,
}

impl fmt::Display for LenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shape, expected, found, multiple } = self;
        let shape = Dims(shape);
        if *multiple {
            write!(f, "samples of shape {shape} need a multiple of {expected} numbers, but {found} were given")
        } else {
            write!(f, "shape {shape} needs {expected} numbers, but {found} were given")
        }
    }
}

impl Error for LenError {}

/// A sample whose rows do not fit its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsError {
    /// The shape.
    pub shape: &'static [usize],
    /// Which sample, from zero.
    pub sample: usize,
    /// How many numbers it has: not some rows, or none of them, or too many.
    pub found: usize,
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shape, sample, found } = *self;
        let shape = ShapeName { dims: shape, below: None, varies: true };
        let (most, row) = (shape.dims[0], shape.dims[1..].iter().product::<usize>());
        write!(
            f,
            "a sample of shape {shape} has 1 to {most} rows of {row} numbers, but sample {sample} has {found} numbers"
        )
    }
}

impl Error for RowsError {}

/// Inputs of one network with different numbers of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplesError {
    /// Which input differs from the first, which is input 0.
    pub input: usize,
    /// Samples in the first.
    pub expected: usize,
    /// Samples in this one.
    pub found: usize,
}

impl fmt::Display for SamplesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, expected, found } = self;
        write!(f, "every input of a network needs as many samples: input 0 has {expected}, input {input} has {found}")
    }
}

impl Error for SamplesError {}

/// A whole number that is not below the bound of the input it was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundError {
    /// The name of the input; `input` for the only one.
    pub input: &'static str,
    /// Which sample, from zero.
    pub sample: usize,
    /// Where in the sample, from zero.
    pub position: usize,
    /// The number.
    pub number: u32,
    /// What it must be below.
    pub below: u32,
}

impl fmt::Display for BoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, sample, position, number, below } = self;
        write!(f, "input `{input}`: number {number} of sample {sample} at position {position} must be below {below}")
    }
}

impl Error for BoundError {}
