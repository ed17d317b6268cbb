//! Convolutions, one sample at a time.
//!
//! Each algorithm is a folder here and a variant of an enum of `nn-sizes`, whose `algorithm` functions choose; every pass is one match
//! on what they chose.

pub(crate) mod col2im;
pub mod conv_norm;
pub mod conv_pool;
pub(crate) mod depthwise;
pub(crate) mod direct;
pub(crate) mod maxima;
pub(crate) mod minimal5x5;
pub mod stored_parameters;
pub(crate) mod winograd;

use crate::Real;
use crate::base::memory::{chunks_exact_mut, copy, part, part_mut, split_mut};
use crate::gemm::epilogue::Epilogue;
use crate::ops::call::{Backward, ByRows, Differentiable, Forward, Operation, Prepack, one, one_mut, wanted};
use minimal5x5::Output;
use nn_sizes::{Conv, ConvAlgorithm, InputGradientAlgorithm, WeightGradientAlgorithm};
use stored_parameters::StoredParameters;

impl<'p, T: Real, P: StoredParameters<'p, T>> Prepack<T, P> for Conv {
    fn prepack(&self, p: P, prepacked: &mut [T]) {
        check!(has_parameters(self, p) && prepacked.len() == self.prepacked());
        p.prepack(self, prepacked);
    }
}

/// `y = activation(x * w + b)`.
impl<'p, T: Real, P: StoredParameters<'p, T>> Operation<T, P> for Conv {
    fn forward(&self, call: Forward<'_, T, P>) {
        check!(one_mut(&mut *call.outputs).len() == len(self.output) && call.scratch.len() >= self.forward_scratch());
        self.forward_rows(0, call);
    }
}

impl<'p, T: Real, P: StoredParameters<'p, T>> ByRows<T, P> for Conv {
    fn forward_rows(&self, first: usize, call: Forward<'_, T, P>) {
        let Forward { parameters: p, prepacked, scratch, .. } = call;
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!(x.len() == len(self.input) && has_parameters(self, p) && prepacked.len() == self.prepacked());
        let rows = rows_of(self.output, first, y.len());
        let Entered { x, first_row, scratch } = enter(self, rows, x, scratch);
        p.conv(self, first - first_row, x, prepacked, Epilogue::from(self.activation), y, scratch);
    }
}

impl<T: Real> Differentiable<T> for Conv {
    fn prepack_backward(&self, p: &[T], prepacked: &mut [T]) {
        check!((p.len(), prepacked.len()) == (self.parameters(), self.prepacked_backward()));
        match self.input_gradient_algorithm() {
            InputGradientAlgorithm::Winograd => T::winograd_turned_weights(self, p, prepacked),
            InputGradientAlgorithm::Direct => T::conv_turned_weights(self, p, prepacked),
            InputGradientAlgorithm::Col2im | InputGradientAlgorithm::Depthwise => {}
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let Backward { parameters: p, parameter_gradients: dp, prepacked, scratch, .. } = call;
        let (x, y, dy) = (one(call.inputs), one(call.outputs), one_mut(call.output_gradients));
        let dx = wanted(call.input_gradients);
        check!((x.len(), p.len()) == (len(self.input), self.parameters()));
        check!((y.len(), dy.len()) == (if y.is_empty() { 0 } else { dy.len() }, len(self.output)));
        check!((dp.is_empty() || dp.len() == p.len()) && prepacked.len() == self.prepacked_backward());
        check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()) && scratch.len() >= self.backward_scratch());
        T::differentiate(self.activation, y, dy);
        if !dp.is_empty() {
            weight_gradient(self, self.weight_gradient_algorithm(), x, dy, dp, scratch);
        }
        if let Some(dx) = dx {
            input_gradient(self, p, dy, dx, prepacked, scratch);
        }
    }
}

/// The rows `[first, count]` of a map that so many numbers are, of which it has as many.
pub(super) fn rows_of([height, width, channels]: [usize; 3], first: usize, numbers: usize) -> [usize; 2] {
    let row = width * channels;
    check!(row > 0 && numbers.is_multiple_of(row) && numbers > 0);
    check!(first <= height && numbers / row <= height - first);
    [first, numbers / row]
}

/// Whether the parameters are as many as those of the convolution.
pub(super) fn has_parameters<'p, T: Real>(d: &Conv, p: impl StoredParameters<'p, T>) -> bool {
    p.has(d.weights(), d.output[2], d.parameters() - d.weights())
}

/// Adds the gradients of the parameters to `dp`, from that of the output before its activation.
pub(super) fn weight_gradient<T: Real>(
    d: &Conv,
    algorithm: WeightGradientAlgorithm,
    x: &[T],
    dz: &[T],
    dp: &mut [T],
    scratch: &mut [T],
) {
    match algorithm {
        WeightGradientAlgorithm::Direct => T::conv_weight_gradient(d, pad(d, x, scratch), dz, dp),
        WeightGradientAlgorithm::Winograd => T::winograd_weight_gradient(d, x, dz, dp, scratch),
        WeightGradientAlgorithm::Depthwise => {
            let part = part_mut(scratch, ..dp.len());
            T::depthwise_weight_gradient(d, x, dz, dp, part);
        }
    }
}

