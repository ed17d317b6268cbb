//! Kernels of group normalisation.

use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut, split, split_mut};
use crate::base::number::Number;
use crate::base::ranges;
use crate::ops::batch_norm::moments::moments;
use crate::simd::each::{load_panel, store_panel};
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use core::ops::Range;
use nn_sizes::GroupNorm;

kernels! {
    /// Kernels of [`GroupNorm`]; the lengths have been checked.
    trait GroupNormKernels<T> {
        /// `y = x̂ * scale + shift` with `x̂ = (x - mean) / √(variance + epsilon)`; `p` is `[scale, shift]` or empty.
        fn group_norm(d: &GroupNorm, x: &[T], p: &[T], y: &mut [T], scratch: &mut [T]);
        /// Adds to `dp`, unless it is empty, and writes `dx`.
        fn group_norm_gradient(
            d: &GroupNorm,
            x: &[T],
            p: &[T],
            dy: &[T],
            dx: Option<&mut [T]>,
            dp: &mut [T],
            scratch: &mut [T],
        );
    }
}

/// How the numbers of each channel are normalised: `x̂ = (x - centre) * inverse + offset`.
struct Normal<'a, T> {
    centres: &'a mut [T],
    inverses: &'a mut [T],
    offsets: &'a mut [T],
}

#[inline(always)]
fn normal<'a, V: Vector>(
    d: &GroupNorm,
    x: &[V::Element],
    scratch: &'a mut [V::Element],
) -> (Normal<'a, V::Element>, &'a mut [V::Element]) {
    let (centres, scratch) = split_mut(scratch, d.channels);
    let (inverses, scratch) = split_mut(scratch, d.channels);
    let (offsets, scratch) = split_mut(scratch, d.channels);
    let mut normal = Normal { centres, inverses, offsets };
    panels!(V, d.channels, c => channel_moments(x, c, &mut normal));
    for group in ranges(d.channels, d.group_size()) {
        join_channels(d, group, &mut normal);
    }
    (normal, scratch)
}

/// Of each channel the mean as its centre, what the mean's rounding leaves out as its offset, and the squared distances.
#[inline(always)]
fn channel_moments<V: Vector, const N: usize, const WHOLE: bool>(
    x: &[V::Element],
    c: usize,
    normal: &mut Normal<'_, V::Element>,
) {
    let channels = normal.centres.len();
    let found = moments::<V, N, WHOLE>(x, channels, c);
    store_panel::<V, N, WHOLE>(found.mean, part_mut(normal.centres, c..));
    store_panel::<V, N, WHOLE>(found.rest, part_mut(normal.offsets, c..));
    store_panel::<V, N, WHOLE>(found.squares, part_mut(normal.inverses, c..));
}

/// Joins the moments of a group's channels, which have as many numbers each (Chan, Golub and LeVeque, 1979), as distances from
/// the first channel's mean.
#[inline(always)]
fn join_channels<T: Number>(d: &GroupNorm, group: Range<usize>, normal: &mut Normal<'_, T>) {
    let centres = part_mut(normal.centres, group.clone());
    let inverses = part_mut(normal.inverses, group.clone());
    let offsets = part_mut(normal.offsets, group);
    let centre = *part(centres, 0);
    let (mut count, mut mean, mut between, mut within) = (T::ZERO, T::ZERO, T::ZERO, T::ZERO);
    for ((&channel, &rest), &squares) in centres.iter().zip(&*offsets).zip(&*inverses) {
        let x = (channel - centre) + rest;
        count += T::ONE;
        let distance = x - mean;
        mean += distance / count;
        between += distance * (x - mean);
        within += squares;
    }
    let pixels = T::from_usize(d.pixels);
    let variance = (within / pixels + between) / count;
    let inverse = T::ONE / (variance + T::from_f64(d.epsilon)).sqrt();
    for ((channel, offset), squares) in centres.iter().zip(offsets).zip(inverses) {
        *offset = ((*channel - centre) - mean) * inverse;
        *squares = inverse;
    }
}

#[inline(always)]
fn group_norm<V: Vector>(
    d: &GroupNorm,
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
    scratch: &mut [V::Element],
) {
    let (Normal { centres, inverses, offsets }, _) = normal::<V>(d, x, scratch);
    if d.affine {
        let (scales, shifts) = split(p, d.channels);
        each!(V, d.channels, load(inverse = inverses, offset = offsets, scale = scales, shift = shifts) {
        } store(inverses = inverse.mul(scale), offsets = offset.mul_add(scale, shift)));
    }
    for (x, y) in chunks_exact(x, d.channels).zip(chunks_exact_mut(y, d.channels)) {
        each!(V, d.channels, load(x = x, centre = centres, inverse = inverses, offset = offsets) {
        } store(y = x.sub(centre).mul_add(inverse, offset)));
    }
}

