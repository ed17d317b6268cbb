//! The merges, add, mul and concat, against their definitions, and gradients against central differences.

use crate::Real;
use crate::ops::testing::{Failures, activate, derivative, dot, numbers, wide};
use crate::ops::{add, concat, mul};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Rows};
use std::vec;
use std::vec::Vec;

const LENGTHS: [usize; 8] = [1, 3, 4, 8, 15, 16, 33, 1003];
const ACTIVATIONS: [Activation; 4] =
    [Activation::Identity, Activation::Relu, Activation::LeakyRelu(0.25), Activation::Tanh];

fn inputs<T: Real>(count: usize, len: usize) -> Vec<Vec<T>> {
    (0..count).map(|i| numbers(len, 10 + i as u64)).collect()
}

fn views<T>(x: &[Vec<T>]) -> Vec<&[T]> {
    x.iter().map(Vec::as_slice).collect()
}

fn views_mut<T>(x: &mut [Vec<T>]) -> Vec<&mut [T]> {
    x.iter_mut().map(Vec::as_mut_slice).collect()
}

#[test]
fn sums_agree_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (count, len) in (1..5).flat_map(|count| LENGTHS.map(|len| (count, len))) {
            for a in ACTIVATIONS {
                let what = format!("{count} × {len}, {a:?} on {isa:?}");
                let x = inputs::<f32>(count, len);
                let mut y = vec![9.0; len];
                add::forward(&a, &views(&x), &mut y);
                let sums = (0..len).map(|i| x.iter().map(|x| f64::from(x[i])).sum());
                let expected: Vec<f64> = sums.map(|sum| activate(a, sum)).collect();
                failures.compare(&what, &y, &expected, 1e-6);

                let mut dy = numbers::<f32>(len, 2);
                let expected: Vec<f64> =
                    wide(&y).into_iter().zip(wide(&dy)).map(|(y, dy)| dy * derivative(a, y)).collect();
                let mut dx = vec![vec![9.0; len]; count];
                add::backward(&a, &y, &mut dy, &mut views_mut(&mut dx));
                for dx in dx {
                    failures.compare(&format!("gradient: {what}"), &dx, &expected, 1e-6);
                }
            }
        }
    });
    failures.report();
}

#[test]
fn products_agree_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (count, len) in (1..5).flat_map(|count| LENGTHS.map(|len| (count, len))) {
            let what = format!("{count} × {len} on {isa:?}");
            let mut x = inputs::<f32>(count, len);
            x[0][0] = 0.0; // where dividing the product by it would fail
            let mut y = vec![9.0; len];
            mul::forward(&(), &views(&x), &mut y);
            let product = |i: usize, without: Option<usize>| -> f64 {
                (0..count).filter(|&j| Some(j) != without).map(|j| f64::from(x[j][i])).product()
            };
            let expected: Vec<f64> = (0..len).map(|i| product(i, None)).collect();
            failures.compare(&what, &y, &expected, 1e-6);

            let dy = numbers::<f32>(len, 2);
            let mut dx = vec![vec![9.0; len]; count];
            mul::backward(&(), &views(&x), &mut dy.clone(), &mut views_mut(&mut dx));
            for (j, dx) in dx.iter().enumerate() {
                let expected: Vec<f64> = (0..len).map(|i| f64::from(dy[i]) * product(i, Some(j))).collect();
                failures.compare(&format!("gradient {j}: {what}"), dx, &expected, 1e-6);
            }
        }
    });
    failures.report();
}

#[test]
fn rows_are_joined_and_parted() {
    for rows in [1, 2, 49] {
        for lens in [&[1][..], &[3, 3], &[1, 16, 2], &[64, 128, 32, 32]] {
            let d: Vec<Rows> = lens.iter().map(|&len| Rows { rows, len }).collect();
            let x: Vec<Vec<f32>> = lens.iter().map(|&len| numbers(rows * len, len as u64)).collect();
            let width: usize = lens.iter().sum();
            let mut y = vec![9.0; rows * width];
            concat::forward(&d, &views(&x), &mut y);
            let mut expected = Vec::new();
            for row in 0..rows {
                for (x, &len) in x.iter().zip(lens) {
                    expected.extend_from_slice(&x[row * len..][..len]);
                }
            }
            assert_eq!(y, expected, "{rows} of {lens:?}");
            let mut dx: Vec<Vec<f32>> = lens.iter().map(|&len| vec![9.0; rows * len]).collect();
            concat::backward(&d, &mut y, &mut views_mut(&mut dx));
            assert_eq!(dx, x, "{rows} of {lens:?}");
        }
    }
}

#[test]
fn gradients() {
    const LEN: usize = 12;
    let split = |x: &[f64]| -> Vec<Vec<f64>> { x.chunks(LEN).map(<[f64]>::to_vec).collect() };
    let rows = [Rows { rows: 4, len: 3 }, Rows { rows: 4, len: 3 }, Rows { rows: 4, len: 3 }];
    let x: Vec<f64> = numbers(3 * LEN, 1);
    let mut failures = Failures::default();
    let mut dx = vec![vec![9.0; LEN]; 3];
    let mut y = vec![0.0; LEN];
    let weights = numbers::<f64>(3 * LEN, 2);
    for a in ACTIVATIONS {
        add::forward(&a, &views(&split(&x)), &mut y);
        add::backward(&a, &y, &mut weights[..LEN].to_vec(), &mut views_mut(&mut dx));
        failures.check_gradient(&format!("add, {a:?}"), &dx.concat(), &x, |x| {
            add::forward(&a, &views(&split(x)), &mut y);
            dot(&y, &weights[..LEN])
        });
    }
    mul::backward(&(), &views(&split(&x)), &mut weights[..LEN].to_vec(), &mut views_mut(&mut dx));
    failures.check_gradient("mul", &dx.concat(), &x, |x| {
        mul::forward(&(), &views(&split(x)), &mut y);
        dot(&y, &weights[..LEN])
    });
    let mut y = vec![0.0; 3 * LEN];
    concat::backward(&rows, &mut weights.clone(), &mut views_mut(&mut dx));
    failures.check_gradient("concat", &dx.concat(), &x, |x| {
        concat::forward(&rows, &views(&split(x)), &mut y);
        dot(&y, &weights)
    });
    failures.report();
}
