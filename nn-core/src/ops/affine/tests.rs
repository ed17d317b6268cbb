mod not_finite;

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{self, Failures, activate, derivative, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Activation;
use std::vec;
use std::vec::Vec;

fn forward<T: Real>(pass: &Pass<'_>, d: &Affine, x: &[T], p: &[T], y: &mut [T]) {
    testing::forward_of(&pass.finite(T::are_finite(p)), d, &[x], p, y);
}

fn backward<T: Real>(pass: &Pass<'_>, d: &Affine, x: &[T], y: &[T], p: &[T], dy: &mut [T], dx: &mut [T], dp: &mut [T]) {
    testing::backward_of(pass, d, &[x], &[y], p, dy, &mut [dx], dp);
}

fn affine(inputs: usize, outputs: usize) -> Affine {
    Affine { inputs, outputs, bias: true, activation: Activation::Identity }
}

/// Batches and layers, of sizes about those of the tiles, the packed blocks and the streamed rows.
fn cases() -> Vec<(usize, Affine)> {
    let mut cases = vec![
        (1, affine(1, 1)),
        (7, affine(7, 7)),
        (5, Affine { bias: false, ..affine(6, 9) }),
        (1, Affine { bias: false, ..affine(6, 9) }),
        (100, affine(30, 10)),
        (50, affine(300, 40)),
        (49, affine(1030, 70)),
        (3, affine(40, 1100)),
        (13, affine(40, 1100)),
        (300, affine(9, 5)),
    ];
    for activation in [Activation::Relu, Activation::LeakyRelu(0.1), Activation::Sigmoid, Activation::Tanh] {
        for n in [1, 5, 60] {
            cases.push((n, Affine { activation, ..affine(11, 37) }));
        }
    }
    for n in [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 23, 24, 25, 47, 48, 49] {
        cases.push((n, affine(5, 18)));
        cases.push((n, affine(n, n)));
    }
    for outputs in [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65] {
        cases.push((1, affine(9, outputs)));
        cases.push((14, affine(outputs, outputs)));
        cases.push((50, affine(3, outputs)));
    }
    // One row in tiles of every width, with the last vector whole, less by one, and of one lane.
    for vectors in 1..=8 {
        for lanes in [4, 8, 16] {
            for outputs in [vectors * lanes - 1, vectors * lanes, vectors * lanes + 1] {
                cases.push((1, affine(6, outputs)));
            }
        }
    }
    // Weight gradients with inputs as columns and without: the outputs fill their vectors worse or better.
    for (inputs, outputs) in
        [(32, 1), (32, 17), (33, 17), (64, 50), (79, 49), (96, 31), (31, 96), (16, 257), (64, 1025)]
    {
        cases.push((40, affine(inputs, outputs)));
    }
    for n in [2, 3, 11, 12] {
        cases.push((n, affine(7, 530)));
    }
    // Outputs, and inputs of the gradient, that are left over: every number of them, in blocks of terms and parts of one, for
    // the heights of tiles, one less and one more.
    for outputs in [1, 2, 15, 16, 17, 31, 33, 48, 50, 52, 54, 100, 123] {
        for n in [1, 2, 3, 5, 6, 7, 12, 19, 33] {
            let activation = if n % 2 == 0 { Activation::LeakyRelu(0.1) } else { Activation::Tanh };
            cases.push((n, Affine { bias: outputs > 15, activation, ..affine(141, outputs) }));
        }
    }
    for rest in 1..16 {
        cases.push((8, affine(300, 16 + rest)));
        cases.push((8, affine(16 + rest, 200)));
        cases.push((1, affine(300, 16 + rest)));
        cases.push((1, affine(300, 160 + rest)));
    }
    for inputs in [1023, 1024, 1025, 2047, 2048, 2049] {
        cases.push((7, affine(inputs, 17)));
        cases.push((1, affine(inputs, 18)));
    }
    // More weights than are cached, in whole blocks of terms, one term more, and one less.
    for inputs in [511, 512, 513] {
        cases.push((7, Affine { activation: Activation::LeakyRelu(0.1), ..affine(inputs, 260) }));
    }
    for inputs in [255, 256, 257, 511, 513] {
        cases.push((50, affine(inputs, 33)));
        cases.push((6, affine(33, inputs)));
    }
    // Pairs of rows: blocks of terms, chunks of rows, panels of columns and what of them is known; one of each more or less.
    for n in [15, 16, 17, 31, 32, 33] {
        cases.push((n, affine(65, 130)));
    }
    for inputs in [63, 64, 65, 128] {
        cases.push((65, affine(inputs, 49)));
    }
    for (n, inputs, outputs) in [(1030, 20, 35), (200, 400, 140), (35, 1100, 17)] {
        cases.push((n, affine(inputs, outputs)));
    }
    cases
}

fn reference(n: usize, d: &Affine, x: &[f64], p: &[f64]) -> Vec<f64> {
    let mut y = Vec::new();
    for row in 0..n {
        for o in 0..d.outputs {
            let bias = if d.bias { p[d.weights() + o] } else { 0.0 };
            let sum: f64 = (0..d.inputs).map(|i| x[row * d.inputs + i] * p[i * d.outputs + o]).sum();
            y.push(activate(d.activation, bias + sum));
        }
    }
    y
}

/// `[dx, dp]`.
fn reference_gradients(n: usize, d: &Affine, x: &[f64], p: &[f64], dz: &[f64]) -> [Vec<f64>; 2] {
    let mut dx = vec![0.0; x.len()];
    let mut dp = vec![0.0; p.len()];
    for row in 0..n {
        for o in 0..d.outputs {
            let dz = dz[row * d.outputs + o];
            for i in 0..d.inputs {
                dx[row * d.inputs + i] += dz * p[i * d.outputs + o];
                dp[i * d.outputs + o] += dz * x[row * d.inputs + i];
            }
            if d.bias {
                dp[d.weights() + o] += dz;
            }
        }
    }
    [dx, dp]
}

/// Which numbers are zero, as if they were dark pixels or left by relu and dropout.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Zeros {
    None,
    /// Every third column, and patches of four rows and five columns.
    Some,
    All,
}

