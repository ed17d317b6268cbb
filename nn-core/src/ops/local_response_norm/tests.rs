//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

/// Pixels, channels, size: neighbourhoods of one channel, of an even number, and of more than there are.
const CASES: [(usize, usize, usize); 6] = [(3, 5, 1), (2, 7, 3), (4, 17, 5), (1, 6, 4), (2, 3, 9), (1, 1, 5)];

fn norm((pixels, channels, size): (usize, usize, usize), beta: f64) -> LocalResponseNorm {
    LocalResponseNorm { pixels, channels, size, alpha: 0.5, beta, k: 1.5 }
}

fn naive(d: &LocalResponseNorm, x: &[f64]) -> Vec<f64> {
    (0..x.len())
        .map(|i| {
            let (first, c) = (i - i % d.channels, (i % d.channels) as isize);
            // PyTorch pads half the size before the first channel.
            let begin = c - (d.size / 2) as isize;
            let neighbours = (begin..begin + d.size as isize).filter(|c| (0..d.channels as isize).contains(c));
            let squares: f64 = neighbours.map(|c| x[first + c as usize] * x[first + c as usize]).sum();
            x[i] / (d.k + d.alpha / d.size as f64 * squares).powf(d.beta)
        })
        .collect()
}

fn gradient_of<T: Real>(d: &LocalResponseNorm, x: &[T], dy: &[T]) -> Vec<T> {
    let (mut dx, mut scratch) = (vec![T::ONE; x.len()], vec![T::ONE; d.backward_scratch()]);
    d.backward(Backward {
        inputs: &[x],
        output_gradients: &mut [&mut dy.to_vec()],
        input_gradients: &mut [&mut dx],
        scratch: &mut scratch,
        ..Backward::new(&Pass::alone(1), 0, &[])
    });
    dx
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for case in CASES {
            for beta in [0.75, 1.0, 0.0] {
                let d = norm(case, beta);
                let (x, dy) = (numbers::<f32>(len(&d), 1), numbers::<f32>(len(&d), 2));
                let mut y = vec![9.0; x.len()];
                testing::forward(&d, &[&x], &[], &mut y);
                failures.compare(&format!("{d:?} on {isa:?}"), &y, &naive(&d, &wide(&x)), 1e-6);
                let expected = gradient_of(&d, &wide(&x), &wide(&dy));
                failures.compare(&format!("dx: {d:?} on {isa:?}"), &gradient_of(&d, &x, &dy), &expected, 3e-6);
            }
        }
    });
    failures.report();
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    for case in CASES {
        let d = norm(case, 0.75);
        let (x, dy) = (numbers::<f64>(len(&d), 1), numbers::<f64>(len(&d), 2));
        let dx = gradient_of(&d, &x, &dy);
        failures.check_gradient(&format!("{d:?}"), &dx, &x, |x| dot(&naive(&d, x), &dy));
    }
    failures.report();
}
