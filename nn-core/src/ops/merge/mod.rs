//! Branches put together: their sum, their product, their channels side by side; and one cut into several.

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut};
use nn_sizes::{Add, Concat, Mul, Rows, Split};

/// `y = activation(the sum of the inputs)`.
impl<'p, T: Real> Operation<T, &'p [T]> for Add {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        T::sum_inputs(self.activation, call.inputs, one_mut(call.outputs));
    }
}

/// The same for each input. Of what shares its place with the gradient of the output there is nothing to write.
impl<T: Real> Differentiable<T> for Add {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        T::differentiate(self.activation, one(call.outputs), dy);
        for dx in call.input_gradients.iter_mut().filter(|dx| !dx.is_empty()) {
            copy(dy, dx);
        }
    }
}

/// `y` = the product of the inputs.
impl<'p, T: Real> Operation<T, &'p [T]> for Mul {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        T::multiply_inputs(call.inputs, one_mut(call.outputs));
    }
}

/// That of each input is `dy` times all others, so that a zero among them does no harm.
impl<T: Real> Differentiable<T> for Mul {
    fn backward(&self, call: Backward<'_, T>) {
        check!(call.inputs.len() == call.input_gradients.len());
        let dy = one_mut(call.output_gradients);
        for (without, dx) in call.input_gradients.iter_mut().enumerate() {
            if !dx.is_empty() {
                T::multiply_others(call.inputs, without, dy, dx);
            }
        }
    }
}

/// Each row of `y` is the same row of each input, one after another.
impl<'p, T: Real> Operation<T, &'p [T]> for Concat {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        join(self.inputs, call.inputs, one_mut(call.outputs));
    }
}

impl<T: Real> Differentiable<T> for Concat {
    fn backward(&self, call: Backward<'_, T>) {
        cut(self.inputs, one_mut(call.output_gradients), call.input_gradients);
    }
}

/// Each output has some numbers of each row of `x`.
impl<'p, T: Real> Operation<T, &'p [T]> for Split {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        cut(self.outputs, one(call.inputs), call.outputs);
    }
}

impl<T: Real> Differentiable<T> for Split {
    fn backward(&self, call: Backward<'_, T>) {
        if let Some(dx) = super::call::wanted(call.input_gradients) {
            check!(call.output_gradients.len() == self.outputs.len());
            let mut start = 0;
            for (rows, dy) in self.outputs.iter().zip(call.output_gradients.iter()) {
                join_one(rows, dy, width(self.outputs), start, dx);
                start += rows.len;
            }
        }
    }
}

/// The rows of all parts side by side.
fn join<T: Copy>(parts: &[Rows], from: &[&[T]], whole: &mut [T]) {
    check!(parts.len() == from.len());
    let mut start = 0;
    for (rows, part) in parts.iter().zip(from) {
        join_one(rows, part, width(parts), start, whole);
        start += rows.len;
    }
}

/// Writes the rows of a part to where they start in the rows of the whole.
fn join_one<T: Copy>(rows: &Rows, part: &[T], width: usize, start: usize, whole: &mut [T]) {
    check!((part.len(), whole.len()) == (rows.rows * rows.len, rows.rows * width));
    for (part, whole) in chunks_exact(part, rows.len).zip(chunks_exact_mut(whole, width)) {
        copy(part, part_mut(whole, start..start + rows.len));
    }
}

/// The parts of rows that lie side by side; a part that is not wanted is empty.
fn cut<T: Copy>(parts: &[Rows], whole: &[T], to: &mut [&mut [T]]) {
    check!(parts.len() == to.len());
    let (width, mut start) = (width(parts), 0);
    for (rows, to) in parts.iter().zip(to) {
        check!(whole.len() == rows.rows * width && (to.is_empty() || to.len() == rows.rows * rows.len));
        for (to, whole) in chunks_exact_mut(to, rows.len).zip(chunks_exact(whole, width)) {
            copy(part(whole, start..start + rows.len), to);
        }
        start += rows.len;
    }
}

/// Numbers in a row of the whole.
fn width(parts: &[Rows]) -> usize {
    parts.iter().map(|rows| rows.len).sum()
}

#[cfg(all(test, feature = "std"))]
mod tests;
