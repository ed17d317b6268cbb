use super::*;
use crate::ops::conv::tests::{
    backward, bits, cases as convolutions, conv, forward, forward_rows, prepacked, prepacked_backward, reference,
    reference_gradients,
};
use crate::ops::testing::{Failures, derivative, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Conv, ConvAlgorithm, Pool, Window};
use std::vec;
use std::vec::Vec;

fn pooled(conv: Conv, kernel: [usize; 2], stride: [usize; 2], pad: [usize; 2], ceil: bool) -> ConvPool {
    let mut pool = Pool { input: conv.output, output: conv.output, kernel, stride, pad };
    for axis in 0..2 {
        let window = Window { kernel: kernel[axis], stride: stride[axis], pad: [pad[axis]; 2], dilation: 1, ceil };
        pool.output[axis] = window.output(conv.output[axis]).expect("a window that fits");
    }
    ConvPool { conv, pool }
}

/// Windows side by side, apart and overlapping, with borders and rounded up, behind convolutions of all kinds.
fn cases() -> Vec<ConvPool> {
    let relu = |d: &mut Conv| d.activation = Activation::Relu;
    let mut cases = vec![
        pooled(conv([28, 28, 1], 30, [5, 5], relu), [2, 2], [2, 2], [0, 0], false),
        pooled(conv([9, 9, 2], 5, [3, 3], relu), [2, 2], [2, 2], [0, 0], true),
        pooled(conv([9, 9, 2], 5, [3, 3], |_| {}), [3, 3], [2, 2], [1, 1], false),
        pooled(conv([10, 9, 2], 17, [3, 3], |_| {}), [3, 2], [2, 1], [1, 1], true),
        pooled(conv([9, 9, 2], 5, [3, 3], relu), [2, 2], [3, 3], [0, 0], false),
        pooled(conv([8, 8, 3], 4, [3, 3], |d| d.pad = [1, 1]), [8, 8], [8, 8], [0, 0], false),
        pooled(conv([8, 7, 3], 4, [3, 3], |d| d.pad = [1, 1]), [4, 3], [1, 1], [0, 0], false),
        pooled(conv([8, 7, 3], 4, [3, 3], |d| d.pad = [1, 1]), [1, 1], [1, 1], [0, 0], false),
    ];
    for [height, width] in [[12, 13], [15, 14], [13, 39]] {
        for activation in [Activation::Identity, Activation::LeakyRelu(0.1), Activation::Sigmoid] {
            let conv = conv([height, width, 1], 19, [5, 5], |d| d.activation = activation);
            cases.push(pooled(conv, [2, 2], [2, 2], [0, 0], false));
            cases.push(pooled(conv, [2, 2], [2, 2], [0, 0], true));
            cases.push(pooled(conv, [3, 3], [2, 2], [1, 1], false));
        }
    }
    // Gradients from the maxima: squares that hang over windows, over the map, and over what is looked at together.
    for (kernel, stride, pad) in [([3, 3], [3, 3], [1, 1]), ([4, 3], [4, 3], [0, 0]), ([5, 1], [6, 2], [2, 0])] {
        for [height, width] in [[9, 9], [11, 13], [6, 90]] {
            cases.push(pooled(conv([height, width, 3], 9, [2, 3], |d| d.pad = [1, 1]), kernel, stride, pad, true));
        }
    }
    cases.push(pooled(conv([5, 300, 1], 17, [2, 2], relu), [2, 2], [2, 2], [0, 0], false));
    cases.push(pooled(conv([40, 3, 5], 3, [3, 3], relu), [2, 1], [4, 1], [0, 0], false));
    // Some taps at a time.
    for kernel in [[1, 1], [2, 8], [3, 7], [4, 5], [5, 4], [6, 3], [7, 2], [11, 1]] {
        for outputs in [1, 2, 3, 4, 5, 9] {
            cases.push(pooled(conv([14, 13, 1], outputs, kernel, |d| d.pad = [1, 0]), [2, 2], [2, 2], [0, 0], false));
        }
        cases.push(pooled(conv([25, 24, 1], 6, kernel, |d| d.stride = [2, 2]), [3, 3], [2, 2], [1, 1], false));
    }
    cases.push(pooled(conv([14, 9, 4], 5, [3, 2], |d| d.dilation = [3, 1]), [2, 2], [2, 2], [0, 0], true));
    cases.push(pooled(conv([36, 36, 1], 2, [3, 3], |_| {}), [2, 2], [2, 2], [0, 0], false));
    for conv in convolutions().into_iter().filter(|conv| conv.output[0] > 1 && conv.output[1] > 1) {
        cases.push(pooled(conv, [2, 2], [2, 2], [0, 0], false));
        if conv.algorithm() == ConvAlgorithm::Winograd {
            cases.push(pooled(conv, [3, 3], [2, 2], [1, 1], true));
        }
    }
    cases
}

