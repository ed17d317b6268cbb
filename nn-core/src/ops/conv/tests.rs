use super::*;
use crate::exec::Pass;
use crate::ops::testing::{Failures, activate, derivative, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Window};
use std::vec;
use std::vec::Vec;

mod minimal5x5;
mod winograd;

/// A convolution with its output size worked out.
pub(crate) fn conv(input: [usize; 3], outputs: usize, kernel: [usize; 2], change: impl FnOnce(&mut Conv)) -> Conv {
    let mut conv = Conv {
        input,
        output: [0, 0, outputs],
        kernel,
        stride: [1, 1],
        pad: [0, 0],
        dilation: [1, 1],
        groups: 1,
        bias: true,
        activation: Activation::Identity,
    };
    change(&mut conv);
    for axis in 0..2 {
        let window = Window {
            kernel: kernel[axis],
            stride: conv.stride[axis],
            pad: [conv.pad[axis], conv.pad[axis]],
            dilation: conv.dilation[axis],
            ceil: false,
        };
        conv.output[axis] = window.output(input[axis]).expect("a window that fits");
    }
    conv
}

/// Odd shapes: every way of padding, striding, dilating and grouping, and sizes about those of the tiles.
pub(crate) fn cases() -> Vec<Conv> {
    let mut cases = vec![
        conv([7, 7, 7], 7, [3, 3], |_| {}),
        conv([1, 1, 1], 1, [1, 1], |_| {}),
        conv([5, 4, 3], 2, [5, 4], |_| {}),
        conv([28, 28, 1], 30, [5, 5], |d| d.activation = Activation::Relu),
        conv([6, 5, 2], 33, [3, 2], |d| d.bias = false),
        conv([6, 6, 3], 5, [3, 3], |d| d.pad = [1, 1]),
        conv([6, 7, 3], 5, [3, 3], |d| (d.pad, d.stride) = ([1, 2], [2, 3])),
        conv([9, 11, 4], 6, [3, 3], |d| d.stride = [2, 2]),
        conv([8, 9, 4], 6, [1, 1], |d| d.stride = [2, 3]),
        conv([12, 12, 3], 4, [2, 2], |d| d.stride = [3, 3]),
        conv([9, 9, 2], 3, [3, 3], |d| (d.dilation, d.pad) = ([2, 2], [2, 2])),
        conv([11, 10, 2], 3, [3, 2], |d| (d.dilation, d.stride) = ([2, 3], [2, 2])),
        conv([13, 13, 2], 3, [4, 4], |d| (d.dilation, d.stride, d.pad) = ([2, 3], [4, 2], [3, 1])),
        conv([5, 5, 2], 3, [2, 2], |d| d.pad = [3, 3]),
        // With more inputs their gradient is found phase by phase, not window by window.
        conv([6, 7, 9], 5, [3, 3], |d| (d.pad, d.stride) = ([1, 2], [2, 3])),
        conv([9, 11, 9], 6, [3, 3], |d| d.stride = [2, 2]),
        conv([12, 12, 17], 4, [2, 2], |d| d.stride = [3, 3]),
        conv([11, 10, 9], 3, [3, 2], |d| (d.dilation, d.stride) = ([2, 3], [2, 2])),
        conv([13, 13, 9], 3, [4, 4], |d| (d.dilation, d.stride, d.pad) = ([2, 3], [4, 2], [3, 1])),
        conv([5, 5, 9], 3, [2, 2], |d| d.pad = [3, 3]),
        conv([14, 14, 9], 8, [7, 7], |d| (d.pad, d.stride) = ([3, 3], [2, 2])),
        conv([14, 14, 8], 8, [7, 7], |d| (d.pad, d.stride) = ([3, 3], [2, 2])),
        conv([70, 70, 1], 2, [5, 5], |_| {}),
        conv([13, 14, 1], 9, [5, 5], |d| d.activation = Activation::Tanh),
        conv([9, 12, 3], 16, [5, 5], |d| (d.pad, d.bias) = ([2, 2], false)),
        conv([11, 10, 4], 17, [5, 5], |d| d.pad = [1, 2]),
        conv([14, 14, 3], 8, [7, 7], |d| (d.pad, d.stride) = ([3, 3], [2, 2])),
        conv([6, 6, 6], 9, [3, 3], |d| (d.groups, d.pad) = (3, [1, 1])),
        conv([6, 6, 64], 64, [3, 3], |d| (d.groups, d.stride, d.pad) = (2, [2, 2], [1, 1])),
        conv([6, 7, 5], 5, [3, 3], |d| (d.groups, d.pad) = (5, [1, 1])),
        conv([7, 9, 17], 17, [3, 5], |d| (d.groups, d.stride) = (17, [2, 1])),
        conv([9, 9, 33], 33, [2, 6], |d| (d.groups, d.dilation, d.pad) = (33, [3, 1], [2, 1])),
        conv([5, 5, 3], 6, [3, 3], |d| (d.groups, d.bias) = (3, false)),
        conv([3, 3, 300], 40, [3, 3], |d| d.pad = [1, 1]),
        conv([2, 3, 3], 1200, [2, 2], |d| d.pad = [1, 1]),
        // So many weights that they are packed: panels that are not whole, strides, dilations, one pixel.
        conv([4, 3, 64], 128, [3, 3], |d| d.pad = [1, 1]),
        conv([5, 6, 60], 130, [3, 3], |d| (d.stride, d.pad) = ([2, 2], [1, 1])),
        conv([3, 3, 300], 250, [1, 1], |d| (d.bias, d.activation) = (false, Activation::Relu)),
        conv([7, 5, 90], 200, [2, 2], |d| (d.dilation, d.stride) = ([3, 1], [1, 3])),
        conv([2, 2, 130], 131, [2, 2], |_| {}),
    ];
    for size in [7, 8, 9, 15, 16, 17, 28] {
        for channels in [[16, 16], [17, 33]] {
            for pad in [[0, 2], [1, 1], [2, 0]] {
                cases.push(conv([size + 2, size + 2, channels[0]], channels[1], [3, 3], |d| d.pad = pad));
            }
        }
    }
    for activation in [Activation::Relu, Activation::LeakyRelu(0.1), Activation::Sigmoid, Activation::Tanh] {
        cases.push(conv([5, 6, 3], 18, [3, 3], |d| d.activation = activation));
        cases.push(conv([5, 6, 4], 4, [3, 3], |d| (d.groups, d.activation) = (4, activation)));
    }
    cases.extend(depthwise());
    cases.extend(uneven_cases());
    for outputs in [1, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65] {
        cases.push(conv([4, 4, 2], outputs, [2, 2], |_| {}));
    }
    for width in [5, 6, 7, 11, 12, 13, 23, 24, 25] {
        cases.push(conv([1, width, 3], 20, [1, 1], |_| {}));
        cases.push(conv([3, width, width], width, [2, 2], |d| d.pad = [1, 1]));
    }
    cases
}

