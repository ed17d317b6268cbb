//! The steps of optimizers: one pass over the parameters each.
//!
//! A number's new value depends on nothing but its own old value, gradient and state, and is computed by the same instructions
//! wherever it lies: a block may be stepped in parts, on any number of threads.

use crate::base::number::Number;
use crate::simd::vector::Vector;

/// The constants of one step of Adam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// The learning rate.
    pub learning_rate: f64,
    /// Decay rates of the first and the second moment.
    pub decays: [f64; 2],
    /// `(1 - decay^step) / (1 - decay)` for each of them, the sum of its powers so far, by which the moments are divided.
    pub corrections: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
}

kernels! {
    /// Steps of optimizers.
    trait OptimizerKernels<T> {
        /// `w -= learning_rate * g`.
        fn sgd_step(learning_rate: f64, w: &mut [T], g: &[T]);
        /// `v = momentum * v + g`, then `w -= learning_rate * v`.
        fn momentum_step(learning_rate: f64, momentum: f64, w: &mut [T], g: &[T], v: &mut [T]);
        /// `m = b1 * m + g`, `r = √(b2 * r² + g²)`, then `w -= learning_rate / c1 * √c2 * m / (r + √c2 * epsilon)` with the decays
        /// `b` and the corrections `c`.
        fn adam_step(step: &AdamStep, w: &mut [T], g: &[T], m: &mut [T], r: &mut [T]);
        /// `w = keep * w`: weight decay.
        fn decay_step(keep: f64, w: &mut [T]);
        /// Numbers as small as the smallest normal one, or smaller, become zero.
        fn drop_subnormal(numbers: &mut [T]);
        /// `w = (1 - share) * w + share * target`: how a running statistic follows that of a batch.
        fn follow_step(share: f64, w: &mut [T], target: &[T]);
    }
}

#[inline(always)]
fn sgd_step<V: Vector>(learning_rate: f64, w: &mut [V::Element], g: &[V::Element]) {
    let rate = constant::<V>(-learning_rate);
    each!(V, w.len(), load(a = w, g = g) {} store(w = rate.mul_add(g, a)));
}

#[inline(always)]
fn momentum_step<V: Vector>(
    learning_rate: f64,
    momentum: f64,
    w: &mut [V::Element],
    g: &[V::Element],
    v: &mut [V::Element],
) {
    let (rate, momentum) = (constant::<V>(-learning_rate), constant::<V>(momentum));
    each!(V, w.len(), load(a = w, g = g, b = v) {
        let velocity = momentum.mul_add(b, g);
    } store(v = velocity, w = rate.mul_add(velocity, a)));
}

#[inline(always)]
fn adam_step<V: Vector>(
    step: &AdamStep,
    w: &mut [V::Element],
    g: &[V::Element],
    m: &mut [V::Element],
    r: &mut [V::Element],
) {
    let [decay1, decay2] = step.decays.map(constant::<V>);
    let correction = libm::sqrt(step.corrections[1]);
    let rate = constant::<V>(-step.learning_rate / step.corrections[0] * correction);
    let epsilon = constant::<V>(step.epsilon * correction);
    each!(V, w.len(), load(a = w, g = g, first = m, root = r) {
        let first = decay1.mul_add(first, g);
        let root = root_of_squares(decay2, root, g);
        let change = first.div_nearly(root.add(epsilon));
    } store(m = first, r = root, w = rate.mul_add(change, a)));
}

/// `√(decay * root² + g²)`. Neither square overflows, nor underflows where it counts: numbers above 2⁴⁸ or below 2⁻⁴⁸ are first
/// brought near 1 by a power of two.
#[inline(always)]
fn root_of_squares<V: Vector>(decay: V, root: V, g: V) -> V {
    let power = |exponent: i32| constant::<V>(libm::exp2(f64::from(exponent)));
    let size = root.max(g.abs());
    let (large, small) = (size.gt(power(48)), size.le(power(-48)));
    let of_size = |if_large, if_small| V::select(large, if_large, V::select(small, if_small, constant::<V>(1.0)));
    let scale = of_size(power(-80), power(80));
    let (root, g) = (root.mul(scale), g.mul(scale));
    decay.mul_add(root.mul(root), g.mul(g)).sqrt().mul(of_size(power(80), power(-80)))
}

#[inline(always)]
fn decay_step<V: Vector>(keep: f64, w: &mut [V::Element]) {
    let keep = constant::<V>(keep);
    each!(V, w.len(), load(a = w) {} store(w = keep.mul(a)));
}

#[inline(always)]
fn drop_subnormal<V: Vector>(numbers: &mut [V::Element]) {
    let least = V::splat(V::Element::MIN_POSITIVE);
    each!(V, numbers.len(), load(x = numbers) {} store(numbers = x.zero_where(x.abs().le(least))));
}

#[inline(always)]
fn follow_step<V: Vector>(share: f64, w: &mut [V::Element], target: &[V::Element]) {
    let (keep, share) = (constant::<V>(1.0 - share), constant::<V>(share));
    each!(V, w.len(), load(a = w, b = target) {} store(w = share.mul_add(b, keep.mul(a))));
}

/// `value` in every lane.
#[inline(always)]
fn constant<V: Vector>(value: f64) -> V {
    V::splat(V::Element::from_f64(value))
}

#[cfg(all(test, feature = "std"))]
mod tests;