/// The pooled map and the pixels of the maxima.
fn reference_pool(pool: &Pool, map: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let [height, width, channels] = pool.output;
    let (mut y, mut indices) = (Vec::new(), Vec::new());
    for output in 0..height * width * channels {
        let (row, column, channel) = (output / channels / width, output / channels % width, output % channels);
        let (mut best, mut index) = (f64::NEG_INFINITY, 0);
        for i in 0..pool.kernel[0] {
            for j in 0..pool.kernel[1] {
                let r = (row * pool.stride[0] + i).wrapping_sub(pool.pad[0]);
                let c = (column * pool.stride[1] + j).wrapping_sub(pool.pad[1]);
                if r < pool.input[0] && c < pool.input[1] {
                    let pixel = r * pool.input[1] + c;
                    if map[pixel * channels + channel] > best {
                        (best, index) = (map[pixel * channels + channel], pixel as u32);
                    }
                }
            }
        }
        y.push(best);
        indices.push(index);
    }
    (y, indices)
}

fn check<T: Real>(d: &ConvPool, tolerance: f64, what: &str, failures: &mut Failures) {
    let what = format!("{what} {d:?}");
    let x = numbers::<T>(d.conv.input.iter().product(), 1);
    let p = numbers::<T>(d.conv.parameters(), 2);
    let map = reference(&d.conv, &wide(&x), &wide(&p));
    let (expected, expected_indices) = reference_pool(&d.pool, &map);
    let mut y = vec![T::from_f64(9.0); expected.len()];
    let mut indices = vec![u32::MAX; expected.len()];
    let mut scratch = vec![T::from_f64(9.0); d.forward_scratch()];
    let transformed = prepacked(&d.conv, d, &p);
    forward(d, &[&x], &p[..], &mut y, &mut [], &transformed, &mut scratch);
    failures.compare(&format!("y without indices of {what}"), &y, &expected, tolerance);
    forward(d, &[&x], &p[..], &mut y, &mut indices, &transformed, &mut scratch);
    failures.compare(&format!("y of {what}"), &y, &expected, tolerance);
    let near = |(i, (&found, &expected)): (usize, (&u32, &u32))| {
        let at = |pixel: u32| map[pixel as usize * d.pool.output[2] + i % d.pool.output[2]];
        found == expected || (at(found) - at(expected)).abs() < tolerance
    };
    let same = indices.iter().zip(&expected_indices).enumerate().all(near);
    failures.require(same, &format!("indices of {what}"));
    if !same {
        return;
    }

    let channels = d.pool.output[2];
    let dy = numbers::<T>(y.len(), 3);
    let mut dz = vec![0.0; map.len()];
    for (i, (dy, y)) in wide(&dy).iter().zip(wide(&y)).enumerate() {
        dz[indices[i] as usize * channels + i % channels] += dy * derivative(d.conv.activation, y);
    }
    let [expected_dx, mut expected_dp] = reference_gradients(&d.conv, &wide(&x), &wide(&p), &dz);
    expected_dp.iter_mut().for_each(|dp| *dp += 1.0);
    let mut scratch = vec![T::from_f64(9.0); d.backward_scratch()];
    let turned = prepacked_backward(&d.conv, d, &p);
    for wanted in [true, false] {
        let mut dx = vec![T::from_f64(9.0); if wanted { x.len() } else { 0 }];
        let mut dp = vec![T::ONE; p.len()];
        let gradients = [&mut dx[..], &mut dp];
        backward(d, [&x, &y, &p], &mut dy.clone(), gradients, &mut indices, &turned, &mut scratch);
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
fn first_of_equals_wins() {
    on_every_isa(|isa| {
        let d = pooled(conv([6, 6, 1], 20, [1, 1], |_| {}), [3, 3], [3, 3], [0, 0], false);
        let (x, p) = (vec![1.0; 36], vec![1.0; 40]);
        let (mut y, mut indices) = (vec![0.0; 80], vec![9; 80]);
        forward(&d, &[&x], &p[..], &mut y, &mut indices, &[], &mut vec![0.0; d.forward_scratch()]);
        assert_eq!(y, [2.0f32; 80], "{isa:?}");
        let expected: Vec<u32> = (0..80).map(|i| [0, 3, 18, 21][i / 20]).collect();
        assert_eq!(indices, expected, "{isa:?}");
    });
}

/// A NaN anywhere in a window: it is the maximum, and the gradient goes to it, though a later number be larger than all.
#[test]
fn nan_wins() {
    on_every_isa(|isa| {
        for channels in [1, 3, 4, 8, 15, 16, 17, 33] {
            for activation in [Activation::Identity, Activation::Relu, Activation::LeakyRelu(0.5)] {
                let d = pooled(
                    conv([4, 6, 1], channels, [1, 1], |d| d.activation = activation),
                    [2, 3],
                    [2, 3],
                    [0, 0],
                    false,
                );
                let p = vec![1.0; 2 * channels];
                for pixel in 0..24 {
                    let what = format!("pixel {pixel}, {channels} channels, {activation:?} on {isa:?}");
                    let mut x = numbers::<f32>(24, 1);
                    x[pixel] = f32::NAN;
                    let window = pixel / 12 * 2 + pixel % 6 / 3;
                    let (mut y, mut indices) = (vec![0.0; 4 * channels], vec![99; 4 * channels]);
                    for at in [&mut [][..], &mut indices] {
                        forward(&d, &[&x], &p[..], &mut y, at, &[], &mut vec![0.0; d.forward_scratch()]);
                        for (i, y) in y.iter().enumerate() {
                            assert_eq!(y.is_nan(), i / channels == window, "{what}: number {i} is {y}");
                        }
                    }
                    assert_eq!(indices[window * channels..][..channels], vec![pixel as u32; channels], "{what}");

                    let (mut dx, mut dp) = (vec![9.0; 24], vec![0.0; p.len()]);
                    let (mut dy, mut scratch) = (vec![1.0; y.len()], vec![9.0; d.backward_scratch()]);
                    let turned = prepacked_backward(&d.conv, &d, &p);
                    let gradients = [&mut dx[..], &mut dp];
                    backward(&d, [&x, &y, &p], &mut dy, gradients, &mut indices, &turned, &mut scratch);
                    let slope = if let Activation::LeakyRelu(slope) = activation { slope as f32 } else { 1.0 };
                    assert_eq!(dx[pixel], slope * channels as f32, "{what}");
                }
            }
        }
    });
}

/// Where tiles are pooled in registers, every window sees a NaN that its tile does.
#[test]
fn nan_wins_in_tiles() {
    on_every_isa(|isa| {
        let d = pooled(conv([12, 15, 1], 9, [5, 5], |d| d.pad = [1, 0]), [2, 2], [2, 2], [0, 0], false);
        let p = numbers::<f32>(d.conv.parameters(), 2);
        let weights = prepacked(&d.conv, &d, &p);
        for (row, column) in [(0, 0), (5, 7), (11, 14)] {
            let mut x = numbers::<f32>(12 * 15, 1);
            x[row * 15 + column] = f32::NAN;
            let (mut y, mut indices) = (vec![0.0; 5 * 5 * 9], vec![99; 5 * 5 * 9]);
            forward(&d, &[&x], &p[..], &mut y, &mut indices, &weights, &mut vec![9.0; d.forward_scratch()]);
            for (i, (y, index)) in y.iter().zip(indices).enumerate() {
                let (down, right) = (2 * (i / 9 / 5), 2 * (i / 9 % 5));
                let seen = (down..down + 6).contains(&(row + 1)) && (right..right + 6).contains(&column);
                assert_eq!(y.is_nan(), seen, "number {i} of NaN in {row}, {column} on {isa:?}: {y}");
                let pixel = (index as usize / 11, index as usize % 11);
                assert!((down..down + 2).contains(&pixel.0) && (right..right + 2).contains(&pixel.1), "{index}");
            }
        }
    });
}

#[test]
fn gradients_by_central_differences() {
    let mut failures = Failures::default();
    let smooth = |d: &ConvPool| !matches!(d.conv.activation, Activation::Relu | Activation::LeakyRelu(_));
    for d in cases().into_iter().filter(|d| smooth(d) && d.conv.multiply_adds() < 10_000) {
        let x = numbers::<f64>(d.conv.input.iter().product(), 1);
        let p = numbers::<f64>(d.conv.parameters(), 2);
        let weights = numbers::<f64>(d.pool.output.iter().product(), 3);
        let mut scratch = vec![0.0; d.forward_scratch().max(d.backward_scratch())];
        let (mut y, mut indices) = (weights.clone(), vec![0; weights.len()]);
        forward(&d, &[&x], &p[..], &mut y, &mut indices, &[], &mut scratch);
        let (mut dx, mut dp) = (x.clone(), vec![0.0; p.len()]);
        let gradients = [&mut dx[..], &mut dp];
        let turned = prepacked_backward(&d.conv, &d, &p);
        backward(&d, [&x, &y, &p], &mut weights.clone(), gradients, &mut indices, &turned, &mut scratch);
        let mut loss = |x: &[f64], p: &[f64]| {
            forward(&d, &[x], p, &mut y, &mut [], &[], &mut scratch);
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
            let (x, p) = (numbers::<f32>(conv::len(d.conv.input), 1), numbers::<f32>(d.conv.parameters(), 2));
            let mut y = vec![9.0; conv::len(d.pool.output)];
            let (dy, mut indices) = (numbers::<f32>(y.len(), 3), vec![u32::MAX; y.len()]);
            let weights = prepacked(&d.conv, &d, &p);
            forward(&d, &[&x], &p[..], &mut y, &mut indices, &weights, &mut vec![9.0; d.forward_scratch()]);
            let turned = prepacked_backward(&d.conv, &d, &p);
            let [trained, frozen] = [p.len(), 0].map(|gradients| {
                let (mut dx, mut dp) = (vec![9.0; x.len()], vec![1.0; gradients]);
                let (gradients, mut scratch) = ([&mut dx[..], &mut dp], vec![9.0; d.backward_scratch()]);
                backward(&d, [&x, &y, &p], &mut dy.clone(), gradients, &mut indices, &turned, &mut scratch);
                bits(&dx)
            });
            assert!(trained == frozen, "{isa:?} {d:?}");
        }
    });
}

#[test]
fn pieces_are_parts_of_the_whole() {
    let mut failures = Failures::default();
    for d in cases() {
        let (x, p) = (numbers::<f32>(conv::len(d.conv.input), 1), numbers(d.conv.parameters(), 2));
        on_every_isa(|isa| {
            let weights = prepacked(&d.conv, &d, &p);
            let mut whole = vec![9.0; conv::len(d.pool.output)];
            forward(&d, &[&x], &p[..], &mut whole, &mut [], &weights, &mut vec![9.0; d.forward_scratch()]);
            failures.compare_pieces(&format!("{isa:?} {d:?}"), d.cut(), &whole, |first, y, scratch| {
                forward_rows(&d, first, &[&x], &p[..], y, &weights, scratch);
            });
        });
    }
    failures.report();
}
