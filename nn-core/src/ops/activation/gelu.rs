//! The Gaussian error linear unit, in its exact form with the error function.

use crate::Real;

/// `y = x * (1 + erf(x / √2)) / 2`.
pub fn forward<T: Real>(_: &(), x: &[T], y: &mut [T]) {
    T::gelu(x, y);
}

/// The gradient of [`forward`].
pub fn backward<T: Real>(_: &(), x: &[T], dy: &mut [T], dx: Option<&mut [T]>) {
    if let Some(dx) = dx {
        T::gelu_gradient(x, dy, dx);
    }
}
