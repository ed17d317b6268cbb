//! Narrow weights, widened block by block, and the products with a block.

use super::product::Product;
use super::tile::multiply;
use crate::base::memory::{chunks_exact_mut, part};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::vectors::Tiles;
use crate::simd::vector::Vector;

kernels! {
    /// Narrow weights and the product with a block of them.
    ///
    /// Those that widen take rows of weights, `step` apart, and write as many of each as `to` has `columns`, for as many
    /// rows as it has. Their loops are left to the compiler, which makes vectors of them on every instruction set.
    trait NarrowKernels<T> {
        /// Half precision to numbers; exact.
        fn widen_f16(columns: usize, step: usize, from: &[u16], to: &mut [T]);
        /// Upper halves of `f32` to numbers; exact.
        fn widen_bf16(columns: usize, step: usize, from: &[u16], to: &mut [T]);
        /// Whole numbers, times a scale for each column, to numbers.
        fn widen_int8(step: usize, from: &[i8], scales: &[T], to: &mut [T]);
        /// A product by tiles.
        fn block_product(product: &Product<'_, T>, y: &mut [T]);
    }
}

/// The rows of `columns` numbers in `from`, so many as `to` has rows.
macro_rules! each_row {
    ($columns:expr, $step:expr, $from:expr, $to:expr, |$row:ident, $out:ident| $body:expr) => {
        let (columns, step) = ($columns, $step);
        check!(columns <= step);
        for (i, $out) in chunks_exact_mut($to, columns).enumerate() {
            let start = size([i, step]);
            let $row = part($from, start..start.saturating_add(columns));
            $body
        }
    };
}

#[inline(always)]
fn widen_f16<V: Vector>(columns: usize, step: usize, from: &[u16], to: &mut [V::Element]) {
    let columns = if columns == step { to.len() } else { columns };
    each_row!(columns, step.max(columns), from, to, |row, out| for (to, &bits) in out.iter_mut().zip(row) {
        *to = V::Element::from_f32(f16(bits));
    });
}

#[inline(always)]
fn widen_bf16<V: Vector>(columns: usize, step: usize, from: &[u16], to: &mut [V::Element]) {
    let columns = if columns == step { to.len() } else { columns };
    each_row!(columns, step.max(columns), from, to, |row, out| for (to, &bits) in out.iter_mut().zip(row) {
        *to = V::Element::from_f32(f32::from_bits(u32::from(bits) << 16));
    });
}

#[inline(always)]
fn widen_int8<V: Vector>(step: usize, from: &[i8], scales: &[V::Element], to: &mut [V::Element]) {
    each_row!(scales.len(), step, from, to, |row, out| {
        for ((to, &whole), &scale) in out.iter_mut().zip(row).zip(scales) {
            *to = V::Element::from_f32(f32::from(whole)) * scale;
        }
    });
}

/// IEEE 754 half precision, without a branch and without a subnormal `f32`, which some machines are slow with.
#[inline(always)]
fn f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff);
    // The exponent's bias is 15 in the one and 127 in the other; infinities and NaN have the largest exponent in both.
    let bias = if magnitude >= 0x7c00 { (112 + 112) << 23 } else { 112 << 23 };
    let normal = (magnitude << 13) + bias;
    let subnormal = (magnitude as i32 as f32 * (1.0 / 16_777_216.0)).to_bits();
    f32::from_bits(sign | if magnitude < 0x400 { subnormal } else { normal })
}

#[inline(always)]
fn block_product<V: Tiles>(product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    multiply::<V>(product, y);
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::simd::isa::on_every_isa;
    use std::vec;
    use std::vec::Vec;

    /// By the definition of the format.
    fn defined(bits: u16) -> f32 {
        let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
        let mantissa = f32::from(bits & 1023) / 1024.0;
        let exponent = i32::from(bits >> 10 & 31);
        sign * match exponent {
            0 => mantissa * 2.0_f32.powi(-14),
            31 if mantissa == 0.0 => f32::INFINITY,
            31 => f32::NAN,
            _ => (1.0 + mantissa) * 2.0_f32.powi(exponent - 15),
        }
    }

    fn same(found: f32, expected: f32) -> bool {
        found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan()
    }

    #[test]
    fn every_half_is_widened_exactly() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        on_every_isa(|isa| {
            let mut numbers = vec![0.0_f32; all.len()];
            f32::widen_f16(all.len(), all.len(), &all, &mut numbers);
            for (&bits, &number) in all.iter().zip(&numbers) {
                assert!(same(number, defined(bits)), "{isa:?}: {bits:#06x} became {number}");
            }
            f32::widen_bf16(all.len(), all.len(), &all, &mut numbers);
            for (&bits, &number) in all.iter().zip(&numbers) {
                assert_eq!(number.to_bits(), u32::from(bits) << 16, "{isa:?}: {bits:#06x}");
            }
        });
    }

    #[test]
    fn rows_are_found_and_scaled() {
        on_every_isa(|isa| {
            for columns in [1, 3, 8, 17] {
                let (step, rows) = (columns + 2, 5);
                let bytes: Vec<i8> = (0..step * rows).map(|i| (i * 7 % 255) as i8).collect();
                let halves: Vec<u16> = (0..step * rows).map(|i| 0x3c00 + i as u16).collect();
                let scales: Vec<f32> = (0..columns).map(|i| 0.5 + i as f32).collect();
                let (mut scaled, mut plain) = (vec![0.0; columns * rows], vec![0.0; columns * rows]);
                f32::widen_int8(step, &bytes, &scales, &mut scaled);
                f32::widen_f16(columns, step, &halves, &mut plain);
                for row in 0..rows {
                    for column in 0..columns {
                        let from = row * step + column;
                        let at = row * columns + column;
                        assert_eq!(scaled[at], f32::from(bytes[from]) * scales[column], "{isa:?}");
                        assert_eq!(plain[at], defined(halves[from]), "{isa:?}");
                    }
                }
            }
        });
    }
}