/// A convolution with so much more padding below and at the right.
fn uneven(d: Conv, more: [usize; 2]) -> Conv {
    let output = [0, 1].map(|axis| {
        let pad = [d.pad[axis], d.pad[axis] + more[axis]];
        let window = Window { pad, dilation: d.dilation[axis], ..Window::new(d.kernel[axis], d.stride[axis]) };
        window.output(d.input[axis]).expect("a window that fits")
    });
    Conv { output: [output[0], output[1], d.output[2]], ..d }
}

/// Padding that differs at the two ends, for every algorithm.
fn uneven_cases() -> Vec<Conv> {
    let mut cases = vec![
        uneven(conv([9, 8, 3], 5, [2, 2], |_| {}), [1, 1]),
        uneven(conv([8, 8, 3], 9, [3, 3], |d| d.stride = [2, 2]), [1, 1]),
        uneven(conv([8, 9, 17], 9, [4, 4], |d| (d.stride, d.pad) = ([3, 2], [1, 0])), [2, 3]),
        uneven(conv([9, 9, 2], 3, [3, 2], |d| (d.dilation, d.pad) = ([2, 3], [1, 1])), [1, 2]),
        uneven(conv([12, 11, 2], 9, [5, 5], |d| d.pad = [1, 2]), [2, 1]),
        uneven(conv([12, 11, 1], 8, [5, 5], |_| {}), [0, 4]),
        uneven(conv([6, 7, 20], 20, [3, 3], |d| (d.groups, d.pad) = (20, [1, 0])), [1, 2]),
        uneven(conv([7, 8, 9], 9, [3, 4], |d| (d.groups, d.stride) = (9, [2, 2])), [1, 2]),
    ];
    for more in [[0, 1], [1, 2], [2, 2], [3, 0]] {
        cases.push(uneven(conv([18, 17, 16], 17, [3, 3], |_| {}), more));
    }
    cases.push(uneven(conv([17, 18, 17], 16, [3, 3], |d| d.pad = [1, 1]), [1, 1]));
    cases
}

