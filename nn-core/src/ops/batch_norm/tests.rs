//! The reduction as a whole against the definition, and its gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{self, Failures, activate, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Activation;
use std::vec;
use std::vec::Vec;

/// Samples, pixels, channels.
const CASES: [[usize; 3]; 13] = [
    [2, 1, 1],
    [3, 1, 5],
    [1, 4, 3],
    [2, 2, 2],
    [3, 3, 3],
    [4, 9, 15],
    [4, 9, 16],
    [5, 6, 17],
    [2, 65, 8],
    [2, 130, 33],
    [7, 1, 100],
    [3, 7, 300],
    [16, 16, 16],
];
const ACTIVATIONS: [Activation; 3] = [Activation::Identity, Activation::Relu, Activation::Tanh];

/// What the reduction gives for a batch.
struct Reduced<T> {
    statistics: Vec<T>,
    y: Vec<T>,
}

fn run<T: Real>(d: &BatchNorm, n: usize, x: &[T], p: &[T]) -> Reduced<T> {
    run_frozen(d, n, x, p, false)
}

fn run_frozen<T: Real>(d: &BatchNorm, n: usize, x: &[T], p: &[T], frozen: bool) -> Reduced<T> {
    let pass = Pass::alone(n);
    let call = |sample| Forward { frozen, training: true, ..Forward::new(&pass, sample, p) };
    let (len, c) = (d.pixels * d.channels, d.channels);
    let (mut moments, mut statistics, mut y) = (vec![T::ONE; n * 3 * c], vec![T::ONE; 4 * c], vec![T::ONE; x.len()]);
    for (i, (x, moments)) in x.chunks(len).zip(moments.chunks_mut(3 * c)).enumerate() {
        d.map(Forward { inputs: &[x], outputs: &mut [moments], ..call(i) });
    }
    d.reduce(Forward { inputs: &[&moments], outputs: &mut [&mut statistics], ..call(0) });
    for (i, (x, y)) in x.chunks(len).zip(y.chunks_mut(len)).enumerate() {
        d.apply(Forward { inputs: &[x, &statistics], outputs: &mut [y], ..call(i) });
    }
    Reduced { statistics, y }
}

fn run_backward<T: Real>(
    d: &BatchNorm,
    n: usize,
    x: &[T],
    p: &[T],
    reduced: &Reduced<T>,
    dy: &[T],
) -> (Vec<T>, Vec<T>) {
    let mut dp = vec![T::ONE; 4 * d.channels];
    let dx = input_gradient(d, n, x, p, reduced, dy, &mut dp);
    (dx, dp)
}

/// Without gradients of the parameters, where these are frozen.
fn input_gradient<T: Real>(
    d: &BatchNorm,
    n: usize,
    x: &[T],
    p: &[T],
    reduced: &Reduced<T>,
    dy: &[T],
    dp: &mut [T],
) -> Vec<T> {
    let (len, c, pass) = (d.pixels * d.channels, d.channels, Pass::alone(n));
    let statistics = &reduced.statistics[..];
    let (mut dz, mut sums) = (dy.to_vec(), vec![T::ONE; n * 2 * c]);
    for (i, sums) in sums.chunks_mut(2 * c).enumerate() {
        let at = i * len..(i + 1) * len;
        d.map_gradient(Backward {
            inputs: &[&x[at.clone()], statistics],
            outputs: &[&reduced.y[at.clone()]],
            output_gradients: &mut [&mut dz[at]],
            input_gradients: &mut [sums],
            ..Backward::new(&pass, i, p)
        });
    }
    let (mut totals, mut dx) = (vec![T::ONE; 2 * c], vec![T::ONE; x.len()]);
    d.reduce_gradient(Backward {
        outputs: &[statistics],
        output_gradients: &mut [&mut sums],
        input_gradients: &mut [&mut totals],
        parameter_gradients: dp,
        ..Backward::new(&pass, 0, p)
    });
    for (i, ((x, dz), dx)) in x.chunks(len).zip(dz.chunks_mut(len)).zip(dx.chunks_mut(len)).enumerate() {
        d.apply_gradient(Backward {
            inputs: &[x, statistics, &totals],
            output_gradients: &mut [dz],
            input_gradients: &mut [dx],
            ..Backward::new(&pass, i, p)
        });
    }
    dx
}

fn naive(d: &BatchNorm, x: &[f64], p: &[f64]) -> Reduced<f64> {
    let (c, count) = (d.channels, (x.len() / d.channels) as f64);
    let mut statistics = vec![0.0; 4 * c];
    let mut y = vec![0.0; x.len()];
    for k in 0..c {
        let channel = || x.iter().skip(k).step_by(c);
        let mean = channel().sum::<f64>() / count;
        let squares = channel().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        let inverse = 1.0 / (squares / count + d.epsilon).sqrt();
        for (s, value) in [mean, 0.0, inverse, squares / (count - 1.0).max(1.0)].into_iter().enumerate() {
            statistics[s * c + k] = value;
        }
        for (x, y) in channel().zip(y.iter_mut().skip(k).step_by(c)) {
            *y = activate(d.activation, (x - mean) * inverse * p[k] + p[c + k]);
        }
    }
    Reduced { statistics, y }
}

