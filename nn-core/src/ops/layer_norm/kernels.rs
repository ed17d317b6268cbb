//! Layer normalisation.

use crate::base::memory::split;
use crate::base::number::Number;
use crate::ops::batch_norm::moments::moments;
use crate::simd::vector::Vector;
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

/// The mean and one over the standard deviation.
#[inline(always)]
fn mean_and_inverse<V: Vector>(x: &[V::Element], epsilon: f64) -> (V::Element, V::Element) {
    let width = 2 * V::LANES;
    let (rows, rest) = x.split_at(x.len() - x.len() % width);
    let (mut count, mut mean, mut squares) = (V::Element::ZERO, V::Element::ZERO, V::Element::ZERO);
    if !rows.is_empty() {
        // Of each lane, then of all of them, which have as many numbers each.
        let lanes = moments::<V, 2, true>(rows, width, 0);
        count = V::Element::from_usize(rows.len());
        mean = lanes.mean[0].add(lanes.mean[1]).sum() / V::Element::from_usize(width);
        let mut between = V::splat(V::Element::ZERO);
        for lane in lanes.mean {
            let distance = lane.sub(V::splat(mean));
            between = distance.mul_add(distance, between);
        }
        let within = lanes.squares[0].add(lanes.squares[1]).sum();
        squares = within + between.sum() * V::Element::from_usize(rows.len() / width);
    }
    // Welford's update, number by number.
    for &x in rest {
        count += V::Element::ONE;
        let distance = x - mean;
        mean += distance / count;
        squares += distance * (x - mean);
    }
    (mean, V::Element::ONE / (squares / count + V::Element::from_f64(epsilon)).sqrt())
}

#[inline(always)]
fn layer_norm<V: Vector>(d: &LayerNorm, x: &[V::Element], p: &[V::Element], y: &mut [V::Element]) {
    let (scales, shifts) = split(p, d.len);
    let (mean, inverse) = mean_and_inverse::<V>(x, d.epsilon);
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
    let (mean, inverse) = mean_and_inverse::<V>(x, d.epsilon);
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