/// Every channel a group: widths about the blocks of pixels, channels about one, two and three vectors.
fn depthwise() -> Vec<Conv> {
    let depthwise = |input: [usize; 3], kernel, change: fn(&mut Conv)| {
        conv(input, input[2], kernel, |d| {
            d.groups = input[2];
            change(d);
        })
    };
    let mut cases = vec![
        depthwise([4, 5, 18], [4, 5], |_| {}),
        depthwise([4, 5, 9], [1, 1], |_| {}),
        depthwise([4, 5, 9], [1, 1], |d| (d.stride, d.dilation) = ([2, 3], [4, 5])),
        depthwise([1, 20, 9], [1, 3], |d| d.pad = [0, 1]),
        depthwise([1, 20, 9], [3, 3], |d| d.pad = [1, 1]),
        depthwise([20, 1, 9], [3, 3], |d| d.pad = [1, 1]),
        // Windows wholly in the padding, inputs between the windows, taps that meet no phase.
        depthwise([3, 4, 5], [2, 2], |d| d.pad = [3, 4]),
        depthwise([12, 13, 17], [2, 2], |d| d.stride = [3, 4]),
        depthwise([3, 3, 5], [3, 3], |d| d.stride = [5, 7]),
        depthwise([13, 14, 17], [4, 3], |d| (d.stride, d.dilation, d.pad) = ([4, 2], [2, 2], [3, 1])),
        depthwise([13, 17, 17], [3, 4], |d| (d.stride, d.dilation, d.pad) = ([2, 6], [3, 4], [4, 5])),
        depthwise([6, 12, 33], [5, 5], |d| (d.pad, d.bias) = ([2, 2], false)),
        depthwise([6, 21, 33], [3, 3], |d| (d.pad, d.dilation) = ([2, 2], [2, 2])),
    ];
    for width in [5, 6, 9, 10, 11, 13, 14, 17, 18, 19] {
        cases.push(depthwise([3, width, 20], [3, 3], |d| d.pad = [1, 1]));
        cases.push(depthwise([4, width, 5], [3, 3], |d| (d.stride, d.pad) = ([2, 2], [1, 1])));
        cases.push(depthwise([3, width, 17], [2, 2], |_| {}));
    }
    for channels in [2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65] {
        cases.push(depthwise([3, 11, channels], [3, 3], |d| d.pad = [1, 1]));
        cases.push(depthwise([5, 12, channels], [3, 3], |d| (d.stride, d.pad) = ([2, 2], [1, 1])));
    }
    cases
}

/// The convolution by its definition.
pub(crate) fn reference(d: &Conv, x: &[f64], p: &[f64]) -> Vec<f64> {
    let mut y = Vec::new();
    visit(d, |output, taps| {
        let bias = if d.bias { p[d.weights() + output % d.output[2]] } else { 0.0 };
        let sum: f64 = taps.iter().map(|&(input, weight)| x[input] * p[weight]).sum();
        y.push(activate(d.activation, bias + sum));
    });
    y
}

/// Calls `with` for each output, in order, with the (input, weight) pairs that it sums.
fn visit(d: &Conv, mut with: impl FnMut(usize, &[(usize, usize)])) {
    let [height, width, channels] = d.output;
    let (inputs, outputs) = (d.input[2] / d.groups, channels / d.groups);
    for output in 0..height * width * channels {
        let (row, column, channel) = (output / channels / width, output / channels % width, output % channels);
        let mut taps = Vec::new();
        for i in 0..d.kernel[0] {
            for j in 0..d.kernel[1] {
                let y = (row * d.stride[0] + i * d.dilation[0]).wrapping_sub(d.pad[0]);
                let x = (column * d.stride[1] + j * d.dilation[1]).wrapping_sub(d.pad[1]);
                if y < d.input[0] && x < d.input[1] {
                    for c in 0..inputs {
                        let input = (y * d.input[1] + x) * d.input[2] + channel / outputs * inputs + c;
                        taps.push((input, ((i * d.kernel[1] + j) * inputs + c) * channels + channel));
                    }
                }
            }
        }
        with(output, &taps);
    }
}

/// The gradients `[dx, dp]` by definition, `dz` being the gradient before the activation.
pub(crate) fn reference_gradients(d: &Conv, x: &[f64], p: &[f64], dz: &[f64]) -> [Vec<f64>; 2] {
    let mut dx = vec![0.0; x.len()];
    let mut dp = vec![0.0; p.len()];
    visit(d, |output, taps| {
        if d.bias {
            dp[d.weights() + output % d.output[2]] += dz[output];
        }
        for &(input, weight) in taps {
            dx[input] += dz[output] * p[weight];
            dp[weight] += dz[output] * x[input];
        }
    });
    [dx, dp]
}

