//! What is bound by memory: pooling, normalisation, activations, merges, changes of order.

use nn_core::__private::exec::{Pass, accumulate};
use nn_core::__private::memory::Buffer;
use nn_core::__private::ops::{Backward, Differentiable, Forward, Operation, Reduction};
use nn_core::__private::sizes::{
    Activation, Add, AveragePool, BatchNorm, Dropout, InputActivation, LayerNorm, LogSoftmax, MaxPool, Mul, Pool,
    Reshape, Rows, Softmax,
};

use crate::benchmark::{Benchmark, Call, moved, numbers};
use crate::calls::{ONE, backward, forward};

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
    let pool = Pool { input, output, kernel: [kernel; 2], stride: [stride; 2], pad: [0; 2] };
    let [x_len, y_len] = [input, output].map(|size| size.iter().product::<usize>());
    let (max, average) = (MaxPool { pool }, AveragePool::new(pool));
    let shape = format!("{}, {kernel}×{kernel}, stride {stride}", text(input));
    let input = move || numbers(x_len);
    let output = move || numbers(y_len);
    [
        Benchmark::new(["max pool", "forward"], shape.clone(), moved(x_len, 2 * y_len), move || {
            let (x, mut y, mut indices) = (input(), output(), Buffer::zeros(y_len));
            Box::new(move || pool_with_indices(&max, &x, &mut y, &mut indices))
        }),
        Benchmark::new(["max pool", "predict"], shape.clone(), moved(x_len, y_len), move || {
            let (x, mut y) = (input(), output());
            Box::new(move || forward(&max, &[&x], &[], &mut y))
        }),
        Benchmark::new(["max pool", "backward"], shape.clone(), moved(2 * y_len, x_len), move || {
            let (mut dx, mut dy, mut indices) = (input(), output(), Buffer::zeros(y_len));
            pool_with_indices(&max, &dx, &mut dy, &mut indices);
            Box::new(move || {
                max.backward(Backward {
                    output_gradients: &mut [&mut dy],
                    input_gradients: &mut [&mut dx],
                    indices: &mut indices,
                    ..Backward::new(&ONE, 0, &[])
                });
            })
        }),
        Benchmark::new(["average pool", "forward"], shape.clone(), moved(x_len, y_len), move || {
            let (x, mut y) = (input(), output());
            Box::new(move || forward(&average, &[&x], &[], &mut y))
        }),
        Benchmark::new(["average pool", "backward"], shape, moved(y_len, x_len), move || {
            let (mut dx, mut dy) = (input(), output());
            Box::new(move || backward(&average, &[], &[], &[], &mut dy, &mut dx, &mut []))
        }),
    ]
}

fn pool_with_indices(max: &MaxPool, x: &[f32], y: &mut [f32], indices: &mut [u32]) {
    max.forward(Forward { inputs: &[x], outputs: &mut [y], indices, ..Forward::new(&ONE, 0, &[][..]) });
}

