//! How exact long sums are, wherever there are any: of equal terms, the rounding of which does not cancel.

use super::batch_norm::kernels::BatchNormKernels as _;
use super::call::{Backward, Differentiable, Forward, Operation, Prepack, Reduction};
use super::conv::tests::conv;
use super::prelu::kernels::PreluKernels as _;
use super::softmax::kernels::SoftmaxKernels as _;
use super::testing::{backward_of, forward_of};
use crate::exec::Pass;
use crate::layer::Head;
use crate::simd::isa::{Isa, on_every_isa};
use crate::{BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError};
use nn_sizes::{Activation, Affine, AveragePool, BatchNorm, Conv, LayerNorm, Pool, Prelu, Rows};
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// The term: its rounding goes the same way for many lengths.
const TERM: f32 = 0.1;

/// What is off by more than `1e-6 + 1e-7 · log₂ n`, relative.
#[derive(Default)]
struct Sums(Vec<String>);

impl Sums {
    /// Compares each number with a sum of `n` terms, which is `exact`.
    fn compare(&mut self, what: &str, isa: Isa, n: usize, found: &[f32], exact: f64) {
        let bound = 1e-6 + 1e-7 * (n as f64).log2();
        let error = |x: &f32| (f64::from(*x) / exact - 1.0).abs();
        let worst = found.iter().map(error).fold(0.0, |worst: f64, error| if error <= worst { worst } else { error });
        // A NaN is not near.
        let is_near = worst <= bound;
        if !is_near {
            self.0.push(format!("{what}, {n} terms on {isa:?}: off by {worst:.1e}, allowed {bound:.1e}"));
        }
    }

    /// The same for `n` times [`TERM`].
    fn terms(&mut self, what: &str, isa: Isa, n: usize, found: &[f32]) {
        self.compare(what, isa, n, found, n as f64 * f64::from(TERM));
    }

    fn report(self) {
        assert!(self.0.is_empty(), "{} sums:\n{}", self.0.len(), self.0.join("\n"));
    }
}

fn affine(inputs: usize, outputs: usize) -> Affine {
    Affine { inputs, outputs, bias: true, activation: Activation::Identity }
}

/// Parameters that are all `weight`, and biases of zero.
fn parameters(weights: usize, biases: usize, weight: f32) -> Vec<f32> {
    let mut parameters = vec![weight; weights + biases];
    parameters[weights..].fill(0.0);
    parameters
}

/// Every form of a dense layer: rows in registers, streamed, in tiles; half the terms zeros; columns that are left over.
#[test]
fn of_dense_layers() {
    let mut sums = Sums::default();
    let cases = [(1, 1), (1, 20), (1, 35), (3, 17), (1, 600), (3, 520), (20, 19), (20, 40)];
    on_every_isa(|isa| {
        for inputs in [64, 300, 1000, 4608, 65_537] {
            for (n, outputs) in cases {
                let d = affine(inputs, outputs);
                let p = parameters(d.weights(), outputs, 1.0);
                let mut y = vec![9.0; n * outputs];
                forward_of(&Pass::alone(n), &d, &[&vec![TERM; n * inputs]], &p, &mut y);
                sums.terms(&format!("affine to {outputs}, {n} samples"), isa, inputs, &y);
                let mut x = vec![0.0; n * inputs];
                x.iter_mut().step_by(2).for_each(|x| *x = TERM);
                if inputs % 2 == 0 {
                    forward_of(&Pass::alone(n), &d, &[&x], &p, &mut y);
                    sums.terms(&format!("affine to {outputs}, {n} samples, half zeros"), isa, inputs / 2, &y);
                }
            }
        }
        let d = affine(10_000_000, 1);
        let (x, p) = (vec![TERM; d.inputs], parameters(d.inputs, 1, 1.0));
        let mut y = [9.0];
        forward_of(&Pass::alone(1), &d, &[&x], &p, &mut y);
        sums.terms("affine", isa, d.inputs, &y);
    });
    sums.report();
}

