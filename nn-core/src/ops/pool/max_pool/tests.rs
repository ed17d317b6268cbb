//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{Failures, dot, numbers};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

/// Input, kernel, stride, pad, whether rounding up; with windows equal to the input, overlapping, apart, padded.
type Case = ([usize; 3], [usize; 2], [usize; 2], [usize; 2], bool);
pub(crate) const CASES: [Case; 22] = [
    ([1, 1, 1], [1, 1], [1, 1], [0, 0], false),
    ([2, 2, 1], [2, 2], [2, 2], [0, 0], false),
    ([3, 3, 3], [2, 2], [2, 2], [0, 0], false),
    ([3, 3, 3], [2, 2], [2, 2], [0, 0], true),
    ([7, 5, 17], [7, 5], [1, 1], [0, 0], false),
    ([6, 7, 16], [3, 3], [2, 2], [0, 0], true),
    ([8, 8, 33], [3, 3], [2, 2], [1, 1], false),
    ([5, 6, 30], [2, 3], [1, 2], [0, 1], false),
    ([4, 4, 4], [2, 2], [2, 2], [1, 1], true),
    ([3, 3, 2], [2, 2], [2, 2], [1, 1], true),
    ([5, 5, 8], [5, 5], [3, 3], [2, 2], true),
    ([6, 1, 15], [2, 1], [3, 1], [0, 0], false),
    ([1, 9, 31], [1, 2], [1, 3], [0, 0], true),
    ([7, 7, 7], [1, 1], [3, 3], [0, 0], false),
    ([7, 7, 48], [3, 3], [1, 1], [1, 1], false),
    ([7, 7, 5], [3, 2], [4, 3], [1, 0], true),
    ([12, 12, 30], [2, 2], [2, 2], [0, 0], false),
    ([5, 6, 20], [2, 2], [1, 1], [0, 0], false),
    ([6, 11, 20], [2, 2], [3, 4], [0, 0], false),
    ([9, 11, 18], [3, 3], [3, 3], [0, 1], false),
    ([7, 9, 33], [3, 3], [2, 1], [0, 0], false),
    ([6, 10, 16], [3, 3], [1, 2], [1, 0], true),
];

/// The dimensions of a case, the output's size by the window formula.
pub(crate) fn pool((input, kernel, stride, pad, ceil): Case) -> Pool {
    let axis = |i: usize| {
        let window = nn_sizes::Window { kernel: kernel[i], stride: stride[i], pad: [pad[i]; 2], dilation: 1, ceil };
        window.output(input[i]).unwrap()
    };
    Pool { input, output: [axis(0), axis(1), input[2]], kernel, stride, pad }
}

fn forward<T: Real>(pool: Pool, x: &[T], y: &mut [T], indices: &mut [u32]) {
    let pass = Pass::alone(1);
    MaxPool { pool }.forward(Forward { inputs: &[x], outputs: &mut [y], indices, ..Forward::new(&pass, 0, &[][..]) });
}

fn backward<T: Real>(pool: Pool, dy: &mut [T], dx: &mut [T], indices: &mut [u32]) {
    MaxPool { pool }.backward(Backward {
        output_gradients: &mut [dy],
        input_gradients: &mut [dx],
        indices,
        ..Backward::new(&Pass::alone(1), 0, &[])
    });
}

fn naive(d: &Pool, x: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let [height, width, channels] = d.input.map(|n| n as isize);
    let (mut y, mut indices) = (Vec::new(), Vec::new());
    for row in 0..d.output[0] {
        for column in 0..d.output[1] {
            for c in 0..channels {
                let mut best: Option<(f64, isize)> = None;
                for i in 0..d.kernel[0] {
                    for j in 0..d.kernel[1] {
                        let h = (row * d.stride[0] + i) as isize - d.pad[0] as isize;
                        let w = (column * d.stride[1] + j) as isize - d.pad[1] as isize;
                        if h < 0 || h >= height || w < 0 || w >= width {
                            continue;
                        }
                        let value = x[((h * width + w) * channels + c) as usize];
                        if best.is_none_or(|(best, _)| value > best || value.is_nan()) {
                            best = Some((value, h * width + w));
                        }
                    }
                }
                let (value, pixel) = best.unwrap();
                y.push(value);
                indices.push(pixel as u32);
            }
        }
    }
    (y, indices)
}

