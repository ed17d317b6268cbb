//! Layer normalisation over all numbers of a sample.

pub(crate) mod kernels;

use crate::Real;
use nn_sizes::LayerNorm;

/// `y = (x - mean) / √(variance + epsilon) * scale + shift`.
pub fn forward<T: Real>(d: &LayerNorm, x: &[T], p: &[T], y: &mut [T]) {
    check!((x.len(), p.len(), y.len()) == (d.len, 2 * d.len, d.len));
    T::layer_norm(d, x, p, y);
}

/// The gradients of [`forward`]; `dp` is added to.
pub fn backward<T: Real>(d: &LayerNorm, x: &[T], p: &[T], dy: &mut [T], dx: Option<&mut [T]>, dp: &mut [T]) {
    check!((x.len(), p.len(), dy.len(), dp.len()) == (d.len, 2 * d.len, d.len, 2 * d.len));
    check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
    T::layer_norm_gradient(d, x, p, dy, dx, dp);
}

#[cfg(all(test, feature = "std"))]
mod tests;
