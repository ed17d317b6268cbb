//! What is bound by memory: pooling, normalisation, activations, merges, changes of order.

use nn_core::memory::Buffer;
use nn_core::ops::{
    activation, add, avg_pool, batch_norm, dropout, gelu, layer_norm, log_softmax, max_pool, mul, reshape, silu,
    softmax,
};
use nn_core::run::accumulate;
use nn_core::sizes::{Activation, BatchNorm, LayerNorm, Pool, Reshape, Rows};

use crate::benchmark::{Benchmark, Call, moved, numbers};

/// All of them: maps in the first-level cache, in the second, and beyond.
pub fn all() -> Vec<Benchmark> {
    let pools =
        [([24, 24, 30], 2, 2), ([28, 28, 16], 2, 2), ([16, 16, 32], 2, 2), ([112, 112, 64], 3, 2), ([8, 8, 64], 8, 8)];
    let lens = [4096, 16_384, 1 << 18];
    let maps = [[28, 28, 16], [32, 32, 16], [8, 8, 64], [56, 56, 64]];
    let mut all = Vec::new();
    all.extend(pools.into_iter().flat_map(pooling));
    all.extend(maps.into_iter().flat_map(normalisation));
    all.extend(lens.into_iter().flat_map(element_wise));
    all.extend([(128, 10), (128, 1000)].into_iter().flat_map(rows));
    all.extend([[8, 8, 64], [56, 56, 64]].into_iter().map(reorder));
    all
}

fn text([height, width, channels]: [usize; 3]) -> String {
    format!("{height}×{width}×{channels}")
}

fn pooling((input, kernel, stride): ([usize; 3], usize, usize)) -> [Benchmark; 5] {
    let [height, width, channels] = input;
    let size = |input| (input - kernel) / stride + 1;
    let output = [size(height), size(width), channels];
    let d = Pool { input, output, kernel: [kernel; 2], stride: [stride; 2], pad: [0; 2] };
    let [x_len, y_len] = [input, output].map(|size| size.iter().product::<usize>());
    let shape = format!("{}, {kernel}×{kernel}, stride {stride}", text(input));
    let input = move || numbers(x_len);
    let output = move || numbers(y_len);
    [
        Benchmark::new(["max pool", "forward"], shape.clone(), moved(x_len, 2 * y_len), move || {
            let (x, mut y, mut indices) = (input(), output(), Buffer::zeroed(y_len));
            Box::new(move || max_pool::forward(&d, &x, &mut y, &mut indices))
        }),
        Benchmark::new(["max pool", "predict"], shape.clone(), moved(x_len, y_len), move || {
            let (x, mut y) = (input(), output());
            Box::new(move || max_pool::forward(&d, &x, &mut y, &mut []))
        }),
        Benchmark::new(["max pool", "backward"], shape.clone(), moved(2 * y_len, x_len), move || {
            let (mut dx, mut dy, mut indices) = (input(), output(), Buffer::zeroed(y_len));
            max_pool::forward(&d, &dx, &mut dy, &mut indices);
            Box::new(move || max_pool::backward(&d, &mut dy, Some(&mut dx), &indices))
        }),
        Benchmark::new(["average pool", "forward"], shape.clone(), moved(x_len, y_len), move || {
            let (x, mut y) = (input(), output());
            Box::new(move || avg_pool::forward(&d, &x, &mut y))
        }),
        Benchmark::new(["average pool", "backward"], shape, moved(y_len, x_len), move || {
            let (mut dx, mut dy) = (input(), output());
            Box::new(move || avg_pool::backward(&d, &mut dy, Some(&mut dx)))
        }),
    ]
}

fn normalisation([height, width, channels]: [usize; 3]) -> [Benchmark; 7] {
    let d = BatchNorm { pixels: height * width, channels, epsilon: 1e-5, activation: Activation::Relu };
    let len = d.pixels * channels;
    let layer = LayerNorm { len, epsilon: 1e-5 };
    let shape = || text([height, width, channels]);
    let parameters = move || {
        let mut p = numbers(4 * channels);
        p.iter_mut().for_each(|p| *p += 1.0); // variances are positive
        p
    };
    [
        Benchmark::new(["batch norm", "predict"], shape(), moved(len, len), move || {
            let (x, p, mut y) = (numbers(len), parameters(), numbers(len));
            Box::new(move || batch_norm::forward(&d, &x, &p, &mut y))
        }),
        Benchmark::new(["batch norm", "gather"], shape(), moved(len, 0), move || {
            let (x, mut moments) = (numbers(len), numbers(2 * channels));
            Box::new(move || batch_norm::gather(&d, &x, &mut moments))
        }),
        Benchmark::new(["batch norm", "normalise"], shape(), moved(len, len), move || {
            let (x, statistics, p, mut y) = (numbers(len), parameters(), parameters(), numbers(len));
            Box::new(move || batch_norm::normalise(&d, &x, &statistics, &p, &mut y))
        }),
        Benchmark::new(["batch norm", "gather gradient"], shape(), moved(2 * len, len), move || {
            let (x, y, mut dy) = (numbers(len), numbers(len), numbers(len));
            let (statistics, mut sums) = (parameters(), numbers(2 * channels));
            Box::new(move || batch_norm::gather_gradient(&d, &x, &y, &statistics, &mut dy, &mut sums))
        }),
        Benchmark::new(["batch norm", "backward"], shape(), moved(2 * len, len), move || {
            let (x, dz, mut dx) = (numbers(len), numbers(len), numbers(len));
            let (statistics, p, totals) = (parameters(), parameters(), numbers(2 * channels));
            Box::new(move || batch_norm::backward(&d, 100, &x, &statistics, &p, &totals, &dz, &mut dx))
        }),
        Benchmark::new(["layer norm", "forward"], shape(), moved(3 * len, len), move || {
            let (x, p, mut y) = (numbers(len), numbers(2 * len), numbers(len));
            Box::new(move || layer_norm::forward(&layer, &x, &p, &mut y))
        }),
        Benchmark::new(["layer norm", "backward"], shape(), moved(3 * len, 3 * len), move || {
            let (x, p, mut dy) = (numbers(len), numbers(2 * len), numbers(len));
            let (mut dx, mut dp) = (numbers(len), numbers(2 * len));
            Box::new(move || layer_norm::backward(&layer, &x, &p, &mut dy, Some(&mut dx), &mut dp))
        }),
    ]
}

