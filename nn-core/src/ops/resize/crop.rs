//! A rectangle of a map.

use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut};
use crate::base::size;
use crate::ops::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use core::ops::Range;
use nn_sizes::Crop;

/// `y` is a rectangle of `x`.
impl<'p, T: Real> Operation<T, &'p [T]> for Crop {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check(self, x.len(), y.len());
        for (row, y) in chunks_exact_mut(y, row_len(self)).enumerate() {
            copy(part(x, range(self, row)), y);
        }
    }
}

/// What was cut off has no gradient.
impl<T: Real> Differentiable<T> for Crop {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        if let Some(dx) = wanted(call.input_gradients) {
            check(self, dx.len(), dy.len());
            dx.fill(T::ZERO);
            for (row, dy) in chunks_exact(dy, row_len(self)).enumerate() {
                copy(dy, part_mut(dx, range(self, row)));
            }
        }
    }
}

fn row_len(d: &Crop) -> usize {
    d.output[1] * d.output[2]
}

/// Where a row lies in the input.
fn range(d: &Crop, row: usize) -> Range<usize> {
    let start = ((d.from[0] + row) * d.input[1] + d.from[1]) * d.input[2];
    start..start + row_len(d)
}

fn check(d: &Crop, input: usize, output: usize) {
    check!((input, output) == (size(d.input), size(d.output)));
    check!(d.input[2] == d.output[2] && output > 0);
    check!(d.from[0] + d.output[0] <= d.input[0] && d.from[1] + d.output[1] <= d.input[1]);
}