#[test]
fn of_gradients_of_dense_layers() {
    let mut sums = Sums::default();
    on_every_isa(|isa| {
        for (n, inputs, outputs) in [(1000, 40, 35), (4096, 18, 20), (100_000, 3, 5), (1_000_000, 2, 1)] {
            let d = affine(inputs, outputs);
            let p = parameters(d.weights(), outputs, 1.0);
            let (x, mut dy, mut dp) = (vec![1.0; n * inputs], vec![TERM; n * outputs], vec![9.0; p.len()]);
            backward_of(&Pass::alone(n), &d, &[&x], &[&[]], &p, &mut dy, &mut [&mut []], &mut dp);
            sums.terms(&format!("parameters of affine {inputs} to {outputs}"), isa, n, &dp);
        }
        for outputs in [500, 5000, 70_000] {
            for (n, inputs) in [(1, 20), (3, 5), (8, 35), (30, 20)] {
                let d = affine(inputs, outputs);
                let p = parameters(d.weights(), outputs, 1.0);
                let (x, mut dy, mut dx) = (vec![1.0; n * inputs], vec![TERM; n * outputs], vec![9.0; n * inputs]);
                backward_of(&Pass::alone(n), &d, &[&x], &[&[]], &p, &mut dy, &mut [&mut dx], &mut []);
                sums.terms(&format!("inputs of affine {inputs}, {n} samples"), isa, outputs, &dx);
            }
        }
    });
    sums.report();
}

/// The output of a convolution whose weights are one and all of whose inputs are `x`, and the gradients of inputs and parameters where
/// the inputs are one and the output's gradient is [`TERM`].
fn convolve(d: &Conv, x: f32) -> [Vec<f32>; 3] {
    let pass = Pass::alone(1);
    let len = |map: [usize; 3]| map.iter().product::<usize>();
    let p = parameters(d.weights(), d.output[2], 1.0);
    let xs = vec![x; len(d.input)];
    let (mut y, mut dx, mut dp) = (vec![9.0; len(d.output)], vec![9.0; xs.len()], vec![0.0; p.len()]);
    let mut prepacked = vec![0.0; d.prepacked()];
    Prepack::<f32, &[f32]>::prepack(d, &p, &mut prepacked);
    d.forward(Forward {
        inputs: &[&xs],
        outputs: &mut [&mut y],
        prepacked: &prepacked,
        scratch: &mut vec![9.0; d.forward_scratch()],
        ..Forward::new(&pass, 0, &p[..])
    });
    let mut prepacked = vec![0.0; d.prepacked_backward()];
    d.prepack_backward(&p, &mut prepacked);
    let xs = vec![1.0; xs.len()];
    d.backward(Backward {
        inputs: &[&xs],
        outputs: &[&[]],
        output_gradients: &mut [&mut vec![TERM; y.len()]],
        input_gradients: &mut [&mut dx],
        parameter_gradients: &mut dp,
        prepacked: &prepacked,
        scratch: &mut vec![9.0; d.backward_scratch()],
        ..Backward::new(&pass, 0, &p)
    });
    [y, dx, dp]
}

#[test]
fn of_convolutions() {
    let mut sums = Sums::default();
    on_every_isa(|isa| {
        for (channels, outputs, kernel) in [(512, 2, 5), (2048, 2, 5), (300, 20, 3), (3000, 18, 1)] {
            let d = conv([kernel, kernel, channels], outputs, [kernel; 2], |_| {});
            let [y, ..] = convolve(&d, TERM);
            sums.terms(&format!("conv {kernel} × {kernel} of {channels}"), isa, channels * kernel * kernel, &y);
        }
        for (outputs, kernel, inputs) in [(512, 5, 9), (2048, 5, 9), (600, 3, 20), (5000, 1, 9)] {
            let d = conv([2 * kernel - 1, 2 * kernel - 1, inputs], outputs, [kernel; 2], |_| {});
            let [_, dx, _] = convolve(&d, TERM);
            let middle = ((kernel - 1) * (2 * kernel - 1) + kernel - 1) * inputs;
            let what = format!("input of conv {kernel} × {kernel} to {outputs}");
            sums.terms(&what, isa, outputs * kernel * kernel, &dx[middle..middle + inputs]);
        }
        // Direct, of few and of many channels; Winograd; 5 × 5; depthwise.
        let shapes = [(1, 1, 1, 1), (2, 3, 3, 1), (1, 8, 5, 1), (16, 16, 3, 1), (4, 4, 3, 4)];
        for (inputs, outputs, kernel, groups) in shapes {
            let sides = if inputs * outputs == 1 { &[100, 300, 1000][..] } else { &[100, 300] };
            for &side in sides {
                let d = conv([side, side, inputs], outputs, [kernel; 2], |d| d.groups = groups);
                let [_, _, dp] = convolve(&d, 1.0);
                let what = format!("parameters of conv {kernel} × {kernel} of {inputs} to {outputs}");
                sums.terms(&what, isa, d.output[0] * d.output[1], &dp);
            }
        }
    });
    sums.report();
}

