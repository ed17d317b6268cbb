//! Prediction: a convolution and, in its epilogue, the batch normalisation after it by the running statistics, the other branch
//! of a sum, and an activation.

use super::stored::Stored;
use crate::Real;
use crate::base::check::failed;
use crate::base::memory::{part, split, split_mut};
use crate::gemm::epilogue::Epilogue;
use crate::ops::conv::{self, Entered};
use nn_sizes::{Conv, ConvNorm};

/// As [`conv::prepare`].
pub fn prepare<T: Real>(d: &ConvNorm, p: &[T], prepared: &mut [T]) {
    prepare_stored(d, p, prepared);
}

/// [`prepare`] with parameters as they are stored.
pub fn prepare_stored<'p, T: Real>(d: &ConvNorm, p: impl Stored<'p, T>, prepared: &mut [T]) {
    let conv = &d.conv;
    check!(p.has(conv.weights(), conv.output[2], d.parameters() - conv.weights()));
    let (weights, _) = p.parts(conv.weights(), conv.output[2]);
    conv::prepare_stored(&Conv { bias: false, ..*conv }, weights, prepared);
}

/// `y = activation((x * w + b - mean) / √(variance + epsilon) * scale + shift + skip)`; `inputs` are `x` and, if there is one,
/// `skip`.
///
/// The normalisation becomes a factor and a summand for each channel, once a call.
pub fn forward<T: Real>(d: &ConvNorm, inputs: &[&[T]], p: &[T], y: &mut [T], prepared: &[T], scratch: &mut [T]) {
    check!(y.len() == conv::len(d.conv.output) && scratch.len() >= d.forward_scratch());
    forward_rows(d, 0, inputs, p, y, prepared, scratch);
}

/// The rows of [`forward`] from `first` on that `y` has room for, with parameters as they are stored: a piece by `d.cut()`, with
/// scratch for it.
pub fn forward_rows<'p, T: Real>(
    d: &ConvNorm,
    first: usize,
    inputs: &[&[T]],
    p: impl Stored<'p, T>,
    y: &mut [T],
    prepared: &[T],
    scratch: &mut [T],
) {
    let ConvNorm { conv, epsilon } = d;
    let (x, skip) = match inputs {
        [x] => (*x, None),
        [x, skip] => (*x, Some(*skip)),
        _ => failed("a convolution of one input, and one to add"),
    };
    let channels = conv.output[2];
    check!(x.len() == conv::len(conv.input) && p.has(conv.weights(), channels, d.parameters() - conv.weights()));
    check!(skip.is_none_or(|skip| skip.len() == conv::len(conv.output)));
    check!(prepared.len() == conv.prepared());
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
    weights.conv(&unbiased, first - first_row, x, prepared, epilogue, y, scratch);
}

#[cfg(all(test, feature = "std"))]
mod tests;
