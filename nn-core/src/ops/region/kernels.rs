//! Regions whose bins are means of samples between pixels, with channels last.

use super::places::Places;
use crate::base::memory::{part, part_mut};
use crate::base::number::Number;
use crate::ops::resize::kernels::{add_share, at};
use crate::simd::vector::Vector;
use nn_sizes::RoiAlign;

kernels! {
    /// Kernels of regions of a map.
    trait RegionKernels<T> {
        /// Each bin of `y`, the region of one box, is the mean of its samples in `x`.
        fn align_region(d: &RoiAlign, edges: &[T], x: &[T], y: &mut [T]);
        /// Adds to each pixel of `dx` its shares of the bins of `dy`.
        fn align_region_gradient(d: &RoiAlign, edges: &[T], dy: &[T], dx: &mut [T]);
    }
}

#[inline(always)]
fn align_region<V: Vector>(d: &RoiAlign, edges: &[V::Element], x: &[V::Element], y: &mut [V::Element]) {
    let (channels, places) = (d.regions.input[2], Places::new(d, edges));
    let Some(places) = places else { return y.fill(V::Element::from_f64(f64::NAN)) };
    y.fill(V::Element::ZERO);
    for (bin, pixels) in places {
        for (pixel, share) in pixels.into_iter().flatten() {
            add_share::<V>(part(x, at(pixel, channels)), V::splat(share), part_mut(y, at(bin, channels)));
        }
    }
}

#[inline(always)]
fn align_region_gradient<V: Vector>(d: &RoiAlign, edges: &[V::Element], dy: &[V::Element], dx: &mut [V::Element]) {
    let channels = d.regions.input[2];
    for (bin, pixels) in Places::new(d, edges).into_iter().flatten() {
        for (pixel, share) in pixels.into_iter().flatten() {
            add_share::<V>(part(dy, at(bin, channels)), V::splat(share), part_mut(dx, at(pixel, channels)));
        }
    }
}