#[inline(always)]
fn group_norm_gradient<V: Vector>(
    d: &GroupNorm,
    x: &[V::Element],
    p: &[V::Element],
    dy: &[V::Element],
    dx: Option<&mut [V::Element]>,
    dp: &mut [V::Element],
    scratch: &mut [V::Element],
) {
    let (normal, scratch) = normal::<V>(d, x, scratch);
    let (sums, scratch) = split_mut(scratch, d.channels);
    let (products, scratch) = split_mut(scratch, d.channels);
    let factors = part_mut(scratch, ..d.channels);
    panels!(V, d.channels, c => channel_sums(x, dy, c, &normal, sums, products));
    if !dp.is_empty() {
        let (dscales, dshifts) = split_mut(dp, d.channels);
        each!(V, d.channels, load(dscale = dscales, product = products) {} store(dscales = dscale.add(product)));
        each!(V, d.channels, load(dshift = dshifts, sum = sums) {} store(dshifts = dshift.add(sum)));
    }
    let Some(dx) = dx else { return };
    let Normal { centres, inverses, offsets } = normal;
    factors.copy_from_slice(inverses);
    if d.affine {
        let scales = part(p, ..d.channels);
        each!(V, d.channels, load(factor = factors, scale = scales) {} store(factors = factor.mul(scale)));
    }
    for group in ranges(d.channels, d.group_size()) {
        let factors = part(factors, group.clone());
        share::<V>(d, factors, part_mut(sums, group.clone()));
        share::<V>(d, factors, part_mut(products, group));
    }
    for ((x, dy), dx) in
        x.chunks_exact(d.channels).zip(dy.chunks_exact(d.channels)).zip(dx.chunks_exact_mut(d.channels))
    {
        each!(V, d.channels, load(
            x = x, dy = dy, centre = centres, inverse = inverses, offset = offsets, factor = factors, sum = sums,
            product = products
        ) {
            let x = x.sub(centre).mul_add(inverse, offset);
        } store(dx = dy.mul(factor).sub(sum).sub(x.mul(product))));
    }
}

/// Of each channel the sum of its gradient, and of its gradient times what is normalised.
#[inline(always)]
fn channel_sums<V: Vector, const N: usize, const WHOLE: bool>(
    x: &[V::Element],
    dy: &[V::Element],
    c: usize,
    normal: &Normal<'_, V::Element>,
    sums: &mut [V::Element],
    products: &mut [V::Element],
) {
    let channels = sums.len();
    let centre = load_panel::<V, N, WHOLE>(part(normal.centres, c..));
    let inverse = load_panel::<V, N, WHOLE>(part(normal.inverses, c..));
    let offset = load_panel::<V, N, WHOLE>(part(normal.offsets, c..));
    let zero = V::splat(V::Element::ZERO);
    let (mut sum_total, mut product_total) = (Sums::<V, N>::new(), Sums::<V, N>::new());
    let block = BLOCK * channels;
    for (x, dy) in x.chunks(block).zip(dy.chunks(block)) {
        let (mut sum, mut product) = ([zero; N], [zero; N]);
        for (x, dy) in chunks_exact(x, channels).zip(chunks_exact(dy, channels)) {
            let x = load_panel::<V, N, WHOLE>(part(x, c..));
            let dy = load_panel::<V, N, WHOLE>(part(dy, c..));
            for n in 0..N {
                let x = x[n].sub(centre[n]).mul_add(inverse[n], offset[n]);
                sum[n] = sum[n].add(dy[n]);
                product[n] = dy[n].mul_add(x, product[n]);
            }
        }
        sum_total.add(sum);
        product_total.add(product);
    }
    store_panel::<V, N, WHOLE>(sum_total.total(), part_mut(sums, c..));
    store_panel::<V, N, WHOLE>(product_total.total(), part_mut(products, c..));
}

/// Replaces the sums of a group's channels by what each number of the group has of them all: the mean, each taken times its factor.
/// The factors hold the inverse deviation that the gradient of the input is multiplied by.
#[inline(always)]
fn share<V: Vector>(d: &GroupNorm, factors: &[V::Element], sums: &mut [V::Element]) {
    let mut total = V::Element::ZERO;
    for (&factor, &sum) in factors.iter().zip(&*sums) {
        total += factor * sum;
    }
    sums.fill(total / V::Element::from_usize(d.pixels * sums.len()));
}
