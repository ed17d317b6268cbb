//! Dense layers, of numbers that are not zero, and where half of them are.

use nn_core::__private::exec::Pass;
use nn_core::__private::sizes::{Activation, Affine};

use crate::benchmark::{Benchmark, Call, Work, moved, numbers};
use crate::calls::{backward_of, forward_of};

/// Forward and both gradients for batches; forward for single samples, which is bound by reading the weights.
pub fn all() -> Vec<Benchmark> {
    let batches = [
        (784, 128, 128),
        (784, 50, 100),
        (784, 100, 128),
        (100, 100, 128),
        (128, 10, 128),
        (4320, 100, 100),
        (1024, 50, 100),
        (784, 128, 256),
        (1024, 1024, 32),
    ];
    let single = [(784, 128), (784, 50), (784, 100), (100, 100), (128, 10), (4320, 100), (1024, 1024), (4096, 4096)];
    let mut all = Vec::new();
    all.extend(batches.into_iter().flat_map(|shape| batch(shape, false)));
    all.extend([(784, 128, 128), (784, 50, 100), (4320, 100, 100)].into_iter().flat_map(|shape| batch(shape, true)));
    all.extend(single.into_iter().map(|shape| one(shape, false)));
    all.extend([(784, 128), (100, 100), (4320, 100), (1024, 1024)].into_iter().map(|shape| one(shape, true)));
    all
}

fn layer(inputs: usize, outputs: usize) -> Affine {
    Affine { inputs, outputs, bias: true, activation: Activation::Identity }
}

fn half_zero(zeros: bool) -> &'static str {
    if zeros { ", half zero" } else { "" }
}

fn batch((inputs, outputs, n): (usize, usize, usize), zeros: bool) -> [Benchmark; 3] {
    let d = layer(inputs, outputs);
    let benchmark = |pass, start: fn(Affine, usize, bool) -> Call| {
        let work = Work::MultiplyAdds(n as u64 * d.multiply_adds());
        let shape = format!("{inputs} → {outputs}, {n} samples{}", half_zero(zeros));
        Benchmark::new(["affine", pass], shape, work, move || start(d, n, zeros)).together()
    };
    [
        benchmark("forward", forward),
        benchmark("weight gradient", |d, n, zeros| backward(d, n, zeros, false)),
        benchmark("input gradient", |d, n, zeros| backward(d, n, zeros, true))
            .without(move || backward(d, n, zeros, false)),
    ]
}

fn one((inputs, outputs): (usize, usize), zeros: bool) -> Benchmark {
    let d = layer(inputs, outputs);
    let shape = format!("{inputs} → {outputs}, 1 sample{}", half_zero(zeros));
    Benchmark::new(["affine", "forward"], shape, moved(d.parameters() + inputs, 0), move || forward(d, 1, zeros))
        .together()
}

fn forward(d: Affine, n: usize, zeros: bool) -> Call {
    let (mut x, p, mut y) = (numbers(n * d.inputs), numbers(d.parameters()), numbers(n * d.outputs));
    if zeros {
        darken(&mut x);
    }
    Box::new(move || forward_of(&Pass::inference(n), &d, &[&x], &p, &mut y))
}

fn backward(d: Affine, n: usize, zeros: bool, with_input: bool) -> Call {
    let (mut x, p, mut dy) = (numbers(n * d.inputs), numbers(d.parameters()), numbers(n * d.outputs));
    let (mut dx, mut dp) = (numbers(if with_input { x.len() } else { 0 }), numbers(p.len()));
    if zeros {
        darken(&mut x);
        set_unused_to_zero(&mut dy, d.outputs);
    }
    Box::new(move || {
        backward_of(&Pass::training(n, 0, 0), &d, &[&x], &[&[]], &p, &mut dy, &mut dx, &mut dp);
    })
}

/// Sets the borders of pictures of 28 pixels across to zero, of another width in each of their rows.
fn darken(pictures: &mut [f32]) {
    for (number, row) in pictures.chunks_mut(28).enumerate() {
        let border = number * 7 % 15;
        let end = row.len().saturating_sub(border).max(border.min(row.len()));
        row[end..].fill(0.0);
        row[..border.min(end)].fill(0.0);
    }
}

/// Sets the gradients of every third output to zero, as those of a relu that no sample gets through, and a quarter of the others.
fn set_unused_to_zero(gradients: &mut [f32], outputs: usize) {
    for (i, gradient) in gradients.iter_mut().enumerate() {
        let (sample, output) = (i / outputs, i % outputs);
        if output % 3 == 0 || (sample * 5 + output * 3) % 4 == 0 {
            *gradient = 0.0;
        }
    }
}