/// What the forward pass is given as `prepacked`, of which there are as many numbers as `d` says.
pub(crate) fn prepacked<'p, T: Real>(d: &Conv, operation: &impl Prepack<T, &'p [T]>, p: &'p [T]) -> Vec<T> {
    let mut prepacked = vec![T::from_f64(9.0); d.prepacked()];
    operation.prepack(p, &mut prepacked);
    prepacked
}

/// What the backward pass is given.
pub(crate) fn prepacked_backward<T: Real>(d: &Conv, operation: &impl Differentiable<T>, p: &[T]) -> Vec<T> {
    let mut prepacked = vec![T::from_f64(9.0); d.prepacked_backward()];
    operation.prepack_backward(p, &mut prepacked);
    prepacked
}

/// Calls the forward pass. No `indices` are saved where there is no room for them.
pub(crate) fn forward<T: Real, P>(
    d: &impl Operation<T, P>,
    inputs: &[&[T]],
    p: P,
    y: &mut [T],
    indices: &mut [u32],
    prepacked: &[T],
    scratch: &mut [T],
) {
    let pass = Pass::alone(1);
    d.forward(Forward { inputs, outputs: &mut [y], indices, prepacked, scratch, ..Forward::new(&pass, 0, p) });
}

/// Calls the forward pass of some rows.
pub(crate) fn forward_rows<T: Real, P>(
    d: &impl ByRows<T, P>,
    first: usize,
    inputs: &[&[T]],
    p: P,
    y: &mut [T],
    prepacked: &[T],
    scratch: &mut [T],
) {
    let pass = Pass::alone(1);
    d.forward_rows(first, Forward { inputs, outputs: &mut [y], prepacked, scratch, ..Forward::new(&pass, 0, p) });
}

/// Calls the backward pass. Gradients that are not wanted are empty.
pub(crate) fn backward<T: Real>(
    d: &impl Differentiable<T>,
    [x, y, p]: [&[T]; 3],
    dy: &mut [T],
    [dx, dp]: [&mut [T]; 2],
    indices: &mut [u32],
    prepacked: &[T],
    scratch: &mut [T],
) {
    let pass = Pass::alone(1);
    d.backward(Backward {
        inputs: &[x],
        outputs: &[y],
        output_gradients: &mut [dy],
        input_gradients: &mut [dx],
        parameter_gradients: dp,
        indices,
        prepacked,
        scratch,
        ..Backward::new(&pass, 0, p)
    });
}

fn check<T: Real>(d: &Conv, tolerance: f64, what: &str, failures: &mut Failures) {
    let what = format!("{what} {d:?}");
    let (x, p) = (numbers::<T>(len(d.input), 1), numbers::<T>(d.parameters(), 2));
    let mut y = vec![T::from_f64(9.0); len(d.output)];
    let mut scratch = vec![T::from_f64(9.0); d.forward_scratch()];
    forward(d, &[&x], &p[..], &mut y, &mut [], &prepacked(d, d, &p), &mut scratch);
    failures.compare(&format!("y of {what}"), &y, &reference(d, &wide(&x), &wide(&p)), tolerance);

    let dy = numbers::<T>(y.len(), 3);
    let dz: Vec<f64> = wide(&dy).iter().zip(wide(&y)).map(|(dy, y)| dy * derivative(d.activation, y)).collect();
    let [expected_dx, mut expected_dp] = reference_gradients(d, &wide(&x), &wide(&p), &dz);
    expected_dp.iter_mut().for_each(|dp| *dp += 1.0);
    let mut scratch = vec![T::from_f64(9.0); d.backward_scratch()];
    let turned = prepacked_backward(d, d, &p);
    for wanted in [true, false] {
        let mut dx = vec![T::from_f64(9.0); if wanted { x.len() } else { 0 }];
        let mut dp = vec![T::ONE; p.len()];
        backward(d, [&x, &y, &p], &mut dy.clone(), [&mut dx, &mut dp], &mut [], &turned, &mut scratch);
        failures.compare(&format!("dp of {what}"), &dp, &expected_dp, tolerance);
        if wanted {
            failures.compare(&format!("dx of {what}"), &dx, &expected_dx, tolerance);
        }
    }
}

