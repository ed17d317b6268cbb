use super::*;
use crate::exec::Pass;
use crate::ops::conv::tests::forward_rows;
use crate::ops::testing::{Failures, numbers, wide};
use crate::ops::{Forward, Operation, Prepack, conv};
use crate::parameters::{Bf16, F16, Int8};
use crate::simd::isa::on_every_isa;
use nn_files::Precision;
use nn_sizes::{Activation, ConvNorm, ConvPool, Pool};
use std::format;
use std::vec;
use std::vec::Vec;

/// Compares an operation over narrow weights with the same over the numbers that they stand for.
fn compare(
    failures: &mut Failures,
    what: &str,
    [weights, outputs]: [usize; 2],
    p: &[f32],
    y: usize,
    run: impl Fn(Part<'_>, &mut [f32]),
) {
    for (name, precision) in Precision::ALL {
        let narrowed = precision.narrow(&p[..weights], outputs).expect("small weights");
        let stands_for: Vec<f32> = precision.widen(&narrowed).into_iter().chain(p[weights..].iter().copied()).collect();
        let rest: Vec<f32> = narrowed.scales.iter().chain(&p[weights..]).copied().collect();
        let halves: Vec<u16> = narrowed.bytes.as_chunks().0.iter().map(|&b| u16::from_le_bytes(b)).collect();
        let bytes: Vec<i8> = narrowed.bytes.iter().map(|byte| byte.cast_signed()).collect();
        let part = match precision {
            Precision::F32 => Part::Plain(p),
            Precision::F16 => Part::F16(NarrowPart { weights: &halves, rest: &rest }),
            Precision::Bf16 => Part::Bf16(NarrowPart { weights: &halves, rest: &rest }),
            Precision::Int8 => Part::Int8(NarrowPart { weights: &bytes, rest: &rest }),
        };
        let (mut found, mut expected) = (vec![0.0; y], vec![0.0; y]);
        run(part, &mut found);
        run(Part::Plain(&stands_for), &mut expected);
        failures.compare(&format!("{what}, {name}"), &found, &wide(&expected), 1e-5);
    }
}

/// Parameters in any precision.
#[derive(Clone, Copy)]
enum Part<'a> {
    Plain(&'a [f32]),
    F16(NarrowPart<'a, F16>),
    Bf16(NarrowPart<'a, Bf16>),
    Int8(NarrowPart<'a, Int8>),
}

impl<'a> StoredParameters<'a, f32> for Part<'a> {
    fn has(self, weights: usize, outputs: usize, others: usize) -> bool {
        match self {
            Self::Plain(p) => p.has(weights, outputs, others),
            Self::F16(p) => p.has(weights, outputs, others),
            Self::Bf16(p) => p.has(weights, outputs, others),
            Self::Int8(p) => p.has(weights, outputs, others),
        }
    }

    fn parts(self, weights: usize, outputs: usize) -> (Self, &'a [f32]) {
        fn with<A, B, R>((part, rest): (A, R), wrap: fn(A) -> B) -> (B, R) {
            (wrap(part), rest)
        }
        match self {
            Self::Plain(p) => with(p.parts(weights, outputs), Self::Plain),
            Self::F16(p) => with(p.parts(weights, outputs), Self::F16),
            Self::Bf16(p) => with(p.parts(weights, outputs), Self::Bf16),
            Self::Int8(p) => with(p.parts(weights, outputs), Self::Int8),
        }
    }

    fn affine(self, d: &Affine, columns: [usize; 2], finite: bool, x: &[f32], y: &mut [f32]) {
        match self {
            Self::Plain(p) => p.affine(d, columns, finite, x, y),
            Self::F16(p) => p.affine(d, columns, finite, x, y),
            Self::Bf16(p) => p.affine(d, columns, finite, x, y),
            Self::Int8(p) => p.affine(d, columns, finite, x, y),
        }
    }

    fn prepack(self, d: &Conv, prepacked: &mut [f32]) {
        match self {
            Self::Plain(p) => p.prepack(d, prepacked),
            Self::F16(p) => p.prepack(d, prepacked),
            Self::Bf16(p) => p.prepack(d, prepacked),
            Self::Int8(p) => p.prepack(d, prepacked),
        }
    }

    fn conv(
        self,
        d: &Conv,
        first: usize,
        x: &[f32],
        prepacked: &[f32],
        epilogue: Epilogue<'_, f32>,
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        match self {
            Self::Plain(p) => p.conv(d, first, x, prepacked, epilogue, y, scratch),
            Self::F16(p) => p.conv(d, first, x, prepacked, epilogue, y, scratch),
            Self::Bf16(p) => p.conv(d, first, x, prepacked, epilogue, y, scratch),
            Self::Int8(p) => p.conv(d, first, x, prepacked, epilogue, y, scratch),
        }
    }
}

#[test]
fn dense_layers_are_those_of_the_widened_weights() {
    let affine = |inputs, outputs, bias, activation| Affine { inputs, outputs, bias, activation };
    let cases = [
        (1, affine(1, 1, true, Activation::Identity)),
        (1, affine(7, 10, false, Activation::Relu)),
        (5, affine(300, 33, true, Activation::Sigmoid)),
        (1, affine(900, 127, true, Activation::Tanh)),
        (3, affine(65, 129, true, Activation::Identity)),
        (1, affine(4320, 100, true, Activation::Relu)),
        (60, affine(200, 300, false, Activation::LeakyRelu(0.1))),
    ];
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (n, d) in &cases {
            let x = numbers::<f32>(n * d.inputs, 1);
            let p = numbers::<f32>(d.parameters(), 2);
            let sizes = [d.weights(), d.outputs];
            compare(&mut failures, &format!("{isa:?} {n} {d:?}"), sizes, &p, n * d.outputs, |part, y| {
                let pass = Pass::alone(*n);
                d.forward(Forward { inputs: &[&x], outputs: &mut [y], ..Forward::new(&pass, 0, part) });
            });
        }
    });
    failures.report();
}

#[test]
fn convolutions_are_those_of_the_widened_weights() {
    let mut failures = Failures::default();
    let mut cases = conv::tests::cases();
    for (groups, input, outputs) in [(1, 300, 40), (1, 9000, 1), (1, 40, 150), (2, 128, 260)] {
        let activation = if groups == 1 { Activation::Sigmoid } else { Activation::Relu };
        cases.push(conv::tests::conv([4, 5, input], outputs, [3, 2], |d| {
            (d.groups, d.activation, d.pad, d.dilation) = (groups, activation, [1, 1], [2, 1]);
        }));
    }
    // Every channel a group, with more weights than are widened at once.
    cases.push(conv::tests::conv([4, 5, 1000], 1000, [3, 3], |d| (d.groups, d.pad) = (1000, [1, 1])));
    for (input, outputs) in [(16, 16), (17, 300), (300, 19)] {
        cases.push(conv::tests::conv([9, 8, input], outputs, [3, 3], |d| d.pad = [1, 1]));
    }
    on_every_isa(|isa| {
        for d in &cases {
            let x = numbers::<f32>(conv::len(d.input), 1);
            let p = numbers::<f32>(d.parameters(), 2);
            let sizes = [d.weights(), d.output[2]];
            let len = conv::len(d.output);
            compare(&mut failures, &format!("{isa:?} {d:?}"), sizes, &p, len, |part, y| {
                let mut prepacked = vec![0.0; d.prepacked()];
                d.prepack(part, &mut prepacked);
                forward_rows(d, 0, &[&x], part, y, &prepacked, &mut vec![0.0; d.forward_scratch()]);
            });
        }
    });
    failures.report();
}

#[test]
fn what_is_fused_with_a_convolution_is_too() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (input, outputs, size) in [(3, 8, 6), (130, 24, 6), (20, 24, 10)] {
            let conv = conv::tests::conv([size, size, input], outputs, [3, 3], |d| d.activation = Activation::Relu);
            let x = numbers::<f32>(conv::len(conv.input), 1);
            let sizes = [conv.weights(), outputs];

            let (kernel, output) = ([2, 2], [size / 2 - 1, size / 2 - 1, outputs]);
            let pool = Pool { input: conv.output, output, kernel, stride: kernel, pad: [0, 0] };
            let d = ConvPool { conv, pool };
            let p = numbers::<f32>(conv.parameters(), 2);
            compare(&mut failures, &format!("{isa:?} {d:?}"), sizes, &p, conv::len(output), |part, y| {
                let mut prepacked = vec![0.0; conv.prepacked()];
                d.prepack(part, &mut prepacked);
                forward_rows(&d, 0, &[&x], part, y, &prepacked, &mut vec![0.0; d.forward_scratch()]);
            });

            let d = ConvNorm { conv, epsilon: 1e-5 };
            let p: Vec<f32> = numbers::<f32>(d.parameters(), 3).iter().map(|number| number.abs() + 0.1).collect();
            let skip = numbers::<f32>(conv::len(conv.output), 4);
            compare(&mut failures, &format!("{isa:?} {d:?}"), sizes, &p, skip.len(), |part, y| {
                let mut prepacked = vec![0.0; conv.prepacked()];
                d.prepack(part, &mut prepacked);
                forward_rows(&d, 0, &[&x, &skip], part, y, &prepacked, &mut vec![0.0; d.forward_scratch()]);
            });
        }
    });
    failures.report();
}
