//! Shared parts of the cross-crate tests.

use nn_core::{Batch, shape::Shape};

/// The README, so that its code is tested.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The pages with code that runs, for the same reason.
#[cfg(doctest)]
#[doc = include_str!("../../docs/training.md")]
#[doc = include_str!("../../docs/data-and-weights.md")]
#[doc = include_str!("../../docs/layers-of-your-own.md")]
#[doc = include_str!("../../docs/where.md")]
pub struct Pages;

/// Numbers that look random.
pub fn noise(count: usize, seed: u64) -> Vec<f64> {
    let number = |i: u64| {
        let mut z = (i ^ seed.rotate_left(32)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    };
    (0..count as u64).map(number).collect()
}

/// Samples of so many rows each.
///
/// # Panics
///
/// When the shape has not so many rows.
pub fn ragged<S: Shape<Element<f64> = f64>>(rows: &[usize], seed: u64) -> Batch<S, f64> {
    let samples: Vec<Vec<f64>> =
        rows.iter().enumerate().map(|(i, rows)| noise(rows * S::ROW_LEN, seed + i as u64)).collect();
    Batch::from_samples(&samples.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("rows")
}
