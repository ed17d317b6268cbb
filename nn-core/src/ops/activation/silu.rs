//! The sigmoid linear unit (swish).

use crate::Real;

/// `y = x / (1 + exp(-x))`.
pub fn forward<T: Real>(_: &(), x: &[T], y: &mut [T]) {
    T::silu(x, y);
}

/// The gradient of [`forward`].
pub fn backward<T: Real>(_: &(), x: &[T], dy: &mut [T], dx: Option<&mut [T]>) {
    if let Some(dx) = dx {
        T::silu_gradient(x, dy, dx);
    }
}