#[test]
fn of_averages() {
    let mut sums = Sums::default();
    on_every_isa(|isa| {
        for (side, channels) in [(7, 20), (28, 3), (224, 1), (512, 5), (1000, 1), (3163, 1)] {
            let pool = Pool {
                input: [side, side, channels],
                output: [1, 1, channels],
                kernel: [side; 2],
                stride: [1; 2],
                pad: [0; 2],
            };
            let (x, mut y) = (vec![TERM; side * side * channels], vec![9.0; channels]);
            forward_of(&Pass::alone(1), &AveragePool::new(pool), &[&x], &[], &mut y);
            sums.compare("average", isa, side * side, &y, f64::from(TERM));
        }
    });
    sums.report();
}

/// Batch norm: the moments of half 0.1 and half 0.3, and the sums of gradients.
#[test]
fn of_normalisation() {
    let mut sums = Sums::default();
    on_every_isa(|isa| {
        for (n, pixels, channels) in
            [(1, 10_000, 20), (1, 1_000_000, 1), (10_000, 1, 3), (1_000_000, 1, 1), (300, 40, 5)]
        {
            let d = BatchNorm { pixels, channels, epsilon: 0.0, activation: Activation::Identity };
            let (count, len) = (n * pixels, pixels * channels);
            let x: Vec<f32> = (0..count * channels).map(|i| if i / channels % 2 == 0 { 0.1 } else { 0.3 }).collect();
            let (mut moments, mut statistics) = (vec![9.0; n * 3 * channels], vec![9.0; 4 * channels]);
            for (x, moments) in x.chunks(len).zip(moments.chunks_mut(3 * channels)) {
                f32::gather_moments(&d, x, moments);
            }
            f32::combine_moments(&d, n, &moments, &mut statistics);
            let (low, high) = (f64::from(0.1_f32), f64::from(0.3_f32));
            sums.compare("mean", isa, count, &statistics[..channels], (low + high) / 2.0);
            let variance = ((high - low) / 2.0).powi(2);
            let unbiased = variance * count as f64 / (count as f64 - 1.0);
            sums.compare("variance", isa, count, &statistics[3 * channels..], unbiased);
            statistics[..2 * channels].fill(0.0);
            statistics[2 * channels..3 * channels].fill(1.0);
            let (mut totals, mut dp) = (vec![9.0; 2 * channels], vec![9.0; 4 * channels]);
            let (ones, mut dy) = (vec![1.0; x.len()], vec![TERM; x.len()]);
            let mut gathered = vec![9.0; n * 2 * channels];
            for ((x, dy), sums) in ones.chunks(len).zip(dy.chunks_mut(len)).zip(gathered.chunks_mut(2 * channels)) {
                f32::gather_sums(&d, x, &[], &statistics, dy, sums);
            }
            let pass = Pass::alone(n);
            d.reduce_gradient(Backward {
                outputs: &[&statistics],
                output_gradients: &mut [&mut gathered],
                input_gradients: &mut [&mut totals],
                parameter_gradients: &mut dp,
                ..Backward::new(&pass, 0, &vec![1.0; 4 * channels])
            });
            sums.terms("gradients of batch norm", isa, count, &totals);
        }
        for len in [1000, 100_003, 10_000_000] {
            let d = LayerNorm { rows: 1, len, epsilon: 0.0 };
            let x: Vec<f32> = (0..len).map(|i| if i % 3 == 0 { 0.3 } else { 0.1 }).collect();
            let p = parameters(len, len, 1.0);
            let mut y = vec![9.0; len];
            forward_of(&Pass::alone(1), &d, &[&x], &p, &mut y);
            let (share, high, low) = (len.div_ceil(3) as f64 / len as f64, f64::from(0.3_f32), f64::from(0.1_f32));
            let (mean, deviation) = (low + share * (high - low), (high - low) * (share * (1.0 - share)).sqrt());
            sums.compare("layer norm", isa, len, &y[..1], (high - mean) / deviation);
            sums.compare("layer norm", isa, len, &y[1..2], (low - mean) / deviation);
        }
    });
    sums.report();
}

