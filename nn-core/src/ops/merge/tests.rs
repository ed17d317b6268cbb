//! The merges, add, mul and concat, and split, against their definitions, and gradients against central differences.

use crate::Real;
use crate::exec::Pass;
use crate::ops::testing::{self, Failures, activate, derivative, dot, numbers, wide};
use crate::ops::{Backward, Differentiable, Forward, Operation};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Add, Concat, Max, Mul, MulChannels, Rows, Split, Sub};
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
                testing::forward(&Add { activation: a }, &views(&x), &[], &mut y);
                let sums = (0..len).map(|i| x.iter().map(|x| f64::from(x[i])).sum());
                let expected: Vec<f64> = sums.map(|sum| activate(a, sum)).collect();
                failures.compare(&what, &y, &expected, 1e-6);

                let mut dy = numbers::<f32>(len, 2);
                let expected: Vec<f64> =
                    wide(&y).into_iter().zip(wide(&dy)).map(|(y, dy)| dy * derivative(a, y)).collect();
                let mut dx = vec![vec![9.0; len]; count];
                testing::backward(&Add { activation: a }, &[], &[&y], &[], &mut dy, &mut views_mut(&mut dx), &mut []);
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
            testing::forward(&Mul, &views(&x), &[], &mut y);
            let product = |i: usize, without: Option<usize>| -> f64 {
                (0..count).filter(|&j| Some(j) != without).map(|j| f64::from(x[j][i])).product()
            };
            let expected: Vec<f64> = (0..len).map(|i| product(i, None)).collect();
            failures.compare(&what, &y, &expected, 1e-6);

            let dy = numbers::<f32>(len, 2);
            let mut dx = vec![vec![9.0; len]; count];
            testing::backward(&Mul, &views(&x), &[], &[], &mut dy.clone(), &mut views_mut(&mut dx), &mut []);
            for (j, dx) in dx.iter().enumerate() {
                let expected: Vec<f64> = (0..len).map(|i| f64::from(dy[i]) * product(i, Some(j))).collect();
                failures.compare(&format!("gradient {j}: {what}"), dx, &expected, 1e-6);
            }
        }
    });
    failures.report();
}

#[test]
fn differences_agree_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (count, len) in (1..4).flat_map(|count| LENGTHS.map(|len| (count, len))) {
            let what = format!("{count} × {len} on {isa:?}");
            let (x, dy) = (inputs::<f32>(count, len), numbers::<f32>(len, 2));
            let mut y = vec![9.0; len];
            testing::forward(&Sub, &views(&x), &[], &mut y);
            let rest = |i: usize| (1..count).fold(f64::from(x[0][i]), |rest, j| rest - f64::from(x[j][i]));
            failures.compare(&what, &y, &(0..len).map(rest).collect::<Vec<_>>(), 1e-6);
            let mut dx = vec![vec![9.0; len]; count];
            testing::backward(&Sub, &[], &[], &[], &mut dy.clone(), &mut views_mut(&mut dx), &mut []);
            for (j, dx) in dx.iter().enumerate() {
                let sign = if j == 0 { 1.0 } else { -1.0 };
                failures.compare(
                    &format!("gradient {j}: {what}"),
                    dx,
                    &wide(&dy).iter().map(|dy| sign * dy).collect::<Vec<_>>(),
                    0.0,
                );
            }
        }
    });
    failures.report();
}

#[test]
fn the_largest_is_taken_and_ties_share() {
    on_every_isa(|isa| {
        let x =
            [vec![1.0f32, 2.0, -3.0, f32::NAN, 0.5], vec![1.0, -2.0, -1.0, 4.0, 0.5], vec![0.0, 1.0, -2.0, 1.0, 0.5]];
        let mut y = vec![9.0; 5];
        testing::forward(&Max, &views(&x), &[], &mut y);
        assert!(y[3].is_nan(), "{isa:?}");
        assert_eq!((&y[..3], y[4]), (&[1.0, 2.0, -1.0][..], 0.5), "{isa:?}");
        let mut dx = vec![vec![9.0f32; 5]; 3];
        let mut dy = vec![6.0; 5];
        testing::backward(&Max, &views(&x), &[&y], &[], &mut dy, &mut views_mut(&mut dx), &mut []);
        for (dx, expected) in dx.iter().zip([[3.0, 6.0, 0.0, 2.0], [3.0, 0.0, 6.0, 2.0], [0.0, 0.0, 0.0, 2.0]]) {
            assert_eq!([dx[0], dx[1], dx[2], dx[4]], expected, "{isa:?}");
        }
    });
}

