//! The types of numbers that a weights file may hold.

/// A type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    F64,
    F32,
    F16,
    Bf16,
}

impl Type {
    /// By its name in a file.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "F64" => Some(Self::F64),
            "F32" => Some(Self::F32),
            "F16" => Some(Self::F16),
            "BF16" => Some(Self::Bf16),
            _ => None,
        }
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Widens one number; exact. Bytes that are missing count as zero.
    pub(super) fn decode(self, bytes: &[u8]) -> f64 {
        match self {
            Self::F64 => f64::from_le_bytes(first(bytes)),
            Self::F32 => f32::from_le_bytes(first(bytes)).into(),
            Self::F16 => half(u16::from_le_bytes(first(bytes))),
            Self::Bf16 => f32::from_bits(u32::from(u16::from_le_bytes(first(bytes))) << 16).into(),
        }
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0))
}

/// IEEE 754 half precision: a sign, five bits of exponent (bias 15), ten of mantissa.
fn half(bits: u16) -> f64 {
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
        for (kind, bits, expected) in cases {
            assert_eq!(kind.decode(&bits.to_le_bytes()), expected, "{kind:?} {bits:#06x}");
        }
        assert!(Type::F16.decode(&0x7e00_u16.to_le_bytes()).is_nan());
    }
}
