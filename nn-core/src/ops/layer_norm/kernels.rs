//! Layer normalisation.

use crate::base::memory::{part, part_mut, split};
use crate::base::number::Number;
use crate::ops::batch_norm::moments::moments;
use crate::simd::sums::{BLOCK, Sums};
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

/// How a row is normalised: `x̂ = (x - centre) * inverse + offset`.
struct Normal<V> {
    /// A number near the mean.
    centre: V,
    /// One over the standard deviation.
    inverse: V,
    /// The rest of the way to the mean, in standard deviations.
    offset: V,
}

impl<V: Vector> Normal<V> {
    #[inline(always)]
    fn of(&self, x: V) -> V {
        x.sub(self.centre).mul_add(self.inverse, self.offset)
    }
}

#[inline(always)]
fn normal<V: Vector>(x: &[V::Element], epsilon: f64) -> Normal<V> {
    let width = 2 * V::LANES;
    let (rows, rest) = x.split_at(x.len() - x.len() % width);
    let (mut count, mut mean, mut squares) = (V::Element::ZERO, V::Element::ZERO, V::Element::ZERO);
    let centre = if rows.is_empty() {
        *part(rest, 0)
    } else {
        // Of each lane, then of all of them, which have as many numbers each.
        let lanes = moments::<V, 2, true>(rows, width, 0);
        count = V::Element::from_usize(rows.len());
        let centre = lanes.mean[0].sum() / V::Element::from_usize(V::LANES);
        let mut distances = lanes.rest;
        for n in 0..2 {
            distances[n] = lanes.mean[n].sub(V::splat(centre)).add(distances[n]);
        }
        mean = distances[0].add(distances[1]).sum() / V::Element::from_usize(width);
        let mut between = V::splat(V::Element::ZERO);
        for lane in distances {
            let distance = lane.sub(V::splat(mean));
            between = distance.mul_add(distance, between);
        }
        let within = lanes.squares[0].add(lanes.squares[1]).sum();
        squares = within + between.sum() * V::Element::from_usize(rows.len() / width);
        centre
    };
    // Welford's update, number by number.
    for &x in rest {
        let x = x - centre;
        count += V::Element::ONE;
        let distance = x - mean;
        mean += distance / count;
        squares += distance * (x - mean);
    }
    let inverse = V::Element::ONE / (squares / count + V::Element::from_f64(epsilon)).sqrt();
    Normal { centre: V::splat(centre), inverse: V::splat(inverse), offset: V::splat(V::Element::ZERO - mean * inverse) }
}

#[inline(always)]
fn layer_norm<V: Vector>(d: &LayerNorm, x: &[V::Element], p: &[V::Element], y: &mut [V::Element]) {
    let (scales, shifts) = split(p, d.len);
    let normal = normal::<V>(x, d.epsilon);
    each!(V, d.len, load(x = x, scale = scales, shift = shifts) {
        let x = normal.of(x);
    } store(y = x.mul_add(scale, shift)));
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
    let normal = normal::<V>(x, d.epsilon);
    let mut total = Sums::<V, 2>::new();
    let mut first = 0;
    while first < d.len {
        let block = first..d.len.min(first + BLOCK * V::LANES);
        first = block.end;
        let (x, scales) = (part(x, block.clone()), part(scales, block.clone()));
        let (dscales, dshifts) = (part_mut(dscales, block.clone()), part_mut(dshifts, block.clone()));
        let dy = part_mut(dy, block);
        let mut sums = [V::splat(V::Element::ZERO); 2];
        // Beyond the end all loads are zeros, and so is what they add to the sums.
        each!(V, x.len(), load(x = x, scale = scales, a = dy, dscale = dscales, dshift = dshifts) {
            let x = normal.of(x);
            let gradient = a.mul(scale);
            sums = [sums[0].add(gradient), gradient.mul_add(x, sums[1])];
        } store(dscales = a.mul_add(x, dscale), dshifts = a.add(dshift), dy = gradient));
        total.add(sums);
    }
    let Some(dx) = dx else { return };
    let count = V::Element::from_usize(d.len);
    let [sum, product_sum] = total.total();
    let share = V::splat(sum.sum() / count);
    let product_share = V::splat(product_sum.sum() / count);
    each!(V, d.len, load(x = x, gradient = dy) {
        let x = normal.of(x);
        let centred = gradient.sub(share).sub(x.mul(product_share));
    } store(dx = normal.inverse.mul(centred)));
}
