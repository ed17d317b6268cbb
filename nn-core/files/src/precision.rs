//! Weights in fewer bits, rounded to the nearest, ties to even.

use crate::types::{brain, half};

/// How the weights of an embedded network are stored; biases, normalisations and scales always are `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// As they were trained.
    #[default]
    F32,
    /// IEEE 754 half precision: eleven bits of mantissa, magnitudes from 6 × 10⁻⁸ to 65504.
    F16,
    /// The upper half of an `f32`: eight bits of mantissa, any magnitude.
    Bf16,
    /// Whole numbers from -127 to 127 times a scale for each output channel.
    Int8,
}

/// Weights that were made narrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Narrowed {
    /// Little-endian, in the order of the weights.
    pub bytes: Vec<u8>,
    /// A scale for each output channel where the precision has them.
    pub scales: Vec<f32>,
}

impl Precision {
    /// All, each with its name in the language.
    pub const ALL: [(&'static str, Self); 4] =
        [("f32", Self::F32), ("f16", Self::F16), ("bf16", Self::Bf16), ("int8", Self::Int8)];

    /// Its name in the language.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, precision)| *precision == self).map_or("", |(name, _)| name)
    }

    /// Bytes of one weight.
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Int8 => 1,
        }
    }

    /// Whether there is a scale for each output channel.
    pub fn is_scaled(self) -> bool {
        self == Self::Int8
    }

    /// Makes the weights of a tensor narrow, which lie in rows of so many output channels. `None` when one is too large.
    pub fn narrow(self, weights: &[f32], outputs: usize) -> Option<Narrowed> {
        let mut scales = Vec::new();
        let mut bytes = Vec::with_capacity(weights.len() * self.size());
        match self {
            Self::F32 => weights.iter().for_each(|weight| bytes.extend(weight.to_le_bytes())),
            Self::F16 => each(weights, to_half, &mut bytes)?,
            Self::Bf16 => each(weights, to_brain, &mut bytes)?,
            Self::Int8 => {
                scales = scales_of(weights, outputs);
                for row in weights.chunks(outputs) {
                    bytes.extend(row.iter().zip(&scales).map(|(&weight, &scale)| to_byte(weight, scale)));
                }
            }
        }
        Some(Narrowed { bytes, scales })
    }

    /// The weights that narrow ones stand for.
    pub fn widen(self, narrowed: &Narrowed) -> Vec<f32> {
        let Narrowed { bytes, scales } = narrowed;
        let halves = || bytes.as_chunks().0.iter().map(|&bytes| u16::from_le_bytes(bytes));
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
            Self::F16 => halves().map(|bits| half(bits) as f32).collect(),
            Self::Bf16 => halves().map(|bits| brain(bits) as f32).collect(),
            Self::Int8 => {
                let numbers = bytes.iter().map(|byte| f32::from(byte.cast_signed()));
                numbers.zip(scales.iter().cycle()).map(|(number, scale)| number * scale).collect()
            }
        }
    }
}

fn each(weights: &[f32], narrow: fn(f32) -> Option<u16>, bytes: &mut Vec<u8>) -> Option<()> {
    for &weight in weights {
        bytes.extend(narrow(weight)?.to_le_bytes());
    }
    Some(())
}

/// The largest magnitude of each channel is 127.
fn scales_of(weights: &[f32], outputs: usize) -> Vec<f32> {
    let mut scales = vec![0.0_f32; outputs];
    for row in weights.chunks(outputs) {
        for (scale, weight) in scales.iter_mut().zip(row) {
            *scale = scale.max(weight.abs());
        }
    }
    scales.iter_mut().for_each(|scale| *scale /= 127.0);
    scales
}

fn to_byte(weight: f32, scale: f32) -> u8 {
    let whole = if scale > 0.0 { (weight / scale).round_ties_even() } else { 0.0 };
    (whole.clamp(-127.0, 127.0) as i8).cast_unsigned()
}

/// Rounds to the upper half of an `f32`.
fn to_brain(weight: f32) -> Option<u16> {
    let bits = weight.to_bits();
    let rounded = bits + 0x7fff + (bits >> 16 & 1);
    let finite = rounded & 0x7f80_0000 != 0x7f80_0000;
    finite.then_some((rounded >> 16) as u16)
}

