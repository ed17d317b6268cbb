//! Dropout.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::exec::Pass;
use nn_sizes::Dropout;

/// Sets each number to 0 with probability `rate` and scales the others by `1 / (1 - rate)`.
impl<'p, T: Real> Operation<T, &'p [T]> for Dropout {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (draw, rate) = (call.draw(), rate(self, call.pass));
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!(x.len() == y.len());
        T::dropout(rate, draw.key(), x, y);
    }
}

/// The same numbers are kept, as the draw is the same.
impl<T: Real> Differentiable<T> for Dropout {
    fn backward(&self, call: Backward<'_, T>) {
        let (draw, rate) = (call.draw(), rate(self, call.pass));
        if let Some(dx) = wanted(call.input_gradients) {
            let dy = one_mut(call.output_gradients);
            check!(dx.len() == dy.len());
            T::dropout(rate, draw.key(), dy, dx);
        }
    }
}

/// The probability in this pass: zero, which changes no number, if it has no dropout.
fn rate(d: &Dropout, pass: &Pass) -> f64 {
    if pass.drops() { d.rate } else { 0.0 }
}

#[cfg(all(test, feature = "std"))]
mod tests;
