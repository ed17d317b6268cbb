//! Prediction: a convolution and, in its epilogue, the batch normalisation after it by the running statistics, the other branch
//! of a sum, and an activation.

use super::conv;
use crate::Real;
use crate::check::failed;
use crate::kernels::epilogue::Epilogue;
use crate::memory::{part, split, split_mut};
use nn_sizes::{Conv, ConvNorm};

/// As [`conv::prepare`].
pub fn prepare<T: Real>(d: &ConvNorm, p: &[T], prepared: &mut [T]) {
    check!(p.len() == d.parameters());
    conv::prepare(&d.conv, part(p, ..d.conv.parameters()), prepared);
}

/// `y = activation((x * w + b - mean) / √(variance + epsilon) * scale + shift + skip)`; `inputs` are `x` and, if there is one,
/// `skip`.
///
/// The normalisation becomes a factor and a summand for each channel, once a call.
pub fn forward<T: Real>(d: &ConvNorm, inputs: &[&[T]], p: &[T], y: &mut [T], prepared: &[T], scratch: &mut [T]) {
    let ConvNorm { conv, epsilon } = d;
    let (x, skip) = match inputs {
        [x] => (*x, None),
        [x, skip] => (*x, Some(*skip)),
        _ => failed("a convolution of one input, and one to add"),
    };
    check!((x.len(), p.len()) == (conv::len(conv.input), d.parameters()));
    check!(y.len() == conv::len(conv.output) && scratch.len() >= d.forward_scratch());
    check!(skip.is_none_or(|skip| skip.len() == y.len()));
    check!(prepared.len() == conv.prepared());
    let channels = conv.output[2];
    let (of_conv, of_norm) = split(p, conv.parameters());
    let (weights, bias) = split(of_conv, conv.weights());
    let (scale, rest) = split_mut(scratch, channels);
    let (shift, scratch) = split_mut(rest, channels);
    T::running_factors(*epsilon, bias, of_norm, scale, shift);
    let epilogue = Epilogue { norm: Some([scale, shift]), skip, activation: conv.activation };
    let unbiased = Conv { bias: false, ..*conv };
    let (x, scratch) = conv::enter(conv, x, scratch);
    conv::rows(&unbiased, 0, x, weights, prepared, epilogue, y, scratch);
}

#[cfg(all(test, feature = "std"))]
mod tests;
