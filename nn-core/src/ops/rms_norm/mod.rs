//! Normalisation by the root mean square.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut};
use nn_sizes::RmsNorm;

/// `y = x / √(the mean of x² + epsilon) * scale`, row by row (Zhang and Sennrich, 2019).
impl<'p, T: Real> Operation<T, &'p [T]> for RmsNorm {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, p, y) = (one(call.inputs), call.parameters, one_mut(call.outputs));
        check!((x.len(), p.len(), y.len()) == (self.rows * self.len, self.len, self.rows * self.len));
        for (x, y) in chunks_exact(x, self.len).zip(chunks_exact_mut(y, self.len)) {
            T::rms_norm(self, x, p, y);
        }
    }
}

impl<T: Real> Differentiable<T> for RmsNorm {
    fn backward(&self, call: Backward<'_, T>) {
        let (x, p, dy) = (one(call.inputs), call.parameters, one_mut(call.output_gradients));
        let dp = call.parameter_gradients;
        check!((x.len(), p.len(), dy.len()) == (self.rows * self.len, self.len, self.rows * self.len));
        check!(dp.is_empty() || dp.len() == p.len());
        let dx = wanted(call.input_gradients);
        check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
        let mut dx = dx.map(|dx| dx.chunks_exact_mut(self.len));
        for (x, dy) in x.chunks_exact(self.len).zip(dy.chunks_exact(self.len)) {
            T::rms_norm_gradient(self, x, p, dy, dx.as_mut().and_then(Iterator::next), dp);
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