#[test]
fn channels_are_multiplied() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (rows, len) in [(1, 1), (4, 3), (9, 17), (200, 16), (3, 33)] {
            for factors in [0, 1] {
                let d = MulChannels { rows: Rows { rows, len }, factors };
                let what = format!("{d:?} on {isa:?}");
                let (map, scale) = (numbers::<f32>(rows * len, 1), numbers::<f32>(len, 2));
                let dy = numbers::<f32>(rows * len, 3);
                let in_order = |map: Vec<f32>, scale: Vec<f32>| if factors == 1 { [map, scale] } else { [scale, map] };
                let (x, mut y) = (in_order(map.clone(), scale.clone()), vec![9.0; map.len()]);
                testing::forward(&d, &views(&x), &[], &mut y);
                let times = |a: &[f32]| -> Vec<f64> {
                    a.iter().enumerate().map(|(i, a)| f64::from(*a) * f64::from(scale[i % len])).collect()
                };
                failures.compare(&what, &y, &times(&map), 1e-6);
                let mut dx = in_order(vec![9.0; map.len()], vec![9.0; len]);
                testing::backward(&d, &views(&x), &[], &[], &mut dy.clone(), &mut views_mut(&mut dx), &mut []);
                failures.compare(&format!("map of {what}"), &dx[1 - factors], &times(&dy), 1e-6);
                let sums: Vec<f64> = (0..len)
                    .map(|c| (c..map.len()).step_by(len).map(|i| f64::from(map[i]) * f64::from(dy[i])).sum())
                    .collect();
                failures.compare(&format!("factors of {what}"), &dx[factors], &sums, 2e-6);
            }
        }
    });
    failures.report();
}

#[test]
fn rows_are_joined_and_parted() {
    for rows in [1, 2, 49] {
        for lens in [&[1][..], &[3, 3], &[1, 16, 2], &[64, 128, 32, 32]] {
            let d: &[Rows] = lens.iter().map(|&len| Rows { rows, len }).collect::<Vec<_>>().leak();
            let x: Vec<Vec<f32>> = lens.iter().map(|&len| numbers(rows * len, len as u64)).collect();
            let width: usize = lens.iter().sum();
            let mut y = vec![9.0; rows * width];
            testing::forward(&Concat { inputs: d }, &views(&x), &[], &mut y);
            let mut expected = Vec::new();
            for row in 0..rows {
                for (x, &len) in x.iter().zip(lens) {
                    expected.extend_from_slice(&x[row * len..][..len]);
                }
            }
            assert_eq!(y, expected, "{rows} of {lens:?}");
            let mut dx: Vec<Vec<f32>> = lens.iter().map(|&len| vec![9.0; rows * len]).collect();
            testing::backward(&Concat { inputs: d }, &[], &[], &[], &mut y, &mut views_mut(&mut dx), &mut []);
            assert_eq!(dx, x, "{rows} of {lens:?}");
        }
    }
}

fn split<T: Real>(d: &Split, x: &[T], y: &mut [Vec<T>]) {
    d.forward(Forward { inputs: &[x], outputs: &mut views_mut(y), ..Forward::new(&Pass::alone(1), 0, &[][..]) });
}

fn split_backward<T: Real>(d: &Split, dy: &mut [Vec<T>], dx: &mut [T]) {
    d.backward(Backward {
        output_gradients: &mut views_mut(dy),
        input_gradients: &mut [dx],
        ..Backward::new(&Pass::alone(1), 0, &[])
    });
}

#[test]
fn rows_are_cut_and_put_together_again() {
    for rows in [1, 2, 49] {
        for lens in [&[1][..], &[3, 3], &[1, 16, 2], &[64, 128, 32, 32]] {
            let outputs: &[Rows] = lens.iter().map(|&len| Rows { rows, len }).collect::<Vec<_>>().leak();
            let d = Split { outputs };
            let width: usize = lens.iter().sum();
            let x = numbers::<f32>(rows * width, 1);
            let mut y: Vec<Vec<f32>> = lens.iter().map(|&len| vec![9.0; rows * len]).collect();
            split(&d, &x, &mut y);
            let mut start = 0;
            for (y, &len) in y.iter().zip(lens) {
                let expected: Vec<f32> = x.chunks(width).flat_map(|row| row[start..start + len].to_vec()).collect();
                assert_eq!(*y, expected, "{len} from {start} on, {rows} of {lens:?}");
                start += len;
            }
            let mut dx = vec![9.0; x.len()];
            split_backward(&d, &mut y.clone(), &mut dx);
            assert_eq!(dx, x, "{rows} of {lens:?}");
            split_backward(&d, &mut y, &mut []);
        }
    }
}

