//! Functions of `f32` vectors by polynomials, to within a few units in the last place.

use super::Vector;

/// What the exponential needs of an instruction set.
pub(super) trait Scale: Vector<Element = f32> {
    /// The nearest whole number, ties to even.
    fn round(self) -> Self;
    /// `self` times two to the power of the whole number `exponent`, which is within ±256; gradual underflow included.
    fn scale(self, exponent: Self) -> Self;
}

/// What a quotient needs of an instruction set.
pub(super) trait Reciprocal: Vector<Element = f32> {
    /// `1 / self` with an error of at most 1.5 · 2⁻¹² of it, where that is a normal number.
    fn reciprocal(self) -> Self;
    /// `self - a * b`, rounded once.
    fn sub_product(self, a: Self, b: Self) -> Self;
}

/// A step of Newton's method from the estimate of the reciprocal: the error becomes its square, 1.2 · 2⁻²³ at most, and the
/// rounding of the result.
#[inline(always)]
pub(super) fn div_nearly<V: Reciprocal>(dividend: V, divisor: V) -> V {
    let reciprocal = divisor.reciprocal();
    let quotient = dividend.mul(reciprocal);
    let finite = V::splat(f32::MAX).min(divisor); // nothing times infinity would be NaN
    dividend.sub_product(quotient, finite).mul_add(reciprocal, quotient)
}

/// Horner's rule, highest coefficient first.
#[inline(always)]
fn polynomial<V: Vector<Element = f32>, const N: usize>(x: V, coefficients: [f32; N]) -> V {
    let mut sum = V::splat(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = sum.mul_add(x, V::splat(coefficient));
    }
    sum
}

/// e^x = 2^n · e^r with |r| ≤ ln 2 / 2.
#[inline(always)]
pub(super) fn exp<V: Scale>(x: V) -> V {
    // Beyond these the result is 0 or infinite; in this order of operands a NaN stays one.
    let x = V::splat(-104.0).max(V::splat(89.0).min(x));
    let n = x.mul(V::splat(core::f32::consts::LOG2_E)).round();
    // ln 2 in two parts, the first short enough for its product with n to be exact.
    let r = n.mul_add(V::splat(-0.693_359_4), x);
    let r = n.mul_add(V::splat(2.121_944_4e-4), r);
    let tail = polynomial(r, [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5]);
    let fraction = tail.mul_add(r.mul(r), r.add(V::splat(1.0)));
    fraction.scale(n)
}

/// A polynomial that was fitted to within 5 · 10⁻⁹ of the result, from 0 to 1.
#[inline(always)]
pub(super) fn ln_1p<V: Vector<Element = f32>>(x: V) -> V {
    let tail = polynomial(
        x,
        [
            -3.244_024_2e-3,
            1.985_145_7e-2,
            -5.695_952_5e-2,
            0.106_036_54,
            -0.153_055_92,
            0.196_759_39,
            -0.249_541_34,
            0.333_299_64,
            -0.499_999,
        ],
    );
    tail.mul(x).mul_add(x, x)
}

/// An odd polynomial near zero, where the other form would cancel; else 1 - 2 / (e^2x + 1).
#[inline(always)]
pub(super) fn tanh<V: Scale>(x: V) -> V {
    let magnitude = x.abs();
    let square = x.mul(x);
    let tail = polynomial(square, [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_6e-2, 0.133_314_42, -0.333_332_8]);
    let near = tail.mul(square).mul_add(x, x);
    let one = V::splat(1.0);
    let far = one.sub(V::splat(2.0).div(exp(magnitude.add(magnitude)).add(one)));
    V::select(magnitude.gt(V::splat(0.625)), with_sign(far, x), near)
}

/// The normal distribution: `P(N < x)` and the density at `x`.
///
/// The tail beyond |x| is `exp(-x²/2)` times what a polynomial gives, fitted to 7 · 10⁻⁸ of it. It takes the place of `1 - erf`, all
/// digits of which cancel far below zero. The square is exact in two parts: the exponential would multiply its rounding.
#[inline(always)]
pub(super) fn normal<V: Scale + Reciprocal>(x: V) -> [V; 2] {
    // Farther out the tail is 0; in this order of operands a NaN stays one.
    let magnitude = V::splat(15.0).min(x.abs());
    let (half, one) = (V::splat(0.5), V::splat(1.0));
    let square = magnitude.mul(magnitude);
    let excess = square.sub_product(magnitude, magnitude);
    let exponential = exp(V::splat(0.0).sub(square.mul(half)));
    let bell = exponential.mul(excess.mul_add(half, one));
    let reciprocal = one.div(magnitude.add(V::splat(2.0)));
    let ratio = polynomial(
        V::splat(-4.0).mul_add(reciprocal, one),
        [
            9.273_299e-5,
            5.978_948e-4,
            7.975_129e-4,
            -1.813_056_5e-3,
            -6.711_858_3e-3,
            -5.039_847e-4,
            3.671_512e-2,
            2.880_046_3e-2,
            -0.331_404_3,
            0.672_408,
        ],
    );
    let tail = ratio.mul(reciprocal).mul(bell);
    let probability = V::select(x.gt(V::splat(0.0)), one.sub(tail), tail);
    [probability, bell.mul(V::splat(0.398_942_3))] // 1 / √(2π)
}

/// The positive `magnitude` with the sign of `x`.
#[inline(always)]
fn with_sign<V: Vector<Element = f32>>(magnitude: V, x: V) -> V {
    let zero = V::splat(0.0);
    V::select(zero.gt(x), zero.sub(magnitude), magnitude)
}
