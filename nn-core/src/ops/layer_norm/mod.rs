//! Layer normalisation over all numbers of a sample, or of each row of it.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, part_mut};
use nn_sizes::LayerNorm;

/// `y = (x - mean) / √(variance + epsilon) * scale + shift`.
impl<'p, T: Real> Operation<T, &'p [T]> for LayerNorm {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, p, y) = (one(call.inputs), call.parameters, one_mut(call.outputs));
        check!((x.len(), p.len(), y.len()) == (self.rows * self.len, 2 * self.len, self.rows * self.len));
        for (x, y) in chunks_exact(x, self.len).zip(chunks_exact_mut(y, self.len)) {
            T::layer_norm(self, x, p, y);
        }
    }
}

impl<T: Real> Differentiable<T> for LayerNorm {
    fn backward(&self, call: Backward<'_, T>) {
        let (x, p, dy) = (one(call.inputs), call.parameters, one_mut(call.output_gradients));
        // Where the parameters are frozen, their gradients go to where nobody looks.
        let dp = match call.parameter_gradients {
            [] => part_mut(call.scratch, ..p.len()),
            dp => dp,
        };
        let dx = wanted(call.input_gradients);
        check!((x.len(), p.len(), dy.len()) == (self.rows * self.len, 2 * self.len, self.rows * self.len));
        check!(dp.len() == p.len());
        check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
        let mut dx = dx.map(|dx| chunks_exact_mut(dx, self.len));
        for (x, dy) in chunks_exact(x, self.len).zip(chunks_exact_mut(dy, self.len)) {
            T::layer_norm_gradient(self, x, p, dy, dx.as_mut().and_then(Iterator::next), dp);
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