/// The gradient of the input, from that of the output before its activation.
pub(super) fn input_gradient<T: Real>(d: &Conv, p: &[T], dz: &[T], dx: &mut [T], prepacked: &[T], scratch: &mut [T]) {
    match d.input_gradient_algorithm() {
        InputGradientAlgorithm::Direct => {
            let zeros @ [[above, below], _] = [0, 1].map(|axis| d.gradient_border(axis));
            let rows = [0, above + d.output[0] + below];
            let bordered = border(dz, d.output, zeros, rows, scratch);
            T::conv_input_gradient(d, bordered, prepacked, dx);
        }
        InputGradientAlgorithm::Winograd => {
            T::winograd_forward(&d.input_gradient(), 0, dz, prepacked, &[], Epilogue::none(), dx, scratch);
        }
        InputGradientAlgorithm::Col2im => col2im::input_gradient(d, dz, p, dx, scratch),
        InputGradientAlgorithm::Depthwise => T::depthwise_input_gradient(d, dz, p, dx),
    }
}

/// The rows of the output from `first` on that `y` has room for, counted as [`enter`] says, and from what it returned; the
/// epilogue stands for the activation.
pub(super) fn rows<T: Real>(
    d: &Conv,
    first: usize,
    x: &[T],
    p: &[T],
    prepacked: &[T],
    epilogue: Epilogue<'_, T>,
    y: &mut [T],
    scratch: &mut [T],
) {
    match d.algorithm() {
        ConvAlgorithm::Direct => T::conv_forward(d, first, x, p, epilogue, y),
        ConvAlgorithm::Packed => {
            T::conv_forward_packed(d, first, x, prepacked, part(p, d.weights()..), epilogue, y);
        }
        ConvAlgorithm::Winograd => {
            T::winograd_forward(d, first, x, prepacked, part(p, d.weights()..), epilogue, y, scratch);
        }
        ConvAlgorithm::Minimal5x5 => {
            minimal5x5::forward(d, first, x, prepacked, part(p, d.weights()..), Output::Map(y, epilogue), scratch);
        }
        ConvAlgorithm::Depthwise => T::depthwise_forward(d, first, x, p, epilogue, y),
    }
}

/// What [`rows`] reads.
pub(super) struct Entered<'a, T> {
    /// The input.
    pub x: &'a [T],
    /// The row of the output that is the first to it.
    pub first_row: usize,
    /// The scratch that is left.
    pub scratch: &'a mut [T],
}

/// The input as the rows `[first, count]` of the output read it.
pub(super) fn enter<'a, T: Real>(d: &Conv, rows: [usize; 2], x: &'a [T], scratch: &'a mut [T]) -> Entered<'a, T> {
    match d.algorithm() {
        ConvAlgorithm::Direct | ConvAlgorithm::Packed => enter_padded(d, rows, x, scratch),
        // Their kernels see to the padding.
        ConvAlgorithm::Winograd | ConvAlgorithm::Minimal5x5 | ConvAlgorithm::Depthwise => {
            Entered { x, first_row: 0, scratch }
        }
    }
}

/// [`enter`] with the padding, whoever reads it.
pub(super) fn enter_padded<'a, T: Real>(
    d: &Conv,
    [first, count]: [usize; 2],
    x: &'a [T],
    scratch: &'a mut [T],
) -> Entered<'a, T> {
    if !d.is_padded() {
        return Entered { x, first_row: 0, scratch };
    }
    let rows = d.padded_rows(count);
    let (padded, scratch) = split_mut(scratch, rows * d.padded_row());
    let x = border(x, d.input, [d.padding(0), d.padding(1)], [first * d.stride[0], rows], padded);
    Entered { x, first_row: first, scratch }
}

/// The input with its padding: in `scratch`, or as it is when there is none.
pub(super) fn pad<'a, T: Real>(d: &Conv, x: &'a [T], scratch: &'a mut [T]) -> &'a [T] {
    border(x, d.input, [d.padding(0), d.padding(1)], [0, d.padded(0)], scratch)
}

/// The rows `[first, count]` of a map in zeros, so many `[[above, below], [left, right]]`.
fn border<'a, T: Real>(
    map: &'a [T],
    [height, width, channels]: [usize; 3],
    zeros: [[usize; 2]; 2],
    [first, count]: [usize; 2],
    scratch: &'a mut [T],
) -> &'a [T] {
    if zeros == [[0, 0]; 2] {
        return map;
    }
    let [[above, _], [left, right]] = zeros;
    let (len, row) = (width * channels, (left + width + right) * channels);
    let scratch = part_mut(scratch, ..count * row);
    for (at, to) in (first..).zip(chunks_exact_mut(scratch, row)) {
        if at < above || at - above >= height {
            to.fill(T::ZERO);
            continue;
        }
        let (before, rest) = split_mut(to, left * channels);
        let (inside, after) = split_mut(rest, len);
        before.fill(T::ZERO);
        copy(part(part(map, (at - above) * len..), ..len), inside);
        after.fill(T::ZERO);
    }
    scratch
}

/// Numbers of a map.
pub(super) fn len([height, width, channels]: [usize; 3]) -> usize {
    height * width * channels
}

#[cfg(all(test, feature = "std"))]
pub(super) mod tests;