/// A backward pass, from the gradient of the output to those of the inputs.
type BackwardPass<'a> = dyn Fn(&mut [f32], &mut [&mut [f32]]) + 'a;

#[test]
fn an_unwanted_gradient_changes_no_other() {
    const ROWS: &[Rows] = &[Rows { rows: 3, len: 2 }, Rows { rows: 3, len: 4 }, Rows { rows: 3, len: 1 }];
    let dy = numbers::<f32>(21, 1);
    let x = inputs::<f32>(3, 21);
    let gradients = |lens: [usize; 3], of: &BackwardPass<'_>| {
        let mut dx = lens.map(|len| vec![9.0; len]);
        of(&mut dy.clone(), &mut views_mut(&mut dx));
        dx
    };
    let concat = |dy: &mut [f32], dx: &mut [&mut [f32]]| {
        testing::backward(&Concat { inputs: ROWS }, &[], &[], &[], dy, dx, &mut []);
    };
    let mul = |dy: &mut [f32], dx: &mut [&mut [f32]]| {
        testing::backward(&Mul, &views(&x), &[], &[], dy, dx, &mut []);
    };
    let add = |dy: &mut [f32], dx: &mut [&mut [f32]]| {
        testing::backward(&Add { activation: Activation::Tanh }, &[], &[&x[0]], &[], dy, dx, &mut []);
    };
    let cases: [(&str, [usize; 3], &BackwardPass<'_>); 3] =
        [("concat", [6, 12, 3], &concat), ("mul", [21; 3], &mul), ("add", [21; 3], &add)];
    for (what, lens, of) in cases {
        let all = gradients(lens, of);
        for unwanted in 0..3 {
            let (mut lens, mut expected) = (lens, all.clone());
            lens[unwanted] = 0;
            expected[unwanted].clear();
            assert_eq!(gradients(lens, of), expected, "{what} without {unwanted}");
        }
    }
}

#[test]
fn gradients() {
    const LEN: usize = 12;
    let chunks = |x: &[f64]| -> Vec<Vec<f64>> { x.chunks(LEN).map(<[f64]>::to_vec).collect() };
    let concat = Concat { inputs: &[Rows { rows: 4, len: 3 }; 3] };
    let x: Vec<f64> = numbers(3 * LEN, 1);
    let mut failures = Failures::default();
    let mut dx = vec![vec![9.0; LEN]; 3];
    let mut y = vec![0.0; LEN];
    let weights = numbers::<f64>(3 * LEN, 2);
    for a in ACTIVATIONS {
        let add = Add { activation: a };
        testing::forward(&add, &views(&chunks(&x)), &[], &mut y);
        testing::backward(&add, &[], &[&y], &[], &mut weights[..LEN].to_vec(), &mut views_mut(&mut dx), &mut []);
        failures.check_gradient(&format!("add, {a:?}"), &dx.concat(), &x, |x| {
            testing::forward(&add, &views(&chunks(x)), &[], &mut y);
            dot(&y, &weights[..LEN])
        });
    }
    let mut dy = weights[..LEN].to_vec();
    testing::backward(&Mul, &views(&chunks(&x)), &[], &[], &mut dy, &mut views_mut(&mut dx), &mut []);
    failures.check_gradient("mul", &dx.concat(), &x, |x| {
        testing::forward(&Mul, &views(&chunks(x)), &[], &mut y);
        dot(&y, &weights[..LEN])
    });
    let mut y = vec![0.0; 3 * LEN];
    testing::backward(&concat, &[], &[], &[], &mut weights.clone(), &mut views_mut(&mut dx), &mut []);
    failures.check_gradient("concat", &dx.concat(), &x, |x| {
        testing::forward(&concat, &views(&chunks(x)), &[], &mut y);
        dot(&y, &weights)
    });
    let d = Split { outputs: &[Rows { rows: 4, len: 2 }, Rows { rows: 4, len: 6 }, Rows { rows: 4, len: 1 }] };
    let parts = |x: &[f64]| [x[..8].to_vec(), x[8..32].to_vec(), x[32..].to_vec()];
    let mut dx = vec![9.0; 3 * LEN];
    split_backward(&d, &mut parts(&weights), &mut dx);
    let mut y = parts(&weights);
    failures.check_gradient("split", &dx, &x, |x| {
        split(&d, x, &mut y);
        dot(&y.concat(), &weights)
    });
    failures.report();
}
