//! Between the order of the language, `[channels][pixels]`, and that of the kernels, `[pixels][channels]`.

use crate::Real;

/// `[pixels][channels]` to `[channels][pixels]`.
pub fn channels_first<T: Real>(pixels: usize, channels: usize, x: &[T], y: &mut [T]) {
    T::transpose(pixels, channels, x, y);
}

/// `[channels][pixels]` to `[pixels][channels]`.
pub fn channels_last<T: Real>(pixels: usize, channels: usize, x: &[T], y: &mut [T]) {
    T::transpose(channels, pixels, x, y);
}

#[cfg(all(test, feature = "std"))]
mod tests;
