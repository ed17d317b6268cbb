//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Taps, Window};
use std::vec;
use std::vec::Vec;

/// Dilated windows, with the sizes that the window formula gives, and parts of axes that they do not divide.
fn cases() -> Vec<SpreadPool> {
    let dilated = |input: [usize; 3], kernel, stride, pad, dilation| {
        let window = Window { kernel, stride, pad: [pad; 2], dilation, ceil: false };
        let [height, width] = [0, 1].map(|axis| window.output(input[axis]).unwrap());
        let axes = [Taps::Dilated { kernel, stride, pad, dilation }; 2];
        SpreadPool { input, output: [height, width, input[2]], axes }
    };
    let parts = |input: [usize; 3], [height, width]: [usize; 2]| SpreadPool {
        input,
        output: [height, width, input[2]],
        axes: [Taps::Parts(height), Taps::Parts(width)],
    };
    vec![
        dilated([7, 7, 3], 2, 1, 0, 2),
        dilated([9, 8, 17], 3, 2, 2, 2),
        dilated([5, 5, 5], 3, 1, 3, 3),
        dilated([3, 3, 1], 2, 3, 1, 2),
        parts([7, 5, 3], [3, 2]),
        parts([2, 3, 33], [5, 4]),
        parts([4, 4, 4], [3, 3]),
        parts([1, 1, 2], [1, 1]),
        parts([13, 11, 16], [6, 11]),
    ]
}

/// Of each window the numbers that it sees, and their places.
fn naive<'a>(d: &'a SpreadPool, x: &'a [f64]) -> impl Iterator<Item = Vec<(f64, usize)>> + 'a {
    (0..d.output.iter().product()).map(move |i: usize| {
        let (pixel, c) = (i / d.output[2], i % d.output[2]);
        let place = [pixel / d.output[1], pixel % d.output[1]];
        let seen = |axis: usize| -> Vec<usize> {
            let len = d.input[axis];
            match d.axes[axis] {
                Taps::Dilated { kernel, stride, pad, dilation } => (0..kernel)
                    .filter_map(|tap| (place[axis] * stride + tap * dilation).checked_sub(pad))
                    .filter(|&at| at < len)
                    .collect(),
                Taps::Parts(parts) => {
                    let share = len as f64 / parts as f64;
                    let [begin, end] = [place[axis] as f64 * share, (place[axis] + 1) as f64 * share];
                    ((begin + 1e-9).floor() as usize..(end - 1e-9).ceil() as usize).collect()
                }
            }
        };
        let (rows, columns) = (seen(0), seen(1));
        let pixels = rows.iter().flat_map(|row| columns.iter().map(move |column| row * d.input[1] + column));
        pixels.map(|pixel| (x[pixel * d.input[2] + c], pixel)).collect()
    })
}

#[test]
fn agree_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for pool in cases() {
            let x = numbers::<f32>(pool.input.iter().product(), 1);
            let len = pool.output.iter().product();
            let what = format!("{pool:?} on {isa:?}");
            let (mut y, mut indices) = (vec![9.0; len], vec![9; len]);
            let max = SpreadMaxPool { pool };
            let pass = Pass::alone(1);
            let (inputs, outputs) = (&[&x[..]], &mut [&mut y[..]]);
            max.forward(Forward { inputs, outputs, indices: &mut indices, ..Forward::new(&pass, 0, &[]) });
            let wide_x = wide(&x);
            let best = naive(&pool, &wide_x).map(|window| {
                window.into_iter().reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap()
            });
            let (numbers, places): (Vec<f64>, Vec<usize>) = best.unzip();
            failures.compare(&format!("max: {what}"), &y, &numbers, 0.0);
            failures.require(indices.iter().zip(&places).all(|(a, b)| *a as usize == *b), &format!("indices: {what}"));
            let mut alone = vec![9.0; len];
            testing::forward(&max, &[&x], &[], &mut alone);
            failures.require(alone == y, &format!("without indices: {what}"));

            testing::forward(&SpreadAveragePool { pool }, &[&x], &[], &mut y);
            let means: Vec<f64> = naive(&pool, &wide_x)
                .map(|window| window.iter().map(|(number, _)| number).sum::<f64>() / window.len() as f64)
                .collect();
            failures.compare(&format!("average: {what}"), &y, &means, 1e-6);
        }
    });
    failures.report();
}

#[test]
fn nan_wins() {
    let pool = cases()[0];
    let mut x = vec![0.5f32; pool.input.iter().product()];
    x[0] = f32::NAN;
    let mut y = vec![0.0; pool.output.iter().product()];
    testing::forward(&SpreadMaxPool { pool }, &[&x], &[], &mut y);
    assert!(y[0].is_nan() && y[1..].iter().all(|y| *y == 0.5));
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for pool in cases() {
        let x = numbers::<f64>(pool.input.iter().product(), 1);
        let len = pool.output.iter().product();
        let (dy, pass) = (numbers::<f64>(len, 2), Pass::alone(1));
        let (mut y, mut dx, mut indices) = (vec![0.0; len], vec![9.0; x.len()], vec![0; len]);
        let max = SpreadMaxPool { pool };
        max.forward(Forward {
            inputs: &[&x],
            outputs: &mut [&mut y],
            indices: &mut indices,
            ..Forward::new(&pass, 0, &[])
        });
        max.backward(Backward {
            output_gradients: &mut [&mut dy.clone()],
            input_gradients: &mut [&mut dx],
            indices: &mut indices,
            ..Backward::new(&pass, 0, &[])
        });
        failures.check_gradient(&format!("max of {pool:?}"), &dx, &x, |x| {
            testing::forward(&max, &[x], &[], &mut y);
            dot(&y, &dy)
        });
        let average = SpreadAveragePool { pool };
        testing::backward(&average, &[], &[], &[], &mut dy.clone(), &mut [&mut dx], &mut []);
        failures.check_gradient(&format!("average of {pool:?}"), &dx, &x, |x| {
            testing::forward(&average, &[x], &[], &mut y);
            dot(&y, &dy)
        });
    }
    failures.report();
}