#[test]
fn every_shape_on_every_isa() {
    let mut failures = Failures::default();
    for d in cases() {
        on_every_isa(|isa| check::<f32>(&d, 4e-6, &format!("{isa:?}"), &mut failures));
        check::<f64>(&d, 1e-13, "f64", &mut failures);
    }
    failures.report();
}

#[test]
fn rows_do_not_change_bits() {
    on_every_isa(|isa| {
        let dense = conv([9, 14, 5], 19, [3, 3], |_| {});
        let depthwise = conv([9, 14, 19], 19, [3, 3], |d| (d.groups, d.pad) = (19, [1, 1]));
        for d in [dense, depthwise] {
            let (x, p) = (numbers::<f32>(len(d.input), 1), numbers::<f32>(d.parameters(), 2));
            let mut whole = vec![0.0; len(d.output)];
            rows(&d, 0, &x, &p, &[], Epilogue::none(), &mut whole, &mut []);
            for (row, whole) in whole.chunks(d.output[1] * d.output[2]).enumerate() {
                let mut alone = vec![0.0; whole.len()];
                rows(&d, row, &x, &p, &[], Epilogue::none(), &mut alone, &mut []);
                assert_eq!(alone, whole, "row {row} on {isa:?} of {d:?}");
            }
        }
    });
}

#[test]
fn gradients_by_central_differences() {
    let mut failures = Failures::default();
    let smooth = |d: &Conv| !matches!(d.activation, Activation::Relu | Activation::LeakyRelu(_));
    for d in cases().into_iter().filter(|d| smooth(d) && d.multiply_adds() < 20_000) {
        let (x, p) = (numbers::<f64>(len(d.input), 1), numbers::<f64>(d.parameters(), 2));
        let weights = numbers::<f64>(len(d.output), 3);
        let mut scratch = vec![0.0; d.forward_scratch().max(d.backward_scratch())];
        let mut y = weights.clone();
        forward(&d, &[&x], &p[..], &mut y, &mut [], &prepacked(&d, &d, &p), &mut scratch);
        let (mut dx, mut dp) = (x.clone(), vec![0.0; p.len()]);
        let turned = prepacked_backward(&d, &d, &p);
        backward(&d, [&x, &y, &p], &mut weights.clone(), [&mut dx, &mut dp], &mut [], &turned, &mut scratch);
        let mut loss = |x: &[f64], p: &[f64]| {
            forward(&d, &[x], p, &mut y, &mut [], &prepacked(&d, &d, p), &mut scratch);
            dot(&y, &weights)
        };
        failures.check_gradient(&format!("dx of {d:?}"), &dx, &x, |x| loss(x, &p));
        failures.check_gradient(&format!("dp of {d:?}"), &dp, &p, |p| loss(&x, p));
    }
    failures.report();
}

/// The input's gradient is the same bits whether that of the parameters is found or not.
#[test]
fn frozen_parameters_do_not_change_the_gradient_of_the_input() {
    on_every_isa(|isa| {
        for d in cases() {
            let (x, p) = (numbers::<f32>(len(d.input), 1), numbers::<f32>(d.parameters(), 2));
            let (y, dy) = (numbers::<f32>(len(d.output), 4), numbers::<f32>(len(d.output), 3));
            let turned = prepacked_backward(&d, &d, &p);
            let [trained, frozen] = [p.len(), 0].map(|gradients| {
                let (mut dx, mut dp) = (vec![9.0; x.len()], vec![1.0; gradients]);
                let mut scratch = vec![9.0; d.backward_scratch()];
                backward(&d, [&x, &y, &p], &mut dy.clone(), [&mut dx, &mut dp], &mut [], &turned, &mut scratch);
                bits(&dx)
            });
            assert!(trained == frozen, "{isa:?} {d:?}");
        }
    });
}

/// As bits, of which those of a negative zero differ from those of zero.
pub(crate) fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn pieces_are_parts_of_the_whole() {
    let mut failures = Failures::default();
    for d in cases() {
        let (x, p) = (numbers::<f32>(len(d.input), 1), numbers(d.parameters(), 2));
        on_every_isa(|isa| {
            let weights = prepacked(&d, &d, &p);
            let mut whole = vec![9.0; len(d.output)];
            forward(&d, &[&x], &p[..], &mut whole, &mut [], &weights, &mut vec![9.0; d.forward_scratch()]);
            failures.compare_pieces(&format!("{isa:?} {d:?}"), d.cut(), &whole, |first, y, scratch| {
                forward_rows(&d, first, &[&x], &p[..], y, &weights, scratch);
            });
        });
    }
    failures.report();
}