fn parameters<T: Real>(channels: usize) -> Vec<T> {
    let mut p = numbers::<T>(4 * channels, 5);
    for variance in &mut p[3 * channels..] {
        *variance = T::from_f64(0.5) + variance.abs();
    }
    p
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for [n, pixels, channels] in CASES {
            for (activation, offset) in ACTIVATIONS.into_iter().flat_map(|a| [(a, 0.0), (a, 50.0)]) {
                let what = format!("{n} × {pixels} × {channels} {activation:?} at {offset} on {isa:?}");
                let d = BatchNorm { pixels, channels, epsilon: 1e-5, activation };
                let x: Vec<f32> = numbers::<f32>(n * pixels * channels, 1).into_iter().map(|x| x + offset).collect();
                let p = parameters::<f32>(channels);
                let reduced = run(&d, n, &x, &p);
                let expected = naive(&d, &wide(&x), &wide(&p));
                let tolerance = if offset == 0.0 { 2e-5 } else { 1e-4 };
                failures.compare(&format!("statistics: {what}"), &reduced.statistics, &expected.statistics, tolerance);
                failures.compare(&what, &reduced.y, &expected.y, tolerance);

                let running = |i: usize| f64::from(p[i]);
                let mut y = vec![9.0; pixels * channels];
                testing::forward(&d, &[&x[..pixels * channels]], &p, &mut y);
                let expected: Vec<f64> = (0..y.len())
                    .map(|i| {
                        let k = i % channels;
                        let normal = (f64::from(x[i]) - running(2 * channels + k))
                            / (running(3 * channels + k) + d.epsilon).sqrt();
                        activate(activation, normal * running(k) + running(channels + k))
                    })
                    .collect();
                failures.compare(&format!("inference: {what}"), &y, &expected, 3e-6);

                if offset != 0.0 || n * pixels < 3 {
                    continue; // of two numbers the gradient is all cancellation
                }
                // Backward as in double precision, which the gradient check below proves.
                let dy = numbers::<f32>(x.len(), 3);
                let (dx, dp) = run_backward(&d, n, &x, &p, &reduced, &dy);
                let (x, p) = (wide(&x), wide(&p));
                let wide_seam = Reduced { statistics: wide(&reduced.statistics), y: wide(&reduced.y) };
                let (expected_dx, expected_dp) = run_backward(&d, n, &x, &p, &wide_seam, &wide(&dy));
                failures.compare(&format!("dx: {what}"), &dx, &expected_dx, 1e-5);
                failures.compare(&format!("dp: {what}"), &dp, &expected_dp, 1e-5);
            }
        }
    });
    failures.report();
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for [n, pixels, channels] in CASES {
        for activation in ACTIVATIONS {
            let what = format!("{n} × {pixels} × {channels} {activation:?}");
            let d = BatchNorm { pixels, channels, epsilon: 1e-3, activation };
            let x = numbers::<f64>(n * pixels * channels, 1);
            if x.len() > 1000 {
                continue;
            }
            let (p, weights) = (parameters::<f64>(channels), numbers::<f64>(x.len(), 3));
            let (dx, dp) = run_backward(&d, n, &x, &p, &run(&d, n, &x, &p), &weights);
            failures.check_gradient(&format!("dx: {what}"), &dx, &x, |x| dot(&run(&d, n, x, &p).y, &weights));
            let (dp, trained) = (&dp[..2 * channels], &p[..2 * channels]);
            failures.check_gradient(&format!("dp: {what}"), dp, trained, |trained| {
                let p = [trained, &p[2 * channels..]].concat();
                dot(&run(&d, n, &x, &p).y, &weights)
            });
        }
    }
    failures.report();
}

#[test]
fn the_batch_statistics_lie_in_the_gradient() {
    let d = BatchNorm { pixels: 2, channels: 1, epsilon: 0.0, activation: Activation::Identity };
    let x = [1.0, 2.0, 3.0, 6.0];
    let p = [1.0, 0.0, 0.0, 1.0];
    let reduced = run(&d, 2, &x, &p);
    let (_, dp) = run_backward(&d, 2, &x, &p, &reduced, &[1.0; 4]);
    assert_eq!(reduced.statistics[0], 3.0);
    assert_eq!(reduced.statistics[1], 0.0);
    assert_eq!(reduced.statistics[3], 14.0 / 3.0);
    assert_eq!(dp[1..], [4.0, 3.0, 14.0 / 3.0]);
}

