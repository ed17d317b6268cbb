//! Group normalisation: each group of a sample's channels by its own mean and deviation.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use nn_sizes::GroupNorm;

/// `y = (x - mean) / √(variance + epsilon) * scale + shift` (Wu and He, 2018), the mean and the variance being those of a group.
impl<'p, T: Real> Operation<T, &'p [T]> for GroupNorm {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, p, y) = (one(call.inputs), call.parameters, one_mut(call.outputs));
        check!((x.len(), p.len(), y.len()) == (len(self), self.parameters(), len(self)));
        check!(call.scratch.len() >= self.forward_scratch());
        T::group_norm(self, x, p, y, call.scratch);
    }
}

impl<T: Real> Differentiable<T> for GroupNorm {
    fn backward(&self, call: Backward<'_, T>) {
        let (x, p, dy) = (one(call.inputs), call.parameters, one_mut(call.output_gradients));
        let (dx, dp) = (wanted(call.input_gradients), call.parameter_gradients);
        check!((x.len(), p.len(), dy.len()) == (len(self), self.parameters(), len(self)));
        check!((dp.is_empty() || dp.len() == p.len()) && call.scratch.len() >= self.backward_scratch());
        check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
        T::group_norm_gradient(self, x, p, dy, dx, dp, call.scratch);
    }
}

fn len(d: &GroupNorm) -> usize {
    d.pixels * d.channels
}

#[cfg(all(test, feature = "std"))]
mod tests;
