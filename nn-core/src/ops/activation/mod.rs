//! Activations whose derivative follows from their output, where no operation before them takes them over.

pub mod gelu;
pub(crate) mod kernels;
pub mod silu;

use crate::Real;
use nn_sizes::Activation;

/// `y = activation(x)`.
pub fn forward<T: Real>(a: &Activation, x: &[T], y: &mut [T]) {
    T::activation(*a, x, y);
}

/// The gradient of [`forward`].
pub fn backward<T: Real>(a: &Activation, y: &[T], dy: &mut [T], dx: Option<&mut [T]>) {
    if let Some(dx) = dx {
        T::activation_gradient(*a, y, dy, dx);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
