//! Local response normalisation.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut};
use nn_sizes::LocalResponseNorm;

/// `y = x / (k + alpha * m)^beta`, where `m` is the mean of `x²` over the neighbours of a channel, zeros beyond the first and the last
/// (Krizhevsky, Sutskever and Hinton, 2012, whose `alpha` is PyTorch's, and ours, divided by the size).
impl<'p, T: Real> Operation<T, &'p [T]> for LocalResponseNorm {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), y.len()) == (len(self), len(self)));
        for (x, y) in chunks_exact(x, self.channels).zip(chunks_exact_mut(y, self.channels)) {
            T::local_response_norm(self, x, y);
        }
    }
}

impl<T: Real> Differentiable<T> for LocalResponseNorm {
    fn backward(&self, call: Backward<'_, T>) {
        let (x, dy) = (one(call.inputs), one_mut(call.output_gradients));
        let Some(dx) = wanted(call.input_gradients) else { return };
        check!((x.len(), dy.len(), dx.len()) == (len(self), len(self), len(self)));
        check!(call.scratch.len() >= self.backward_scratch());
        let pixels = x.chunks_exact(self.channels).zip(dy.chunks_exact(self.channels));
        for ((x, dy), dx) in pixels.zip(dx.chunks_exact_mut(self.channels)) {
            T::local_response_norm_gradient(self, x, dy, dx, call.scratch);
        }
    }
}

fn len(d: &LocalResponseNorm) -> usize {
    d.pixels * d.channels
}

#[cfg(all(test, feature = "std"))]
mod tests;
