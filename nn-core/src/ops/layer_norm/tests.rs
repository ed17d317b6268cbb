//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

const LENGTHS: [usize; 11] = [1, 2, 3, 5, 8, 15, 16, 17, 31, 64, 1003];

fn naive(d: &LayerNorm, x: &[f64], p: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / d.len as f64;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / d.len as f64;
    (0..d.len).map(|i| (x[i] - mean) / (variance + d.epsilon).sqrt() * p[i] + p[d.len + i]).collect()
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for len in LENGTHS {
            for offset in [0.0, 100.0, 40_000.0] {
                let d = LayerNorm { rows: 1, len, epsilon: 1e-5 };
                let x: Vec<f32> = numbers::<f32>(len, 1).into_iter().map(|x| x + offset).collect();
                let p = numbers::<f32>(2 * len, 2);
                let mut y = vec![9.0; len];
                testing::forward(&d, &[&x], &p, &mut y);
                let tolerance = if offset == 0.0 { 3e-6 } else { 1e-5 };
                failures.compare(
                    &format!("{len} at {offset} on {isa:?}"),
                    &y,
                    &naive(&d, &wide(&x), &wide(&p)),
                    tolerance,
                );

                // Backward as in double precision, which the gradient check below proves; `dp` is added to.
                let dy = numbers::<f32>(len, 3);
                let (mut dx, mut dp) = (vec![9.0; len], vec![1.0; 2 * len]);
                testing::backward(&d, &[&x], &[], &p, &mut dy.clone(), &mut [&mut dx], &mut dp);
                let (mut expected_dx, mut expected_dp) = (vec![9.0; len], vec![1.0; 2 * len]);
                testing::backward(
                    &d,
                    &[&wide(&x)],
                    &[],
                    &wide(&p),
                    &mut wide(&dy),
                    &mut [&mut expected_dx],
                    &mut expected_dp,
                );
                if len > 1 {
                    failures.compare(&format!("dx: {len} at {offset} on {isa:?}"), &dx, &expected_dx, 3.0 * tolerance);
                }
                failures.compare(&format!("dp: {len} at {offset} on {isa:?}"), &dp, &expected_dp, tolerance);
                let mut alone = vec![1.0; 2 * len];
                testing::backward(&d, &[&x], &[], &p, &mut dy.clone(), &mut [&mut []], &mut alone);
                failures.require(alone == dp, &format!("dp without dx: {len} on {isa:?}"));
            }
        }
    });
    failures.report();
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    for len in LENGTHS {
        let d = LayerNorm { rows: 1, len, epsilon: 1e-5 };
        let (x, p, weights) = (numbers::<f64>(len, 1), numbers::<f64>(2 * len, 2), numbers::<f64>(len, 3));
        let (mut y, mut dx, mut dp) = (vec![0.0; len], vec![9.0; len], vec![0.0; 2 * len]);
        testing::backward(&d, &[&x], &[], &p, &mut weights.clone(), &mut [&mut dx], &mut dp);
        if len > 1 {
            failures.check_gradient(&format!("dx, {len}"), &dx, &x, |x| {
                testing::forward(&d, &[x], &p, &mut y);
                dot(&y, &weights)
            });
        } else {
            failures.compare("dx, 1", &dx, &[0.0], 0.0); // always the shift
        }
        failures.check_gradient(&format!("dp, {len}"), &dp, &p, |p| {
            testing::forward(&d, &[&x], p, &mut y);
            dot(&y, &weights)
        });
    }
    failures.report();
}

#[test]
fn frozen_parameters_change_no_bit_of_dx() {
    on_every_isa(|isa| {
        for len in LENGTHS {
            let d = LayerNorm { rows: 1, len, epsilon: 1e-5 };
            let (x, p, dy) = (numbers::<f32>(len, 1), numbers(2 * len, 2), numbers(len, 3));
            let (mut expected, mut dx, mut dp) = (vec![9.0; len], vec![9.0; len], vec![0.0; 2 * len]);
            testing::backward(&d, &[&x], &[], &p, &mut dy.clone(), &mut [&mut expected], &mut dp);
            d.backward(Backward {
                inputs: &[&x],
                output_gradients: &mut [&mut dy.clone()],
                input_gradients: &mut [&mut dx],
                scratch: &mut vec![9.0; 2 * len],
                ..Backward::new(&Pass::alone(1), 0, &p)
            });
            assert_eq!(dx, expected, "{len} on {isa:?}");
        }
    });
}
