//! Against the definition, and gradients against central differences.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::{Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

/// Within the map, beyond its edges, all outside, without a size, turned round, of one pixel, and far too large.
const BOXES: [[f32; 4]; 7] = [
    [2.0, 3.0, 9.0, 11.0],
    [-5.0, -3.0, 30.0, 6.5],
    [90.0, 80.0, 99.0, 95.0],
    [6.0, 5.0, 6.0, 5.0],
    [9.0, 8.0, 3.0, 2.0],
    [4.0, 4.0, 5.9, 5.9],
    [-1e30, -1e9, 1.7e30, 1.9e9],
];

/// Map, bins: larger and smaller than the box, one of everything, and channels of no whole vector.
const CASES: [([usize; 3], [usize; 2]); 4] =
    [([6, 7, 3], [2, 3]), ([1, 1, 1], [1, 1]), ([5, 9, 17], [7, 7]), ([8, 4, 33], [1, 2])];

fn regions((input, output): ([usize; 3], [usize; 2])) -> Regions {
    Regions { input, boxes: BOXES.len(), output, scale: 0.5 }
}

fn aligned(regions: Regions) -> [RoiAlign; 2] {
    [(2, true), (3, false)].map(|(samples, aligned)| RoiAlign { regions, samples, aligned })
}

fn boxes<T: Real>() -> Vec<T> {
    BOXES.iter().flatten().map(|&edge| T::from_f32(edge)).collect()
}

fn run<T: Real>(d: &impl for<'p> Operation<T, &'p [T]>, inputs: &[&[T]], len: usize, indices: &mut [u32]) -> Vec<T> {
    // Scratch for any of the cases.
    let (pass, mut y, mut scratch) = (Pass::alone(1), vec![T::from_f64(9.0); len], vec![T::from_f64(9.0); 1000]);
    let outputs = &mut [&mut y[..]];
    d.forward(Forward { inputs, outputs, indices, scratch: &mut scratch, ..Forward::new(&pass, 0, &[]) });
    y
}

fn gradient(d: &impl Differentiable<f64>, inputs: &[&[f64]], dy: &[f64], indices: &mut [u32]) -> Vec<f64> {
    let (pass, mut scratch) = (Pass::alone(1), vec![9.0; 1000]);
    let (mut dx, mut of_boxes) = (vec![9.0; inputs[0].len()], vec![9.0; inputs[1].len()]);
    d.backward(Backward {
        inputs,
        output_gradients: &mut [&mut dy.to_vec()],
        input_gradients: &mut [&mut dx, &mut of_boxes],
        indices,
        scratch: &mut scratch,
        ..Backward::new(&pass, 0, &[])
    });
    assert!(of_boxes.iter().all(|&number| number == 0.0));
    dx
}

/// Numbers in no order, so far apart that a small step makes no other one the largest.
fn apart(len: usize) -> Vec<f64> {
    (0..len).map(|i| (i * 7919 % len) as f64 / len as f64).collect()
}

/// Each number of the output from its box, bin and channel.
fn naive(d: &Regions, number: impl Fn([[f64; 2]; 2], [usize; 2], usize) -> f64) -> Vec<f64> {
    let mut y = Vec::new();
    for edges in BOXES {
        let [left, top, right, bottom] = edges.map(|edge| f64::from(edge) * d.scale);
        for i in 0..d.region() {
            let (channel, bin) = (i / d.bins(), i % d.bins());
            y.push(number([[top, bottom], [left, right]], [bin / d.output[1], bin % d.output[1]], channel));
        }
    }
    y
}

/// The mean over the samples of what is interpolated there.
fn naive_align(d: &RoiAlign, x: &[f64]) -> Vec<f64> {
    let ([height, width, channels], half) = (d.regions.input, if d.aligned { 0.5 } else { 0.0 });
    naive(&d.regions, |edges, bin, channel| {
        let place = |axis: usize, sample: usize| {
            let length = edges[axis][1] - edges[axis][0];
            let length = if d.aligned { length } else { length.max(1.0) };
            let bins = (bin[axis] as f64 + (sample as f64 + 0.5) / d.samples as f64) / d.regions.output[axis] as f64;
            edges[axis][0] - half + length * bins
        };
        let mut sum = 0.0;
        for sample in 0..d.samples * d.samples {
            let places = [place(0, sample / d.samples), place(1, sample % d.samples)];
            let inside = |place: f64, pixels: usize| -1.0 <= place && place <= pixels as f64;
            if inside(places[0], height) && inside(places[1], width) {
                let [down, across] =
                    [places[0].clamp(0.0, height as f64 - 1.0), places[1].clamp(0.0, width as f64 - 1.0)];
                for row in 0..height {
                    for column in 0..width {
                        let near = |place: f64, pixel: usize| (1.0 - (place - pixel as f64).abs()).max(0.0);
                        sum += near(down, row) * near(across, column) * x[(row * width + column) * channels + channel];
                    }
                }
            }
        }
        sum / (d.samples * d.samples) as f64
    })
}

