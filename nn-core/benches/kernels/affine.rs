//! Dense layers.

use nn_core::ops::affine;
use nn_core::run::Run;
use nn_core::sizes::{Activation, Affine};

use crate::benchmark::{Benchmark, Call, Work, moved, numbers};

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
    batches.into_iter().flat_map(batch).chain(single.into_iter().map(one)).collect()
}

fn layer(inputs: usize, outputs: usize) -> Affine {
    Affine { inputs, outputs, bias: true, activation: Activation::Identity }
}

fn batch((inputs, outputs, n): (usize, usize, usize)) -> [Benchmark; 3] {
    let d = layer(inputs, outputs);
    let benchmark = |pass, start: fn(Affine, usize) -> Call| {
        let work = Work::MultiplyAdds(n as u64 * d.multiply_adds());
        Benchmark::new(["affine", pass], format!("{inputs} → {outputs}, {n} samples"), work, move || start(d, n))
            .together()
    };
    [
        benchmark("forward", forward),
        benchmark("weight gradient", |d, n| backward(d, n, false)),
        benchmark("input gradient", |d, n| backward(d, n, true)).without(move || backward(d, n, false)),
    ]
}

fn one((inputs, outputs): (usize, usize)) -> Benchmark {
    let d = layer(inputs, outputs);
    let work = moved(d.parameters() + inputs, 0);
    Benchmark::new(["affine", "forward"], format!("{inputs} → {outputs}, 1 sample"), work, move || forward(d, 1))
        .together()
}

fn forward(d: Affine, n: usize) -> Call {
    let (x, p, mut y) = (numbers(n * d.inputs), numbers(d.parameters()), numbers(n * d.outputs));
    Box::new(move || affine::forward(&Run::inference(n), &d, n, &x, &p, &mut y))
}

fn backward(d: Affine, n: usize, with_input: bool) -> Call {
    let (x, p, mut dy) = (numbers(n * d.inputs), numbers(d.parameters()), numbers(n * d.outputs));
    let (mut dx, mut dp) = (numbers(x.len()), numbers(p.len()));
    Box::new(move || {
        let dx = with_input.then_some(&mut dx[..]);
        affine::backward(&Run::training(n, 0, 0), &d, n, &x, &[], &p, &mut dy, dx, &mut dp);
    })
}
