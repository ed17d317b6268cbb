//! Every operation refuses slices that are too short: it panics and touches nothing beyond their ends. Whether it does is for an
//! address sanitizer to say, in a release build; the tests themselves only ask for the panic.

use super::conv::few_inputs::{self, Output, Place};
use crate::Real;
use crate::exec::Run;
use crate::gemm::dense::Rows as InputRows;
use crate::ops::*;
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Affine, BatchNorm, Conv, ConvNorm, ConvPool, LayerNorm, Pool, Reshape, Rows};
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;
use std::vec::Vec;

/// Calls `run` with slices of these lengths, the last of them indices, which must do; then with one of them shorter, which must not.
fn refuses<const N: usize>(what: &str, lens: [usize; N], indices: usize, run: impl Fn([&mut [f32]; N], &mut [u32])) {
    let call = |lens: [usize; N], indices: usize| {
        // Boxed slices end where their memory does.
        let mut slices = lens.map(|len| vec![1.0_f32; len].into_boxed_slice());
        let mut indices: Box<[u32]> = vec![0; indices].into();
        catch_unwind(AssertUnwindSafe(|| run(slices.each_mut().map(|slice| &mut slice[..]), &mut indices))).is_ok()
    };
    on_every_isa(|isa| {
        assert!(call(lens, indices), "{what} with slices of {lens:?} on {isa:?}");
        for i in 0..N {
            let mut some = vec![lens[i].saturating_sub(1), lens[i] / 2];
            some.retain(|&len| 0 < len && len < lens[i]);
            for len in some {
                let mut shorter = lens;
                shorter[i] = len;
                assert!(!call(shorter, indices), "{what} took slice {i} of {len}, not {}, on {isa:?}", lens[i]);
            }
        }
        if indices > 1 {
            assert!(!call(lens, indices - 1), "{what} took too few indices on {isa:?}");
        }
    });
}

const RELU: Activation = Activation::Relu;

/// Plain, padded, strided, grouped, depthwise with and without padding.
fn convolutions() -> Vec<Conv> {
    let conv = |input: [usize; 3], output: [usize; 3], kernel, stride, pad, groups| Conv {
        input,
        output,
        kernel: [kernel; 2],
        stride: [stride; 2],
        pad: [pad; 2],
        dilation: [1; 2],
        groups,
        bias: true,
        activation: RELU,
    };
    vec![
        conv([6, 6, 3], [4, 4, 20], 3, 1, 0, 1),
        conv([6, 6, 18], [6, 6, 33], 3, 1, 1, 1),
        conv([8, 8, 2], [4, 4, 17], 3, 2, 1, 1),
        conv([9, 9, 17], [9, 9, 18], 3, 1, 1, 1),
        conv([12, 13, 2], [12, 13, 19], 5, 1, 2, 1),
        conv([6, 6, 4], [4, 4, 6], 3, 1, 0, 2),
        conv([6, 6, 19], [4, 4, 19], 3, 1, 0, 19),
        conv([6, 6, 19], [6, 6, 19], 3, 1, 1, 19),
    ]
}

fn len(map: [usize; 3]) -> usize {
    map.iter().product()
}

