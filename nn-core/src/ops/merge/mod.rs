//! Branches put together: their sum, difference, product or maximum, their channels side by side; and one cut into several.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut};
use nn_sizes::{Add, Concat, Max, Mul, MulChannels, Rows, Split, Sub};

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

/// `y` = the first input less the others.
impl<'p, T: Real> Operation<T, &'p [T]> for Sub {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        T::subtract_inputs(call.inputs, one_mut(call.outputs));
    }
}

impl<T: Real> Differentiable<T> for Sub {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        for (i, dx) in call.input_gradients.iter_mut().enumerate().filter(|(_, dx)| !dx.is_empty()) {
            if i == 0 { copy(dy, dx) } else { T::negate(dy, dx) }
        }
    }
}

/// `y` = the largest of the inputs. NaN wins over every number.
impl<'p, T: Real> Operation<T, &'p [T]> for Max {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        T::max_inputs(call.inputs, one_mut(call.outputs));
    }
}

/// The gradient goes to the largest; of equals each has the same share, as in PyTorch's `maximum`.
impl<T: Real> Differentiable<T> for Max {
    fn backward(&self, call: Backward<'_, T>) {
        let (y, dy) = (one(call.outputs), one_mut(call.output_gradients));
        check!(call.inputs.len() == call.input_gradients.len());
        for (i, dx) in call.input_gradients.iter_mut().enumerate().filter(|(_, dx)| !dx.is_empty()) {
            T::max_inputs_gradient(call.inputs, i, y, dy, dx);
        }
    }
}

/// `y` = the map, each channel times its factor.
impl<'p, T: Real> Operation<T, &'p [T]> for MulChannels {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let ([map, factors], y) = (order(self, call.inputs), one_mut(call.outputs));
        check!(y.len() == map.len());
        for (map, y) in chunks_exact(map, self.rows.len).zip(chunks_exact_mut(y, self.rows.len)) {
            T::multiply_inputs(&[map, factors], y);
        }
    }
}

impl<T: Real> Differentiable<T> for MulChannels {
    fn backward(&self, call: Backward<'_, T>) {
        let ([map, factors], dy) = (order(self, call.inputs), one_mut(call.output_gradients));
        check!(dy.len() == map.len() && call.input_gradients.len() == 2);
        for (i, dx) in call.input_gradients.iter_mut().enumerate().filter(|(_, dx)| !dx.is_empty()) {
            if i == self.factors {
                check!(dx.len() == self.rows.len);
                T::channel_products(map, dy, dx);
                continue;
            }
            check!(dx.len() == dy.len());
            for (dy, dx) in dy.chunks_exact(self.rows.len).zip(dx.chunks_exact_mut(self.rows.len)) {
                T::multiply_inputs(&[dy, factors], dx);
            }
        }
    }
}

/// The map, then the factors.
fn order<'a, T>(d: &MulChannels, inputs: &[&'a [T]]) -> [&'a [T]; 2] {
    check!(inputs.len() == 2 && d.factors < 2);
    let [map, factors] = [*part(inputs, 1 - d.factors), *part(inputs, d.factors)];
    check!((map.len(), factors.len()) == (d.rows.rows * d.rows.len, d.rows.len));
    [map, factors]
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
