//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

/// Pixels, channels, groups: of one channel or pixel each, whole and partial vectors, one group and as many as channels.
const CASES: [(usize, usize, usize); 9] =
    [(4, 1, 1), (1, 6, 2), (9, 4, 2), (6, 6, 6), (25, 17, 1), (12, 33, 11), (200, 3, 3), (7, 64, 8), (16, 16, 16)];

fn group_norm((pixels, channels, groups): (usize, usize, usize), affine: bool) -> GroupNorm {
    GroupNorm { pixels, channels, groups, epsilon: 1e-5, affine }
}

fn forward<T: Real>(d: &GroupNorm, x: &[T], p: &[T]) -> Vec<T> {
    let (mut y, mut scratch) = (vec![T::ONE; x.len()], vec![T::ONE; d.forward_scratch()]);
    d.forward(Forward {
        inputs: &[x],
        outputs: &mut [&mut y],
        scratch: &mut scratch,
        ..Forward::new(&Pass::alone(1), 0, p)
    });
    y
}

/// `[dx, dp]`; `dp` is added to ones.
fn backward<T: Real>(d: &GroupNorm, x: &[T], p: &[T], dy: &[T]) -> [Vec<T>; 2] {
    let (mut dx, mut dp, mut scratch) =
        (vec![T::ZERO; x.len()], vec![T::ONE; p.len()], vec![T::ONE; d.backward_scratch()]);
    d.backward(Backward {
        inputs: &[x],
        output_gradients: &mut [&mut dy.to_vec()],
        input_gradients: &mut [&mut dx],
        parameter_gradients: &mut dp,
        scratch: &mut scratch,
        ..Backward::new(&Pass::alone(1), 0, p)
    });
    [dx, dp]
}

fn naive(d: &GroupNorm, x: &[f64], p: &[f64]) -> Vec<f64> {
    let size = d.channels / d.groups;
    let group = |c: usize| {
        let channels = c / size * size..(c / size + 1) * size;
        (0..d.pixels).flat_map(move |pixel| channels.clone().map(move |c| pixel * d.channels + c))
    };
    let count = (size * d.pixels) as f64;
    (0..x.len())
        .map(|i| {
            let c = i % d.channels;
            let mean = group(c).map(|i| x[i]).sum::<f64>() / count;
            let variance = group(c).map(|i| (x[i] - mean) * (x[i] - mean)).sum::<f64>() / count;
            let normalised = (x[i] - mean) / (variance + d.epsilon).sqrt();
            if d.affine { normalised * p[c] + p[d.channels + c] } else { normalised }
        })
        .collect()
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for case in CASES {
            for (affine, offset) in [(true, 0.0), (false, 0.0), (true, 100.0), (true, 40_000.0)] {
                let d = group_norm(case, affine);
                let x: Vec<f32> = numbers::<f32>(len(&d), 1).into_iter().map(|x| x + offset).collect();
                let p = numbers::<f32>(d.parameters(), 2);
                let what = format!("{d:?} at {offset} on {isa:?}");
                failures.compare(&what, &forward(&d, &x, &p), &naive(&d, &wide(&x), &wide(&p)), 1e-5);

                // Backward as in double precision, which the gradient check below proves.
                let dy = numbers::<f32>(x.len(), 3);
                let [dx, dp] = backward(&d, &x, &p, &dy);
                let [expected_dx, expected_dp] = backward(&d, &wide(&x), &wide(&p), &wide(&dy));
                failures.compare(&format!("dx: {what}"), &dx, &expected_dx, 1e-4);
                failures.compare(&format!("dp: {what}"), &dp, &expected_dp, 1e-5);
            }
        }
    });
    failures.report();
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    for case in CASES {
        for affine in [true, false] {
            let d = group_norm(case, affine);
            let (x, p, dy) =
                (numbers::<f64>(len(&d), 1), numbers::<f64>(d.parameters(), 2), numbers::<f64>(len(&d), 3));
            let [dx, dp] = backward(&d, &x, &p, &dy);
            let dp: Vec<f64> = dp.into_iter().map(|dp| dp - 1.0).collect();
            failures.check_gradient(&format!("dx of {d:?}"), &dx, &x, |x| dot(&forward(&d, x, &p), &dy));
            if affine {
                failures.check_gradient(&format!("dp of {d:?}"), &dp, &p, |p| dot(&forward(&d, &x, p), &dy));
            }
        }
    }
    failures.report();
}