#[test]
fn windows() {
    for d in convolutions() {
        let (x, y, p) = (len(d.input), len(d.output), d.parameters());
        let what = format!("{d:?}");
        let prepared = d.prepared();
        refuses(&what, [p, prepared], 0, |[p, prepared], _| conv::prepare(&d, p, prepared));
        refuses(&what, [p, prepared], 0, |[p, prepared], _| conv::prepare_backward(&d, p, prepared));
        refuses(&what, [x, p, y, prepared, d.forward_scratch()], 0, |[x, p, y, prepared, scratch], _| {
            conv::forward(&d, x, p, y, prepared, scratch);
        });
        let lens = [x, y, p, y, x, p, prepared, d.backward_scratch()];
        refuses(&what, lens, 0, |[x, y, p, dy, dx, dp, prepared, scratch], _| {
            conv::backward(&d, x, y, p, dy, Some(dx), dp, prepared, scratch);
        });
        let both = ConvNorm { conv: d, epsilon: 1e-5 };
        let lens = [x, y, both.parameters(), y, prepared, both.forward_scratch()];
        refuses(&what, lens, 0, |[x, skip, p, y, prepared, scratch], _| {
            conv_norm::forward(&both, &[x, skip], p, y, prepared, scratch);
        });
        let [height, width, channels] = d.output;
        let pool = Pool {
            input: d.output,
            output: [height / 2, width / 2, channels],
            kernel: [2; 2],
            stride: [2; 2],
            pad: [0; 2],
        };
        let d = ConvPool { conv: d, pool };
        let y = len(pool.output);
        refuses(&what, [x, p, y, prepared, d.forward_scratch()], y, |[x, p, y, prepared, scratch], indices| {
            conv_pool::forward(&d, x, p, y, indices, prepared, scratch);
        });
        let lens = [x, y, p, y, x, p, prepared, d.backward_scratch()];
        refuses(&what, lens, y, |[x, y, p, dy, dx, dp, prepared, scratch], indices| {
            conv_pool::backward(&d, x, y, p, dy, Some(dx), dp, indices, prepared, scratch);
        });
        let x = len(pool.input);
        refuses("max_pool", [x, y], y, |[x, y], indices| max_pool::forward(&pool, x, y, indices));
        refuses("max_pool backward", [y, x], y, |[dy, dx], indices| max_pool::backward(&pool, dy, Some(dx), indices));
        refuses("avg_pool", [x, y], 0, |[x, y], _| avg_pool::forward(&pool, x, y));
        refuses("avg_pool backward", [y, x], 0, |[dy, dx], _| avg_pool::backward(&pool, dy, Some(dx)));
    }
}

#[test]
fn dense() {
    for n in [1, 3, 50] {
        let run = Run::inference(n);
        for (inputs, outputs) in [(7, 5), (33, 70), (300, 600)] {
            let d = Affine { inputs, outputs, bias: true, activation: RELU };
            let (x, y, p) = (n * inputs, n * outputs, d.parameters());
            let what = format!("{n} times {d:?}");
            refuses(&what, [x, p, y], 0, |[x, p, y], _| affine::forward(&run, &d, n, x, p, y));
            refuses(&what, [x, p, y, y], 0, |[x, p, y, sums], _| {
                affine::forward_in_halves(&run, &d, n, &*x, p, y, sums);
            });
            refuses(&what, [x, y, p, y, x, p], 0, |[x, y, p, dy, dx, dp], _| {
                affine::backward(&run, &d, n, &*x, y, p, dy, Some(dx), dp);
            });
        }
    }
}

#[test]
fn norms() {
    for channels in [5, 16, 37] {
        let d = BatchNorm { pixels: 3, channels, epsilon: 1e-5, activation: RELU };
        let (x, c, n) = (3 * channels, channels, 4);
        refuses("gather", [x, 2 * c], 0, |[x, moments], _| batch_norm::gather(&d, x, moments));
        refuses("combine", [n * 2 * c, 4 * c], 0, |[moments, statistics], _| {
            batch_norm::combine(&d, n, moments, statistics);
        });
        refuses("normalise", [x, 4 * c, 4 * c, x], 0, |[x, s, p, y], _| batch_norm::normalise(&d, x, s, p, y));
        refuses("batch_norm", [x, 4 * c, x], 0, |[x, p, y], _| batch_norm::forward(&d, x, p, y));
        refuses("gather_gradient", [x, x, 4 * c, x, 2 * c], 0, |[x, y, s, dy, sums], _| {
            batch_norm::gather_gradient(&d, x, y, s, dy, sums);
        });
        refuses("combine_gradient", [n * 2 * c, 4 * c, 2 * c, 4 * c], 0, |[sums, s, totals, dp], _| {
            batch_norm::combine_gradient(&d, n, sums, s, totals, dp);
        });
        refuses("batch_norm backward", [x, 4 * c, 4 * c, 2 * c, x, x], 0, |[x, s, p, totals, dz, dx], _| {
            batch_norm::backward(&d, n, x, s, p, totals, dz, dx);
        });

        let d = LayerNorm { len: x, epsilon: 1e-5 };
        refuses("layer_norm", [x, 2 * x, x], 0, |[x, p, y], _| layer_norm::forward(&d, x, p, y));
        refuses("layer_norm backward", [x, 2 * x, x, x, 2 * x], 0, |[x, p, dy, dx, dp], _| {
            layer_norm::backward(&d, x, p, dy, Some(dx), dp);
        });
    }
}

