//! Dense layers, on a whole batch at once.
//!
//! Zeros in `x` and in the gradient of `y` are left out of the sums where they are many. That changes no bit of a result, but that
//! zero times an infinite number or NaN may count as zero.

mod inputs;

pub use inputs::Inputs;

use super::conv::stored::Stored;
use crate::Real;
use crate::base::memory::{part, split, split_mut};
use crate::exec::{Pieces, Run, join};
use crate::gemm::dense::Rows;
use nn_sizes::{Activation, Affine};

/// Work is cut into parts of at least this many rows, so that each fills some register tiles.
const LEAST_ROWS: usize = 24;

/// The outputs of a single sample, into parts of at least so many.
const LEAST_OUTPUTS: usize = 32;

/// Batches of fewer samples take each weight gradient's dot product directly.
const FEW: usize = 4;

/// `y = activation(x · w + b)` for `n` samples.
pub fn forward<T: Real>(run: &Run, d: &Affine, n: usize, x: &[T], p: &[T], y: &mut [T]) {
    forward_stored(run, d, n, x, p, y);
}

/// [`forward`] with parameters as they are stored.
pub fn forward_stored<'p, T: Real>(run: &Run, d: &Affine, n: usize, x: &[T], p: impl Stored<'p, T>, y: &mut [T]) {
    check!((x.len(), y.len()) == (n * d.inputs, n * d.outputs));
    check!(p.has(d.weights(), d.outputs, d.parameters() - d.weights()));
    let parts = |len, least| run.parts(n as u64 * d.multiply_adds(), len, least);
    if n == 1 {
        let columns = Pieces::new(y, 1);
        columns.in_parts(parts(d.outputs, LEAST_OUTPUTS), &|first, y| p.affine(d, [first, first + y.len()], x, y));
    } else {
        Pieces::new(y, d.outputs).in_parts(parts(n, LEAST_ROWS), &|first, y| {
            p.affine(d, [0, d.outputs], rows(x, d.inputs, first, y.len() / d.outputs), y);
        });
    }
}

/// [`forward`] as the sum of what each half of the inputs gives: two threads then read the weights of one half each, which the
/// gradient and the optimizer have them write, and not what the other has just written. `sums` is scratch like `y`.
///
/// The halves are summed apart on one thread too, so that the number of threads changes no bit. There are at least two inputs.
pub fn forward_in_halves<'x, T: Real>(
    run: &Run,
    d: &Affine,
    n: usize,
    x: impl Into<Inputs<'x, T>>,
    p: &[T],
    y: &mut [T],
    sums: &mut [T],
) {
    let x = x.into();
    check!(d.inputs > 1 && x.len() == n * d.inputs);
    check!((p.len(), y.len(), sums.len()) == (d.parameters(), n * d.outputs, y.len()));
    let middle = Inputs::<T>::middle(d.inputs);
    let second = Affine { inputs: d.inputs - middle, activation: Activation::Identity, ..*d };
    let first = Affine { inputs: middle, bias: false, ..second };
    let (first_p, second_p) = split(p, first.weights());
    let work = n as u64 * d.multiply_adds();
    let (parallel, parts) = (run.is_parallel(work), run.parts(work, n, LEAST_ROWS));
    let half = |d: &Affine, x: Rows<'_, T>, p: &[T], y: &mut [T]| {
        Pieces::new(y, d.outputs).in_parts(parts.div_ceil(2), &|first, y| {
            T::affine_forward(d, [0, d.outputs], x.some(first, y.len() / d.outputs), p, y);
        });
    };
    let [first_x, second_x] = [0, middle].map(|first| x.columns_from(d.inputs, n, first).0);
    join(parallel, || half(&first, first_x, first_p, sums), || half(&second, second_x, second_p, y));
    let sums = &*sums;
    Pieces::new(y, d.outputs).in_parts(parts, &|first, y| {
        T::accumulate(y, rows(sums, d.outputs, first, y.len() / d.outputs));
        T::activate(d.activation, y);
    });
}

/// The gradients of [`forward`]; `dp` is overwritten.
pub fn backward<'x, T: Real>(
    run: &Run,
    d: &Affine,
    n: usize,
    x: impl Into<Inputs<'x, T>>,
    y: &[T],
    p: &[T],
    dy: &mut [T],
    dx: Option<&mut [T]>,
    dp: &mut [T],
) {
    let x = x.into();
    check!((x.len(), p.len(), dy.len()) == (n * d.inputs, d.parameters(), n * d.outputs));
    check!((y.len(), dp.len()) == (if y.is_empty() { 0 } else { dy.len() }, p.len()));
    check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
    if n == 0 {
        dp.fill(T::ZERO);
        return;
    }
    T::differentiate(d.activation, y, dy);
    let (dz, work, few) = (&*dy, n as u64 * d.multiply_adds(), n < FEW);
    let parts = |len| run.parts(work, len, LEAST_ROWS);
    // The biases are the last row, of an input that is always one.
    let parameters = |dp| {
        Pieces::new(dp, d.outputs).in_parts(parts(d.inputs), &|first, dp| {
            let (dw, db) = split_mut(dp, dp.len().min((d.inputs - first) * d.outputs));
            weight_gradient(d, n, first, x, dz, dw);
            if !db.is_empty() {
                db.fill(T::ZERO);
                T::sum_rows(dz, db);
            }
        });
    };
    let weights = part(p, ..d.weights());
    let inputs = |dx| {
        if n == 1 {
            Pieces::new(dx, 1).in_parts(parts(d.inputs), &|first, dx| {
                T::affine_input_gradient(d.outputs, few, dz, rows(weights, d.outputs, first, dx.len()), dx);
            });
        } else {
            Pieces::new(dx, d.inputs).in_parts(parts(n), &|first, dx| {
                T::affine_input_gradient(d.outputs, few, rows(dz, d.outputs, first, dx.len() / d.inputs), weights, dx);
            });
        }
    };
    match dx {
        None => parameters(dp),
        Some(dx) => drop(join(run.is_parallel(work), || parameters(dp), || inputs(dx))),
    }
}

/// The gradient of the weights of the inputs from `first` on.
fn weight_gradient<T: Real>(d: &Affine, n: usize, mut first: usize, x: Inputs<'_, T>, dz: &[T], mut dw: &mut [T]) {
    while !dw.is_empty() {
        let (columns, end) = x.columns_from(d.inputs, n, first);
        let (together, rest) = split_mut(dw, dw.len().min((end - first) * d.outputs));
        T::affine_weight_gradient(d.outputs, columns, dz, together);
        (first, dw) = (end, rest);
    }
}

/// `count` rows of `len` numbers, from `first` on.
fn rows<T>(numbers: &[T], len: usize, first: usize, count: usize) -> &[T] {
    part(numbers, first * len..(first + count) * len)
}

#[cfg(all(test, feature = "std"))]
mod tests;
