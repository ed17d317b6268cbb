//! Dense layers, on a whole batch at once.
//!
//! Zeros in `x` and in the gradient of `y` are left out of the sums where they are many, and all that they are multiplied by is
//! finite. That changes no bit of a result.

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use super::conv::stored_parameters::StoredParameters;
use crate::Real;
use crate::base::memory::{part, split_mut};
use crate::exec::{Pieces, join};
use crate::gemm::dense::Rows;
use nn_sizes::Affine;

/// Work is cut into parts of at least this many rows, so that each fills some register tiles.
const LEAST_ROWS: usize = 24;

/// The outputs of a single sample, into parts of at least so many.
const LEAST_OUTPUTS: usize = 32;

/// Batches of fewer samples take each weight gradient's dot product directly.
const FEW: usize = 4;

/// `y = activation(x · w + b)`.
impl<'p, T: Real, P: StoredParameters<'p, T>> Operation<T, P> for Affine {
    fn forward(&self, call: Forward<'_, T, P>) {
        let (pass, p, n) = (call.pass, call.parameters, call.pass.samples());
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), y.len()) == (n * self.inputs, n * self.outputs));
        check!(p.has(self.weights(), self.outputs, self.parameters() - self.weights()));
        let parts = |len, least| pass.parts(n as u64 * self.multiply_adds(), len, least);
        let finite = pass.is_finite();
        if n == 1 {
            let columns = Pieces::new(y, 1);
            columns.in_parts(parts(self.outputs, LEAST_OUTPUTS), &|first, y| {
                p.affine(self, [first, first + y.len()], finite, x, y);
            });
        } else {
            Pieces::new(y, self.outputs).in_parts(parts(n, LEAST_ROWS), &|first, y| {
                p.affine(self, [0, self.outputs], finite, rows(x, self.inputs, first, count(y, self.outputs)), y);
            });
        }
    }
}

impl<T: Real> Differentiable<T> for Affine {
    fn backward(&self, call: Backward<'_, T>) {
        let (pass, p, n) = (call.pass, call.parameters, call.pass.samples());
        let (x, y, dy) = (one(call.inputs), one(call.outputs), one_mut(call.output_gradients));
        let (dx, dp) = (wanted(call.input_gradients), call.parameter_gradients);
        check!((x.len(), p.len(), dy.len()) == (n * self.inputs, self.parameters(), n * self.outputs));
        check!(y.len() == if y.is_empty() { 0 } else { dy.len() });
        check!((dp.is_empty() || dp.len() == p.len()) && dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
        if n == 0 {
            dp.fill(T::ZERO);
            return;
        }
        T::differentiate(self.activation, y, dy);
        let (dz, work, few) = (&*dy, n as u64 * self.multiply_adds(), n < FEW);
        let parts = |len| pass.parts(work, len, LEAST_ROWS);
        // The biases are the last row, of an input that is always one.
        let parameters = |dp: &mut [T]| {
            Pieces::new(dp, self.outputs).in_parts(parts(self.inputs), &|first, dp| {
                let (dw, db) = split_mut(dp, dp.len().min((self.inputs - first) * self.outputs));
                if !dw.is_empty() {
                    let columns = Rows { numbers: part(x, first..), step: self.inputs, count: n };
                    T::affine_weight_gradient(self.outputs, columns, dz, dw);
                }
                if !db.is_empty() {
                    db.fill(T::ZERO);
                    T::sum_rows(dz, db);
                }
            });
        };
        let weights = part(p, ..self.weights());
        let inputs = |dx: &mut [T]| {
            if n == 1 {
                Pieces::new(dx, 1).in_parts(parts(self.inputs), &|first, dx| {
                    let weights = rows(weights, self.outputs, first, dx.len());
                    T::affine_input_gradient(self.outputs, few, dz, weights, dx);
                });
            } else {
                Pieces::new(dx, self.inputs).in_parts(parts(n), &|first, dx| {
                    let dz = rows(dz, self.outputs, first, count(dx, self.inputs));
                    T::affine_input_gradient(self.outputs, few, dz, weights, dx);
                });
            }
        };
        match dx {
            None if dp.is_empty() => {}
            None => parameters(dp),
            Some(dx) if dp.is_empty() => inputs(dx),
            Some(dx) => drop(join(pass.is_parallel(work), || parameters(dp), || inputs(dx))),
        }
    }
}

/// How many rows of `len` numbers there are; of none, rather than a division that could panic.
fn count<T>(numbers: &[T], len: usize) -> usize {
    numbers.len().checked_div(len).unwrap_or(0)
}

/// `count` rows of `len` numbers, from `first` on.
fn rows<T>(numbers: &[T], len: usize, first: usize, count: usize) -> &[T] {
    part(numbers, first * len..(first + count) * len)
}

#[cfg(all(test, feature = "std"))]
mod tests;
