//! Every operation refuses slices that are too short: it panics and touches nothing beyond their ends.
//!
//! Each call is made twice: with guards behind the slices, which must not change, and with slices that end where their memory
//! does, so that an address sanitizer sees what is read there.

use super::conv::minimal5x5::{self, Output, Place};
use super::testing::{backward, backward_of, forward, forward_of};
use crate::Real;
use crate::exec::Pass;
use crate::gemm::dense::Rows as InputRows;
use crate::gemm::product::Start;
use crate::ops::*;
use crate::simd::isa::on_every_isa;
use nn_sizes::{
    Activation, Add, Affine, Attention, AveragePool, Axis, BatchNorm, Bilinear, Cell, Concat, Conv, ConvNorm, ConvPool,
    Crop, Deconv, Dropout, Embedding, GroupNorm, InputActivation, LastStep, LayerNorm, LocalResponseNorm, LogSoftmax,
    Max, MaxPool, MeanStep, Mul, MulChannels, Nearest, Permute, Pool, Prelu, Recurrent, Regions, Reshape, Resize,
    RmsNorm, RoiAlign, RoiPool, Rows, Softmax, Split, SpreadAveragePool, SpreadMaxPool, SpreadPool, Steps, Sub, Taps,
};
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;
use std::vec::Vec;

/// Guards behind the longest that a slice should be: as many numbers as the widest tile writes at once, and more.
const GUARDS: usize = 128;

/// A number that no operation computes here.
const GUARD: f64 = -12_345.5;

/// A slice, and as many guards behind it as make it so many numbers.
struct Guarded<T> {
    numbers: Box<[T]>,
    len: usize,
    guard: T,
}

impl<T: Copy + PartialEq> Guarded<T> {
    fn new(number: T, len: usize, guard: T, all: usize) -> Self {
        let mut numbers = vec![number; len];
        numbers.resize(all.max(len), guard);
        Self { numbers: numbers.into_boxed_slice(), len, guard }
    }

    fn slice(&mut self) -> &mut [T] {
        &mut self.numbers[..self.len]
    }

    /// Whether nothing was written behind the slice.
    fn is_intact(&self) -> bool {
        self.numbers[self.len..].iter().all(|number| *number == self.guard)
    }
}

