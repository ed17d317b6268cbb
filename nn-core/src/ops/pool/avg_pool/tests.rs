//! Against the definition, and gradients against central differences.

use super::*;
use crate::ops::pool::max_pool::tests::{CASES, pool};
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

fn forward<T: Real>(pool: Pool, x: &[T], y: &mut [T]) {
    testing::forward(&AveragePool::new(pool), &[x], &[], y);
}

fn backward<T: Real>(pool: Pool, dy: &mut [T], dx: &mut [T]) {
    testing::backward(&AveragePool::new(pool), &[], &[], &[], dy, &mut [dx], &mut []);
}

fn naive(d: &Pool, x: &[f64]) -> Vec<f64> {
    let [height, width, channels] = d.input;
    let mut y = Vec::new();
    for row in 0..d.output[0] {
        for column in 0..d.output[1] {
            for c in 0..channels {
                let (mut sum, mut count) = (0.0, 0.0);
                for i in 0..d.kernel[0] {
                    for j in 0..d.kernel[1] {
                        // Counted from the start of the padding.
                        let (h, w) = (row * d.stride[0] + i, column * d.stride[1] + j);
                        if h < height + 2 * d.pad[0] && w < width + 2 * d.pad[1] {
                            count += 1.0;
                        }
                        if (d.pad[0]..d.pad[0] + height).contains(&h) && (d.pad[1]..d.pad[1] + width).contains(&w) {
                            sum += x[((h - d.pad[0]) * width + w - d.pad[1]) * channels + c];
                        }
                    }
                }
                y.push(sum / count);
            }
        }
    }
    y
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for case in CASES {
            let d = pool(case);
            let x = numbers::<f32>(d.input.iter().product(), 1);
            let mut y = vec![9.0; d.output.iter().product()];
            forward(d, &x, &mut y);
            failures.compare(&format!("{d:?} on {isa:?}"), &y, &naive(&d, &wide(&x)), 1e-6);

            // The gradient is the transpose: for any y', dy(x) · y' = x · dx(y').
            let mut dy = numbers::<f32>(y.len(), 2);
            let expected = dot(&naive(&d, &wide(&x)), &wide(&dy));
            let mut dx = vec![9.0; x.len()];
            backward(d, &mut dy, &mut dx);
            failures.compare(
                &format!("gradient of {d:?} on {isa:?}"),
                &[dot(&wide(&x), &wide(&dx))],
                &[expected],
                1e-6,
            );
        }
    });
    failures.report();
}

#[test]
fn windows_beyond_the_padding_are_smaller() {
    // As PyTorch's AvgPool2d(2, 2, padding = 1, ceil_mode = True) on a map of 4×4 ones.
    let d = pool(([4, 4, 1], [2, 2], [2, 2], [1, 1], true));
    let mut y = vec![0.0; d.output.iter().product()];
    forward(d, &[1.0; 16], &mut y);
    assert_eq!(y, [0.25, 0.5, 0.25, 0.5, 1.0, 0.5, 0.25, 0.5, 0.25]);
    let d = pool(([3, 3, 1], [2, 2], [2, 2], [0, 0], true));
    let mut y = vec![0.0; 4];
    forward(d, &[1.0; 9], &mut y);
    assert_eq!(y, [1.0; 4]);
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    for case in CASES {
        let d = pool(case);
        let (len, outputs) = (d.input.iter().product(), d.output.iter().product());
        let (x, weights) = (numbers::<f64>(len, 1), numbers::<f64>(outputs, 2));
        let (mut y, mut dx) = (vec![0.0; outputs], vec![9.0; len]);
        backward(d, &mut weights.clone(), &mut dx);
        failures.check_gradient(&format!("{d:?}"), &dx, &x, |x| {
            forward(d, x, &mut y);
            dot(&y, &weights)
        });
    }
    failures.report();
}
