//! Layer normalisation.

use super::vector::Vector;
use crate::memory::split;
use crate::real::Real;
use nn_sizes::LayerNorm;

kernels! {
    /// Kernels that normalise a sample over all its numbers.
    trait LayerNormKernels<T> {
        /// `y = x̂ * scale + shift` with `x̂ = (x - mean) / √(variance + epsilon)`; `p` is `[scale, shift]`.
        fn layer_norm(d: &LayerNorm, x: &[T], p: &[T], y: &mut [T]);
        /// Adds to `dp` and writes `dx`; `dy` becomes `dy * scale`.
        fn layer_norm_gradient(d: &LayerNorm, x: &[T], p: &[T], dy: &mut [T], dx: Option<&mut [T]>, dp: &mut [T]);
    }
}

/// The mean and one over the standard deviation, in two passes, so that a large mean costs no accuracy.
#[inline(always)]
fn moments<V: Vector>(x: &[V::Element], epsilon: f64) -> (V::Element, V::Element) {
    let count = V::Element::from_usize(x.len());
    let chunks = x.chunks_exact(V::LANES);
    let rest = chunks.remainder();

    let mut sum = V::splat(V::Element::ZERO);
    for chunk in chunks.clone() {
        sum = sum.add(V::load(chunk));
    }
    let mean = sum.add(V::load_partial(rest)).sum() / count;

    let mut squares = V::splat(V::Element::ZERO);
    for chunk in chunks {
        let distance = V::load(chunk).sub(V::splat(mean));
        squares = distance.mul_add(distance, squares);
    }
    let mut squares = squares.sum();
    for &x in rest {
        squares += (x - mean) * (x - mean);
    }
    (mean, V::Element::ONE / (squares / count + V::Element::from_f64(epsilon)).sqrt())
}

#[inline(always)]
fn layer_norm<V: Vector>(d: &LayerNorm, x: &[V::Element], p: &[V::Element], y: &mut [V::Element]) {
    let (scales, shifts) = split(p, d.len);
    let (mean, inverse) = moments::<V>(x, d.epsilon);
    let (mean, inverse) = (V::splat(mean), V::splat(inverse));
    each!(V, d.len, load(x = x, scale = scales, shift = shifts) {
        let normal = x.sub(mean).mul(inverse);
    } store(y = normal.mul_add(scale, shift)));
}

#[inline(always)]
fn layer_norm_gradient<V: Vector>(
    d: &LayerNorm,
    x: &[V::Element],
    p: &[V::Element],
    dy: &mut [V::Element],
    dx: Option<&mut [V::Element]>,
    dp: &mut [V::Element],
) {
    let (scales, _) = p.split_at(d.len);
    let (dscales, dshifts) = dp.split_at_mut(d.len);
    let (mean, inverse) = moments::<V>(x, d.epsilon);
    let (mean, inverse) = (V::splat(mean), V::splat(inverse));
    let mut sum = V::splat(V::Element::ZERO);
    let mut product_sum = V::splat(V::Element::ZERO);
    // Beyond the end all loads are zeros, and so is what they add to the sums.
    each!(V, d.len, load(x = x, scale = scales, a = dy, dscale = dscales, dshift = dshifts) {
        let normal = x.sub(mean).mul(inverse);
        let gradient = a.mul(scale);
        sum = sum.add(gradient);
        product_sum = gradient.mul_add(normal, product_sum);
    } store(dscales = a.mul_add(normal, dscale), dshifts = a.add(dshift), dy = gradient));
    let Some(dx) = dx else { return };
    let count = V::Element::from_usize(d.len);
    let share = V::splat(sum.sum() / count);
    let product_share = V::splat(product_sum.sum() / count);
    each!(V, d.len, load(x = x, gradient = dy) {
        let normal = x.sub(mean).mul(inverse);
        let centred = gradient.sub(share).sub(normal.mul(product_share));
    } store(dx = inverse.mul(centred)));
}
