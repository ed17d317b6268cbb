//! Max pooling.

use crate::Real;
use crate::base::memory::{chunks_exact_mut, part_mut};
use crate::ops::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use nn_sizes::{MaxPool, Pool};

/// `y` = the largest number of each window, channel by channel.
///
/// `indices` gets the pixel, `row * width + column`, that each came from, the first of equals; it may be empty. A NaN wins over every
/// number, as in PyTorch. Every window reaches the map: padding is at most half a window.
impl<'p, T: Real> Operation<T, &'p [T]> for MaxPool {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (d, x, y, indices) = (&self.pool, one(call.inputs), one_mut(call.outputs), call.indices);
        check(d, x.len(), y.len());
        check!(indices.is_empty() || indices.len() == y.len());
        let len = d.output[1] * d.output[2];
        for (row, y) in chunks_exact_mut(y, len).enumerate() {
            T::max_pool_row(d, row, x, y, indices_of_row(indices, row, len));
        }
    }
}

/// Each number of the output's gradient goes to the one pixel that its index names.
impl<T: Real> Differentiable<T> for MaxPool {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(&self.pool, dx.len(), dy.len());
            check!(call.indices.len() == dy.len());
            T::max_pool_gradient(&self.pool, dy, call.indices, dx);
        }
    }
}

/// Those of one row of `len` results, or none if there are none.
pub(crate) fn indices_of_row(indices: &mut [u32], row: usize, len: usize) -> &mut [u32] {
    if indices.is_empty() { indices } else { part_mut(indices, row * len..(row + 1) * len) }
}

fn check(d: &Pool, input: usize, output: usize) {
    check!((input, output) == (d.input.iter().product(), d.output.iter().product()));
    check!(d.pad[0] < d.kernel[0] && d.pad[1] < d.kernel[1], "a window of nothing but padding");
}

#[cfg(all(test, feature = "std"))]
pub(crate) mod tests;
