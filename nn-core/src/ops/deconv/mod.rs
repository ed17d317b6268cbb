//! Transposed convolutions: a convolution run backward.
//!
//! The output is found as a convolution's gradient of its input is; the gradient of the input as a convolution's output. So every
//! algorithm of the convolution serves here too.

use super::call::{Backward, Differentiable, Forward, Operation, Prepack, one, one_mut, wanted};
use super::conv;
use crate::Real;
use crate::base::memory::{chunks_exact_mut, split, split_mut};
use crate::exec::accumulate;
use nn_sizes::Deconv;

impl<'p, T: Real> Prepack<T, &'p [T]> for Deconv {
    fn prepack(&self, p: &'p [T], prepacked: &mut [T]) {
        check!(p.len() == self.parameters());
        self.conv.prepack_backward(split(p, self.conv.weights()).0, prepacked);
    }
}

/// `y = activation(xᵀ * w + b)`.
impl<'p, T: Real> Operation<T, &'p [T]> for Deconv {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let Forward { parameters: p, prepacked, scratch, .. } = call;
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), y.len()) == (conv::len(self.conv.output), conv::len(self.conv.input)));
        check!(p.len() == self.parameters() && scratch.len() >= self.forward_scratch());
        check!(prepacked.len() == self.conv.prepacked_backward());
        let (weights, biases) = split(p, self.conv.weights());
        conv::input_gradient(&self.conv, weights, x, y, prepacked, scratch);
        if self.bias {
            for pixel in chunks_exact_mut(y, self.conv.input[2]) {
                accumulate(pixel, biases);
            }
        }
        T::activate(self.activation, y);
    }
}

impl<T: Real> Differentiable<T> for Deconv {
    fn prepack_backward(&self, p: &[T], prepacked: &mut [T]) {
        self.conv.prepack(split(p, self.conv.weights()).0, prepacked);
    }

    fn backward(&self, call: Backward<'_, T>) {
        let Backward { pass, sample, parameters: p, parameter_gradients: dp, prepacked, scratch, .. } = call;
        let (x, y, dy) = (one(call.inputs), one(call.outputs), one_mut(call.output_gradients));
        check!((x.len(), dy.len()) == (conv::len(self.conv.output), conv::len(self.conv.input)));
        check!(p.len() == self.parameters() && (dp.is_empty() || dp.len() == p.len()));
        check!((y.is_empty() || y.len() == dy.len()) && prepacked.len() == self.conv.prepacked());
        check!(scratch.len() >= self.backward_scratch());
        T::differentiate(self.activation, y, dy);
        let weights = split(p, self.conv.weights()).0;
        if !dp.is_empty() {
            let (dw, db) = split_mut(dp, self.conv.weights());
            conv::weight_gradient(&self.conv, self.conv.weight_gradient_algorithm(), dy, x, dw, scratch);
            if self.bias {
                T::sum_rows(dy, db);
            }
        }
        if let Some(dx) = wanted(call.input_gradients) {
            let (inputs, outputs) = (&[&*dy][..], &mut [dx][..]);
            let call = Forward { inputs, outputs, prepacked, scratch, ..Forward::new(pass, sample, weights) };
            self.conv.forward(call);
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