fn normalisation([height, width, channels]: [usize; 3]) -> [Benchmark; 7] {
    let d = BatchNorm { pixels: height * width, channels, epsilon: 1e-5, activation: Activation::Relu };
    let len = d.pixels * channels;
    let layer = LayerNorm { rows: 1, len, epsilon: 1e-5 };
    let shape = || text([height, width, channels]);
    let parameters = move || {
        let mut p = numbers(4 * channels);
        p.iter_mut().for_each(|p| *p += 1.0); // variances are positive
        p
    };
    [
        Benchmark::new(["batch norm", "predict"], shape(), moved(len, len), move || {
            let (x, p, mut y) = (numbers(len), parameters(), numbers(len));
            Box::new(move || forward(&d, &[&x], &p, &mut y))
        }),
        Benchmark::new(["batch norm", "gather"], shape(), moved(len, 0), move || {
            let (x, mut moments) = (numbers(len), numbers(3 * channels));
            Box::new(move || {
                d.map(Forward { inputs: &[&x], outputs: &mut [&mut moments], ..Forward::new(&ONE, 0, &[]) });
            })
        }),
        Benchmark::new(["batch norm", "normalise"], shape(), moved(len, len), move || {
            let (x, statistics, p, mut y) = (numbers(len), parameters(), parameters(), numbers(len));
            Box::new(move || {
                d.apply(Forward {
                    inputs: &[&x, &statistics],
                    outputs: &mut [&mut y],
                    ..Forward::new(&ONE, 0, &p[..])
                });
            })
        }),
        Benchmark::new(["batch norm", "gather gradient"], shape(), moved(2 * len, len), move || {
            let (x, y, mut dy) = (numbers(len), numbers(len), numbers(len));
            let (statistics, mut sums) = (parameters(), numbers(2 * channels));
            Box::new(move || {
                d.map_gradient(Backward {
                    inputs: &[&x, &statistics],
                    outputs: &[&y],
                    output_gradients: &mut [&mut dy],
                    input_gradients: &mut [&mut sums],
                    ..Backward::new(&ONE, 0, &[])
                });
            })
        }),
        Benchmark::new(["batch norm", "backward"], shape(), moved(2 * len, len), move || {
            let (x, mut dz, mut dx) = (numbers(len), numbers(len), numbers(len));
            let (statistics, p, totals) = (parameters(), parameters(), numbers(2 * channels));
            Box::new(move || {
                d.apply_gradient(Backward {
                    inputs: &[&x, &statistics, &totals],
                    output_gradients: &mut [&mut dz],
                    input_gradients: &mut [&mut dx],
                    ..Backward::new(&Pass::inference(100), 0, &p)
                });
            })
        }),
        Benchmark::new(["layer norm", "forward"], shape(), moved(3 * len, len), move || {
            let (x, p, mut y) = (numbers(len), numbers(2 * len), numbers(len));
            Box::new(move || forward(&layer, &[&x], &p, &mut y))
        }),
        Benchmark::new(["layer norm", "backward"], shape(), moved(3 * len, 3 * len), move || {
            let (x, p, mut dy) = (numbers(len), numbers(2 * len), numbers(len));
            let (mut dx, mut dp) = (numbers(len), numbers(2 * len));
            Box::new(move || backward(&layer, &[&x], &[], &p, &mut dy, &mut dx, &mut dp))
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
            Box::new(move || forward(&InputActivation::Gelu, &[&x], &[], &mut y))
        }),
        benchmark(["silu", "forward"], 1, |len| {
            let (x, mut y) = (numbers(len), numbers(len));
            Box::new(move || forward(&InputActivation::Silu, &[&x], &[], &mut y))
        }),
        benchmark(["add, relu", "forward"], 2, |len| {
            let (a, b, mut y) = (numbers(len), numbers(len), numbers(len));
            Box::new(move || forward(&Add { activation: Activation::Relu }, &[&a, &b], &[], &mut y))
        }),
        benchmark(["mul", "forward"], 2, |len| {
            let (a, b, mut y) = (numbers(len), numbers(len), numbers(len));
            Box::new(move || forward(&Mul, &[&a, &b], &[], &mut y))
        }),
        benchmark(["accumulate", ""], 1, |len| {
            let (mut sum, more) = (numbers(len), numbers(len));
            Box::new(move || accumulate(&mut sum, &more))
        }),
        benchmark(["dropout", "forward"], 1, |len| {
            let (x, mut y) = (numbers(len), numbers(len));
            Box::new(move || forward(&Dropout { rate: 0.5 }, &[&x], &[], &mut y))
        }),
    ]
}

fn activate(function: Activation, len: usize) -> Call {
    let (x, mut y) = (numbers(len), numbers(len));
    Box::new(move || forward(&function, &[&x], &[], &mut y))
}

fn activate_backward(function: Activation, len: usize) -> Call {
    let (y, mut dy, mut dx) = (numbers(len), numbers(len), numbers(len));
    Box::new(move || backward(&function, &[], &[&y], &[], &mut dy, &mut dx, &mut []))
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
            Box::new(move || forward(&Softmax { rows: d }, &[&x], &[], &mut y))
        }),
        benchmark(["softmax", "backward"], 2, |d| {
            let (y, mut dy, mut dx) = (numbers(d.rows * d.len), numbers(d.rows * d.len), numbers(d.rows * d.len));
            Box::new(move || backward(&Softmax { rows: d }, &[], &[&y], &[], &mut dy, &mut dx, &mut []))
        }),
        benchmark(["log softmax", "forward"], 1, |d| {
            let (x, mut y) = (numbers(d.rows * d.len), numbers(d.rows * d.len));
            Box::new(move || forward(&LogSoftmax { rows: d }, &[&x], &[], &mut y))
        }),
    ]
}

/// Channels last to channels first.
fn reorder([height, width, channels]: [usize; 3]) -> Benchmark {
    let len = height * width * channels;
    let d = Reshape { from: Rows { rows: height * width, len: channels }, to: Rows { rows: 1, len } };
    Benchmark::new(["reorder", ""], text([height, width, channels]), moved(len, len), move || {
        let (x, mut y) = (numbers(len), numbers(len));
        Box::new(move || forward(&d, &[&x], &[], &mut y))
    })
}
