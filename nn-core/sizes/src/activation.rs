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
    /// `min(max(x, low), high)`, where `low < high`.
    Clamp(f64, f64),
    /// `min(max(x + 3, 0), 6) / 6` (Howard et al., 2019).
    HardSigmoid,
    /// `scale * x` where positive, else `scale * alpha * (exp(x) - 1)` (Clevert, Unterthiner and Hochreiter, 2015; scaled: Klambauer
    /// et al., 2017); both are positive.
    Elu {
        /// The limit far below zero, unscaled.
        alpha: f64,
        /// What all is multiplied by.
        scale: f64,
    },
    /// `ln(1 + exp(x))` (Dugas et al., 2000).
    Softplus,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Whether it takes so many operations for each number that they are cheaper in a pass of their own.
    #[inline]
    pub const fn is_costly(&self) -> bool {
        !matches!(self, Self::Identity | Self::Relu | Self::LeakyRelu(_) | Self::Clamp(..))
    }
}

/// As a Rust expression, which a derived form would print without `Activation::`.
impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => f.write_str("Activation::Identity"),
            Self::Relu => f.write_str("Activation::Relu"),
            Self::LeakyRelu(slope) => write!(f, "Activation::LeakyRelu({slope:?})"),
            Self::Clamp(low, high) => write!(f, "Activation::Clamp({low:?}, {high:?})"),
            Self::HardSigmoid => f.write_str("Activation::HardSigmoid"),
            Self::Elu { alpha, scale } => write!(f, "Activation::Elu {{ alpha: {alpha:?}, scale: {scale:?} }}"),
            Self::Softplus => f.write_str("Activation::Softplus"),
            Self::Sigmoid => f.write_str("Activation::Sigmoid"),
            Self::Tanh => f.write_str("Activation::Tanh"),
        }
    }
}

/// An activation whose derivative needs its *input*, so that it runs on its own.
#[derive(Clone, Copy, PartialEq)]
pub enum InputActivation {
    /// `x` where positive, else `slope * x`, for a slope that is not positive.
    LeakyRelu(f64),
    /// `x * (1 + erf(x / √2)) / 2` (Hendrycks and Gimpel, 2016).
    Gelu,
    /// The same by `x * (1 + tanh(√(2 / π) * (x + 0.044715 * x³))) / 2`.
    GeluByTanh,
    /// `x / (1 + exp(-x))` (Elfwing, Uchibe and Doya, 2017).
    Silu,
    /// `x * min(max(x + 3, 0), 6) / 6` (Howard et al., 2019).
    HardSwish,
    /// `x * tanh(ln(1 + exp(x)))` (Misra, 2019).
    Mish,
}

/// As a Rust expression, likewise.
impl fmt::Debug for InputActivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeakyRelu(slope) => write!(f, "InputActivation::LeakyRelu({slope:?})"),
            Self::Gelu => f.write_str("InputActivation::Gelu"),
            Self::GeluByTanh => f.write_str("InputActivation::GeluByTanh"),
            Self::Silu => f.write_str("InputActivation::Silu"),
            Self::HardSwish => f.write_str("InputActivation::HardSwish"),
            Self::Mish => f.write_str("InputActivation::Mish"),
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
