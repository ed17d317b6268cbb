//! The last activation of an output.

use crate::Real;
use nn_sizes::Activation;

/// The trailing activation of an output.
///
/// Training leaves it out of the forward pass and hands it to the loss, which can then work on the numbers before it
/// (the *logits*) in a form that neither overflows nor loses precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// None: the output is its logits.
    Identity,
    /// `softmax` over the whole output, or each step of a sequence.
    Softmax,
    /// `log_softmax` likewise.
    LogSoftmax,
    /// `sigmoid` of each number.
    Sigmoid,
}

impl Head {
    /// Turns samples of `len` logits into their outputs.
    ///
    /// # Panics
    ///
    /// When `logits` are no whole samples of `len`, `len` is zero, or there is another number of `outputs`.
    pub fn apply<T: Real>(self, len: usize, logits: &[T], outputs: &mut [T]) {
        check!(len > 0 && logits.len().is_multiple_of(len), "a head needs logits of whole samples");
        check!(logits.len() == outputs.len(), "a head needs as many outputs as logits");
        match self {
            Self::Identity => outputs.copy_from_slice(logits),
            Self::Softmax => T::softmax(len, logits, outputs),
            Self::LogSoftmax => T::log_softmax(len, logits, outputs),
            Self::Sigmoid => T::activation(Activation::Sigmoid, logits, outputs),
        }
    }

    /// Turns the gradient of the output `y` of one sample into that of its logits, in place.
    pub(crate) fn differentiate<T: Real>(self, y: &[T], dy: &mut [T]) {
        let shared = y.iter().zip(&*dy).map(|(&y, &dy)| self.shared(y, dy).to_f64()).sum();
        let shared = T::from_f64(shared);
        for (dy, &y) in dy.iter_mut().zip(y) {
            *dy = self.derivative(y, *dy, shared);
        }
    }

    /// The sum of these over an output is [shared](Self::derivative) by the gradients of its logits.
    fn shared<T: Real>(self, y: T, dy: T) -> T {
        match self {
            Self::Identity | Self::Sigmoid => T::ZERO,
            Self::Softmax => y * dy,
            Self::LogSoftmax => dy,
        }
    }

    /// The gradient of a logit whose output is `y`, with gradient `dy`.
    fn derivative<T: Real>(self, y: T, dy: T, shared: T) -> T {
        match self {
            Self::Identity => dy,
            Self::Softmax => y * (dy - shared),
            Self::LogSoftmax => dy - y.exp() * shared,
            Self::Sigmoid => dy * (y * (T::ONE - y)),
        }
    }
}

#[cfg(feature = "std")]
impl Head {
    /// Turns the output of one sample into logits of which it is the output, in place.
    ///
    /// A probability that was rounded to 0 (or 1) counts as the number next to it.
    pub(crate) fn invert<T: Real>(self, row: &mut [T]) {
        let ln = |p: T, least: T| if p < least { least.ln() } else { p.ln() };
        match self {
            Self::Identity | Self::LogSoftmax => {}
            Self::Softmax => row.iter_mut().for_each(|p| *p = ln(*p, T::from_f64(1e-38))),
            Self::Sigmoid => row.iter_mut().for_each(|p| *p = ln(*p, T::from_f64(1e-38)) - ln(T::ONE - *p, T::EPSILON)),
        }
    }

    /// Sums a loss over samples of `len` logits `x`, and writes its gradient with respect to them.
    ///
    /// `part` gives the loss of one number of the output and its target, and the derivative of that. It is called more
    /// than once, so that `dx` is the only buffer.
    pub(crate) fn total<T: Real>(self, len: usize, x: &[T], t: &[T], dx: &mut [T], part: impl Fn(T, T) -> [T; 2]) -> T {
        self.apply(len, x, dx);
        let mut total = 0.0;
        for (row, t) in dx.chunks_exact_mut(len).zip(t.chunks_exact(len)) {
            let mut shared = 0.0;
            for (&y, &t) in row.iter().zip(t) {
                let [loss, dy] = part(y, t);
                total += loss.to_f64();
                shared += self.shared(y, dy).to_f64();
            }
            let shared = T::from_f64(shared);
            for (y, &t) in row.iter_mut().zip(t) {
                *y = self.derivative(*y, part(*y, t)[1], shared);
            }
        }
        T::from_f64(total)
    }
}
