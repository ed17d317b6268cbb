//! Dropout.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use nn_sizes::Dropout;

/// Sets each number to 0 with probability `rate` and scales the others by `1 / (1 - rate)`.
impl<'p, T: Real> Operation<T, &'p [T]> for Dropout {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let draw = call.draw();
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!(x.len() == y.len());
        T::dropout(self.rate, draw.key(), x, y);
    }
}

/// The same numbers are kept, as the draw is the same.
impl<T: Real> Differentiable<T> for Dropout {
    fn backward(&self, call: Backward<'_, T>) {
        let draw = call.draw();
        if let Some(dx) = wanted(call.input_gradients) {
            let dy = one_mut(call.output_gradients);
            check!(dx.len() == dy.len());
            T::dropout(self.rate, draw.key(), dy, dx);
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