/// Few different values, so that most windows have ties.
fn ties(len: usize) -> Vec<f32> {
    numbers::<f32>(len, 3).into_iter().map(|x| (x * 1.5).round()).collect()
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for case in CASES {
            let d = pool(case);
            let len: usize = d.input.iter().product();
            let outputs: usize = d.output.iter().product();
            for (kind, x) in [("numbers", numbers(len, 1)), ("ties", ties(len)), ("low", vec![f32::NEG_INFINITY; len])]
            {
                let what = format!("{kind} of {d:?} on {isa:?}");
                let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
                let (expected, expected_indices) = naive(&d, &wide);
                let (mut y, mut indices) = (vec![9.0_f32; outputs], vec![9; outputs]);
                forward(d, &x, &mut y, &mut indices);
                let same = y.iter().zip(&expected).all(|(&y, &expected)| f64::from(y) == expected);
                failures.require(same, &format!("values: {what}"));
                failures.require(indices == expected_indices, &format!("indices: {what}"));

                let mut inferred = vec![9.0; outputs];
                forward(d, &x, &mut inferred, &mut []);
                failures.require(inferred == y, &format!("without indices: {what}"));

                let mut dy = numbers::<f32>(outputs, 2);
                let mut expected = vec![0.0; len];
                for (i, &dy) in dy.iter().enumerate() {
                    expected[indices[i] as usize * d.input[2] + i % d.input[2]] += f64::from(dy);
                }
                let mut dx = vec![9.0_f32; len];
                backward(d, &mut dy, &mut dx, &mut indices);
                failures.compare(&format!("gradient: {what}"), &dx, &expected, 1e-6);
                backward(d, &mut dy, &mut [], &mut indices);
            }
        }
    });
    failures.report();
}

#[test]
fn a_tie_counts_once() {
    let d = pool(([2, 2, 1], [2, 2], [2, 2], [0, 0], false));
    let (mut y, mut indices, mut dx) = ([0.0], [9], [9.0; 4]);
    forward(d, &[1.0, 2.0, 2.0, 2.0], &mut y, &mut indices);
    backward(d, &mut [5.0], &mut dx, &mut indices);
    assert_eq!((y, indices, dx), ([2.0], [1], [0.0, 5.0, 0.0, 0.0]));
}

#[test]
fn nan_wins() {
    on_every_isa(|isa| {
        for channels in [1, 16, 17] {
            let d = pool(([2, 2, channels], [2, 2], [2, 2], [0, 0], false));
            for pixel in 0..4 {
                let mut x = numbers::<f32>(4 * channels, 1);
                x[pixel * channels..][..channels].fill(f32::NAN);
                let (mut y, mut indices) = (vec![0.0; channels], vec![9; channels]);
                forward(d, &x, &mut y, &mut indices);
                assert!(y.iter().all(|y| y.is_nan()), "{pixel}, {channels} on {isa:?}");
                assert_eq!(indices, vec![pixel as u32; channels], "{isa:?}");
            }
        }
    });
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    for case in CASES {
        let d = pool(case);
        let (len, outputs) = (d.input.iter().product(), d.output.iter().product());
        // A shuffle of numbers so far apart that no difference taken changes a maximum.
        let x: Vec<f64> = (0..len).map(|i| (i * 7919 % len) as f64 * 0.01).collect();
        let mut dy = numbers::<f64>(outputs, 2);
        let weights = dy.clone();
        let (mut y, mut indices, mut dx) = (vec![0.0; outputs], vec![0; outputs], vec![9.0; len]);
        forward(d, &x, &mut y, &mut indices);
        backward(d, &mut dy, &mut dx, &mut indices);
        failures.check_gradient(&format!("{d:?}"), &dx, &x, |x| {
            forward(d, x, &mut y, &mut []);
            dot(&y, &weights)
        });
    }
    failures.report();
}
