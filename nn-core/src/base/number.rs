//! Arithmetic with one number.

use super::memory::Zeroable;
use core::fmt::{Debug, Display};
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// The arithmetic of `f32` and `f64`, without the kernels that [`Real`](crate::Real) adds.
///
/// The functions are those of `libm`, so that results are the same on every platform, with and without `std`.
pub trait Number:
    Zeroable
    + Copy
    + Send
    + Sync
    + 'static
    + Default
    + Debug
    + Display
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: Self;
    /// The smallest positive normal number.
    const MIN_POSITIVE: Self;
    /// Negative infinity.
    const NEG_INFINITY: Self;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The same value; exact.
    fn to_f64(self) -> f64;
    /// The nearest number of this type.
    fn from_f32(value: f32) -> Self;
    /// The nearest `f32`.
    fn to_f32(self) -> f32;
    /// The nearest number of this type.
    #[inline(always)]
    fn from_usize(value: usize) -> Self {
        Self::from_f64(value as f64)
    }

    /// e to the power of `self`.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + self)`, accurate near zero.
    fn ln_1p(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The normal distribution: `P(N < self)` and the density at `self`.
    fn normal(self) -> [Self; 2] {
        let x = self.to_f64();
        let probability = 0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2);
        let density = 0.398_942_280_401_432_7 * libm::exp(-0.5 * x * x); // 1 / √(2π)
        [probability, density].map(Self::from_f64)
    }
    /// Absolute value.
    fn abs(self) -> Self;
    /// Whether neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Whether NaN.
    fn is_nan(self) -> bool;

    /// The larger of two; `other` when `self` is NaN.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    /// The smaller of two; `other` when `self` is NaN.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
}

macro_rules! number {
    ($type:ident, $exp:ident, $ln:ident, $ln_1p:ident, $sqrt:ident, $tanh:ident) => {
        impl Number for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $type::EPSILON;
            const MIN_POSITIVE: Self = $type::MIN_POSITIVE;
            const NEG_INFINITY: Self = $type::NEG_INFINITY;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn from_f32(value: f32) -> Self {
                $type::from(value)
            }
            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
            fn exp(self) -> Self {
                libm::$exp(self)
            }
            fn ln(self) -> Self {
                libm::$ln(self)
            }
            fn ln_1p(self) -> Self {
                libm::$ln_1p(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                libm::$sqrt(self)
            }
            fn tanh(self) -> Self {
                libm::$tanh(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $type::abs(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $type::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }
        }
    };
}

number!(f32, expf, logf, log1pf, sqrtf, tanhf);
number!(f64, exp, log, log1p, sqrt, tanh);
