//! Numbers made of random bits.

/// From 0 to below 1, in steps of 2⁻⁵³.
pub(crate) fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A whole number below `count`, which is at most 2⁶⁴: uniform up to a bias of 2⁻⁶⁴ `count`.
pub(crate) fn below(bits: u64, count: u128) -> usize {
    ((u128::from(bits) * count) >> 64) as usize
}