fn element_wise(len: usize) -> Vec<Benchmark> {
    let benchmark = |names, inputs, start: fn(usize) -> Call| {
        Benchmark::new(names, format!("{len} numbers"), moved(inputs * len, len), move || start(len))
    };
    vec![
        benchmark(["relu", "forward"], 1, |len| activate(Activation::Relu, len)),
        benchmark(["relu", "backward"], 2, |len| activate_backward(Activation::Relu, len)),
        benchmark(["sigmoid", "forward"], 1, |len| activate(Activation::Sigmoid, len)),
        benchmark(["tanh", "forward"], 1, |len| activate(Activation::Tanh, len)),
        benchmark(["gelu", "forward"], 1, |len| {
            let (x, mut y) = (numbers(len), numbers(len));
            Box::new(move || gelu::forward(&(), &x, &mut y))
        }),
        benchmark(["silu", "forward"], 1, |len| {
            let (x, mut y) = (numbers(len), numbers(len));
            Box::new(move || silu::forward(&(), &x, &mut y))
        }),
        benchmark(["add, relu", "forward"], 2, |len| {
            let (a, b, mut y) = (numbers(len), numbers(len), numbers(len));
            Box::new(move || add::forward(&Activation::Relu, &[&a, &b], &mut y))
        }),
        benchmark(["mul", "forward"], 2, |len| {
            let (a, b, mut y) = (numbers(len), numbers(len), numbers(len));
            Box::new(move || mul::forward(&(), &[&a, &b], &mut y))
        }),
        benchmark(["accumulate", ""], 1, |len| {
            let (mut sum, more) = (numbers(len), numbers(len));
            Box::new(move || accumulate(&mut sum, &more))
        }),
        benchmark(["dropout", "forward"], 1, |len| {
            let (x, mut y) = (numbers(len), numbers(len));
            let draw = dropout::Draw { seed: 1, step: 2, sample: 3, layer: 4 };
            Box::new(move || dropout::forward(&0.5, &x, &mut y, draw))
        }),
    ]
}

fn activate(function: Activation, len: usize) -> Call {
    let (x, mut y) = (numbers(len), numbers(len));
    Box::new(move || activation::forward(&function, &x, &mut y))
}

fn activate_backward(function: Activation, len: usize) -> Call {
    let (y, mut dy, mut dx) = (numbers(len), numbers(len), numbers(len));
    Box::new(move || activation::backward(&function, &y, &mut dy, Some(&mut dx)))
}

fn rows((rows, len): (usize, usize)) -> [Benchmark; 3] {
    let d = Rows { rows, len };
    let count = rows * len;
    let benchmark = |names, inputs, start: fn(Rows) -> Call| {
        Benchmark::new(names, format!("{rows} rows of {len}"), moved(inputs * count, count), move || start(d))
    };
    [
        benchmark(["softmax", "forward"], 1, |d| {
            let (x, mut y) = (numbers(d.rows * d.len), numbers(d.rows * d.len));
            Box::new(move || softmax::forward(&d, &x, &mut y))
        }),
        benchmark(["softmax", "backward"], 2, |d| {
            let (y, mut dy, mut dx) = (numbers(d.rows * d.len), numbers(d.rows * d.len), numbers(d.rows * d.len));
            Box::new(move || softmax::backward(&d, &y, &mut dy, Some(&mut dx)))
        }),
        benchmark(["log softmax", "forward"], 1, |d| {
            let (x, mut y) = (numbers(d.rows * d.len), numbers(d.rows * d.len));
            Box::new(move || log_softmax::forward(&d, &x, &mut y))
        }),
    ]
}

/// Channels last to channels first.
fn reorder([height, width, channels]: [usize; 3]) -> Benchmark {
    let len = height * width * channels;
    let d = Reshape { from: Rows { rows: height * width, len: channels }, to: Rows { rows: 1, len } };
    Benchmark::new(["reorder", ""], text([height, width, channels]), moved(len, len), move || {
        let (x, mut y) = (numbers(len), numbers(len));
        Box::new(move || reshape::forward(&d, &x, &mut y))
    })
}
