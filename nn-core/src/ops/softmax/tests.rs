//! Softmax and its logarithm against their definitions, and gradients against central differences.

use crate::Real;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{LogSoftmax, Rows, Softmax};
use std::vec;
use std::vec::Vec;

const CASES: [(usize, usize); 12] =
    [(1, 1), (3, 1), (1, 2), (2, 3), (1, 4), (5, 7), (3, 10), (2, 16), (2, 17), (1, 31), (3, 33), (1, 1000)];

fn forward<T: Real>(log: bool, rows: Rows, x: &[T], y: &mut [T]) {
    if log {
        testing::forward(&LogSoftmax { rows }, &[x], &[], y);
    } else {
        testing::forward(&Softmax { rows }, &[x], &[], y);
    }
}

fn backward<T: Real>(log: bool, rows: Rows, y: &[T], dy: &mut [T], dx: &mut [T]) {
    if log {
        testing::backward(&LogSoftmax { rows }, &[], &[y], &[], dy, &mut [dx], &mut []);
    } else {
        testing::backward(&Softmax { rows }, &[], &[y], &[], dy, &mut [dx], &mut []);
    }
}

fn naive(log: bool, len: usize, x: &[f64]) -> Vec<f64> {
    let mut y = Vec::new();
    for row in x.chunks(len) {
        let largest = row.iter().copied().fold(f64::MIN, f64::max);
        let total: f64 = row.iter().map(|x| (x - largest).exp()).sum();
        y.extend(row.iter().map(|x| if log { x - largest - total.ln() } else { (x - largest).exp() / total }));
    }
    y
}

#[test]
fn agree_with_the_definitions() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for ((rows, len), log) in CASES.into_iter().flat_map(|case| [(case, false), (case, true)]) {
            // All far below or above zero: exponentials that would underflow or overflow.
            for offset in [0.0, -200.0, 200.0] {
                let what = format!("log {log}, {rows}×{len} at {offset} on {isa:?}");
                let r = Rows { rows, len };
                let x: Vec<f32> = numbers::<f32>(rows * len, 1).into_iter().map(|x| x * 4.0 + offset).collect();
                let mut y = vec![9.0; x.len()];
                forward(log, r, &x, &mut y);
                let expected = naive(log, len, &wide(&x));
                failures.compare(&what, &y, &expected, 1e-6);

                let mut dy = numbers::<f32>(x.len(), 2);
                let mut expected_gradient = Vec::new();
                for (y, dy) in expected.chunks(len).zip(wide(&dy).chunks(len)) {
                    let total = if log { dy.iter().sum() } else { dot(y, dy) };
                    let rule = |(y, dy): (&f64, &f64)| if log { dy - y.exp() * total } else { y * (dy - total) };
                    expected_gradient.extend(y.iter().zip(dy).map(rule));
                }
                let mut dx = vec![9.0; x.len()];
                backward(log, r, &y, &mut dy, &mut dx);
                failures.compare(&format!("gradient: {what}"), &dx, &expected_gradient, 3e-6);
                backward(log, r, &y, &mut dy, &mut []);
            }
        }
    });
    failures.report();
}

#[test]
fn a_nan_spoils_its_row_alone() {
    on_every_isa(|isa| {
        for (len, place) in [(3, 0), (3, 2), (16, 5), (40, 39), (40, 0)] {
            for log in [false, true] {
                let mut x = vec![1.0_f32; 2 * len];
                x[place] = f32::NAN;
                let mut y = vec![0.0; 2 * len];
                forward(log, Rows { rows: 2, len }, &x, &mut y);
                assert!(y[..len].iter().all(|y| y.is_nan()), "{len}, {place} on {isa:?}");
                assert!(y[len..].iter().all(|y| y.is_finite()), "{len}, {place} on {isa:?}");
            }
        }
    });
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for ((rows, len), log) in CASES.into_iter().flat_map(|case| [(case, false), (case, true)]) {
        let r = Rows { rows, len };
        let (x, weights) = (numbers::<f64>(rows * len, 1), numbers::<f64>(rows * len, 2));
        let (mut y, mut dx) = (vec![0.0; x.len()], vec![9.0; x.len()]);
        forward(log, r, &x, &mut y);
        backward(log, r, &y, &mut weights.clone(), &mut dx);
        if len == 1 {
            // A constant: there is no relative difference.
            failures.compare(&format!("log {log}, {rows}×1"), &dx, &vec![0.0; rows], 0.0);
            continue;
        }
        failures.check_gradient(&format!("log {log}, {rows}×{len}"), &dx, &x, |x| {
            forward(log, r, x, &mut y);
            dot(&y, &weights)
        });
    }
    failures.report();
}
