//! Maps of another height and width: enlarged, shrunk, or cut out.

mod crop;
pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::size;
use nn_sizes::{Bilinear, Nearest, Resize};

/// Each pixel of `y` is the one of `x` that it begins in.
impl<'p, T: Real> Operation<T, &'p [T]> for Nearest {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check(&self.resize, x.len(), y.len());
        T::nearest(&self.resize, x, y);
    }
}

impl<T: Real> Differentiable<T> for Nearest {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(&self.resize, dx.len(), dy.len());
            T::nearest_gradient(&self.resize, dy, dx);
        }
    }
}

/// Each pixel of `y` lies between four of `x`.
impl<'p, T: Real> Operation<T, &'p [T]> for Bilinear {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check(&self.resize, x.len(), y.len());
        check!(call.scratch.len() >= self.scratch());
        T::bilinear(&self.resize, x, y, call.scratch);
    }
}

impl<T: Real> Differentiable<T> for Bilinear {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(&self.resize, dx.len(), dy.len());
            check!(call.scratch.len() >= self.scratch());
            T::bilinear_gradient(&self.resize, dy, dx, call.scratch);
        }
    }
}

fn check(d: &Resize, input: usize, output: usize) {
    check!((input, output) == (size(d.input), size(d.output)));
    check!(d.input[2] == d.output[2] && input > 0 && output > 0);
}

#[cfg(all(test, feature = "std"))]
mod tests;