#[test]
fn of_softmax_and_losses() {
    let mut sums = Sums::default();
    on_every_isa(|isa| {
        for len in [100, 10_000, 1_000_000, 10_000_000] {
            // One is larger, so that the exponentials of the others are no ones.
            let (mut x, mut y) = (vec![0.0; len], vec![9.0; len]);
            x[0] = 2.0;
            let exact = 1.0 / (1.0 + (len - 1) as f64 * (-2.0_f64).exp());
            f32::softmax(len, &x, &mut y);
            sums.compare("softmax", isa, len, &y[..1], exact);
            f32::log_softmax(len, &x, &mut y);
            sums.compare("log-softmax", isa, len, &y[..1], exact.ln());
            let x = vec![TERM; len];
            // dx = y · (dy - Σ dy · y), with a dy of its own in the first place.
            let (ones, terms) = (vec![1.0; len], vec![TERM; len]);
            f32::softmax_gradient(len, &ones, &terms, &mut y);
            sums.compare("gradient of softmax", isa, len, &y[..1], f64::from(TERM) * (1.0 - len as f64));
            f32::log_softmax_gradient(len, &vec![0.0; len], &terms, &mut y);
            sums.compare("gradient of log-softmax", isa, len, &y[..1], f64::from(TERM) * (1.0 - len as f64));
            let squared = MeanSquaredError.evaluate(Head::Identity, 1, &x, &vec![0.0; len], &mut y).expect("valid");
            sums.compare("squared error", isa, len, &[squared], f64::from(TERM).powi(2));
            let binary = BinaryCrossEntropy.evaluate(Head::Sigmoid, 1, &x, &ones, &mut y).expect("valid");
            let exact = (-f64::from(TERM)).exp().ln_1p();
            sums.compare("binary cross-entropy", isa, len, &[binary], exact);
        }
        for n in [100, 10_000, 1_000_000] {
            let (x, labels, mut dx) = ([0.1_f32, 0.3, 0.7].repeat(n), vec![0; n], vec![9.0; 3 * n]);
            let [a, b, c] = [0.1_f32, 0.3, 0.7].map(f64::from);
            for (head, exact) in
                [(Head::Softmax, (a.exp() + b.exp() + c.exp()).ln() - a), (Head::Sigmoid, (-a).exp().ln_1p())]
            {
                let loss = CrossEntropy.evaluate(head, 3, &x, &labels, &mut dx).expect("valid");
                sums.compare(&format!("cross-entropy of {head:?}"), isa, n, &[loss], exact);
            }
        }
    });
    sums.report();
}

/// The slope that all share.
#[test]
fn of_slopes() {
    let mut sums = Sums::default();
    on_every_isa(|isa| {
        for (count, len) in [(1, 1_000_000), (100_000, 3)] {
            for shared in [true, false] {
                let d = Prelu { rows: Rows { rows: count, len }, shared };
                let (x, dy) = (vec![-1.0; count * len], vec![-TERM; count * len]);
                let mut dp = vec![0.0; if shared { 1 } else { len }];
                f32::prelu_slope_gradient(&d, &x, &dy, &mut dp);
                sums.terms("slopes", isa, if shared { count * len } else { count }, &dp);
            }
        }
    });
    sums.report();
}
