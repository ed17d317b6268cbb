//! What the tests of the operations share: numbers to compute with, and comparisons that collect every failure.

use super::call::{Backward, Differentiable, Forward, Operation};
use crate::Real;
use crate::exec::Pass;
use nn_sizes::Cut;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// Calls the forward pass of an operation with one output, without scratch or anything saved.
pub fn forward<'p, T: Real>(d: &impl Operation<T, &'p [T]>, inputs: &[&[T]], p: &'p [T], y: &mut [T]) {
    forward_of(&Pass::alone(1), d, inputs, p, y);
}

/// The same in a pass over some samples.
pub fn forward_of<'p, T: Real>(
    pass: &Pass<'_>,
    d: &impl Operation<T, &'p [T]>,
    inputs: &[&[T]],
    p: &'p [T],
    y: &mut [T],
) {
    d.forward(Forward { inputs, outputs: &mut [y], ..Forward::new(pass, 0, p) });
}

/// Calls the backward pass of an operation with one output, likewise. What is not read or not wanted is empty.
pub fn backward<T: Real>(
    d: &impl Differentiable<T>,
    inputs: &[&[T]],
    outputs: &[&[T]],
    p: &[T],
    dy: &mut [T],
    dx: &mut [&mut [T]],
    dp: &mut [T],
) {
    backward_of(&Pass::alone(1), d, inputs, outputs, p, dy, dx, dp);
}

/// The same in a pass over some samples.
pub fn backward_of<T: Real>(
    pass: &Pass<'_>,
    d: &impl Differentiable<T>,
    inputs: &[&[T]],
    outputs: &[&[T]],
    p: &[T],
    dy: &mut [T],
    dx: &mut [&mut [T]],
    dp: &mut [T],
) {
    // Lists of one lifetime, as a call wants them.
    let mut dx: Vec<&mut [T]> = dx.iter_mut().map(|dx| &mut **dx).collect();
    d.backward(Backward {
        inputs,
        outputs,
        output_gradients: &mut [dy],
        input_gradients: &mut dx,
        parameter_gradients: dp,
        ..Backward::new(pass, 0, p)
    });
}

/// Failures of a table of cases, all shown at the end.
#[derive(Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    /// Compares number by number, to `tolerance` relative to the largest expected number (at least 1).
    pub(crate) fn compare<T: Real>(&mut self, what: &str, found: &[T], expected: &[f64], tolerance: f64) {
        if found.len() != expected.len() {
            self.0.push(format!("{what}: {} numbers, expected {}", found.len(), expected.len()));
            return;
        }
        let scale = expected.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
        for (i, (found, &expected)) in found.iter().zip(expected).enumerate() {
            // A NaN is not near.
            let near = (found.to_f64() - expected).abs() <= tolerance * scale;
            if !near {
                self.0.push(format!("{what}: number {i} is {found}, expected {expected}"));
                return;
            }
        }
    }

    /// Compares a gradient with central differences of `loss` at every number of `x`: relative difference under 2e-7.
    pub(crate) fn check_gradient(
        &mut self,
        what: &str,
        gradient: &[f64],
        x: &[f64],
        mut loss: impl FnMut(&[f64]) -> f64,
    ) {
        let mut x = x.to_vec();
        let mut numeric = Vec::new();
        for i in 0..x.len() {
            let (old, step) = (x[i], 1e-4);
            let mut sides = [0.0; 4];
            for (side, by) in sides.iter_mut().zip([-2.0, -1.0, 1.0, 2.0]) {
                x[i] = old + by * step;
                *side = loss(&x);
            }
            x[i] = old;
            numeric.push((sides[0] - sides[3] + 8.0 * (sides[2] - sides[1])) / (12.0 * step));
        }
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let difference: Vec<f64> = gradient.iter().zip(&numeric).map(|(a, b)| a - b).collect();
        let relative = norm(&difference) / (norm(gradient) + norm(&numeric)).max(1e-30);
        let near = relative < 2e-7;
        if !near {
            self.0.push(format!("{what}: relative difference {relative:e}"));
        }
    }

    /// Compares the pieces of an output, each computed by itself with the scratch that it may have, with the whole, bit for bit.
    pub(crate) fn compare_pieces(
        &mut self,
        what: &str,
        cut: Cut,
        whole: &[f32],
        forward_rows: impl Fn(usize, &mut [f32], &mut [f32]),
    ) {
        let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        for pieces in [2, 3, 5, cut.rows] {
            let rows = cut.piece_rows(pieces);
            let mut y = vec![9.0; whole.len()];
            for (i, piece) in y.chunks_mut(rows * cut.row_len).enumerate() {
                // A boxed slice ends where its memory does.
                let mut scratch = vec![9.0; cut.scratch + rows * cut.scratch_per_row].into_boxed_slice();
                forward_rows(i * rows, piece, &mut scratch);
            }
            self.require(bits(&y) == bits(whole), &format!("{what} in pieces of {rows} rows"));
        }
    }

    /// Records `what` unless it holds.
    pub(crate) fn require(&mut self, holds: bool, what: &str) {
        if !holds {
            self.0.push(what.into());
        }
    }

    /// Panics with every failure there was.
    pub(crate) fn report(self) {
        assert!(self.0.is_empty(), "{} failures:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// Numbers in ±1 that look random, the same for the same seed.
pub(crate) fn numbers<T: Real>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Of 20 bits, so that they are exact in every type.
        T::from_f64((state >> 44) as f64 / f64::from(1 << 19) - 1.0)
    };
    (0..len).map(|_| next()).collect()
}

/// As `f64`.
pub(crate) fn wide<T: Real>(x: &[T]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

/// The sum of products.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// An activation by its definition.
pub(crate) fn activate(activation: nn_sizes::Activation, x: f64) -> f64 {
    use nn_sizes::Activation::{Clamp, Elu, HardSigmoid, Identity, LeakyRelu, Relu, Sigmoid, Softplus, Tanh};
    match activation {
        Identity => x,
        Relu => x.max(0.0),
        LeakyRelu(slope) => if_positive(x, x, slope * x),
        Clamp(low, high) => x.clamp(low, high),
        HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Elu { alpha, scale } => if_positive(x, scale * x, scale * alpha * x.exp_m1()),
        Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Tanh => x.tanh(),
    }
}

/// The derivative of an activation where its output is `y`.
pub(crate) fn derivative(activation: nn_sizes::Activation, y: f64) -> f64 {
    use nn_sizes::Activation::{Clamp, Elu, HardSigmoid, Identity, LeakyRelu, Relu, Sigmoid, Softplus, Tanh};
    match activation {
        Identity => 1.0,
        Relu => if_positive(y, 1.0, 0.0),
        LeakyRelu(slope) => if_positive(y, 1.0, slope),
        Clamp(low, high) => f64::from(low < y && y < high),
        HardSigmoid => f64::from(0.0 < y && y < 1.0) / 6.0,
        Elu { alpha, scale } => if_positive(y, scale, y + scale * alpha),
        Softplus => -(-y).exp_m1(),
        Sigmoid => y * (1.0 - y),
        Tanh => 1.0 - y * y,
    }
}

fn if_positive(x: f64, yes: f64, no: f64) -> f64 {
    if x > 0.0 { yes } else { no }
}
