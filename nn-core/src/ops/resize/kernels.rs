//! Nearest neighbours and bilinear interpolation of channels-last maps.
//!
//! Bilinear interpolation goes down first and across then: a row of the output is put together from two rows of the input, in
//! vectors that know no pixels, and only then are its pixels.

use crate::base::memory::{copy, part, part_mut};
use crate::base::number::Number;
use crate::simd::vector::Vector;
use core::ops::Range;
use nn_sizes::{Resize, Walk, nearest as nearest_pixel};

kernels! {
    /// Kernels of maps that change their size.
    trait ResizeKernels<T> {
        /// Each pixel of `y` is a pixel of `x`.
        fn nearest(d: &Resize, x: &[T], y: &mut [T]);
        /// Each pixel of `dx` is the sum of those it was copied to.
        fn nearest_gradient(d: &Resize, dy: &[T], dx: &mut [T]);
        /// Each pixel of `y` lies between four of `x`; `row` has room for a row of `x`.
        fn bilinear(d: &Resize, x: &[T], y: &mut [T], row: &mut [T]);
        /// The transpose.
        fn bilinear_gradient(d: &Resize, dy: &[T], dx: &mut [T], row: &mut [T]);
    }
}

/// Where so many numbers with this index lie.
#[inline(always)]
pub(in crate::ops) fn at(index: usize, len: usize) -> Range<usize> {
    index * len..(index + 1) * len
}

#[inline(always)]
fn nearest<V: Vector>(d: &Resize, x: &[V::Element], y: &mut [V::Element]) {
    let ([height, width, channels], [tall, wide, _]) = (d.input, d.output);
    for row in 0..tall {
        let from = part(x, at(nearest_pixel(height, tall, row), width * channels));
        let to = part_mut(y, at(row, wide * channels));
        for column in 0..wide {
            copy(part(from, at(nearest_pixel(width, wide, column), channels)), part_mut(to, at(column, channels)));
        }
    }
}

#[inline(always)]
fn nearest_gradient<V: Vector>(d: &Resize, dy: &[V::Element], dx: &mut [V::Element]) {
    let ([height, width, channels], [tall, wide, _]) = (d.input, d.output);
    dx.fill(V::Element::ZERO);
    for row in 0..tall {
        let from = part(dy, at(row, wide * channels));
        let to = part_mut(dx, at(nearest_pixel(height, tall, row), width * channels));
        for column in 0..wide {
            let from = part(from, at(column, channels));
            let to = part_mut(to, at(nearest_pixel(width, wide, column), channels));
            each!(V, channels, load(more = from, sum = to) {} store(to = sum.add(more)));
        }
    }
}

/// How far a place is from the first pixel to the second.
#[inline(always)]
fn share<V: Vector>(parts: usize, output: usize) -> V {
    V::splat(V::Element::from_usize(parts) / V::Element::from_usize(2 * output))
}

/// `to = first + (second - first) * share`.
#[inline(always)]
fn between<V: Vector>(first: &[V::Element], second: &[V::Element], share: V, to: &mut [V::Element]) {
    each!(V, to.len(), load(first = first, second = second) {} store(to = second.sub(first).mul_add(share, first)));
}

/// Adds `share` of `from`.
#[inline(always)]
pub(in crate::ops) fn add_share<V: Vector>(from: &[V::Element], share: V, to: &mut [V::Element]) {
    each!(V, to.len(), load(from = from, sum = to) {} store(to = from.mul_add(share, sum)));
}

#[inline(always)]
fn bilinear<V: Vector>(d: &Resize, x: &[V::Element], y: &mut [V::Element], row: &mut [V::Element]) {
    let ([height, width, channels], [tall, wide, _]) = (d.input, d.output);
    let between_rows = part_mut(row, ..width * channels);
    let mut down = Walk::new(height, tall);
    for row in 0..tall {
        let ([top, bottom], parts) = down.between();
        let [top, bottom] = [part(x, at(top, width * channels)), part(x, at(bottom, width * channels))];
        between::<V>(top, bottom, share(parts, tall), between_rows);
        let y = part_mut(y, at(row, wide * channels));
        let mut across = Walk::new(width, wide);
        for column in 0..wide {
            let ([left, right], parts) = across.between();
            let [left, right] = [part(between_rows, at(left, channels)), part(between_rows, at(right, channels))];
            between::<V>(left, right, share(parts, wide), part_mut(y, at(column, channels)));
            across = across.next();
        }
        down = down.next();
    }
}

#[inline(always)]
fn bilinear_gradient<V: Vector>(d: &Resize, dy: &[V::Element], dx: &mut [V::Element], row: &mut [V::Element]) {
    let ([height, width, channels], [tall, wide, _]) = (d.input, d.output);
    let of_row = part_mut(row, ..width * channels);
    let one = V::splat(V::Element::ONE);
    dx.fill(V::Element::ZERO);
    let mut down = Walk::new(height, tall);
    for row in 0..tall {
        let dy = part(dy, at(row, wide * channels));
        of_row.fill(V::Element::ZERO);
        let mut across = Walk::new(width, wide);
        for column in 0..wide {
            let (pixels, parts) = across.between();
            let (dy, share) = (part(dy, at(column, channels)), share::<V>(parts, wide));
            add_share::<V>(dy, one.sub(share), part_mut(of_row, at(pixels[0], channels)));
            add_share::<V>(dy, share, part_mut(of_row, at(pixels[1], channels)));
            across = across.next();
        }
        let (rows, parts) = down.between();
        let share = share::<V>(parts, tall);
        add_share::<V>(of_row, one.sub(share), part_mut(dx, at(rows[0], width * channels)));
        add_share::<V>(of_row, share, part_mut(dx, at(rows[1], width * channels)));
        down = down.next();
    }
}
