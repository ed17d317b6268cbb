//! Softmax and its logarithm over rows.

use super::vector::Vector;
use crate::memory::{chunks_exact, chunks_exact_mut, part};
use crate::real::Real;

kernels! {
    /// Kernels over rows of `len` numbers.
    trait SoftmaxKernels<T> {
        /// `y = exp(x) / Σ exp(x)` in each row.
        fn softmax(len: usize, x: &[T], y: &mut [T]);
        /// `dx = y * (dy - Σ dy * y)` in each row.
        fn softmax_gradient(len: usize, y: &[T], dy: &[T], dx: &mut [T]);
        /// `y = x - ln Σ exp(x)` in each row.
        fn log_softmax(len: usize, x: &[T], y: &mut [T]);
        /// The sum over rows of `-ln softmax(x)[label]`, and in `dx` its gradient times `scale`.
        fn cross_entropy(len: usize, scale: T, x: &[T], labels: &[usize], dx: &mut [T]) -> T;
        /// `dx = dy - exp(y) * Σ dy` in each row.
        fn log_softmax_gradient(len: usize, y: &[T], dy: &[T], dx: &mut [T]);
    }
}

/// The largest number of a row. Of a row with a NaN, some number or NaN: its softmax is NaN throughout either way.
#[inline(always)]
fn largest<V: Vector>(x: &[V::Element]) -> V::Element {
    if x.len() < V::LANES {
        let mut largest = V::Element::NEG_INFINITY;
        for &x in x {
            largest = if x > largest { x } else { largest };
        }
        return largest;
    }
    let mut largest = [V::load(x); 2];
    let mut pairs = x.chunks_exact(2 * V::LANES);
    for pair in &mut pairs {
        for i in 0..2 {
            largest[i] = V::load(part(pair, i * V::LANES..)).max(largest[i]);
        }
    }
    let [mut largest, other] = largest;
    for rest in pairs.remainder().chunks_exact(V::LANES) {
        largest = V::load(rest).max(largest);
    }
    // The end, overlapping what was seen already.
    V::load(part(x, x.len() - V::LANES..)).max(largest).max(other).largest()
}

/// Writes `exp(x - shift)` to `y` and returns its sum.
#[inline(always)]
fn exponentials<V: Vector>(x: &[V::Element], shift: V::Element, y: &mut [V::Element]) -> V::Element {
    let shift = V::splat(shift);
    let mut sum = V::splat(V::Element::ZERO);
    let (mut inputs, mut outputs) = (chunks_exact(x, V::LANES), chunks_exact_mut(y, V::LANES));
    for (x, y) in (&mut inputs).zip(&mut outputs) {
        let exponential = V::load(x).sub(shift).exp();
        exponential.store(y);
        sum = sum.add(exponential);
    }
    let (x, y) = (inputs.remainder(), outputs.into_remainder());
    if !y.is_empty() {
        V::load_partial(x).sub(shift).exp().store_partial(y);
        sum = sum.add(V::load_partial(y)); // zeros beyond the end
    }
    sum.sum()
}

/// The sum of products of numbers in the same place.
#[inline(always)]
fn dot<V: Vector>(x: &[V::Element], y: &[V::Element]) -> V::Element {
    let mut sums = [V::splat(V::Element::ZERO); 2];
    let (mut left, mut right) = (x.chunks_exact(2 * V::LANES), y.chunks_exact(2 * V::LANES));
    for (x, y) in (&mut left).zip(&mut right) {
        for i in 0..2 {
            sums[i] = V::load(&x[i * V::LANES..]).mul_add(V::load(&y[i * V::LANES..]), sums[i]);
        }
    }
    for (x, y) in left.remainder().chunks(V::LANES).zip(right.remainder().chunks(V::LANES)) {
        sums[0] = V::load_partial(x).mul_add(V::load_partial(y), sums[0]);
    }
    sums[0].add(sums[1]).sum()
}

/// The sum of a slice.
#[inline(always)]
fn sum<V: Vector>(x: &[V::Element]) -> V::Element {
    let mut sum = V::splat(V::Element::ZERO);
    let mut chunks = x.chunks_exact(V::LANES);
    for chunk in &mut chunks {
        sum = sum.add(V::load(chunk));
    }
    sum.add(V::load_partial(chunks.remainder())).sum()
}

#[inline(always)]
fn softmax<V: Vector>(len: usize, x: &[V::Element], y: &mut [V::Element]) {
    for (x, y) in chunks_exact(x, len).zip(chunks_exact_mut(y, len)) {
        // The sum is at least 1, as one of the exponentials is.
        let share = V::splat(V::Element::ONE / exponentials::<V>(x, largest::<V>(x), y));
        each!(V, len, load(e = y) {} store(y = e.mul(share)));
    }
}

#[inline(always)]
fn softmax_gradient<V: Vector>(len: usize, y: &[V::Element], dy: &[V::Element], dx: &mut [V::Element]) {
    for ((y, dy), dx) in y.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
        let total = V::splat(dot::<V>(y, dy));
        each!(V, len, load(y = y, dy = dy) {} store(dx = y.mul(dy.sub(total))));
    }
}

#[inline(always)]
fn log_softmax<V: Vector>(len: usize, x: &[V::Element], y: &mut [V::Element]) {
    for (x, y) in chunks_exact(x, len).zip(chunks_exact_mut(y, len)) {
        let largest = largest::<V>(x);
        let (shift, logarithm) = (V::splat(largest), V::splat(exponentials::<V>(x, largest, y).ln()));
        each!(V, len, load(x = x) {} store(y = x.sub(shift).sub(logarithm)));
    }
}

#[inline(always)]
fn cross_entropy<V: Vector>(
    len: usize,
    scale: V::Element,
    x: &[V::Element],
    labels: &[usize],
    dx: &mut [V::Element],
) -> V::Element {
    let mut loss = V::Element::ZERO;
    for ((x, &label), dx) in x.chunks_exact(len).zip(labels).zip(dx.chunks_exact_mut(len)) {
        let largest = largest::<V>(x);
        let total = exponentials::<V>(x, largest, dx);
        let factor = V::splat(scale / total);
        each!(V, len, load(e = dx) {} store(dx = e.mul(factor)));
        dx[label] -= scale;
        loss += total.ln() - (x[label] - largest);
    }
    loss
}

#[inline(always)]
fn log_softmax_gradient<V: Vector>(len: usize, y: &[V::Element], dy: &[V::Element], dx: &mut [V::Element]) {
    for ((y, dy), dx) in y.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
        let total = V::splat(sum::<V>(dy));
        each!(V, len, load(y = y, dy = dy) {} store(dx = dy.sub(y.exp().mul(total))));
    }
}
