//! Convolutions, alone and with the pooling after them.

use nn_core::__private::exec::Pass;
use nn_core::__private::memory::Buffer;
use nn_core::__private::ops::{Backward, Differentiable, Forward, Operation, Prepack};
use nn_core::__private::sizes::{Activation, Conv, ConvPool, Pool, Window};

use crate::benchmark::{Benchmark, Call, Numbers, Work, numbers};

/// Forward, and both gradients, of every shape.
pub fn all() -> Vec<Benchmark> {
    shapes().into_iter().flat_map(alone).chain(pooled().into_iter().flat_map(with_pool)).collect()
}

/// A convolution of stride 1 whose map keeps its size, if the kernel's is odd.
fn same(input: [usize; 3], outputs: usize, kernel: usize) -> Conv {
    conv_of(input, outputs, kernel, [1, kernel / 2, 1], 1)
}

fn conv_of(
    input: [usize; 3],
    outputs: usize,
    kernel: usize,
    [stride, pad, dilation]: [usize; 3],
    groups: usize,
) -> Conv {
    let window = Window { kernel, stride, pad: [pad; 2], dilation, ceil: false };
    let size = |input| window.output(input).expect("a window that fits");
    Conv {
        input,
        output: [size(input[0]), size(input[1]), outputs],
        kernel: [kernel; 2],
        stride: [stride; 2],
        pad: [pad; 2],
        dilation: [dilation; 2],
        groups,
        bias: true,
        activation: Activation::Identity,
    }
}

fn shapes() -> Vec<Conv> {
    vec![
        // The first layers of networks: few input channels.
        conv_of([28, 28, 1], 30, 5, [1, 0, 1], 1),
        same([28, 28, 1], 16, 3),
        same([32, 32, 3], 16, 3),
        same([224, 224, 3], 64, 3),
        conv_of([224, 224, 3], 64, 7, [2, 3, 1], 1),
        // From 16 to 512 channels.
        same([28, 28, 16], 16, 3),
        same([32, 32, 16], 16, 3),
        same([14, 14, 16], 32, 3),
        conv_of([14, 14, 32], 32, 3, [1, 2, 1], 1),
        same([16, 16, 32], 32, 3),
        same([8, 8, 32], 64, 3),
        same([8, 8, 64], 64, 3),
        same([28, 28, 64], 64, 3),
        same([56, 56, 64], 64, 3),
        same([28, 28, 128], 128, 3),
        same([14, 14, 256], 256, 3),
        same([7, 7, 512], 512, 3),
        same([33, 35, 37], 41, 3),
        same([14, 14, 32], 64, 5),
        // Strided, 1×1, dilated, in groups, depthwise.
        conv_of([32, 32, 16], 32, 3, [2, 1, 1], 1),
        conv_of([56, 56, 128], 128, 3, [2, 1, 1], 1),
        conv_of([32, 32, 16], 32, 1, [2, 0, 1], 1),
        same([56, 56, 64], 256, 1),
        same([14, 14, 1024], 256, 1),
        conv_of([28, 28, 64], 64, 3, [1, 2, 2], 1),
        conv_of([28, 28, 128], 128, 3, [1, 1, 1], 4),
        conv_of([56, 56, 128], 128, 3, [1, 1, 1], 128),
        conv_of([56, 56, 128], 128, 3, [2, 1, 1], 128),
    ]
}

fn pooled() -> Vec<Conv> {
    let relu = |d| Conv { activation: Activation::Relu, ..d };
    vec![
        relu(conv_of([28, 28, 1], 30, 5, [1, 0, 1], 1)),
        relu(same([28, 28, 16], 16, 3)),
        relu(conv_of([14, 14, 32], 32, 3, [1, 2, 1], 1)),
        relu(same([8, 8, 64], 64, 3)),
    ]
}

fn kernel(d: &Conv) -> &'static str {
    match (d.kernel[0], d.groups) {
        (3, 2..) if d.groups == d.input[2] => "depthwise 3×3",
        (1, _) => "conv 1×1",
        (3, _) => "conv 3×3",
        (5, _) => "conv 5×5",
        _ => "conv 7×7",
    }
}

fn shape(d: &Conv) -> String {
    let [height, width, channels] = d.input;
    let mut text = format!("{height}×{width}×{channels} → {}", d.output[2]);
    for (word, value, usual) in [("stride", d.stride[0], 1), ("dilation", d.dilation[0], 1), ("groups", d.groups, 1)] {
        if value != usual && (word != "groups" || d.groups < d.input[2]) {
            text += &format!(", {word} {value}");
        }
    }
    text
}

fn len([height, width, channels]: [usize; 3]) -> usize {
    height * width * channels
}

fn alone(d: Conv) -> [Benchmark; 3] {
    let benchmark = |pass, start: fn(Conv) -> Call| {
        Benchmark::new([kernel(&d), pass], shape(&d), Work::MultiplyAdds(d.multiply_adds()), move || start(d))
    };
    [
        benchmark("forward", forward),
        benchmark("weight gradient", |d| backward(d, false)),
        benchmark("input gradient", |d| backward(d, true)).without(move || backward(d, false)),
    ]
}

