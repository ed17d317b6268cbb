//! The logarithm of softmax.

use crate::Real;
use nn_sizes::Rows;

/// `y = x - ln Σ exp(x)` in each row, in a form that does not overflow.
pub fn forward<T: Real>(r: &Rows, x: &[T], y: &mut [T]) {
    check!((x.len(), y.len()) == (r.rows * r.len, r.rows * r.len));
    T::log_softmax(r.len, x, y);
}

/// The gradient of [`forward`].
pub fn backward<T: Real>(r: &Rows, y: &[T], dy: &mut [T], dx: Option<&mut [T]>) {
    check!((y.len(), dy.len()) == (r.rows * r.len, r.rows * r.len));
    if let Some(dx) = dx {
        check!(dx.len() == dy.len());
        T::log_softmax_gradient(r.len, y, dy, dx);
    }
}
