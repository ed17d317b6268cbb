//! In one pass against one after the other.

use super::*;
use crate::ops::conv::tests::{cases, forward, forward_rows, prepacked, reference};
use crate::ops::testing::{self, Failures, activate, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Activation;
use std::vec;
use std::vec::Vec;

/// Parameters of a convolution and a normalisation, whose variances are positive.
fn parameters<T: Real>(d: &ConvNorm) -> Vec<T> {
    let mut p = numbers::<T>(d.parameters(), 2);
    let variances = p.len() - d.conv.output[2];
    p[variances..].iter_mut().for_each(|variance| *variance = *variance * *variance + T::from_f64(0.25));
    p
}

/// By definition, for every channel of every pixel.
fn definition(d: &ConvNorm, x: &[f64], skip: Option<&[f64]>, p: &[f64]) -> Vec<f64> {
    let channels = d.conv.output[2];
    let (of_conv, of_norm) = p.split_at(d.conv.parameters());
    let linear = Conv { activation: Activation::Identity, ..d.conv };
    let z = reference(&linear, x, of_conv);
    let normal = |(i, z): (usize, &f64)| {
        let [scale, shift, mean, variance] = [0, 1, 2, 3].map(|part| of_norm[part * channels + i % channels]);
        let sum = (z - mean) / (variance + d.epsilon).sqrt() * scale + shift + skip.map_or(0.0, |skip| skip[i]);
        activate(d.conv.activation, sum)
    };
    z.iter().enumerate().map(normal).collect()
}

fn check<T: Real>(d: &ConvNorm, tolerance: f64, what: &str, failures: &mut Failures) {
    let (x, p) = (numbers::<T>(conv::len(d.conv.input), 1), parameters::<T>(d));
    let other = numbers::<T>(conv::len(d.conv.output), 3);
    for skip in [None, Some(&other[..])] {
        let inputs: Vec<&[T]> = [&x[..]].into_iter().chain(skip).collect();
        let mut y = vec![T::from_f64(9.0); other.len()];
        let mut scratch = vec![T::from_f64(9.0); d.forward_scratch()];
        forward(d, &inputs, &p[..], &mut y, &mut [], &prepacked(&d.conv, d, &p), &mut scratch);
        let expected = definition(d, &wide(&x), skip.map(wide).as_deref(), &wide(&p));
        failures.compare(&format!("{what} {d:?}, {} inputs", inputs.len()), &y, &expected, tolerance);
    }
}

#[test]
fn every_shape_on_every_isa() {
    let mut failures = Failures::default();
    for conv in cases() {
        let d = ConvNorm { conv, epsilon: 1e-5 };
        on_every_isa(|isa| check::<f32>(&d, 4e-6, &format!("{isa:?}"), &mut failures));
        check::<f64>(&d, 1e-13, "f64", &mut failures);
    }
    failures.report();
}

#[test]
fn as_one_after_the_other() {
    let mut failures = Failures::default();
    for conv in cases() {
        let d = ConvNorm { conv, epsilon: 1e-3 };
        let (x, p) = (numbers::<f32>(conv::len(conv.input), 1), parameters::<f32>(&d));
        let (of_conv, of_norm) = p.split_at(conv.parameters());
        let [height, width, channels] = conv.output;
        let linear = Conv { activation: Activation::Identity, ..conv };
        let norm = nn_sizes::BatchNorm { pixels: height * width, channels, epsilon: 1e-3, activation: conv.activation };
        let mut scratch = vec![9.0; d.forward_scratch()];
        let mut z = vec![9.0; conv::len(conv.output)];
        let (mut expected, mut y) = (z.clone(), z.clone());
        let weights = prepacked(&conv, &conv, of_conv);
        forward(&linear, &[&x], of_conv, &mut z, &mut [], &weights, &mut scratch);
        testing::forward(&norm, &[&z], of_norm, &mut expected);
        forward(&d, &[&x], &p[..], &mut y, &mut [], &weights, &mut scratch);
        failures.compare(&format!("{d:?}"), &y, &wide(&expected), 1e-6);
    }
    failures.report();
}

#[test]
fn pieces_are_parts_of_the_whole() {
    let mut failures = Failures::default();
    for conv in cases() {
        let d = ConvNorm { conv, epsilon: 1e-5 };
        let (x, skip, p) =
            (numbers::<f32>(conv::len(conv.input), 1), numbers(conv::len(conv.output), 3), parameters(&d));
        on_every_isa(|isa| {
            let weights = prepacked(&conv, &d, &p);
            let mut whole = vec![9.0; skip.len()];
            forward(&d, &[&x, &skip], &p[..], &mut whole, &mut [], &weights, &mut vec![9.0; d.forward_scratch()]);
            failures.compare_pieces(&format!("{isa:?} {d:?}"), d.cut(), &whole, |first, y, scratch| {
                forward_rows(&d, first, &[&x, &skip], &p[..], y, &weights, scratch);
            });
        });
    }
    failures.report();
}
