//! Activations that no operation before them takes over, number by number.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use nn_sizes::{Activation, InputActivation};

/// `y = activation(x)`.
impl<'p, T: Real> Operation<T, &'p [T]> for Activation {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        T::activation(*self, one(call.inputs), one_mut(call.outputs));
    }
}

impl<T: Real> Differentiable<T> for Activation {
    fn backward(&self, call: Backward<'_, T>) {
        if let Some(dx) = wanted(call.input_gradients) {
            T::activation_gradient(*self, one(call.outputs), one_mut(call.output_gradients), dx);
        }
    }
}

/// `y = activation(x)`.
impl<'p, T: Real> Operation<T, &'p [T]> for InputActivation {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        T::input_activation(*self, one(call.inputs), one_mut(call.outputs));
    }
}

impl<T: Real> Differentiable<T> for InputActivation {
    fn backward(&self, call: Backward<'_, T>) {
        if let Some(dx) = wanted(call.input_gradients) {
            T::input_activation_gradient(*self, one(call.inputs), one_mut(call.output_gradients), dx);
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
