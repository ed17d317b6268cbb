//! The types of numbers that a weights file may hold.

/// A type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    F64,
    F32,
    F16,
    Bf16,
}

impl Type {
    /// By its name in a file.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "F64" => Some(Self::F64),
            "F32" => Some(Self::F32),
            "F16" => Some(Self::F16),
            "BF16" => Some(Self::Bf16),
            _ => None,
        }
    }

    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Reads the numbers in `bytes`, which replace those in `numbers`, and returns how many are not `finite`; those are
    /// left at their default.
    pub fn decode<T: Default>(self, bytes: &[u8], finite: impl Fn(f64) -> Option<T>, numbers: &mut Vec<T>) -> usize {
        numbers.clear();
        match self {
            Self::F64 => each(bytes, f64::from_le_bytes, finite, numbers),
            Self::F32 => each(bytes, |bytes| f32::from_le_bytes(bytes).into(), finite, numbers),
            Self::F16 => each(bytes, |bytes| half(u16::from_le_bytes(bytes)), finite, numbers),
            Self::Bf16 => each(bytes, |bytes| brain(u16::from_le_bytes(bytes)), finite, numbers),
        }
    }
}

fn each<T: Default, const N: usize>(
    bytes: &[u8],
    widen: impl Fn([u8; N]) -> f64,
    finite: impl Fn(f64) -> Option<T>,
    numbers: &mut Vec<T>,
) -> usize {
    let mut wrong = 0;
    for &bytes in bytes.as_chunks().0 {
        match finite(widen(bytes)) {
            Some(number) => numbers.push(number),
            None => {
                numbers.push(T::default());
                wrong += 1;
            }
        }
    }
    wrong
}

/// The upper half of an `f32`.
pub fn brain(bits: u16) -> f64 {
    f32::from_bits(u32::from(bits) << 16).into()
}

/// IEEE 754 half precision: a sign, five bits of exponent (bias 15), ten of mantissa.
pub fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let mantissa = f64::from(bits & 1023) / 1024.0;
    let magnitude = match exponent {
        0 => mantissa * 2.0_f64.powi(-14),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + mantissa) * 2.0_f64.powi(exponent - 15),
    };
    sign * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_types_are_widened() {
        let cases: [(Type, u16, f64); 9] = [
            (Type::F16, 0x3c00, 1.0),
            (Type::F16, 0xc500, -5.0),
            (Type::F16, 0x7bff, 65504.0),
            (Type::F16, 0x0001, 2.0_f64.powi(-24)),
            (Type::F16, 0x8000, 0.0),
            (Type::F16, 0x7c00, f64::INFINITY),
            (Type::Bf16, 0x3f80, 1.0),
            (Type::Bf16, 0xc0a0, -5.0),
            (Type::Bf16, 0x7f80, f64::INFINITY),
        ];
        let mut numbers = Vec::new();
        for (kind, bits, expected) in cases {
            assert_eq!(kind.decode(&bits.to_le_bytes(), Some, &mut numbers), 0);
            assert_eq!(numbers, [expected], "{kind:?} {bits:#06x}");
        }
        Type::F16.decode(&0x7e00_u16.to_le_bytes(), Some, &mut numbers);
        assert!(numbers[0].is_nan());
        let finite = |number: f64| Some(number).filter(|number| number.is_finite());
        assert_eq!(Type::F16.decode(&[0x00, 0x7c, 0x00, 0x3c], finite, &mut numbers), 1);
        assert_eq!(numbers, [0.0, 1.0]);
    }
}