impl Zeros {
    fn set<T: Real>(self, numbers: &mut [T], width: usize) {
        for (i, number) in numbers.iter_mut().enumerate() {
            let (row, column) = (i / width, i % width);
            if self == Self::All || self == Self::Some && (column % 3 == 1 || (row / 4 + column / 5) % 2 == 1) {
                *number = T::ZERO;
            }
        }
    }
}

fn check<T: Real>(n: usize, d: &Affine, zeros: Zeros, tolerance: f64, what: &str, failures: &mut Failures) {
    let what = format!("{what}, {n} × {d:?}, zeros: {zeros:?}");
    let pass = Pass::inference(n);
    let (mut x, p) = (numbers::<T>(n * d.inputs, 1), numbers::<T>(d.parameters(), 2));
    zeros.set(&mut x, d.inputs);
    let mut y = vec![T::from_f64(9.0); n * d.outputs];
    forward(&pass, d, &x, &p, &mut y);
    let expected = reference(n, d, &wide(&x), &wide(&p));
    failures.compare(&format!("y of {what}"), &y, &expected, tolerance);

    let mut dy = numbers::<T>(y.len(), 3);
    zeros.set(&mut dy, d.outputs);
    let dz: Vec<f64> = wide(&dy).iter().zip(wide(&y)).map(|(dy, y)| dy * derivative(d.activation, y)).collect();
    let [expected_dx, expected_dp] = reference_gradients(n, d, &wide(&x), &wide(&p), &dz);
    for wanted in [true, false] {
        let mut dx = vec![T::from_f64(9.0); if wanted { x.len() } else { 0 }];
        let mut dp = vec![T::from_f64(9.0); p.len()];
        backward(&pass, d, &x, &y, &p, &mut dy.clone(), &mut dx, &mut dp);
        failures.compare(&format!("dp of {what}"), &dp, &expected_dp, tolerance);
        if wanted {
            failures.compare(&format!("dx of {what}"), &dx, &expected_dx, tolerance);
        }
    }
}

#[test]
fn every_shape_on_every_isa() {
    let mut failures = Failures::default();
    for (n, d) in cases() {
        for zeros in [Zeros::None, Zeros::Some, Zeros::All] {
            on_every_isa(|isa| check::<f32>(n, &d, zeros, 4e-6, &format!("{isa:?}"), &mut failures));
            check::<f64>(n, &d, zeros, 1e-13, "f64", &mut failures);
        }
    }
    failures.report();
}

/// The outputs of any number of rows.
fn forward_rows(d: &Affine, x: &[f32], p: &[f32]) -> Vec<f32> {
    let n = x.len() / d.inputs;
    let mut y = vec![0.0; n * d.outputs];
    forward(&Pass::alone(n), d, x, p, &mut y);
    y
}

#[test]
fn rows_do_not_depend_on_the_batch() {
    on_every_isa(|isa| {
        for d in [
            affine(600, 70),
            affine(300, 50),
            affine(2100, 17),
            affine(90, 100),
            affine(30, 520),
            affine(9, 130),
            affine(70, 130),
        ] {
            let (mut x, p) = (numbers::<f32>(256 * d.inputs, 1), numbers::<f32>(d.parameters(), 2));
            Zeros::Some.set(&mut x[100 * d.inputs..], d.inputs);
            let whole = forward_rows(&d, &x, &p);
            for rows in [1, 3, 5, 11, 12, 30, 50, 64] {
                for (number, x) in x.chunks(rows * d.inputs).enumerate() {
                    let first = number * rows * d.outputs;
                    let end = first + x.len() / d.inputs * d.outputs;
                    assert!(forward_rows(&d, x, &p) == whole[first..end], "{rows} rows of {d:?} on {isa:?}");
                }
            }
        }
    });
}