/// What is computed from the parameters once for all samples, and is not timed.
fn prepacked(d: &Conv, p: &[f32]) -> Numbers {
    let mut prepacked = numbers(d.prepacked());
    d.prepack(p, &mut prepacked);
    prepacked
}

/// The same for the backward pass.
fn prepacked_backward(d: &Conv, p: &[f32]) -> Numbers {
    let mut prepacked = numbers(d.prepacked());
    d.prepack_backward(p, &mut prepacked);
    prepacked
}

fn forward(d: Conv) -> Call {
    let (x, p, mut y) = (numbers(len(d.input)), numbers(d.parameters()), numbers(len(d.output)));
    let (prepacked, mut scratch) = (prepacked(&d, &p), numbers(d.forward_scratch()));
    let pass = Pass::alone(1);
    Box::new(move || {
        d.forward(Forward {
            inputs: &[&x],
            outputs: &mut [&mut y],
            prepacked: &prepacked,
            scratch: &mut scratch,
            ..Forward::new(&pass, 0, &p[..])
        });
    })
}

fn backward(d: Conv, with_input: bool) -> Call {
    let (x, p, mut dy) = (numbers(len(d.input)), numbers(d.parameters()), numbers(len(d.output)));
    let (mut dx, mut dp) = (numbers(x.len()), numbers(p.len()));
    let (prepacked, mut scratch) = (prepacked_backward(&d, &p), numbers(d.backward_scratch()));
    let pass = Pass::alone(1);
    Box::new(move || {
        d.backward(Backward {
            inputs: &[&x],
            outputs: &[&[]],
            output_gradients: &mut [&mut dy],
            input_gradients: &mut [if with_input { &mut dx } else { &mut [] }],
            parameter_gradients: &mut dp,
            prepacked: &prepacked,
            scratch: &mut scratch,
            ..Backward::new(&pass, 0, &p)
        });
    })
}

fn with_pool(conv: Conv) -> [Benchmark; 3] {
    let [height, width, channels] = conv.output;
    let output = [height / 2, width / 2, channels];
    let d = ConvPool { conv, pool: Pool { input: conv.output, output, kernel: [2; 2], stride: [2; 2], pad: [0; 2] } };
    let benchmark = |pass, start: fn(ConvPool) -> Call| {
        let text = format!("{}, relu, pool 2×2", shape(&d.conv));
        Benchmark::new([kernel(&d.conv), pass], text, Work::MultiplyAdds(d.conv.multiply_adds()), move || start(d))
    };
    [
        benchmark("forward", pooled_forward),
        benchmark("weight gradient", |d| pooled_backward(d, false)),
        benchmark("input gradient", |d| pooled_backward(d, true)).without(move || pooled_backward(d, false)),
    ]
}

fn pooled_forward(d: ConvPool) -> Call {
    let (x, p, mut y) = (numbers(len(d.conv.input)), numbers(d.conv.parameters()), numbers(len(d.pool.output)));
    let (mut indices, mut scratch) = (Buffer::zeros(y.len()), numbers(d.forward_scratch()));
    let prepacked = prepacked(&d.conv, &p);
    let pass = Pass::alone(1);
    Box::new(move || {
        d.forward(Forward {
            inputs: &[&x],
            outputs: &mut [&mut y],
            indices: &mut indices,
            prepacked: &prepacked,
            scratch: &mut scratch,
            ..Forward::new(&pass, 0, &p[..])
        });
    })
}

fn pooled_backward(d: ConvPool, with_input: bool) -> Call {
    let (x, p, mut y) = (numbers(len(d.conv.input)), numbers(d.conv.parameters()), numbers(len(d.pool.output)));
    let (mut indices, mut scratch) = (Buffer::zeros(y.len()), numbers(d.forward_scratch()));
    let pass = Pass::alone(1);
    d.forward(Forward {
        inputs: &[&x],
        outputs: &mut [&mut y],
        indices: &mut indices,
        prepacked: &prepacked(&d.conv, &p),
        scratch: &mut scratch,
        ..Forward::new(&pass, 0, &p[..])
    });
    let (mut dy, mut dx, mut dp) = (numbers(y.len()), numbers(x.len()), numbers(p.len()));
    let (prepacked, mut scratch) = (prepacked_backward(&d.conv, &p), numbers(d.backward_scratch()));
    Box::new(move || {
        d.backward(Backward {
            inputs: &[&x],
            outputs: &[&y],
            output_gradients: &mut [&mut dy],
            input_gradients: &mut [if with_input { &mut dx } else { &mut [] }],
            parameter_gradients: &mut dp,
            indices: &mut indices,
            prepacked: &prepacked,
            scratch: &mut scratch,
            ..Backward::new(&pass, 0, &p)
        });
    })
}