/// Calls `run` with slices of these lengths, the last of them indices, which must do; then with one of them shorter, which must not.
fn refuses<const N: usize>(what: &str, lens: [usize; N], indices: usize, run: impl Fn([&mut [f32]; N], &mut [u32])) {
    let whole = (lens, indices);
    let call = |lens: [usize; N], indices: usize, guards: usize| {
        // As many numbers as the whole slice and its guards: what takes a shorter one for whole writes to them.
        let behind = |len: usize| if guards == 0 { 0 } else { len + guards };
        let mut of_indices = Guarded::new(0, indices, u32::MAX, behind(whole.1));
        let mut i = 0;
        let mut slices = lens.map(|len| {
            i += 1;
            Guarded::new(1.0, len, GUARD as f32, behind(whole.0[i - 1]))
        });
        let took = catch_unwind(AssertUnwindSafe(|| {
            run(slices.each_mut().map(Guarded::slice), of_indices.slice());
        }))
        .is_ok();
        for (i, slice) in slices.iter().enumerate() {
            assert!(slice.is_intact(), "{what} wrote behind slice {i} of {lens:?}, {indices} indices");
        }
        assert!(of_indices.is_intact(), "{what} wrote behind {indices} indices, slices of {lens:?}");
        took
    };
    on_every_isa(|isa| {
        for guards in [0, GUARDS] {
            assert!(call(lens, indices, guards), "{what} with slices of {lens:?} on {isa:?}");
            for i in 0..N {
                let mut some = vec![lens[i].saturating_sub(1), lens[i] / 2];
                some.retain(|&len| 0 < len && len < lens[i]);
                for len in some {
                    let mut shorter = lens;
                    shorter[i] = len;
                    let took = call(shorter, indices, guards);
                    assert!(!took, "{what} took slice {i} of {len}, not {}, on {isa:?}", lens[i]);
                }
            }
            if indices > 1 {
                assert!(!call(lens, indices - 1, guards), "{what} took too few indices on {isa:?}");
            }
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

/// A call of one sample.
fn ahead(p: &[f32]) -> Forward<'_, f32> {
    Forward::new(&ONE, 0, p)
}

/// The same backward.
fn back(p: &[f32]) -> Backward<'_, f32> {
    Backward::new(&ONE, 0, p)
}

const ONE: Pass<'static> = Pass::alone(1);

#[test]
fn windows() {
    for d in convolutions() {
        let (x, y, p) = (len(d.input), len(d.output), d.parameters());
        let what = format!("{d:?}");
        let [prepacked, turned_weights] = [d.prepacked(), d.prepacked_backward()];
        refuses(&what, [p, prepacked], 0, |[p, prepacked], _| d.prepack(&*p, prepacked));
        refuses(&what, [p, turned_weights], 0, |[p, prepacked], _| d.prepack_backward(p, prepacked));
        both_passes(&d, [x, p, y], [prepacked, turned_weights], [d.forward_scratch(), d.backward_scratch()]);
        turned(d);
        let both = ConvNorm { conv: d, epsilon: 1e-5 };
        refuses(&what, [both.parameters(), prepacked], 0, |[p, prepacked], _| both.prepack(&*p, prepacked));
        let lens = [x, y, both.parameters(), y, prepacked, both.forward_scratch()];
        refuses(&what, lens, 0, |[x, skip, p, y, prepacked, scratch], _| {
            both.forward(Forward { inputs: &[x, skip], outputs: &mut [y], prepacked, scratch, ..ahead(p) });
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
        refuses(&what, [x, p, y, prepacked, d.forward_scratch()], y, |[x, p, y, prepacked, scratch], indices| {
            d.forward(Forward { inputs: &[x], outputs: &mut [y], indices, prepacked, scratch, ..ahead(p) });
        });
        let lens = [x, y, p, y, x, p, turned_weights, d.backward_scratch()];
        refuses(&what, lens, y, |[x, y, p, dy, dx, dp, prepacked, scratch], indices| {
            d.backward(Backward {
                inputs: &[x],
                outputs: &[y],
                output_gradients: &mut [dy],
                input_gradients: &mut [dx],
                parameter_gradients: dp,
                indices,
                prepacked,
                scratch,
                ..back(p)
            });
        });
        let x = len(pool.input);
        let (max, average) = (MaxPool { pool }, AveragePool::new(pool));
        refuses("max_pool", [x, y], y, |[x, y], indices| {
            max.forward(Forward { inputs: &[x], outputs: &mut [y], indices, ..ahead(&[]) });
        });
        refuses("max_pool backward", [y, x], y, |[dy, dx], indices| {
            max.backward(Backward { output_gradients: &mut [dy], input_gradients: &mut [dx], indices, ..back(&[]) });
        });
        refuses("avg_pool", [x, y], 0, |[x, y], _| forward(&average, &[x], &[], y));
        refuses("avg_pool backward", [y, x], 0, |[dy, dx], _| {
            backward(&average, &[], &[], &[], dy, &mut [dx], &mut []);
        });
    }
}

/// The transposed convolution.
fn turned(conv: Conv) {
    let conv = Conv { bias: false, activation: Activation::Identity, ..conv };
    let d = Deconv { conv, bias: true, activation: RELU };
    let (x, y, p) = (len(conv.output), len(conv.input), d.parameters());
    let prepacked = [conv.prepacked_backward(), conv.prepacked()];
    refuses(&format!("{d:?}"), [p, prepacked[0]], 0, |[p, prepacked], _| d.prepack(&*p, prepacked));
    both_passes(&d, [x, p, y], prepacked, [d.forward_scratch(), d.backward_scratch()]);
}

/// Both passes of a convolution, by the lengths of its input, parameters and output, and what each is given prepacked and as scratch.
fn both_passes<D>(d: &D, [x, p, y]: [usize; 3], prepacked: [usize; 2], scratch: [usize; 2])
where
    D: for<'p> Operation<f32, &'p [f32]> + Differentiable<f32> + std::fmt::Debug,
{
    let what = format!("{d:?}");
    refuses(&what, [x, p, y, prepacked[0], scratch[0]], 0, |[x, p, y, prepacked, scratch], _| {
        d.forward(Forward { inputs: &[x], outputs: &mut [y], prepacked, scratch, ..ahead(p) });
    });
    let lens = [x, y, p, y, x, p, prepacked[1], scratch[1]];
    refuses(&what, lens, 0, |[x, y, p, dy, dx, dp, prepacked, scratch], _| {
        d.backward(Backward {
            inputs: &[x],
            outputs: &[y],
            output_gradients: &mut [dy],
            input_gradients: &mut [dx],
            parameter_gradients: dp,
            prepacked,
            scratch,
            ..back(p)
        });
    });
}

#[test]
fn dense() {
    for n in [1, 3, 50] {
        let pass = Pass::inference(n);
        for (inputs, outputs) in [(7, 5), (33, 70), (300, 600)] {
            let d = Affine { inputs, outputs, bias: true, activation: RELU };
            let (x, y, p) = (n * inputs, n * outputs, d.parameters());
            let what = format!("{n} times {d:?}");
            refuses(&what, [x, p, y], 0, |[x, p, y], _| forward_of(&pass, &d, &[x], p, y));
            refuses(&what, [x, y, p, y, x, p], 0, |[x, y, p, dy, dx, dp], _| {
                backward_of(&pass, &d, &[x], &[y], p, dy, &mut [dx], dp);
            });
            refuses(&what, [x, y, p, y, x], 0, |[x, y, p, dy, dx], _| {
                backward_of(&pass, &d, &[x], &[y], p, dy, &mut [dx], &mut []);
            });
        }
    }
}

#[test]
fn sizes_of_maps() {
    for channels in [1, 11, 33] {
        let resize = Resize { input: [3, 4, channels], output: [5, 9, channels] };
        let (x, y) = (len(resize.input), len(resize.output));
        let (nearest, bilinear) = (Nearest { resize }, Bilinear { resize });
        refuses("nearest", [x, y], 0, |[x, y], _| forward(&nearest, &[x], &[], y));
        refuses("nearest backward", [y, x], 0, |[dy, dx], _| {
            backward(&nearest, &[], &[], &[], dy, &mut [dx], &mut []);
        });
        refuses("bilinear", [x, y, bilinear.scratch()], 0, |[x, y, scratch], _| {
            bilinear.forward(Forward { inputs: &[x], outputs: &mut [y], scratch, ..ahead(&[]) });
        });
        refuses("bilinear backward", [y, x, bilinear.scratch()], 0, |[dy, dx, scratch], _| {
            let (output_gradients, input_gradients) = (&mut [dy][..], &mut [dx][..]);
            bilinear.backward(Backward { output_gradients, input_gradients, scratch, ..back(&[]) });
        });
        let crop = Crop { input: resize.output, output: resize.input, from: [2, 1] };
        refuses("crop", [y, x], 0, |[x, y], _| forward(&crop, &[x], &[], y));
        refuses("crop backward", [x, y], 0, |[dy, dx], _| {
            backward(&crop, &[], &[], &[], dy, &mut [dx], &mut []);
        });
    }
}

#[test]
fn regions_of_maps() {
    for channels in [1, 11, 33] {
        let regions = Regions { input: [3, 4, channels], boxes: 2, output: [2, 3], scale: 0.5 };
        let (x, boxes, y) = (len(regions.input), 8, 2 * regions.region());
        let (align, pool) = (RoiAlign { regions, samples: 2, aligned: true }, RoiPool { regions });
        refuses("roi_align", [x, boxes, y, align.scratch()], 0, |[x, boxes, y, scratch], _| {
            align.forward(Forward { inputs: &[x, boxes], outputs: &mut [y], scratch, ..ahead(&[]) });
        });
        refuses("roi_align backward", [boxes, y, x, align.scratch()], 0, |[boxes, dy, dx, scratch], _| {
            let (output_gradients, input_gradients) = (&mut [dy][..], &mut [dx, &mut []][..]);
            align.backward(Backward { inputs: &[&[], boxes], output_gradients, input_gradients, scratch, ..back(&[]) });
        });
        refuses("roi_pool", [x, boxes, y], y, |[x, boxes, y], indices| {
            pool.forward(Forward { inputs: &[x, boxes], outputs: &mut [y], indices, ..ahead(&[]) });
        });
        refuses("roi_pool backward", [y, x], y, |[dy, dx], indices| {
            let (output_gradients, input_gradients) = (&mut [dy][..], &mut [dx, &mut []][..]);
            pool.backward(Backward { output_gradients, input_gradients, indices, ..back(&[]) });
        });
    }
}

#[test]
fn embeddings() {
    let n = 3;
    let pass = Pass::inference(n);
    for size in [1, 4, 37] {
        let d = Embedding { count: 2, words: 7, size };
        let (p, y) = (d.words * size, n * d.count * size);
        refuses("embedding", [p, y], n * d.count, |[p, y], words| {
            d.forward(Forward { whole: &[words], outputs: &mut [y], ..Forward::new(&pass, 0, &*p) });
        });
        // It does not read the table.
        refuses("embedding backward", [y, p], n * d.count, |[dy, dp], words| {
            d.backward(Backward {
                whole: &[words],
                output_gradients: &mut [dy],
                parameter_gradients: dp,
                ..Backward::new(&pass, 0, &[])
            });
        });
    }
}

#[test]
fn norms() {
    for channels in [5, 16, 37] {
        let d = BatchNorm { pixels: 3, channels, epsilon: 1e-5, activation: RELU };
        let (x, c, n) = (3 * channels, channels, 4);
        let pass = Pass::alone(n);
        refuses("map", [x, 3 * c], 0, |[x, moments], _| {
            d.map(Forward { inputs: &[x], outputs: &mut [moments], ..Forward::new(&pass, 0, &[]) });
        });
        refuses("reduce", [n * 3 * c, 4 * c], 0, |[moments, statistics], _| {
            d.reduce(Forward { inputs: &[moments], outputs: &mut [statistics], ..Forward::new(&pass, 0, &[]) });
        });
        refuses("reduce frozen", [n * 3 * c, 4 * c, 4 * c], 0, |[moments, p, statistics], _| {
            let call = Forward { frozen: true, ..Forward::new(&pass, 0, &*p) };
            d.reduce(Forward { inputs: &[moments], outputs: &mut [statistics], ..call });
        });
        refuses("apply", [x, 4 * c, 4 * c, x], 0, |[x, s, p, y], _| {
            d.apply(Forward { inputs: &[x, s], outputs: &mut [y], ..Forward::new(&pass, 0, &*p) });
        });
        refuses("batch_norm", [x, 4 * c, x], 0, |[x, p, y], _| forward(&d, &[x], p, y));
        refuses("map_gradient", [x, x, 4 * c, x, 2 * c], 0, |[x, y, s, dy, sums], _| {
            d.map_gradient(Backward {
                inputs: &[x, s],
                outputs: &[y],
                output_gradients: &mut [dy],
                input_gradients: &mut [sums],
                ..Backward::new(&pass, 0, &[])
            });
        });
        refuses("reduce_gradient", [n * 2 * c, 4 * c, 2 * c, 4 * c], 0, |[sums, s, totals, dp], _| {
            d.reduce_gradient(Backward {
                outputs: &[s],
                output_gradients: &mut [sums],
                input_gradients: &mut [totals],
                parameter_gradients: dp,
                ..Backward::new(&pass, 0, &[])
            });
        });
        refuses("apply_gradient", [x, 4 * c, 4 * c, 2 * c, x, x], 0, |[x, s, p, totals, dz, dx], _| {
            d.apply_gradient(Backward {
                inputs: &[x, s, totals],
                output_gradients: &mut [dz],
                input_gradients: &mut [dx],
                ..Backward::new(&pass, 0, p)
            });
        });

        let d = LayerNorm { rows: 1, len: x, epsilon: 1e-5 };
        refuses("layer_norm", [x, 2 * x, x], 0, |[x, p, y], _| forward(&d, &[x], p, y));
        refuses("layer_norm backward", [x, 2 * x, x, x, 2 * x], 0, |[x, p, dy, dx, dp], _| {
            backward(&d, &[x], &[], p, dy, &mut [dx], dp);
        });
        refuses("layer_norm frozen", [x, 2 * x, x, x, 2 * x], 0, |[x, p, dy, dx, scratch], _| {
            d.backward(Backward {
                inputs: &[x],
                output_gradients: &mut [dy],
                input_gradients: &mut [dx],
                scratch,
                ..Backward::new(&ONE, 0, p)
            });
        });
    }
}

#[test]
fn spread_windows() {
    let axes = [Taps::Parts(2), Taps::Dilated { kernel: 2, stride: 1, pad: 1, dilation: 2 }];
    let pool = SpreadPool { input: [3, 4, 18], output: [2, 4, 18], axes };
    let (x, y) = (3 * 4 * 18, 2 * 4 * 18);
    let (max, average) = (SpreadMaxPool { pool }, SpreadAveragePool { pool });
    refuses("spread max", [x, y], y, |[x, y], indices| {
        max.forward(Forward { inputs: &[x], outputs: &mut [y], indices, ..ahead(&[]) });
    });
    refuses("spread max backward", [y, x], y, |[dy, dx], indices| {
        indices.fill(0);
        max.backward(Backward { output_gradients: &mut [dy], input_gradients: &mut [dx], indices, ..back(&[]) });
    });
    refuses("spread average", [x, y], 0, |[x, y], _| forward(&average, &[x], &[], y));
    refuses("spread average backward", [y, x], 0, |[dy, dx], _| {
        backward(&average, &[], &[], &[], dy, &mut [dx], &mut []);
    });
}

#[test]
fn normalisations_of_samples() {
    for channels in [6, 34] {
        let d = GroupNorm { pixels: 5, channels, groups: 2, epsilon: 1e-5, affine: true };
        let x = 5 * channels;
        let lens = [x, 2 * channels, x, d.forward_scratch()];
        refuses("group_norm", lens, 0, |[x, p, y, scratch], _| {
            d.forward(Forward { inputs: &[x], outputs: &mut [y], scratch, ..ahead(p) });
        });
        let lens = [x, 2 * channels, x, x, 2 * channels, d.backward_scratch()];
        refuses("group_norm backward", lens, 0, |[x, p, dy, dx, dp, scratch], _| {
            d.backward(Backward {
                inputs: &[x],
                output_gradients: &mut [dy],
                input_gradients: &mut [dx],
                parameter_gradients: dp,
                scratch,
                ..back(p)
            });
        });
        let d = RmsNorm { rows: 5, len: channels, epsilon: 1e-6 };
        refuses("rms_norm", [x, channels, x], 0, |[x, p, y], _| forward(&d, &[x], p, y));
        refuses("rms_norm backward", [x, channels, x, x, channels], 0, |[x, p, dy, dx, dp], _| {
            backward(&d, &[x], &[], p, dy, &mut [dx], dp);
        });
        let d = LocalResponseNorm { pixels: 5, channels, size: 5, alpha: 1.0, beta: 0.75, k: 1.0 };
        refuses("local_response_norm", [x, x], 0, |[x, y], _| forward(&d, &[x], &[], y));
        refuses("local_response_norm backward", [x, x, x, d.backward_scratch()], 0, |[x, dy, dx, scratch], _| {
            d.backward(Backward {
                inputs: &[x],
                output_gradients: &mut [dy],
                input_gradients: &mut [dx],
                scratch,
                ..back(&[])
            });
        });
    }
}

#[test]
fn sequences() {
    let steps = Steps { count: 3, varies: None };
    for cell in [Cell::Plain(RELU), Cell::Lstm, Cell::Gru] {
        let d = Recurrent { cell, steps, inputs: 4, size: 5, reverse: false };
        let [x, p, y, state] = [12, d.parameters(), 15, 5];
        let lens = [x, state, p, y, state, d.saved(), d.scratch()];
        refuses(&std::format!("{cell:?}"), lens, 0, |[x, start, p, y, end, saved, scratch], _| {
            let (inputs, outputs) = (&[&*x, &*start], &mut [y, end]);
            d.forward(Forward { inputs, outputs, saved, scratch, ..Forward::new(&ONE, 0, &*p) });
        });
        let lens = [x, p, y, state, d.saved(), d.shared_backward(), d.state_back().weights(), x, p, state];
        refuses(&std::format!("{cell:?} backward"), lens, 0, |slices, _| {
            let [x, p, dy, d_end, saved, scratch, prepacked, dx, dp, d_start] = slices;
            d.backward(Backward {
                inputs: &[x, &[]],
                output_gradients: &mut [dy, d_end],
                input_gradients: &mut [dx, d_start],
                parameter_gradients: dp,
                saved,
                scratch,
                prepacked,
                ..Backward::new(&ONE, 0, p)
            });
        });
    }
    attentions(steps);
    let (last, mean) = (LastStep { steps, len: 4 }, MeanStep { steps, len: 4 });
    refuses("last", [12, 4], 0, |[x, y], _| forward(&last, &[x], &[], y));
    refuses("last backward", [4, 12], 0, |[dy, dx], _| backward(&last, &[&[]], &[], &[], dy, &mut [dx], &mut []));
    refuses("mean", [12, 4], 0, |[x, y], _| forward(&mean, &[x], &[], y));
    refuses("mean backward", [4, 12], 0, |[dy, dx], _| backward(&mean, &[&[]], &[], &[], dy, &mut [dx], &mut []));
}

/// Of a sequence to itself, and to another.
fn attentions(steps: Steps) {
    for memory in [None, Some(Steps { count: 2, varies: None })] {
        let d = Attention { steps, memory, size: 4, heads: 2, causal: memory.is_none() };
        let (x, p, more) = (12, d.parameters(), if memory.is_some() { 8 } else { 0 });
        // What is saved while training lies in the scratch else.
        for (saved, scratch) in [(0, d.scratch()), (d.saved(), 3 * 2 * d.asked().count)] {
            refuses("attention", [x, more, p, x, saved, scratch], 0, |[x, more, p, y, saved, scratch], _| {
                let inputs = if memory.is_some() { &[&*x, &*more][..] } else { &[&*x][..] };
                d.forward(Forward { inputs, outputs: &mut [y], saved, scratch, ..Forward::new(&ONE, 0, &*p) });
            });
        }
        let lens = [x, more, p, x, d.saved(), d.scratch_backward(), x, more, p];
        refuses("attention backward", lens, 0, |[x, more, p, dy, saved, scratch, dx, d_more, dp], _| {
            let count = if memory.is_some() { 2 } else { 1 };
            d.backward(Backward {
                inputs: &[&*x, &*more][..count],
                output_gradients: &mut [dy],
                input_gradients: &mut [dx, d_more][..count],
                parameter_gradients: dp,
                saved,
                scratch,
                ..Backward::new(&ONE, 0, p)
            });
        });
    }
}

#[test]
fn numbers_and_rows() {
    for len in [3, 16, 37] {
        let two = [len, len];
        let three = [len, len, len];
        for a in [RELU, Activation::Sigmoid] {
            refuses("activation", two, 0, |[x, y], _| forward(&a, &[x], &[], y));
            refuses("activation backward", three, 0, |[y, dy, dx], _| {
                backward(&a, &[], &[y], &[], dy, &mut [dx], &mut []);
            });
            let add = Add { activation: a };
            refuses("add", three, 0, |[a0, a1, y], _| forward(&add, &[a0, a1], &[], y));
            refuses("add backward", [len; 4], 0, |[y, dy, a0, a1], _| {
                backward(&add, &[], &[y], &[], dy, &mut [a0, a1], &mut []);
            });
        }
        for a in [
            InputActivation::LeakyRelu(-0.5),
            InputActivation::Gelu,
            InputActivation::GeluByTanh,
            InputActivation::Silu,
            InputActivation::HardSwish,
            InputActivation::Mish,
        ] {
            refuses(&format!("{a:?}"), two, 0, |[x, y], _| forward(&a, &[x], &[], y));
            refuses(&format!("{a:?} backward"), three, 0, |[x, dy, dx], _| {
                backward(&a, &[x], &[], &[], dy, &mut [dx], &mut []);
            });
        }
        refuses("sub", three, 0, |[a, b, y], _| forward(&Sub, &[a, b], &[], y));
        refuses("sub backward", three, 0, |[dy, da, db], _| {
            backward(&Sub, &[], &[], &[], dy, &mut [da, db], &mut []);
        });
        refuses("max", three, 0, |[a, b, y], _| forward(&Max, &[a, b], &[], y));
        refuses("max backward", [len; 6], 0, |[a, b, y, dy, da, db], _| {
            backward(&Max, &[a, b], &[y], &[], dy, &mut [da, db], &mut []);
        });
        let d = MulChannels { rows: Rows { rows: 2, len }, factors: 1 };
        refuses("mul of channels", [2 * len, len, 2 * len], 0, |[a, b, y], _| forward(&d, &[a, b], &[], y));
        let lens = [2 * len, len, 2 * len, 2 * len, len];
        refuses("mul of channels backward", lens, 0, |[a, b, dy, da, db], _| {
            backward(&d, &[a, b], &[], &[], dy, &mut [da, db], &mut []);
        });
        refuses("mul", three, 0, |[a, b, y], _| forward(&Mul, &[a, b], &[], y));
        refuses("mul backward", [len; 5], 0, |[a, b, dy, da, db], _| {
            backward(&Mul, &[a, b], &[], &[], dy, &mut [da, db], &mut []);
        });
        for shared in [true, false] {
            let d = Prelu { rows: Rows { rows: 2, len }, shared };
            let (x, p) = (2 * len, d.parameters());
            refuses("prelu", [x, p, x], 0, |[x, p, y], _| forward(&d, &[x], p, y));
            refuses("prelu backward", [x, p, x, x, p], 0, |[x, p, dy, dx, dp], _| {
                backward(&d, &[x], &[], p, dy, &mut [dx], dp);
            });
        }
        let d = Dropout { rate: 0.5 };
        refuses("dropout", two, 0, |[x, y], _| forward(&d, &[x], &[], y));
        refuses("dropout backward", two, 0, |[dy, dx], _| backward(&d, &[], &[], &[], dy, &mut [dx], &mut []));

        let (rows, x) = (Rows { rows: 2, len }, 2 * len);
        let (d, log) = (Softmax { rows }, LogSoftmax { rows });
        refuses("softmax", [x, x], 0, |[x, y], _| forward(&d, &[x], &[], y));
        refuses("softmax backward", [x; 3], 0, |[y, dy, dx], _| {
            backward(&d, &[], &[y], &[], dy, &mut [dx], &mut []);
        });
        refuses("log_softmax", [x, x], 0, |[x, y], _| forward(&log, &[x], &[], y));
        refuses("log_softmax backward", [x; 3], 0, |[y, dy, dx], _| {
            backward(&log, &[], &[y], &[], dy, &mut [dx], &mut []);
        });
        let both: &[Rows] = vec![rows, Rows { rows: 2, len: 4 }].leak();
        let (concat, split) = (Concat { inputs: both }, Split { outputs: both });
        refuses("concat", [x, 8, x + 8], 0, |[a, b, y], _| forward(&concat, &[a, b], &[], y));
        refuses("concat backward", [x + 8, x, 8], 0, |[dy, a, b], _| {
            backward(&concat, &[], &[], &[], dy, &mut [a, b], &mut []);
        });
        refuses("split", [x + 8, x, 8], 0, |[x, a, b], _| {
            split.forward(Forward { inputs: &[x], outputs: &mut [a, b], ..ahead(&[]) });
        });
        refuses("split backward", [x, 8, x + 8], 0, |[a, b, dx], _| {
            split.backward(Backward { output_gradients: &mut [a, b], input_gradients: &mut [dx], ..back(&[]) });
        });
        let axes = vec![Axis { len, stride: 2 }, Axis { len: 2, stride: 1 }].leak();
        let d = Permute { axes };
        refuses("permute", [2 * len; 2], 0, |[x, y], _| forward(&d, &[x], &[], y));
        refuses("permute backward", [2 * len; 2], 0, |[dy, dx], _| backward(&d, &[], &[], &[], dy, &mut [dx], &mut []));
        for to in [Rows { rows: 1, len: x }, Rows { rows: len, len: 2 }] {
            let d = Reshape { from: rows, to };
            refuses("reshape", [x, x], 0, |[x, y], _| forward(&d, &[x], &[], y));
            refuses("reshape backward", [x, x], 0, |[dy, dx], _| {
                backward(&d, &[], &[], &[], dy, &mut [dx], &mut []);
            });
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
        on_every_isa(|isa| {
            for guards in [0, GUARDS] {
                let mut slices = [(); 3].map(|()| Guarded::new(T::ONE, 64, T::from_f64(GUARD), 64 + guards));
                let [y, dp, scratch] = slices.each_mut().map(Guarded::slice);
                let _ = catch_unwind(AssertUnwindSafe(|| run(y, dp, scratch)));
                assert!(slices.iter().all(Guarded::is_intact), "something wrote behind a slice on {isa:?}");
            }
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
            tries(&|y, _, scratch| {
                let call = Forward::new(&ONE, 0, &x[..]);
                d.forward(Forward { inputs: &[&x], outputs: &mut [y], scratch, ..call });
            });
            tries(&|y, dp, scratch| {
                d.backward(Backward {
                    inputs: &[&x],
                    outputs: &[&x],
                    output_gradients: &mut [y],
                    input_gradients: &mut [&mut []],
                    parameter_gradients: dp,
                    scratch,
                    ..Backward::new(&ONE, 0, &x)
                });
            });
            tries(&|y, _, _| T::conv_forward(&d, 0, &x, &x, RELU.into(), y));
            tries(&|y, _, _| T::conv_packed_weights(&d, &x, y));
            tries(&|y, _, _| T::conv_forward_packed(&d, 0, &x, &x, &x, RELU.into(), y));
            tries(&|_, dp, _| T::conv_weight_gradient(&d, &x, &x, dp));
            tries(&|y, _, _| T::conv_turned_weights(&d, &x, y));
            tries(&|y, _, _| T::conv_input_gradient(&d, &x, &x, y));
            let pool = Pool { input: d.output, output: [1, 1, 4], kernel: [2, 2], stride: [2, 2], pad: [0, 0] };
            for indices in [[0; 64], [1 << 30; 64]] {
                let d = ConvPool { conv: d, pool };
                tries(&|_, dp, scratch| T::maxima_weight_gradient(&d, &x, &x, &indices, dp, scratch));
            }
            tries(&|y, _, _| T::winograd_weights(&d, [0, d.input[2]], [0, d.output[2]], &x, y));
            tries(&|y, _, _| T::winograd_turned_weights(&d, &x, y));
            tries(&|y, _, scratch| T::winograd_forward(&d, 0, &x, &x, &x, RELU.into(), y, scratch));
            tries(&|_, dp, scratch| T::winograd_weight_gradient(&d, &x, &x, dp, scratch));
            tries(&|y, _, _| T::minimal5x5_weights(&d, [0, d.output[2]], &x, y));
            tries(&|y, _, _| T::minimal5x5_halves(&d, half - 2, &x, y));
            tries(&|y, _, _| T::minimal5x5_down(&d, &x, y));
            tries(&|y, _, scratch| minimal5x5::forward(&d, 0, &x, &x, &x, Output::Map(y, RELU.into()), scratch));
            for row in [0, 2, half] {
                let at = Place { first: row, row, tile: half };
                tries(&|y, _, scratch| {
                    let to = &mut Output::Map(y, RELU.into());
                    T::minimal5x5_tiles(&d, at, half, &x, &x, &x, to, scratch);
                });
            }
            for first in [0, 2, half] {
                tries(&|y, _, _| T::depthwise_forward(&d, first, &x, &x, RELU.into(), y));
            }
            tries(&|_, dp, scratch| T::depthwise_weight_gradient(&d, &x, &x, dp, scratch));
            tries(&|y, _, _| T::depthwise_input_gradient(&d, &x, &x, y));
        }
    }
    for (inputs, outputs) in [(half, 2), (2, half), (half + 8, 8), (8, half + 8)] {
        let d = Affine { inputs, outputs, bias: false, activation: RELU };
        for n in [1, 2, 8] {
            tries(&|y, _, _| forward_of(&Pass::inference(n), &d, &[&x], &x, y));
            let rows = InputRows::of(&x, inputs);
            for rows in [rows, InputRows { count: n, ..rows }, InputRows { step: half, count: n, ..rows }] {
                tries(&|y, _, _| T::affine_forward(&d, [0, 8], true, rows, &x, Start::Zero, y));
                tries(&|_, dp, _| T::affine_weight_gradient(outputs, rows, &x, dp));
            }
            tries(&|y, _, _| T::affine_input_gradient(outputs, false, &x, &x, y));
        }
    }
}
