//! Bytes become numbers.

use crate::base::number::Number;
use crate::simd::vector::Vector;

kernels! {
    /// From bytes to numbers.
    trait ByteKernels<T> {
        /// `(byte / 255 - mean) / deviation`, each operation rounded, to every `step`th of the numbers.
        fn from_bytes(mean: T, deviation: T, step: usize, bytes: &[u8], numbers: &mut [T]);
    }
}

/// The compiler makes vectors of the loops without steps, by the instruction set of the function that they end up in.
#[inline(always)]
fn from_bytes<V: Vector>(
    mean: V::Element,
    deviation: V::Element,
    step: usize,
    bytes: &[u8],
    numbers: &mut [V::Element],
) {
    assert_eq!(bytes.len(), numbers.len().div_ceil(step));
    let (zero, one) = (V::Element::ZERO, V::Element::ONE);
    if step > 1 {
        for (number, &byte) in numbers.iter_mut().step_by(step).zip(bytes) {
            *number = normalised(mean, deviation, byte);
        }
    } else if (mean, deviation) == (zero, one) {
        for (number, &byte) in numbers.iter_mut().zip(bytes) {
            *number = normalised(zero, one, byte);
        }
    } else {
        for (number, &byte) in numbers.iter_mut().zip(bytes) {
            *number = normalised(mean, deviation, byte);
        }
    }
}

/// Without a division, which takes three times as long: as 255 · 257 = 2¹⁶ − 1, a 255th is 257 / 2¹⁶ and 2⁻¹⁶ of a 255th. The first
/// product is exact, and the second so small that the sum is rounded as the quotient would be.
#[inline(always)]
fn normalised<T: Number>(mean: T, deviation: T, byte: u8) -> T {
    let byte = T::from_f32(byte.into());
    let share = byte * T::from_f32(257.0 / 65536.0) + byte * (T::ONE / T::from_f32(255.0 * 65536.0));
    (share - mean) / deviation
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use crate::Real;
    use crate::simd::isa::{Isa, on_every_isa};
    use std::vec::Vec;

    #[test]
    fn every_byte_is_rounded_as_the_formula_is() {
        for (mean, deviation) in [(0.0, 1.0), (0.0, 0.5), (0.2860, 0.3530)] {
            for step in [1, 3] {
                on_every_isa(|isa| {
                    check::<f32>(mean as f32, deviation as f32, step, isa);
                    check::<f64>(mean, deviation, step, isa);
                });
            }
        }
    }

    fn check<T: Real>(mean: T, deviation: T, step: usize, isa: Isa) {
        let bytes: Vec<u8> = (0..=255).collect();
        let untouched = T::from_f32(9.0);
        let mut numbers = [untouched; 3 * 256];
        T::from_bytes(mean, deviation, step, &bytes, &mut numbers[..256 * step]);
        for (&byte, &found) in bytes.iter().zip(numbers.iter().step_by(step)) {
            let expected = (T::from_f32(byte.into()) / T::from_f32(255.0) - mean) / deviation;
            assert_eq!(found, expected, "byte {byte} by steps of {step} on {isa:?}");
        }
        assert_eq!(numbers[255 * step + 1], untouched, "beyond the last, by steps of {step} on {isa:?}");
    }
}
