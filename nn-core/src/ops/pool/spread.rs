//! Pooling over windows whose taps are apart, or whose sizes differ.

use crate::Real;
use crate::ops::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use nn_sizes::{SpreadAveragePool, SpreadMaxPool, SpreadPool};

/// `y` = the largest number of each window, channel by channel, with indices as [`MaxPool`](nn_sizes::MaxPool) has them.
impl<'p, T: Real> Operation<T, &'p [T]> for SpreadMaxPool {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y, indices) = (one(call.inputs), one_mut(call.outputs), call.indices);
        check(&self.pool, x.len(), y.len());
        check!(indices.is_empty() || indices.len() == y.len());
        T::spread_max_pool(&self.pool, x, y, indices);
    }
}

impl<T: Real> Differentiable<T> for SpreadMaxPool {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(&self.pool, dx.len(), dy.len());
            check!(call.indices.len() == dy.len());
            T::spread_max_pool_gradient(&self.pool, dy, call.indices, dx);
        }
    }
}

/// `y` = the mean of each window, channel by channel.
impl<'p, T: Real> Operation<T, &'p [T]> for SpreadAveragePool {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check(&self.pool, x.len(), y.len());
        T::spread_average_pool(&self.pool, x, y);
    }
}

impl<T: Real> Differentiable<T> for SpreadAveragePool {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(&self.pool, dx.len(), dy.len());
            T::spread_average_pool_gradient(&self.pool, dy, dx);
        }
    }
}

fn check(d: &SpreadPool, input: usize, output: usize) {
    check!((input, output) == (d.input.iter().product(), d.output.iter().product()));
    check!(d.input[2] == d.output[2]);
}

#[cfg(all(test, feature = "std"))]
mod tests;
