//! Dense layers, on a whole batch at once.
//!
//! Zeros in `x` and in the gradient of `y` are left out of the sums where they are many. That changes no bit of a result, but that
//! zero times an infinite number or NaN may count as zero.

use super::stored::Stored;
use crate::Real;
use crate::run::Run;
use nn_sizes::{Activation, Affine};

/// Work is cut into pieces of at least this many rows, so that each fills some register tiles.
#[cfg(feature = "parallel")]
const LEAST_ROWS: usize = 24;

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
    let all = [0, d.outputs];
    #[cfg(feature = "parallel")]
    if run.is_parallel(n as u64 * d.multiply_adds()) {
        use rayon::prelude::*;
        if n == 1 {
            let width = piece_len(d.outputs, 32);
            y.par_chunks_mut(width).enumerate().for_each(|(i, y)| {
                p.affine(d, [i * width, i * width + y.len()], x, y);
            });
        } else {
            let rows = piece_len(n, LEAST_ROWS);
            let (x, y) = (x.par_chunks(rows * d.inputs), y.par_chunks_mut(rows * d.outputs));
            x.zip(y).for_each(|(x, y)| p.affine(d, all, x, y));
        }
        return;
    }
    let _ = (run, n);
    p.affine(d, all, x, y);
}

/// [`forward`] as the sum of what each half of the inputs gives: two threads then read the weights of one half each, which the
/// gradient and the optimizer have them write, and not what the other has just written. `sums` is scratch like `y`.
///
/// The halves are summed apart on one thread too, so that the number of threads changes no bit. There are at least two inputs.
pub fn forward_in_halves<T: Real>(run: &Run, d: &Affine, n: usize, x: &[T], p: &[T], y: &mut [T], sums: &mut [T]) {
    check!(d.inputs > 1);
    check!((x.len(), p.len(), y.len(), sums.len()) == (n * d.inputs, d.parameters(), n * d.outputs, y.len()));
    if n == 0 {
        return;
    }
    let (middle, all) = (d.inputs.div_ceil(2), [0, d.outputs]);
    let first = Affine { activation: Activation::Identity, ..*d };
    let second = Affine { bias: false, ..first };
    #[cfg(feature = "parallel")]
    if run.is_parallel(n as u64 * d.multiply_adds()) {
        use rayon::prelude::*;
        let rows = piece_len(2 * n, LEAST_ROWS);
        let half = |d: &Affine, terms, y: &mut [T]| {
            let (x, y) = (x.par_chunks(rows * d.inputs), y.par_chunks_mut(rows * d.outputs));
            x.zip(y).for_each(|(x, y)| T::affine_forward(d, terms, all, x, p, y));
        };
        rayon::join(|| half(&first, [0, middle], sums), || half(&second, [middle, d.inputs], y));
        let rows = piece_len(n, LEAST_ROWS) * d.outputs;
        y.par_chunks_mut(rows).zip(sums.par_chunks(rows)).for_each(|(y, sums)| add(d, sums, y));
        return;
    }
    let _ = run;
    T::affine_forward(&first, [0, middle], all, x, p, sums);
    T::affine_forward(&second, [middle, d.inputs], all, x, p, y);
    add(d, sums, y);
}

/// `y = activation(y + sums)`.
fn add<T: Real>(d: &Affine, sums: &[T], y: &mut [T]) {
    T::accumulate(y, sums);
    T::activate(d.activation, y);
}

/// The gradients of [`forward`]; `dp` is overwritten.
pub fn backward<T: Real>(
    run: &Run,
    d: &Affine,
    n: usize,
    x: &[T],
    y: &[T],
    p: &[T],
    dy: &mut [T],
    dx: Option<&mut [T]>,
    dp: &mut [T],
) {
    check!((x.len(), p.len(), dy.len()) == (n * d.inputs, d.parameters(), n * d.outputs));
    check!((y.len(), dp.len()) == (if y.is_empty() { 0 } else { dy.len() }, p.len()));
    check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()));
    if n == 0 {
        dp.fill(T::ZERO);
        return;
    }
    T::differentiate(d.activation, y, dy);
    let dz = &*dy;
    let weights = &p[..d.weights()];
    let (dw, db) = dp.split_at_mut(d.weights());
    let mut bias_gradient = || {
        db.fill(T::ZERO);
        if d.bias {
            T::sum_rows(dz, db);
        }
    };
    let few = n < FEW;
    #[cfg(feature = "parallel")]
    if run.is_parallel(n as u64 * d.multiply_adds()) {
        use rayon::prelude::*;
        let inputs = piece_len(d.inputs, LEAST_ROWS);
        let weight_gradient = || {
            dw.par_chunks_mut(inputs * d.outputs)
                .enumerate()
                .for_each(|(i, dw)| T::affine_weight_gradient(d, i * inputs, x, dz, dw));
        };
        let input_gradient = || match dx {
            None => {}
            Some(dx) if n == 1 => {
                let weights = weights.par_chunks(inputs * d.outputs);
                weights
                    .zip(dx.par_chunks_mut(inputs))
                    .for_each(|(weights, dx)| T::affine_input_gradient(d.outputs, few, dz, weights, dx));
            }
            Some(dx) => {
                let rows = piece_len(n, LEAST_ROWS);
                let (dz, dx) = (dz.par_chunks(rows * d.outputs), dx.par_chunks_mut(rows * d.inputs));
                dz.zip(dx).for_each(|(dz, dx)| T::affine_input_gradient(d.outputs, few, dz, weights, dx));
            }
        };
        rayon::join(weight_gradient, || rayon::join(input_gradient, bias_gradient));
        return;
    }
    let _ = run;
    bias_gradient();
    T::affine_weight_gradient(d, 0, x, dz, dw);
    if let Some(dx) = dx {
        T::affine_input_gradient(d.outputs, few, dz, weights, dx);
    }
}

/// The size of the pieces that `len` is cut into: one for each thread, unless that makes them smaller than `least`. More
/// of them would bring the weights together more often.
#[cfg(feature = "parallel")]
fn piece_len(len: usize, least: usize) -> usize {
    len.div_ceil(rayon::current_num_threads()).max(least)
}

#[cfg(all(test, feature = "std"))]
mod tests;
