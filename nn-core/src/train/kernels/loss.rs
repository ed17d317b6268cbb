//! Losses that compare each number with its target.

use crate::base::number::Number;
use crate::gemm::epilogue::{activated, differentiated};
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use nn_sizes::Activation;

kernels! {
    /// Kernels that sum a loss over numbers and their targets, and write its gradient with respect to the logits `x`.
    trait LossKernels<T> {
        /// The sum of `softplus(x) - x * t`, and in `dx` its gradient `sigmoid(x) - t` times `scale`.
        fn binary_cross_entropy(scale: T, x: &[T], t: &[T], dx: &mut [T]) -> T;
        /// The sum of `(activation(x) - t)²`, and in `dx` its gradient times `scale`.
        fn squared_error(activation: Activation, scale: T, x: &[T], t: &[T], dx: &mut [T]) -> T;
    }
}

/// A loss of one number.
trait Part<V> {
    /// The loss of the logit `x`, whose target is `t`, and the derivative.
    fn of(&self, x: V, t: V) -> [V; 2];
}

/// The sum of a loss, and in `dx` its derivatives.
#[inline(always)]
fn total<V: Vector>(part: impl Part<V>, x: &[V::Element], t: &[V::Element], dx: &mut [V::Element]) -> V::Element {
    check!(x.len() == dx.len() && t.len() == dx.len());
    let (len, mut total) = (BLOCK * V::LANES, Sums::<V, 1>::new());
    for ((x, t), dx) in x.chunks(len).zip(t.chunks(len)).zip(dx.chunks_mut(len)) {
        let mut sum = V::splat(V::Element::ZERO);
        let (mut logits, mut targets) = (x.chunks_exact(V::LANES), t.chunks_exact(V::LANES));
        let mut gradients = dx.chunks_exact_mut(V::LANES);
        for ((x, t), dx) in (&mut logits).zip(&mut targets).zip(&mut gradients) {
            let [loss, derivative] = part.of(V::load(x), V::load(t));
            derivative.store(dx);
            sum = sum.add(loss);
        }
        let dx = gradients.into_remainder();
        if !dx.is_empty() {
            let [loss, derivative] = part.of(V::load_partial(logits.remainder()), V::load_partial(targets.remainder()));
            loss.store_partial(dx);
            sum = sum.add(V::load_partial(dx)); // zeros beyond the end
            derivative.store_partial(dx);
        }
        total.add([sum]);
    }
    total.total()[0].sum()
}

struct BinaryCrossEntropy<V> {
    scale: V,
}

impl<V: Vector> Part<V> for BinaryCrossEntropy<V> {
    #[inline(always)]
    fn of(&self, x: V, t: V) -> [V; 2] {
        let (zero, one) = (V::splat(V::Element::ZERO), V::splat(V::Element::ONE));
        // An exponent that never grows.
        let e = zero.sub(x.abs()).exp();
        let is_negative = zero.gt(x);
        let sigmoid = V::select(is_negative, e, one).div(one.add(e));
        // softplus(x) - x·t = |x|·w + ln(1 + e), where `w` is how far the target is from the side that `x` is on. A logit that is
        // wholly on the right side loses nothing, even if it is infinite.
        let w = V::select(is_negative, t, one.sub(t));
        let linear = x.abs().mul(w).zero_where(w.le(zero));
        [linear.add(e.ln_1p()), sigmoid.sub(t).mul(self.scale)]
    }
}

struct SquaredError<V> {
    activation: Activation,
    scale: V,
}

impl<V: Vector> Part<V> for SquaredError<V> {
    #[inline(always)]
    fn of(&self, x: V, t: V) -> [V; 2] {
        let y = activated(self.activation, x);
        let error = y.sub(t);
        [error.mul(error), differentiated(self.activation, y, error.add(error).mul(self.scale))]
    }
}

#[inline(always)]
fn binary_cross_entropy<V: Vector>(
    scale: V::Element,
    x: &[V::Element],
    t: &[V::Element],
    dx: &mut [V::Element],
) -> V::Element {
    total(BinaryCrossEntropy { scale: V::splat(scale) }, x, t, dx)
}

#[inline(always)]
fn squared_error<V: Vector>(
    activation: Activation,
    scale: V::Element,
    x: &[V::Element],
    t: &[V::Element],
    dx: &mut [V::Element],
) -> V::Element {
    total(SquaredError { activation, scale: V::splat(scale) }, x, t, dx)
}