/// The largest of all pixels that overlap the bin, where pixels are counted from the first to the last.
fn naive_pool(d: &Regions, x: &[f64]) -> Vec<f64> {
    let [height, width, channels] = d.input;
    naive(d, |edges, bin, channel| {
        let touches = |axis: usize, pixel: usize| {
            let [first, last] = edges[axis].map(f64::round);
            let (count, bins) = ((last - first + 1.0).max(1.0), d.output[axis] as f64);
            let (from, to) =
                ((bin[axis] as f64 * count / bins).floor(), ((bin[axis] + 1) as f64 * count / bins).ceil());
            first + from <= pixel as f64 && (pixel as f64) < first + to
        };
        let mut best = f64::NEG_INFINITY;
        for pixel in 0..height * width {
            if touches(0, pixel / width) && touches(1, pixel % width) {
                best = best.max(x[pixel * channels + channel]);
            }
        }
        if best == f64::NEG_INFINITY { 0.0 } else { best }
    })
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for regions in CASES.map(regions) {
            let (x, boxes, len) =
                (numbers::<f32>(size(regions.input), 1), boxes::<f32>(), BOXES.len() * regions.region());
            for d in aligned(regions) {
                let found = run(&d, &[&x, &boxes], len, &mut []);
                failures.compare(&format!("{d:?} on {isa:?}"), &found, &naive_align(&d, &wide(&x)), 1e-5);
            }
            let d = RoiPool { regions };
            let found = run(&d, &[&x, &boxes], len, &mut []);
            failures.compare(&format!("{d:?} on {isa:?}"), &found, &naive_pool(&regions, &wide(&x)), 0.0);
        }
    });
    failures.report();
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for regions in CASES.map(regions) {
        let (boxes, len) = (boxes::<f64>(), BOXES.len() * regions.region());
        let (x, weights) = (numbers::<f64>(size(regions.input), 1), numbers::<f64>(len, 2));
        for d in aligned(regions) {
            let dx = gradient(&d, &[&x, &boxes], &weights, &mut []);
            let loss = |x: &[f64]| dot(&run(&d, &[x, &boxes], len, &mut []), &weights);
            failures.check_gradient(&format!("{d:?}"), &dx, &x, loss);
        }
        let (x, d, mut indices) = (apart(size(regions.input)), RoiPool { regions }, vec![0; len]);
        run(&d, &[&x, &boxes], len, &mut indices);
        let dx = gradient(&d, &[&x, &boxes], &weights, &mut indices);
        let loss = |x: &[f64]| dot(&run(&d, &[x, &boxes], len, &mut []), &weights);
        failures.check_gradient(&format!("{d:?}"), &dx, &x, loss);
    }
    failures.report();
}

/// A box that is no box shows in its own region, and nowhere else.
#[test]
fn numbers_that_are_not_finite() {
    let regions = Regions { boxes: 4, ..regions(([6, 7, 3], [2, 3])) };
    let (x, len) = (numbers::<f64>(size(regions.input), 1), 4 * regions.region());
    let [nan, inf, max] = [f64::NAN, f64::INFINITY, f64::MAX];
    let boxes = [[nan, 1.0, 5.0, 5.0], [1.0, 1.0, inf, 5.0], [1.0, 1.0, 5.0, 5.0], [-max, -max, max, max]].concat();
    let strange = |y: &[f64]| y.chunks(regions.region()).map(|y| y.iter().all(|y| y.is_nan())).collect::<Vec<_>>();
    let [align, _] = aligned(regions);
    let y = run(&align, &[&x, &boxes], len, &mut []);
    assert_eq!(strange(&y), [true, true, false, false]);
    assert!(y[2 * regions.region()..].iter().all(|y| y.is_finite()));
    let (pool, mut indices) = (RoiPool { regions }, vec![0; len]);
    assert_eq!(strange(&run(&pool, &[&x, &boxes], len, &mut indices)), [true, true, false, false]);
    for dx in [
        gradient(&align, &[&x, &boxes], &vec![1.0; len], &mut []),
        gradient(&pool, &[&x, &boxes], &vec![1.0; len], &mut indices),
    ] {
        assert!(dx.iter().all(|dx| dx.is_finite()) && dx.iter().any(|&dx| dx != 0.0));
    }
}

/// A NaN in the map is the largest number, and of equals the first is taken.
#[test]
fn ties_and_nan() {
    let d = RoiPool { regions: Regions { input: [2, 2, 1], boxes: 1, output: [1, 1], scale: 1.0 } };
    let boxes = [0.0, 0.0, 1.0, 1.0];
    for (x, pixel) in [([1.0, 1.0, 1.0, 1.0], 0), ([1.0, f64::NAN, 3.0, f64::NAN], 1), ([f64::NEG_INFINITY; 4], 0)] {
        let mut indices = [9];
        let y = run(&d, &[&x, &boxes], 1, &mut indices);
        assert!(y[0] == x[pixel] || (y[0].is_nan() && x[pixel].is_nan()), "{y:?} of {x:?}");
        assert_eq!(indices, [pixel as u32]);
    }
}
