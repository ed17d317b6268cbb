//! Max pooling.

use crate::Real;
use crate::base::memory::{chunks_exact_mut, part_mut};
use nn_sizes::Pool;

/// `y` = the largest number of each window, channel by channel.
///
/// `indices` gets the pixel, `row * width + column`, that each came from, the first of equals; it may be empty. A NaN wins over every
/// number, as in PyTorch. Every window reaches the map: padding is at most half a window.
pub fn forward<T: Real>(d: &Pool, x: &[T], y: &mut [T], indices: &mut [u32]) {
    check(d, x.len(), y.len());
    check!(indices.is_empty() || indices.len() == y.len());
    let len = d.output[1] * d.output[2];
    for (row, y) in chunks_exact_mut(y, len).enumerate() {
        T::max_pool_row(d, row, x, y, indices_of_row(indices, row, len));
    }
}

/// The gradient of [`forward`]: each number of `dy` goes to the one pixel that `indices` names.
pub fn backward<T: Real>(d: &Pool, dy: &mut [T], dx: Option<&mut [T]>, indices: &[u32]) {
    let Some(dx) = dx else { return };
    check(d, dx.len(), dy.len());
    check!(indices.len() == dy.len());
    T::max_pool_gradient(d, dy, indices, dx);
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