#[test]
fn no_samples_leave_no_gradient() {
    let (d, pass) = (affine(3, 2), Pass::inference(0));
    let p = numbers::<f32>(8, 1);
    let mut dp = p.clone();
    forward(&pass, &d, &[], &p, &mut []);
    backward(&pass, &d, &[], &[], &p, &mut [], &mut [], &mut dp);
    assert_eq!(dp, [0.0; 8]);
}

#[cfg(feature = "parallel")]
#[test]
fn threads_change_no_bit() {
    let results = |d: Affine, zeros: Zeros, threads: usize, n: usize| {
        let d = Affine { activation: Activation::Relu, ..d };
        let (mut x, p) = (numbers::<f32>(n * d.inputs, 1), numbers::<f32>(d.parameters(), 2));
        let mut y = vec![0.0; n * d.outputs];
        let mut dy = numbers::<f32>(y.len(), 3);
        zeros.set(&mut x, d.inputs);
        zeros.set(&mut dy, d.outputs);
        let (mut dx, mut dp) = (x.clone(), p.clone());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let pass = Pass::inference(n);
            forward(&pass, &d, &x, &p, &mut y);
            backward(&pass, &d, &x, &y, &p, &mut dy, &mut dx, &mut dp);
        });
        (y, dx, dp, dy)
    };
    for n in [1, 2, 61] {
        for d in [affine(1100, 1030), affine(3000, 405)] {
            for zeros in [Zeros::None, Zeros::Some] {
                let one = results(d, zeros, 1, n);
                for threads in [2, 3, 8] {
                    assert!(
                        one == results(d, zeros, threads, n),
                        "{n} samples of {d:?}, {zeros:?} on {threads} threads"
                    );
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                    let d = Affine { activation: Activation::Relu, ..d };
                    for dx in pool.install(|| input_gradients(&Pass::inference(n), &d, zeros)) {
                        assert!(dx == one.1, "dx of {n} samples of {d:?}, {zeros:?} on {threads} threads");
                    }
                }
            }
        }
    }
}

/// The gradients of the inputs with those of the parameters and without, on the threads that there are.
fn input_gradients(pass: &Pass<'_>, d: &Affine, zeros: Zeros) -> [Vec<f32>; 2] {
    let n = pass.samples();
    let (mut x, p) = (numbers::<f32>(n * d.inputs, 1), numbers::<f32>(d.parameters(), 2));
    let (mut y, mut dy) = (vec![9.0; n * d.outputs], numbers::<f32>(n * d.outputs, 3));
    zeros.set(&mut x, d.inputs);
    zeros.set(&mut dy, d.outputs);
    forward(pass, d, &x, &p, &mut y);
    [p.clone(), vec![]].map(|mut dp| {
        let mut dx = vec![9.0; x.len()];
        backward(pass, d, &x, &y, &p, &mut dy.clone(), &mut dx, &mut dp);
        dx
    })
}

#[test]
fn frozen_parameters_change_no_bit_of_dx() {
    on_every_isa(|isa| {
        for n in [0, 1, 3, 14, 50] {
            for (inputs, outputs) in [(1, 1), (7, 5), (33, 70), (300, 40), (65, 130), (784, 130)] {
                let d = Affine { activation: Activation::Relu, ..affine(inputs, outputs) };
                for zeros in [Zeros::None, Zeros::Some] {
                    let [trained, frozen] = input_gradients(&Pass::alone(n), &d, zeros);
                    assert!(trained == frozen, "{n} × {d:?}, zeros: {zeros:?} on {isa:?}");
                }
            }
        }
    });
}

#[test]
fn nothing_is_done_where_no_gradient_is_wanted() {
    let d = affine(7, 5);
    let (x, p, mut dy) = (numbers::<f32>(21, 1), numbers(d.parameters(), 2), numbers(15, 3));
    backward(&Pass::alone(3), &d, &x, &[], &p, &mut dy, &mut [], &mut []);
    assert_eq!(dy, numbers::<f32>(15, 3));
}

#[test]
fn gradients_by_central_differences() {
    let mut failures = Failures::default();
    for activation in [Activation::Identity, Activation::Sigmoid, Activation::Tanh] {
        for (n, d) in [(1, affine(7, 5)), (3, affine(5, 9)), (6, affine(4, 3)), (13, affine(6, 7))] {
            let d = Affine { activation, ..d };
            let pass = Pass::inference(n);
            let (x, p) = (numbers::<f64>(n * d.inputs, 1), numbers::<f64>(d.parameters(), 2));
            let weights = numbers::<f64>(n * d.outputs, 3);
            let mut y = weights.clone();
            forward(&pass, &d, &x, &p, &mut y);
            let (mut dx, mut dp) = (x.clone(), p.clone());
            backward(&pass, &d, &x, &y, &p, &mut weights.clone(), &mut dx, &mut dp);
            let mut loss = |x: &[f64], p: &[f64]| {
                forward(&pass, &d, x, p, &mut y);
                dot(&y, &weights)
            };
            failures.check_gradient(&format!("dx of {n} × {d:?}"), &dx, &x, |x| loss(x, &p));
            failures.check_gradient(&format!("dp of {n} × {d:?}"), &dp, &p, |p| loss(&x, p));
        }
    }
    failures.report();
}
