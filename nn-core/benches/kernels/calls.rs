//! Calls of operations with one output.

use nn_core::__private::exec::Pass;
use nn_core::__private::ops::{Backward, Differentiable, Forward, Operation};

/// The run of a kernel on one sample.
pub const ONE: Pass<'static> = Pass::training(1, 1, 2);

/// The forward pass for one sample.
pub fn forward<'p>(d: &impl Operation<f32, &'p [f32]>, inputs: &[&[f32]], p: &'p [f32], y: &mut [f32]) {
    forward_of(&ONE, d, inputs, p, y);
}

/// That of some samples.
pub fn forward_of<'p>(
    pass: &Pass<'_>,
    d: &impl Operation<f32, &'p [f32]>,
    inputs: &[&[f32]],
    p: &'p [f32],
    y: &mut [f32],
) {
    d.forward(Forward { inputs, outputs: &mut [y], ..Forward::new(pass, 0, p) });
}

/// The backward pass for one sample. What is not read or not wanted is empty.
pub fn backward(
    d: &impl Differentiable<f32>,
    inputs: &[&[f32]],
    outputs: &[&[f32]],
    p: &[f32],
    dy: &mut [f32],
    dx: &mut [f32],
    dp: &mut [f32],
) {
    backward_of(&ONE, d, inputs, outputs, p, dy, dx, dp);
}

/// That of some samples.
pub fn backward_of(
    pass: &Pass<'_>,
    d: &impl Differentiable<f32>,
    inputs: &[&[f32]],
    outputs: &[&[f32]],
    p: &[f32],
    dy: &mut [f32],
    dx: &mut [f32],
    dp: &mut [f32],
) {
    d.backward(Backward {
        inputs,
        outputs,
        output_gradients: &mut [dy],
        input_gradients: &mut [dx],
        parameter_gradients: dp,
        ..Backward::new(pass, 0, p)
    });
}
