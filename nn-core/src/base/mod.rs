//! What every module stands on: numbers, checks and memory. Nothing here knows of the rest of the crate.

pub(crate) mod channel;
#[macro_use]
pub(crate) mod check;
pub mod memory;
pub(crate) mod number;
pub(crate) mod print;
#[cfg(feature = "std")]
pub(crate) mod random;
#[cfg(all(test, feature = "std"))]
pub(crate) mod test_folder;

/// The product of some dimensions, which a slice is compared with: where it does not fit, a number that no slice is as long as.
#[inline(always)]
pub(crate) fn size<const N: usize>(dimensions: [usize; N]) -> usize {
    let mut size = 1_usize;
    for dimension in dimensions {
        size = size.saturating_mul(dimension);
    }
    size
}
