//! Against the definition, and gradients against central differences.

use super::*;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

/// Rows, and numbers in each.
const CASES: [(usize, usize); 7] = [(1, 1), (1, 5), (3, 16), (2, 17), (4, 33), (1, 1003), (5, 64)];

fn naive(d: &RmsNorm, x: &[f64], p: &[f64]) -> Vec<f64> {
    let rows = x.chunks(d.len).flat_map(|x| {
        let mean = x.iter().map(|x| x * x).sum::<f64>() / d.len as f64;
        x.iter().zip(p).map(move |(x, scale)| x / (mean + d.epsilon).sqrt() * scale)
    });
    rows.collect()
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (rows, len) in CASES {
            let d = RmsNorm { rows, len, epsilon: 1e-6 };
            let (x, p, dy) = (numbers::<f32>(rows * len, 1), numbers::<f32>(len, 2), numbers::<f32>(rows * len, 3));
            let mut y = vec![9.0; x.len()];
            testing::forward(&d, &[&x], &p, &mut y);
            failures.compare(&format!("{d:?} on {isa:?}"), &y, &naive(&d, &wide(&x), &wide(&p)), 2e-6);

            let (mut dx, mut dp) = (vec![9.0; x.len()], vec![1.0; len]);
            testing::backward(&d, &[&x], &[], &p, &mut dy.clone(), &mut [&mut dx], &mut dp);
            let (mut wide_dx, mut wide_dp) = (vec![9.0; x.len()], vec![1.0; len]);
            let (wx, wp, mut wdy) = (wide(&x), wide(&p), wide(&dy));
            testing::backward(&d, &[&wx], &[], &wp, &mut wdy, &mut [&mut wide_dx], &mut wide_dp);
            failures.compare(&format!("dx: {d:?} on {isa:?}"), &dx, &wide_dx, 1e-5);
            failures.compare(&format!("dp: {d:?} on {isa:?}"), &dp, &wide_dp, 1e-5);
        }
    });
    failures.report();
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    for (rows, len) in CASES {
        let d = RmsNorm { rows, len, epsilon: 1e-2 };
        let (x, p, dy) = (numbers::<f64>(rows * len, 1), numbers::<f64>(len, 2), numbers::<f64>(rows * len, 3));
        let (mut y, mut dx, mut dp) = (vec![0.0; x.len()], vec![9.0; x.len()], vec![0.0; len]);
        testing::backward(&d, &[&x], &[], &p, &mut dy.clone(), &mut [&mut dx], &mut dp);
        failures.check_gradient(&format!("dx of {d:?}"), &dx, &x, |x| {
            testing::forward(&d, &[x], &p, &mut y);
            dot(&y, &dy)
        });
        failures.check_gradient(&format!("dp of {d:?}"), &dp, &p, |p| {
            testing::forward(&d, &[&x], p, &mut y);
            dot(&y, &dy)
        });
    }
    failures.report();
}