/// Rounds to half precision: to a multiple of the distance between its neighbours there.
fn to_half(weight: f32) -> Option<u16> {
    let sign = (weight.to_bits() >> 16 & 0x8000) as u16;
    let exponent = ((weight.to_bits() >> 23 & 255) as i32 - 127).max(-14);
    // Of magnitudes from 2^exponent to twice that, or below 2⁻¹⁴, there are 2¹⁰ (and as many for each exponent above).
    let steps = (f64::from(weight.abs()) * 2.0_f64.powi(10 - exponent)).round_ties_even() as u32;
    let bits = steps + (((exponent + 14) as u32) << 10);
    (bits < 0x7c00).then_some(sign | bits as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The narrow number nearest to `weight`, the one with an even last bit of two, by looking at all of them.
    fn nearest(weight: f32, widen: fn(u16) -> f64) -> u16 {
        let distance = |bits: u16| (widen(bits) - f64::from(weight)).abs();
        let finite = (0..=u16::MAX).filter(|&bits| widen(bits).is_finite());
        let same_sign = finite.filter(|bits| (bits >> 15 == 1) == weight.is_sign_negative());
        same_sign.min_by(|&a, &b| distance(a).total_cmp(&distance(b)).then((a & 1).cmp(&(b & 1)))).unwrap()
    }

    const SAMPLES: [f32; 18] = [
        0.0, -0.0, 1.0, -1.5, 0.1, -0.3, 2.3456, 65504.0, 65519.0, 1e-3, 6.1e-5, 6.097e-5, 5.9e-8, 2.9e-8, 2.99e-8,
        8.9e-8, 2049.0, 2051.0,
    ];

    #[test]
    fn halves_are_the_nearest() {
        for weight in SAMPLES {
            assert_eq!(to_half(weight), Some(nearest(weight, half)), "{weight}");
        }
        assert_eq!((to_half(65520.0), to_half(-1e9)), (None, None));
    }

    #[test]
    fn upper_halves_are_the_nearest() {
        for weight in SAMPLES.into_iter().chain([1e30, -3e-39, 257.0, 259.0]) {
            assert_eq!(to_brain(weight), Some(nearest(weight, brain)), "{weight}");
        }
        assert_eq!(to_brain(f32::MAX), None);
    }

    #[test]
    fn every_half_is_itself() {
        for bits in 0..=u16::MAX {
            let (f16, bf16) = (half(bits), brain(bits));
            assert!(!f16.is_finite() || to_half(f16 as f32) == Some(bits), "{bits:#06x}");
            assert!(!bf16.is_finite() || to_brain(bf16 as f32) == Some(bits), "{bits:#06x}");
        }
    }

    #[test]
    fn bytes_have_a_scale_for_each_output() {
        let weights = [1.0, 0.0, -127.0, 0.5, 0.0, 12.4];
        let narrowed = Precision::Int8.narrow(&weights, 3).unwrap();
        assert_eq!(narrowed.scales, [1.0 / 127.0, 0.0, 1.0]);
        // 0.5 / (1 / 127) is 63.5, between 63 and 64, which is even.
        assert_eq!(narrowed.bytes.iter().map(|byte| byte.cast_signed()).collect::<Vec<_>>(), [127, 0, -127, 64, 0, 12]);
        assert_eq!(Precision::Int8.widen(&narrowed)[2..], [-127.0, 64.0 / 127.0, 0.0, 12.0]);
    }

    #[test]
    fn what_is_narrow_is_widened() {
        let weights = [0.5, -2.0, 0.0, 1.0];
        for (name, precision) in Precision::ALL {
            let narrowed = precision.narrow(&weights, 4).unwrap();
            assert_eq!(narrowed.bytes.len(), 4 * precision.size(), "{name}");
            assert_eq!(precision.widen(&narrowed), weights, "{name}");
            assert_eq!((precision.name(), narrowed.scales.is_empty()), (name, !precision.is_scaled()));
        }
    }
}