#[test]
fn numbers_and_rows() {
    let draw = dropout::Draw { seed: 1, step: 2, sample: 3, layer: 4 };
    for len in [3, 16, 37] {
        let two = [len, len];
        let three = [len, len, len];
        for a in [RELU, Activation::Sigmoid] {
            refuses("activation", two, 0, |[x, y], _| activation::forward(&a, x, y));
            refuses("activation backward", three, 0, |[y, dy, dx], _| activation::backward(&a, y, dy, Some(dx)));
            refuses("add", three, 0, |[a0, a1, y], _| add::forward(&a, &[a0, a1], y));
            refuses("add backward", [len; 4], 0, |[y, dy, a0, a1], _| add::backward(&a, y, dy, &mut [a0, a1]));
        }
        refuses("gelu", two, 0, |[x, y], _| gelu::forward(&(), x, y));
        refuses("gelu backward", three, 0, |[x, dy, dx], _| gelu::backward(&(), x, dy, Some(dx)));
        refuses("silu", two, 0, |[x, y], _| silu::forward(&(), x, y));
        refuses("silu backward", three, 0, |[x, dy, dx], _| silu::backward(&(), x, dy, Some(dx)));
        refuses("mul", three, 0, |[a, b, y], _| mul::forward(&(), &[a, b], y));
        refuses("mul backward", [len; 5], 0, |[a, b, dy, da, db], _| mul::backward(&(), &[a, b], dy, &mut [da, db]));
        refuses("dropout", two, 0, |[x, y], _| dropout::forward(&0.5, x, y, draw));
        refuses("dropout backward", two, 0, |[dy, dx], _| dropout::backward(&0.5, dy, Some(dx), draw));

        let (rows, x) = (Rows { rows: 2, len }, 2 * len);
        refuses("softmax", [x, x], 0, |[x, y], _| softmax::forward(&rows, x, y));
        refuses("softmax backward", [x; 3], 0, |[y, dy, dx], _| softmax::backward(&rows, y, dy, Some(dx)));
        refuses("log_softmax", [x, x], 0, |[x, y], _| log_softmax::forward(&rows, x, y));
        refuses("log_softmax backward", [x; 3], 0, |[y, dy, dx], _| log_softmax::backward(&rows, y, dy, Some(dx)));
        let both = [rows, Rows { rows: 2, len: 4 }];
        refuses("concat", [x, 8, x + 8], 0, |[a, b, y], _| concat::forward(&both, &[a, b], y));
        refuses("concat backward", [x + 8, x, 8], 0, |[dy, a, b], _| concat::backward(&both, dy, &mut [a, b]));
        for to in [Rows { rows: 1, len: x }, Rows { rows: len, len: 2 }] {
            let d = Reshape { from: rows, to };
            refuses("reshape", [x, x], 0, |[x, y], _| reshape::forward(&d, x, y));
            refuses("reshape backward", [x, x], 0, |[dy, dx], _| reshape::backward(&d, dy, Some(dx)));
        }
    }
}

/// Dimensions so large that their products wrap round to small numbers: what happens is of no interest, as long as nothing beyond
/// the slices is touched. Kernels are asked directly too, as whoever is generic over [`Real`] can.
#[test]
fn dimensions_that_wrap_round() {
    wrap_round::<f32>();
    wrap_round::<f64>();
}

/// A call with an output, the gradients of parameters, and scratch.
type Call<'a, T> = dyn Fn(&mut [T], &mut [T], &mut [T]) + 'a;

