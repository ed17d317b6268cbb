//! Average pooling.

use crate::Real;
use nn_sizes::Pool;

/// `y` = the mean of each window, channel by channel.
///
/// Padding counts as zeros. Where rounding up put a part of a window beyond the padding, that part does not count, as in PyTorch.
pub fn forward<T: Real>(d: &Pool, x: &[T], y: &mut [T]) {
    check!((x.len(), y.len()) == (d.input.iter().product(), d.output.iter().product()));
    T::average_pool(d, x, y);
}

/// The gradient of [`forward`].
pub fn backward<T: Real>(d: &Pool, dy: &mut [T], dx: Option<&mut [T]>) {
    let Some(dx) = dx else { return };
    check!((dx.len(), dy.len()) == (d.input.iter().product(), d.output.iter().product()));
    T::average_pool_gradient(d, dy, dx);
}

#[cfg(all(test, feature = "std"))]
mod tests;