#[test]
fn a_single_number_has_no_variance() {
    let d = BatchNorm { pixels: 1, channels: 2, epsilon: 1e-5, activation: Activation::Identity };
    let reduced = run(&d, 1, &[5.0_f32, -7.0], &[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(reduced.y, [3.0, 4.0]);
    assert_eq!(reduced.statistics[2..4], [0.0; 2]);
    assert_eq!(reduced.statistics[6..], [0.0; 2]);
}

/// The prediction of each sample by itself.
fn predict<T: Real>(d: &BatchNorm, x: &[T], p: &[T]) -> Vec<T> {
    let (len, mut y) = (d.pixels * d.channels, vec![T::ONE; x.len()]);
    for (x, y) in x.chunks(len).zip(y.chunks_mut(len)) {
        testing::forward(d, &[x], p, y);
    }
    y
}

#[test]
fn frozen_parameters_normalise_as_in_a_prediction() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for [n, pixels, channels] in CASES {
            for activation in ACTIVATIONS {
                let d = BatchNorm { pixels, channels, epsilon: 1e-5, activation };
                let (x, p) = (numbers::<f32>(n * pixels * channels, 1), parameters::<f32>(channels));
                let Reduced { statistics, y } = run_frozen(&d, n, &x, &p, true);
                let what = format!("{n} × {pixels} × {channels} {activation:?} on {isa:?}");
                let (mean, rest) = statistics.split_at(channels);
                let (rest, inverse) = rest.split_at(channels);
                let (inverse, variances) = inverse.split_at(channels);
                assert_eq!(mean, &p[2 * channels..3 * channels], "means: {what}");
                assert_eq!((rest, variances), (&vec![0.0; channels][..], &p[3 * channels..]), "variances: {what}");
                for (&inverse, &variance) in inverse.iter().zip(&p[3 * channels..]) {
                    let expected = 1.0 / (f64::from(variance) + d.epsilon).sqrt();
                    assert!((f64::from(inverse) - expected).abs() <= 2e-7 * expected, "inverse deviations: {what}");
                }
                // A prediction divides by the deviation, and the reduced multiplies by its inverse.
                failures.compare(&what, &y, &wide(&predict(&d, &x, &p)), 5e-7);
            }
        }
    });
    failures.report();
}

#[test]
fn gradients_of_frozen_parameters() {
    let mut failures = Failures::default();
    for [n, pixels, channels] in CASES {
        for activation in ACTIVATIONS {
            let what = format!("{n} × {pixels} × {channels} {activation:?}");
            let d = BatchNorm { pixels, channels, epsilon: 1e-3, activation };
            let x = numbers::<f64>(n * pixels * channels, 1);
            if x.len() > 1000 {
                continue;
            }
            let (p, weights) = (parameters::<f64>(channels), numbers::<f64>(x.len(), 3));
            let reduced = run_frozen(&d, n, &x, &p, true);
            let dx = input_gradient(&d, n, &x, &p, &reduced, &weights, &mut []);
            failures.check_gradient(&what, &dx, &x, |x| dot(&predict(&d, x, &p), &weights));
        }
    }
    failures.report();
}

/// Far from zero, where a number is only known to 2⁻²⁴ of it, the mean is known better than that, and the variance is not harmed.
#[test]
fn numbers_far_from_zero_are_normalised_as_they_are() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for [n, pixels, channels] in [[8, 1000, 3], [1000, 4, 20], [5000, 1, 1], [1, 10_000, 2], [2, 131, 33]] {
            let d = BatchNorm { pixels, channels, epsilon: 0.0, activation: Activation::Identity };
            let what = format!("{n} × {pixels} × {channels} on {isa:?}");
            let x: Vec<f32> =
                numbers::<f32>(n * pixels * channels, 1).into_iter().map(|x| 40_000.0 + 2.0 * x).collect();
            let p = [vec![1.0; channels], vec![0.0; 3 * channels]].concat();
            let reduced = run(&d, n, &x, &p);
            let expected = naive(&d, &wide(&x), &wide(&p));
            let ratio = |i: usize| f64::from(reduced.statistics[i]) / expected.statistics[i];
            for i in (0..channels).chain(3 * channels..4 * channels) {
                failures.require((ratio(i) - 1.0).abs() <= 3e-5, &format!("{what}: {} times", ratio(i)));
            }
            failures.compare(&what, &reduced.y, &expected.y, 1e-5);
            // The gradients, as of the same numbers about zero.
            let near: Vec<f32> = x.iter().map(|x| x - 40_000.0).collect();
            let dy = numbers::<f32>(x.len(), 3);
            let gradients = run_backward(&d, n, &x, &p, &reduced, &dy);
            let (dx, dp) = run_backward(&d, n, &near, &p, &run(&d, n, &near, &p), &dy);
            failures.compare(&format!("dx: {what}"), &gradients.0, &wide(&dx), 1e-5);
            failures.compare(&format!("dp: {what}"), &gradients.1[..2 * channels], &wide(&dp[..2 * channels]), 1e-4);
        }
    });
    failures.report();
}
