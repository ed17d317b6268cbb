//! The steps of optimizers: one pass over the parameters each.
//!
//! A number's new value depends on nothing but its own old value, gradient and state, and is computed by the same instructions
//! wherever it lies: a block may be stepped in parts, on any number of threads.

use crate::base::number::Number;
use crate::simd::vector::{Vector, constant};

kernels! {
    /// Steps of optimizers.
    trait OptimizerKernels<T> {
        /// `w -= learning_rate * g`.
        fn sgd_step(learning_rate: f64, w: &mut [T], g: &[T]);
        /// `v = momentum * v + g`, then `w -= learning_rate * v`.
        fn momentum_step(learning_rate: f64, momentum: f64, w: &mut [T], g: &[T], v: &mut [T]);
        /// `v = momentum * v + g`, then `w -= learning_rate * (g + momentum * v)`.
        fn nesterov_step(learning_rate: f64, momentum: f64, w: &mut [T], g: &[T], v: &mut [T]);
        /// `r = √(decay * r² + g²)`, then `w -= learning_rate * g / (r + epsilon)`.
        fn scaled_step(learning_rate: f64, decay: f64, epsilon: f64, w: &mut [T], g: &[T], r: &mut [T]);
        /// `m = b1 * m + g`, `r = √(b2 * r² + g²)`, then `w -= learning_rate * m / (r + epsilon)` with the decays `b`.
        fn adam_step(learning_rate: f64, decays: [f64; 2], epsilon: f64, w: &mut [T], g: &[T], m: &mut [T], r: &mut [T]);
        /// `w -= learning_rate * sign(b1 * m + (1 - b1) * g)`, then `m = b2 * m + (1 - b2) * g` with the decays `b`.
        fn lion_step(learning_rate: f64, decays: [f64; 2], w: &mut [T], g: &[T], m: &mut [T]);
        /// `r = √(decay * r² + g²)`.
        fn root_step(decay: f64, r: &mut [T], g: &[T]);
        /// What an optimizer is to follow in place of the gradient `g`: it times `scale`, no further from zero than `limit`, and
        /// `decay * w` added. NaN stays.
        fn prepare_gradient(scale: f64, limit: f64, decay: f64, w: &[T], g: &[T], prepared: &mut [T]);
        /// The sum of `g²`, in double precision: no gradient is too large for it.
        fn sum_of_squares(g: &[T]) -> f64;
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
fn nesterov_step<V: Vector>(
    learning_rate: f64,
    momentum: f64,
    w: &mut [V::Element],
    g: &[V::Element],
    v: &mut [V::Element],
) {
    let (rate, momentum) = (constant::<V>(-learning_rate), constant::<V>(momentum));
    each!(V, w.len(), load(a = w, g = g, b = v) {
        let velocity = momentum.mul_add(b, g);
        let ahead = momentum.mul_add(velocity, g);
    } store(v = velocity, w = rate.mul_add(ahead, a)));
}

#[inline(always)]
fn scaled_step<V: Vector>(
    learning_rate: f64,
    decay: f64,
    epsilon: f64,
    w: &mut [V::Element],
    g: &[V::Element],
    r: &mut [V::Element],
) {
    let (rate, decay, epsilon) = (constant::<V>(-learning_rate), constant::<V>(decay), constant::<V>(epsilon));
    each!(V, w.len(), load(a = w, g = g, root = r) {
        let root = root_of_squares(decay, root, g);
        let change = g.div_nearly(root.add(epsilon));
    } store(r = root, w = rate.mul_add(change, a)));
}

#[inline(always)]
fn adam_step<V: Vector>(
    learning_rate: f64,
    decays: [f64; 2],
    epsilon: f64,
    w: &mut [V::Element],
    g: &[V::Element],
    m: &mut [V::Element],
    r: &mut [V::Element],
) {
    let [decay1, decay2] = decays.map(constant::<V>);
    let (rate, epsilon) = (constant::<V>(-learning_rate), constant::<V>(epsilon));
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
    const LARGE: f64 = (1u64 << 48) as f64;
    const FACTOR: f64 = LARGE * (1u64 << 32) as f64;
    let (up, down, one) = (constant::<V>(FACTOR), constant::<V>(1.0 / FACTOR), constant::<V>(1.0));
    let size = root.max(g.abs());
    let (large, small) = (size.gt(constant::<V>(LARGE)), size.le(constant::<V>(1.0 / LARGE)));
    let scale = V::select(large, down, V::select(small, up, one));
    let (root, g) = (root.mul(scale), g.mul(scale));
    let back = V::select(large, up, V::select(small, down, one));
    decay.mul_add(root.mul(root), g.mul(g)).sqrt().mul(back)
}

#[inline(always)]
fn lion_step<V: Vector>(
    learning_rate: f64,
    decays: [f64; 2],
    w: &mut [V::Element],
    g: &[V::Element],
    m: &mut [V::Element],
) {
    let [decay1, decay2] = decays.map(constant::<V>);
    let [share1, share2] = decays.map(|decay| constant::<V>(1.0 - decay));
    let (rate, zero) = (constant::<V>(-learning_rate), constant::<V>(0.0));
    let (one, less) = (constant::<V>(1.0), constant::<V>(-1.0));
    each!(V, w.len(), load(a = w, g = g, mean = m) {
        let direction = decay1.mul_add(mean, share1.mul(g));
        let negative = V::select(zero.gt(direction), less, zero);
        let sign = V::select(direction.gt(zero), one, negative);
        // NaN in the gradient is not to be taken for a sign.
        let sign = V::select(direction.is_nan(), direction, sign);
    } store(m = decay2.mul_add(mean, share2.mul(g)), w = rate.mul_add(sign, a)));
}

#[inline(always)]
fn root_step<V: Vector>(decay: f64, r: &mut [V::Element], g: &[V::Element]) {
    let decay = constant::<V>(decay);
    each!(V, r.len(), load(root = r, g = g) {} store(r = root_of_squares(decay, root, g)));
}

#[inline(always)]
fn prepare_gradient<V: Vector>(
    scale: f64,
    limit: f64,
    decay: f64,
    w: &[V::Element],
    g: &[V::Element],
    prepared: &mut [V::Element],
) {
    let (scale, decay) = (constant::<V>(scale), constant::<V>(decay));
    let (most, least) = (constant::<V>(limit), constant::<V>(-limit));
    each!(V, w.len(), load(a = w, g = g) {
        let clipped = least.max(most.min(scale.mul(g)));
    } store(prepared = decay.mul_add(a, clipped)));
}

#[inline(always)]
fn sum_of_squares<V: Vector>(g: &[V::Element]) -> f64 {
    // As many sums side by side as fill some vectors of any instruction set, so that all give the same bits.
    let mut sums = [0.0; 32];
    let (lines, rest) = g.as_chunks::<32>();
    for line in lines {
        for i in 0..32 {
            let number = line[i].to_f64();
            sums[i] += number * number;
        }
    }
    for i in 0..rest.len() {
        let number = rest[i].to_f64();
        sums[i] += number * number;
    }
    let mut len = sums.len();
    while len > 1 {
        len /= 2;
        for i in 0..len {
            sums[i] += sums[i + len];
        }
    }
    sums[0]
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

#[cfg(all(test, feature = "std"))]
mod tests;
