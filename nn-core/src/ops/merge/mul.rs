//! The product of several inputs, number by number.

use crate::Real;

/// `y` = the product of the inputs.
pub fn forward<T: Real>(_: &(), inputs: &[&[T]], y: &mut [T]) {
    T::multiply_inputs(inputs, y);
}

/// The gradient of [`forward`]: that of each input is `dy` times all others, so that a zero among them does no harm. An
/// input that wants none gives an empty slice.
pub fn backward<T: Real>(_: &(), inputs: &[&[T]], dy: &mut [T], dx: &mut [&mut [T]]) {
    check!(inputs.len() == dx.len());
    for (without, dx) in dx.iter_mut().enumerate() {
        if !dx.is_empty() {
            T::multiply_others(inputs, without, dy, dx);
        }
    }
}
