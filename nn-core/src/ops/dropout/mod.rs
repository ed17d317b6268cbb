//! Dropout.

pub(crate) mod kernels;

use crate::Real;
pub use crate::exec::draw::Draw;

/// Sets each number to 0 with probability `rate` and scales the others by `1 / (1 - rate)`.
pub fn forward<T: Real>(rate: &f64, x: &[T], y: &mut [T], draw: Draw) {
    check!(x.len() == y.len());
    T::dropout(*rate, draw.key(), x, y);
}

/// The gradient of [`forward`] with the same `draw`.
pub fn backward<T: Real>(rate: &f64, dy: &mut [T], dx: Option<&mut [T]>, draw: Draw) {
    if let Some(dx) = dx {
        forward(rate, dy, dx, draw);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
