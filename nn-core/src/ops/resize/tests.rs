//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Crop;
use std::vec;
use std::vec::Vec;

/// Height and width before and after, and channels: enlarged, shrunk, both, one pixel, and as it was.
const CASES: [([usize; 2], [usize; 2], usize); 9] = [
    ([1, 1], [1, 1], 1),
    ([1, 1], [3, 4], 5),
    ([3, 4], [6, 8], 3),
    ([3, 4], [9, 12], 16),
    ([4, 3], [7, 5], 17),
    ([7, 9], [3, 4], 33),
    ([5, 8], [5, 8], 2),
    ([2, 9], [13, 1], 1),
    ([3, 2], [24, 16], 11),
];

fn resize(([height, width], [tall, wide], channels): ([usize; 2], [usize; 2], usize)) -> Resize {
    Resize { input: [height, width, channels], output: [tall, wide, channels] }
}

fn run<T: Real>(d: &impl for<'p> Operation<T, &'p [T]>, x: &[T], len: usize, scratch: usize) -> Vec<T> {
    let (pass, mut y, mut scratch) = (Pass::alone(1), vec![T::from_f64(9.0); len], vec![T::from_f64(9.0); scratch]);
    d.forward(Forward { inputs: &[x], outputs: &mut [&mut y], scratch: &mut scratch, ..Forward::new(&pass, 0, &[]) });
    y
}

fn gradient(d: &impl Differentiable<f64>, dy: &[f64], len: usize, scratch: usize) -> Vec<f64> {
    let (pass, mut dx, mut scratch) = (Pass::alone(1), vec![9.0; len], vec![9.0; scratch]);
    d.backward(Backward {
        output_gradients: &mut [&mut dy.to_vec()],
        input_gradients: &mut [&mut dx],
        scratch: &mut scratch,
        ..Backward::new(&pass, 0, &[])
    });
    dx
}

/// Each number of the output by its place in the input.
fn naive(d: &Resize, x: &[f64], number: impl Fn([f64; 2], &dyn Fn(usize, usize) -> f64) -> f64) -> Vec<f64> {
    let ([height, width, channels], [tall, wide, _]) = (d.input, d.output);
    let mut y = Vec::new();
    for i in 0..tall * wide * channels {
        let (row, column, c) = (i / channels / wide, i / channels % wide, i % channels);
        let place = [row as f64 * height as f64 / tall as f64, column as f64 * width as f64 / wide as f64];
        y.push(number(place, &|row, column| x[(row.min(height - 1) * width + column.min(width - 1)) * channels + c]));
    }
    y
}

fn naive_nearest(d: &Resize, x: &[f64]) -> Vec<f64> {
    // A little more, as a quotient may be rounded below a whole number.
    naive(d, x, |[row, column], x| x((row + 1e-9) as usize, (column + 1e-9) as usize))
}

fn naive_bilinear(d: &Resize, x: &[f64]) -> Vec<f64> {
    let half = [0, 1].map(|axis| d.input[axis] as f64 / d.output[axis] as f64 / 2.0);
    naive(d, x, |place, x| {
        let [row, column] = [0, 1].map(|axis| (place[axis] + half[axis] - 0.5).max(0.0));
        let ([top, left], [down, across]) = ([row as usize, column as usize], [row.fract(), column.fract()]);
        (1.0 - down) * ((1.0 - across) * x(top, left) + across * x(top, left + 1))
            + down * ((1.0 - across) * x(top + 1, left) + across * x(top + 1, left + 1))
    })
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for resize in CASES.map(resize) {
            let x = numbers::<f32>(size(resize.input), 1);
            let bilinear = Bilinear { resize };
            let (len, what) = (size(resize.output), format!("{resize:?} on {isa:?}"));
            let found = run(&Nearest { resize }, &x, len, 0);
            failures.compare(&format!("nearest, {what}"), &found, &naive_nearest(&resize, &wide(&x)), 0.0);
            let found = run(&bilinear, &x, len, bilinear.scratch());
            failures.compare(&format!("bilinear, {what}"), &found, &naive_bilinear(&resize, &wide(&x)), 1e-6);
        }
    });
    failures.report();
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for resize in CASES.map(resize) {
        let (len, outputs) = (size(resize.input), size(resize.output));
        let (x, weights) = (numbers::<f64>(len, 1), numbers::<f64>(outputs, 2));
        let (nearest, bilinear) = (Nearest { resize }, Bilinear { resize });
        let dx = gradient(&nearest, &weights, len, 0);
        failures
            .check_gradient(&format!("nearest, {resize:?}"), &dx, &x, |x| dot(&run(&nearest, x, outputs, 0), &weights));
        let dx = gradient(&bilinear, &weights, len, bilinear.scratch());
        failures.check_gradient(&format!("bilinear, {resize:?}"), &dx, &x, |x| {
            dot(&run(&bilinear, x, outputs, bilinear.scratch()), &weights)
        });
    }
    failures.report();
}

/// By hand: pixels at 0.25 and 0.75 between two numbers, and at the edges the numbers themselves.
#[test]
fn doubles_a_row() {
    let resize = Resize { input: [1, 2, 1], output: [1, 4, 1] };
    assert_eq!(run(&Bilinear { resize }, &[1.0_f64, 5.0], 4, 2), [1.0, 2.0, 4.0, 5.0]);
    assert_eq!(run(&Nearest { resize }, &[1.0_f64, 5.0], 4, 0), [1.0, 1.0, 5.0, 5.0]);
}

#[test]
fn cuts_out() {
    let d = Crop { input: [3, 4, 2], output: [2, 2, 2], from: [1, 1] };
    let x: Vec<f64> = (0..24).map(f64::from).collect();
    let expected = [10.0, 11.0, 12.0, 13.0, 18.0, 19.0, 20.0, 21.0];
    assert_eq!(run(&d, &x, 8, 0), expected);
    let dx = gradient(&d, &expected, 24, 0);
    let given: Vec<f64> = x.iter().map(|x| if expected.contains(x) { *x } else { 0.0 }).collect();
    assert_eq!(dx, given);
}
