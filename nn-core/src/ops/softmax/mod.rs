//! Softmax.

pub(crate) mod kernels;
pub mod log_softmax;

use crate::Real;
use nn_sizes::Rows;

/// `y = exp(x) / Σ exp(x)` in each row, in a form that does not overflow.
pub fn forward<T: Real>(r: &Rows, x: &[T], y: &mut [T]) {
    check!((x.len(), y.len()) == (r.rows * r.len, r.rows * r.len));
    T::softmax(r.len, x, y);
}

/// The gradient of [`forward`].
pub fn backward<T: Real>(r: &Rows, y: &[T], dy: &mut [T], dx: Option<&mut [T]>) {
    check!((y.len(), dy.len()) == (r.rows * r.len, r.rows * r.len));
    if let Some(dx) = dx {
        check!(dx.len() == dy.len());
        T::softmax_gradient(r.len, y, dy, dx);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
