//! Softmax and its logarithm, over each row.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use nn_sizes::{LogSoftmax, Rows, Softmax};

/// `y = exp(x) / Σ exp(x)` in each row, in a form that does not overflow.
impl<'p, T: Real> Operation<T, &'p [T]> for Softmax {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), y.len()) == (len(&self.rows), len(&self.rows)));
        T::softmax(self.rows.len, x, y);
    }
}

impl<T: Real> Differentiable<T> for Softmax {
    fn backward(&self, call: Backward<'_, T>) {
        let (y, dy) = (one(call.outputs), one_mut(call.output_gradients));
        check!((y.len(), dy.len()) == (len(&self.rows), len(&self.rows)));
        if let Some(dx) = wanted(call.input_gradients) {
            check!(dx.len() == dy.len());
            T::softmax_gradient(self.rows.len, y, dy, dx);
        }
    }
}

/// `y = x - ln Σ exp(x)` in each row, in a form that does not overflow.
impl<'p, T: Real> Operation<T, &'p [T]> for LogSoftmax {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), y.len()) == (len(&self.rows), len(&self.rows)));
        T::log_softmax(self.rows.len, x, y);
    }
}

impl<T: Real> Differentiable<T> for LogSoftmax {
    fn backward(&self, call: Backward<'_, T>) {
        let (y, dy) = (one(call.outputs), one_mut(call.output_gradients));
        check!((y.len(), dy.len()) == (len(&self.rows), len(&self.rows)));
        if let Some(dx) = wanted(call.input_gradients) {
            check!(dx.len() == dy.len());
            T::log_softmax_gradient(self.rows.len, y, dy, dx);
        }
    }
}

fn len(rows: &Rows) -> usize {
    rows.rows * rows.len
}

#[cfg(all(test, feature = "std"))]
mod tests;
