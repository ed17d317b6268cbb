//! The sum of several inputs.

use crate::Real;
use nn_sizes::Activation;

/// `y = activation(the sum of the inputs)`.
pub fn forward<T: Real>(a: &Activation, inputs: &[&[T]], y: &mut [T]) {
    T::sum_inputs(*a, inputs, y);
}

/// The gradient of [`forward`]: the same for each input, but for those that want none and give an empty slice.
pub fn backward<T: Real>(a: &Activation, y: &[T], dy: &mut [T], dx: &mut [&mut [T]]) {
    T::differentiate(*a, y, dy);
    for dx in dx.iter_mut().filter(|dx| !dx.is_empty()) {
        dx.copy_from_slice(dy);
    }
}
