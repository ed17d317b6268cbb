//! Average pooling.

use crate::Real;
use crate::ops::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use nn_sizes::{AveragePool, Pool};

/// `y` = the mean of each window, channel by channel.
///
/// What counts of the padding does so as zeros. Where rounding up put a part of a window beyond the padding, that part does not count, as in PyTorch.
impl<'p, T: Real> Operation<T, &'p [T]> for AveragePool {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check(&self.pool, x.len(), y.len());
        T::average_pool(self, x, y);
    }
}

impl<T: Real> Differentiable<T> for AveragePool {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(&self.pool, dx.len(), dy.len());
            T::average_pool_gradient(self, dy, dx);
        }
    }
}

fn check(d: &Pool, input: usize, output: usize) {
    check!((input, output) == (d.input.iter().product(), d.output.iter().product()));
}

#[cfg(all(test, feature = "std"))]
mod tests;
