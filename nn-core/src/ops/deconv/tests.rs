//! Transposed convolutions against the definition: every input adds its window of weights to the output.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{Failures, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Conv};
use std::vec;
use std::vec::Vec;

fn deconv(input: [usize; 3], out: usize, kernel: [usize; 2], stride: usize, pad: usize) -> Deconv {
    let size = |axis: usize| (input[axis] - 1) * stride + kernel[axis] - 2 * pad;
    let conv = Conv {
        input: [size(0), size(1), out],
        output: input,
        kernel,
        stride: [stride, stride],
        pad: [pad, pad],
        dilation: [1, 1],
        groups: 1,
        bias: false,
        activation: Activation::Identity,
    };
    Deconv { conv, bias: true, activation: Activation::Identity }
}

fn cases() -> Vec<Deconv> {
    let grouped = deconv([3, 4, 6], 4, [3, 3], 2, 1);
    vec![
        deconv([1, 1, 1], 1, [1, 1], 1, 0),
        deconv([4, 4, 4], 4, [3, 3], 1, 1),
        deconv([4, 5, 3], 17, [3, 3], 1, 0),
        deconv([3, 5, 20], 7, [4, 4], 2, 1),
        deconv([2, 3, 3], 1, [32, 32], 16, 8),
        deconv([9, 9, 16], 16, [3, 3], 1, 1),
        deconv([12, 11, 9], 3, [5, 5], 1, 2),
        deconv([2, 3, 128], 65, [3, 3], 2, 1),
        deconv([1, 1, 50], 16, [4, 3], 1, 0),
        Deconv { bias: false, activation: Activation::Relu, ..deconv([3, 3, 5], 6, [2, 3], 3, 0) },
        Deconv { conv: Conv { groups: 2, ..grouped.conv }, activation: Activation::Tanh, ..grouped },
        Deconv {
            conv: Conv { groups: 5, ..deconv([3, 3, 5], 5, [3, 3], 2, 0).conv },
            ..deconv([3, 3, 5], 5, [3, 3], 2, 0)
        },
    ]
}

/// The output, term by term, in the layout of maps with their channels last.
fn reference(d: &Deconv, x: &[f64], p: &[f64]) -> Vec<f64> {
    let Deconv { conv, .. } = d;
    let ([height, width, inputs], [tall, wide, outputs]) = (conv.output, conv.input);
    let (group_in, group_out) = (inputs / conv.groups, outputs / conv.groups);
    let (weights, biases) = p.split_at(conv.weights());
    let mut y: Vec<f64> = (0..tall * wide * outputs).map(|i| biases.get(i % outputs).copied().unwrap_or(0.0)).collect();
    for i in 0..height * width * inputs {
        let (row, column, from) = (i / inputs / width, i / inputs % width, i % inputs);
        for tap in 0..conv.kernel[0] * conv.kernel[1] {
            let [down, right] = [tap / conv.kernel[1], tap % conv.kernel[1]];
            let at =
                |position: usize, stride: usize, tap: usize, pad: usize| (position * stride + tap).checked_sub(pad);
            let row = at(row, conv.stride[0], down * conv.dilation[0], conv.pad[0]).filter(|&row| row < tall);
            let column = at(column, conv.stride[1], right * conv.dilation[1], conv.pad[1]).filter(|&c| c < wide);
            let (Some(row), Some(column)) = (row, column) else { continue };
            for to in 0..group_out {
                let weight = weights[(tap * group_out + to) * inputs + from];
                y[(row * wide + column) * outputs + from / group_in * group_out + to] += x[i] * weight;
            }
        }
    }
    y.into_iter().map(|y| crate::ops::testing::activate(d.activation, y)).collect()
}

/// The forward pass with all that it wants.
fn run<T: Real>(d: &Deconv, x: &[T], p: &[T]) -> Vec<T> {
    let (pass, mut y) = (Pass::alone(1), vec![T::from_f64(9.0); conv::len(d.conv.input)]);
    let mut prepacked = vec![T::ZERO; d.conv.prepacked_backward()];
    let mut scratch = vec![T::from_f64(9.0); d.forward_scratch()];
    if !prepacked.is_empty() {
        d.prepack(p, &mut prepacked);
    }
    d.forward(Forward {
        inputs: &[x],
        outputs: &mut [&mut y],
        prepacked: &prepacked,
        scratch: &mut scratch,
        ..Forward::new(&pass, 0, p)
    });
    y
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for d in cases() {
            let (x, p) = (numbers::<f32>(conv::len(d.conv.output), 1), numbers::<f32>(d.parameters(), 2));
            let expected = reference(&d, &wide(&x), &wide(&p));
            failures.compare(&format!("{d:?} on {isa:?}"), &run(&d, &x, &p), &expected, 1e-5);
        }
    });
    failures.report();
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for d in cases() {
        let (x, p) = (numbers::<f64>(conv::len(d.conv.output), 1), numbers::<f64>(d.parameters(), 2));
        let weights = numbers::<f64>(conv::len(d.conv.input), 3);
        let loss = |x: &[f64], p: &[f64]| run(&d, x, p).iter().zip(&weights).map(|(y, w)| y * w).sum::<f64>();
        let y = run(&d, &x, &p);
        let (mut dx, mut dp) = (vec![9.0; x.len()], vec![0.0; p.len()]);
        let mut prepacked = vec![0.0; d.conv.prepacked()];
        let mut scratch = vec![9.0; d.backward_scratch()];
        if !prepacked.is_empty() {
            d.prepack_backward(&p, &mut prepacked);
        }
        let pass = Pass::alone(1);
        d.backward(Backward {
            inputs: &[&x],
            outputs: &[&y],
            output_gradients: &mut [&mut weights.clone()],
            input_gradients: &mut [&mut dx],
            parameter_gradients: &mut dp,
            prepacked: &prepacked,
            scratch: &mut scratch,
            ..Backward::new(&pass, 0, &p)
        });
        failures.check_gradient(&format!("input of {d:?}"), &dx, &x, |x| loss(x, &p));
        failures.check_gradient(&format!("parameters of {d:?}"), &dp, &p, |p| loss(&x, p));
    }
    failures.report();
}
