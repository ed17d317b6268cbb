//! The last activation of an output.

use crate::Real;

/// The trailing activation of an output.
///
/// Training leaves it out of the forward pass and hands it to the loss, which can then work on the numbers before it
/// (the *logits*) in a form that neither overflows nor loses precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// None: the output is its logits.
    Identity,
    /// `softmax` over the whole output.
    Softmax,
    /// `log_softmax` over the whole output.
    LogSoftmax,
    /// `sigmoid` of each number.
    Sigmoid,
}

impl Head {
    /// Turns the logits of one sample into its output, in place.
    pub fn apply<T: Real>(self, row: &mut [T]) {
        match self {
            Self::Identity => {}
            Self::Softmax => softmax(row),
            Self::LogSoftmax => {
                let log_sum = log_sum_exp(row);
                row.iter_mut().for_each(|value| *value -= log_sum);
            }
            Self::Sigmoid => row.iter_mut().for_each(|value| *value = sigmoid(*value)),
        }
    }

    /// Turns the output of one sample into logits of which it is the output, in place.
    ///
    /// A probability that was rounded to 0 (or 1) counts as the number next to it.
    #[cfg(feature = "std")]
    pub(crate) fn invert<T: Real>(self, row: &mut [T]) {
        let ln = |p: T, least: T| if p < least { least.ln() } else { p.ln() };
        match self {
            Self::Identity | Self::LogSoftmax => {}
            Self::Softmax => row.iter_mut().for_each(|p| *p = ln(*p, T::from_f64(1e-38))),
            Self::Sigmoid => row.iter_mut().for_each(|p| *p = ln(*p, T::from_f64(1e-38)) - ln(T::ONE - *p, T::EPSILON)),
        }
    }

    /// Sums a loss over one sample's numbers and writes its gradient with respect to the logits `x`.
    ///
    /// `part` gives the loss of one number of the output and its target, and the derivative of that. It is called more
    /// than once where the head mixes a sample's numbers, so that `dx` is the only buffer.
    #[cfg(feature = "std")]
    pub(crate) fn differentiate<T: Real>(self, x: &[T], t: &[T], dx: &mut [T], part: impl Fn(T, T) -> (T, T)) -> T {
        dx.copy_from_slice(x);
        self.apply(dx);
        let sum = |y: &[T], term: fn(T, T) -> T| -> T { y.iter().zip(t).map(|(&y, &t)| term(y, part(y, t).1)).sum() };
        let loss: T = dx.iter().zip(t).map(|(&y, &t)| part(y, t).0).sum();
        let mixed = match self {
            Self::Identity | Self::Sigmoid => T::ZERO,
            Self::Softmax => sum(dx, |y, dy| y * dy),
            Self::LogSoftmax => sum(dx, |_, dy| dy),
        };
        for (y, &t) in dx.iter_mut().zip(t) {
            let dy = part(*y, t).1;
            *y = match self {
                Self::Identity => dy,
                Self::Softmax => *y * (dy - mixed),
                Self::LogSoftmax => dy - y.exp() * mixed,
                Self::Sigmoid => dy * *y * (T::ONE - *y),
            };
        }
        loss
    }
}

/// `ln Σ exp(x)`, shifted by the maximum so that no term overflows.
///
/// Of no numbers it is minus infinity, and an infinite or NaN logit makes it NaN rather than hide.
fn log_sum_exp<T: Real>(row: &[T]) -> T {
    let maximum = row.iter().copied().fold(T::NEG_INFINITY, T::max);
    let sum: T = row.iter().map(|&x| (x - maximum).exp()).sum();
    maximum + sum.ln()
}

/// `1 / (1 + exp(-x))`, with an exponent that never grows.
pub(crate) fn sigmoid<T: Real>(x: T) -> T {
    let e = (-x.abs()).exp();
    if x >= T::ZERO { T::ONE / (T::ONE + e) } else { e / (T::ONE + e) }
}

fn softmax<T: Real>(row: &mut [T]) {
    let maximum = row.iter().copied().fold(T::NEG_INFINITY, T::max);
    let mut sum = T::ZERO;
    for value in row.iter_mut() {
        *value = (*value - maximum).exp();
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}

/// `ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|))`, whose exponent never grows.
#[cfg(feature = "std")]
pub(crate) fn softplus<T: Real>(x: T) -> T {
    let positive = if x < T::ZERO { T::ZERO } else { x };
    positive + (-x.abs()).exp().ln_1p()
}
