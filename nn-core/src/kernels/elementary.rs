//! exp, tanh, the logistic function and the normal distribution, written so that a loop over them becomes vector code.
//!
//! For `f32` they are branch-free additions, multiplications and selections, without fused multiply–add: every
//! instruction set, every lane and every remainder gives the same bits. For `f64`, in which gradients are checked, they
//! are libm's. The polynomials are minimax fits (Remez) over the ranges named beside them.

use crate::Real;

/// The transcendental functions of the kernels.
pub trait Elementary: Real {
    /// e to the power of `self`. For `f32` within 1.5 ulp, from 0 through the subnormals to infinity.
    fn fast_exp(self) -> Self;

    /// Hyperbolic tangent. For `f32` within 2 ulp.
    fn fast_tanh(self) -> Self;

    /// `1 / (1 + exp(-self))`. For `f32` within 3 ulp where it is a normal number.
    fn logistic(self) -> Self;

    /// The standard normal distribution at `self`: its cumulative probability and its density.
    ///
    /// For `f32` both are within 3e-7 of the true value, and in the tails within a share of `2e-7 * (3 + self²)`.
    fn normal(self) -> (Self, Self);
}

/// `sqrt(1 / (2 * pi))`.
const DENSITY_AT_ZERO: f64 = 0.398_942_280_401_432_7;

impl Elementary for f32 {
    #[inline(always)]
    fn fast_exp(self) -> f32 {
        // exp(x) = 2^n * exp(r), where n is the integer nearest to x / ln 2. Outside of the limits the result is 0 or
        // infinity all the same, and n stays small; a NaN passes both comparisons.
        let x = if self > 89.0 { 89.0 } else { self };
        let x = if x < -104.0 { -104.0 } else { x };
        // Added to 1.5 * 2^23, a number is rounded to an integer, which is then in the low bits.
        const ROUND: f32 = 12_582_912.0;
        let rounded = x * core::f32::consts::LOG2_E + ROUND;
        let n = rounded - ROUND;
        // ln 2 in two parts; the first has so few bits that n times it is exact.
        let r = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
        // (exp(r) - 1 - r) / r² for |r| <= ln 2 / 2; exp(r) is then within a share of 3.1e-9.
        let p = 0.001_381_461_3_f32;
        let p = p * r + 0.008_368_71;
        let p = p * r + 0.041_668_387;
        let p = p * r + 0.166_665_2;
        let p = p * r + 0.499_999_94;
        let p = (p * r * r + r) + 1.0;
        // 2^n in two factors: the product of p and the first is exact, so that a subnormal result is rounded once.
        let n = rounded.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
        let half = n >> 1;
        p * power_of_two(half) * power_of_two(n.wrapping_sub(half))
    }

    #[inline(always)]
    fn fast_tanh(self) -> f32 {
        let a = self.abs();
        // (tanh(x) / x - 1) / x² in x² for |x| <= 0.63; tanh(x) is then within a share of 4.7e-9.
        let s = self * self;
        let p = -0.005_660_788_f32;
        let p = p * s + 0.020_602_007;
        let p = p * s - 0.053_729_23;
        let p = p * s + 0.133_313_29;
        let p = p * s - 0.333_332_78;
        let near = p * s * self + self;
        let far = (1.0 - 2.0 / ((a + a).fast_exp() + 1.0)).copysign(self);
        if a < 0.625 { near } else { far }
    }

    #[inline(always)]
    fn logistic(self) -> f32 {
        1.0 / (1.0 + (-self).fast_exp())
    }

    #[inline(always)]
    fn normal(self) -> (f32, f32) {
        // P(X > |x|) = erfc(t) / 2 with t = |x| / sqrt(2), and erfc(t) = exp(-t²) * u * q(u) with u = 1 / (1 + t / 2).
        let t = self.abs() * core::f32::consts::FRAC_1_SQRT_2;
        let u = 1.0 / (1.0 + 0.5 * t);
        // Within a share of 4.4e-8 for t <= 10.3, beyond which exp(-t²) is 0.
        let q = -0.059_149_093_f32;
        let q = q * u + 0.284_966_77;
        let q = q * u - 0.488_013_07;
        let q = q * u + 0.278_999_8;
        let q = q * u - 0.027_269_894;
        let q = q * u + 0.202_960_24;
        let q = q * u + 0.243_034_46;
        let q = q * u + 0.282_384_87;
        let q = q * u + 0.282_085_87;
        let bell = (-0.5 * self * self).fast_exp();
        let tail = 0.5 * bell * (q * u);
        (if self < 0.0 { tail } else { 1.0 - tail }, bell * DENSITY_AT_ZERO as f32)
    }
}

/// `2^n` for -127 < n < 128.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

impl Elementary for f64 {
    #[inline(always)]
    fn fast_exp(self) -> f64 {
        self.exp()
    }

    #[inline(always)]
    fn fast_tanh(self) -> f64 {
        self.tanh()
    }

    #[inline(always)]
    fn logistic(self) -> f64 {
        1.0 / (1.0 + (-self).exp())
    }

    #[inline(always)]
    fn normal(self) -> (f64, f64) {
        let probability = 0.5 * libm::erfc(-self * core::f64::consts::FRAC_1_SQRT_2);
        (probability, DENSITY_AT_ZERO * (-0.5 * self * self).exp())
    }
}

#[cfg(test)]
mod tests;
