//! Rectifiers whose slope below zero is learned.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use nn_sizes::Prelu;

/// `y = x` where that is positive, else `slope * x`.
impl<'p, T: Real> Operation<T, &'p [T]> for Prelu {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, slopes, y) = (one(call.inputs), call.parameters, one_mut(call.outputs));
        check!((x.len(), y.len(), slopes.len()) == (len(self), len(self), self.parameters()));
        T::prelu(self, x, slopes, y);
    }
}

impl<T: Real> Differentiable<T> for Prelu {
    fn backward(&self, call: Backward<'_, T>) {
        let (x, slopes, dy) = (one(call.inputs), call.parameters, one_mut(call.output_gradients));
        let dp = call.parameter_gradients;
        check!((x.len(), dy.len(), slopes.len()) == (len(self), len(self), self.parameters()));
        if !dp.is_empty() {
            check!(dp.len() == slopes.len());
            T::prelu_slope_gradient(self, x, dy, dp);
        }
        if let Some(dx) = wanted(call.input_gradients) {
            check!(dx.len() == x.len());
            T::prelu_gradient(self, x, slopes, dy, dx);
        }
    }
}

fn len(d: &Prelu) -> usize {
    d.rows.rows * d.rows.len
}

#[cfg(all(test, feature = "std"))]
mod tests;