fn wrap_round<T: Real>() {
    let half = 1 << (usize::BITS - 1);
    let x = vec![T::ONE; 64].into_boxed_slice();
    let tries = |run: &Call<'_, T>| {
        on_every_isa(|_| {
            let [mut y, mut dp, mut scratch] = [x.clone(), x.clone(), x.clone()];
            let _ = catch_unwind(AssertUnwindSafe(|| run(&mut y, &mut dp, &mut scratch)));
        });
    };
    let pool = Pool { input: [half, 1, 32], output: [1, 1, 32], kernel: [half, 1], stride: [1, 1], pad: [0, 0] };
    tries(&|y, _, _| T::max_pool_row(&pool, 0, &x, &mut y[..32], &mut []));
    let pool = Pool { input: [2, 2, half], output: [1, 1, half], kernel: [2, 2], stride: [2, 2], pad: [0, 0] };
    tries(&|_, _, _| T::max_pool_row(&pool, 0, &[], &mut [], &mut []));
    tries(&|_, _, _| T::max_pool_gradient(&pool, &[], &[], &mut []));
    tries(&|_, _, _| T::transpose(half, 2, &[], &mut []));
    for conv in convolutions() {
        for d in [
            Conv { stride: [half, half], ..conv },
            Conv { stride: [1, half], ..conv },
            Conv { dilation: [half, 1], ..conv },
            Conv { kernel: [half, 2], ..conv },
            Conv { output: [2, 2, half], ..conv },
            Conv { input: [half, 2, conv.input[2]], ..conv },
            Conv { pad: [half, half], ..conv },
        ] {
            tries(&|y, _, scratch| conv::forward(&d, &x, &x, y, &[], scratch));
            tries(&|y, dp, scratch| conv::backward(&d, &x, &x, &x, y, None, dp, &[], scratch));
            tries(&|y, _, _| T::conv_forward(&d, 0, &x, &x, RELU.into(), y));
            tries(&|_, dp, _| T::conv_weight_gradient(&d, &x, &x, dp));
            let pool = Pool { input: d.output, output: [1, 1, 4], kernel: [2, 2], stride: [2, 2], pad: [0, 0] };
            for indices in [[0; 64], [1 << 30; 64]] {
                let d = ConvPool { conv: d, pool };
                tries(&|_, dp, scratch| T::maxima_weight_gradient(&d, &x, &x, &indices, dp, scratch));
            }
            tries(&|y, _, _| T::winograd_weights(&d, &x, y));
            tries(&|y, _, _| T::winograd_turned_weights(&d, &x, y));
            tries(&|y, _, scratch| T::winograd_forward(&d, 0, &x, &x, &x, RELU.into(), y, scratch));
            tries(&|_, dp, scratch| T::winograd_weight_gradient(&d, &x, &x, dp, scratch));
            tries(&|y, _, _| T::few_inputs_weights(&d, [0, d.output[2]], &x, y));
            tries(&|y, _, _| T::few_inputs_halves(&d, half - 2, &x, y));
            tries(&|y, _, _| T::few_inputs_down(&d, &x, y));
            tries(&|y, _, scratch| few_inputs::forward(&d, 0, &x, &x, &x, Output::Map(y, RELU.into()), scratch));
            for row in [0, 2, half] {
                let at = Place { first: row, row, tile: half };
                tries(&|y, _, scratch| {
                    let to = &mut Output::Map(y, RELU.into());
                    T::few_inputs_tiles(&d, at, half, &x, &x, &x, to, scratch);
                });
            }
            for first in [0, 2, half] {
                tries(&|y, _, _| T::depthwise_forward(&d, first, &x, &x, RELU.into(), y));
            }
            tries(&|_, dp, _| T::depthwise_weight_gradient(&d, &x, &x, dp));
            tries(&|y, _, _| T::depthwise_input_gradient(&d, &x, &x, y));
        }
    }
    for (inputs, outputs) in [(half, 2), (2, half), (half + 8, 8), (8, half + 8)] {
        let d = Affine { inputs, outputs, bias: false, activation: RELU };
        for n in [1, 2, 8] {
            tries(&|y, _, _| affine::forward(&Run::inference(n), &d, n, &x, &x, y));
            let rows = InputRows::of(&x, inputs);
            for rows in [rows, InputRows { count: n, ..rows }, InputRows { step: half, count: n, ..rows }] {
                tries(&|y, _, _| T::affine_forward(&d, [0, 8], rows, &x, y));
                tries(&|_, dp, _| T::affine_weight_gradient(outputs, rows, &x, dp));
            }
            tries(&|y, _, _| T::affine_input_gradient(outputs, false, &x, &x, y));
        }
    }
}
