//! Activations.

use crate::Rows;
use core::fmt;

/// An activation that can run in the epilogue of the operation before it, because its derivative follows from its
/// *output* alone.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Activation {
    /// `x`.
    #[default]
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`; the slope is positive.
    LeakyRelu(f64),
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Whether it costs an exponential for each number.
    #[inline]
    pub const fn is_costly(&self) -> bool {
        matches!(self, Self::Sigmoid | Self::Tanh)
    }
}

/// As a Rust expression, which a derived form would print without `Activation::`.
impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => f.write_str("Activation::Identity"),
            Self::Relu => f.write_str("Activation::Relu"),
            Self::LeakyRelu(slope) => write!(f, "Activation::LeakyRelu({slope:?})"),
            Self::Sigmoid => f.write_str("Activation::Sigmoid"),
            Self::Tanh => f.write_str("Activation::Tanh"),
        }
    }
}

/// An activation whose derivative needs its *input*, so that it runs on its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InputActivation {
    /// `x * (1 + erf(x / √2)) / 2` (Hendrycks and Gimpel, 2016).
    Gelu,
    /// `x / (1 + exp(-x))` (Elfwing, Uchibe and Doya, 2017).
    Silu,
    /// `x * min(max(x + 3, 0), 6) / 6` (Howard et al., 2019).
    HardSwish,
}

/// As a Rust expression, likewise.
impl fmt::Debug for InputActivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gelu => f.write_str("InputActivation::Gelu"),
            Self::Silu => f.write_str("InputActivation::Silu"),
            Self::HardSwish => f.write_str("InputActivation::HardSwish"),
        }
    }
}

/// A rectifier whose slope below zero is learned (He et al., 2015): `x` where positive, else `slope * x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prelu {
    /// A row for each pixel, of its channels.
    pub rows: Rows,
    /// Whether one slope is that of all channels, or each has its own.
    pub shared: bool,
}

impl Prelu {
    /// Number of slopes.
    pub const fn parameters(&self) -> usize {
        if self.shared { 1 } else { self.rows.len }
    }
}
