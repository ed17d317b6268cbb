//! Prediction: a convolution and, in its epilogue, the batch normalisation after it by the running statistics, the other branch
//! of a sum, and an activation.

use super::stored_parameters::StoredParameters;
use crate::Real;
use crate::base::check::failed;
use crate::base::memory::{part, split, split_mut};
use crate::gemm::epilogue::Epilogue;
use crate::ops::call::{ByRows, Forward, Operation, Prepack, one_mut};
use crate::ops::conv::{self, Entered};
use nn_sizes::{Conv, ConvNorm};

impl<'p, T: Real, P: StoredParameters<'p, T>> Prepack<T, P> for ConvNorm {
    fn prepack(&self, p: P, prepacked: &mut [T]) {
        let conv = &self.conv;
        check!(p.has(conv.weights(), conv.output[2], self.parameters() - conv.weights()));
        let (weights, _) = p.parts(conv.weights(), conv.output[2]);
        Conv { bias: false, ..*conv }.prepack(weights, prepacked);
    }
}

/// `y = activation((x * w + b - mean) / √(variance + epsilon) * scale + shift + skip)`; the inputs are `x` and, if there is one,
/// `skip`.
///
/// The normalisation becomes a factor and a summand for each channel, once a call.
impl<'p, T: Real, P: StoredParameters<'p, T>> Operation<T, P> for ConvNorm {
    fn forward(&self, call: Forward<'_, T, P>) {
        check!(one_mut(&mut *call.outputs).len() == conv::len(self.conv.output));
        check!(call.scratch.len() >= self.forward_scratch());
        self.forward_rows(0, call);
    }
}

impl<'p, T: Real, P: StoredParameters<'p, T>> ByRows<T, P> for ConvNorm {
    fn forward_rows(&self, first: usize, call: Forward<'_, T, P>) {
        let Forward { inputs, parameters: p, prepacked, scratch, .. } = call;
        let y = one_mut(call.outputs);
        let Self { conv, epsilon } = self;
        let (x, skip) = match inputs {
            [x] => (*x, None),
            [x, skip] => (*x, Some(*skip)),
            _ => failed("a convolution of one input, and one to add"),
        };
        let channels = conv.output[2];
        check!(x.len() == conv::len(conv.input) && p.has(conv.weights(), channels, self.parameters() - conv.weights()));
        check!(skip.is_none_or(|skip| skip.len() == conv::len(conv.output)));
        check!(prepacked.len() == conv.prepacked());
        let rows = conv::rows_of(conv.output, first, y.len());
        let skip = skip.map(|skip| part(skip, first * conv.output[1] * channels..));
        let (weights, others) = p.parts(conv.weights(), channels);
        let (bias, of_norm) = split(others, conv.parameters() - conv.weights());
        let (scale, rest) = split_mut(scratch, channels);
        let (shift, scratch) = split_mut(rest, channels);
        T::running_factors(*epsilon, bias, of_norm, scale, shift);
        let epilogue = Epilogue { norm: Some([scale, shift]), skip, activation: conv.activation };
        let unbiased = Conv { bias: false, ..*conv };
        let Entered { x, first_row, scratch } = conv::enter(conv, rows, x, scratch);
        weights.conv(&unbiased, first - first_row, x, prepacked, epilogue, y, scratch);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
