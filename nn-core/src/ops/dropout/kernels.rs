//! Random masks from a counter.

use crate::base::number::Number;
use crate::simd::vector::Vector;

kernels! {
    /// Kernels that draw.
    trait DropoutKernels<T> {
        /// `y = x / (1 - rate)` where the draw keeps a number, else 0.
        fn dropout(rate: f64, key: [u32; 2], x: &[T], y: &mut [T]);
    }
}

/// A uniform draw from all of `u32` for position `i`: two rounds of a full-avalanche mix (xor-shift, multiply), keyed
/// before each. Thirty-two bits throughout, so that the loop becomes vector code.
#[inline(always)]
pub(crate) fn draw(key: [u32; 2], i: u32) -> u32 {
    let mut bits = i.wrapping_mul(0x9e37_79b9);
    for key in key {
        bits ^= key;
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
        bits ^= bits >> 16;
    }
    bits
}

#[inline(always)]
fn dropout<V: Vector>(rate: f64, key: [u32; 2], x: &[V::Element], y: &mut [V::Element]) {
    let steps = 4_294_967_296.0; // 2³², the number of draws there are
    if rate >= 1.0 {
        y.fill(V::Element::ZERO);
        return;
    }
    let threshold = (rate * steps) as u32;
    let scale = V::Element::from_f64(1.0 / (1.0 - rate));
    for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
        *y = if draw(key, i as u32) >= threshold { x * scale } else { V::Element::ZERO };
    }
}
