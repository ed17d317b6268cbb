//! Regions of a map, each brought to one size: `roi_align` and `roi_pool`.
//!
//! A box is `[left, top, right, bottom]`. Regions are channels first, as a list of maps lies in memory. A box with a number that
//! is not finite gives a region of NaN, which is seen wherever it goes, and no gradient to the map. Boxes have no gradient.

pub(crate) mod kernels;
mod places;

use super::call::{Backward, Differentiable, Forward, Operation, one_mut};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut};
use crate::base::size;
use crate::ops::pool::max_pool::indices_of_row;
use core::ops::Range;
use nn_sizes::{Regions, RoiAlign, RoiPool};
use places::Windows;

/// Numbers of a box.
const EDGES: usize = 4;

/// Each bin of a region is the mean of its samples.
impl<'p, T: Real> Operation<T, &'p [T]> for RoiAlign {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (d, [x, boxes], y) = (&self.regions, two(call.inputs), one_mut(call.outputs));
        check(d, x.len(), boxes.len(), y.len());
        let region = part_mut(call.scratch, ..d.region());
        for (edges, y) in chunks_exact(boxes, EDGES).zip(chunks_exact_mut(y, d.region())) {
            T::align_region(self, edges, x, region);
            T::transpose(d.bins(), d.input[2], region, y);
        }
    }
}

/// Each pixel gets its share of the bins that it was sampled for.
impl<T: Real> Differentiable<T> for RoiAlign {
    fn backward(&self, call: Backward<'_, T>) {
        let (d, [_, boxes], dy) = (&self.regions, two(call.inputs), one_mut(call.output_gradients));
        let Some(dx) = of_map(call.input_gradients) else { return };
        check(d, dx.len(), boxes.len(), dy.len());
        let region = part_mut(call.scratch, ..d.region());
        dx.fill(T::ZERO);
        for (edges, dy) in chunks_exact(boxes, EDGES).zip(chunks_exact(dy, d.region())) {
            T::transpose(d.input[2], d.bins(), dy, region);
            T::align_region_gradient(self, edges, region, dx);
        }
    }
}

/// Each bin of a region is the largest number of the pixels it touches; 0 where it touches none.
///
/// `indices` gets the pixel, `row * width + column`, that each came from, the first of equals; it may be empty. A NaN wins over
/// every number, as in `pool`.
impl<'p, T: Real> Operation<T, &'p [T]> for RoiPool {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (d, [x, boxes], y, indices) = (&self.regions, two(call.inputs), one_mut(call.outputs), call.indices);
        check(d, x.len(), boxes.len(), y.len());
        check!(indices.is_empty() || indices.len() == y.len());
        let regions = chunks_exact(boxes, EDGES).zip(chunks_exact_mut(y, d.region()));
        for (region, (edges, y)) in regions.enumerate() {
            pool_region(d, edges, x, y, indices_of_row(indices, region, d.region()));
        }
    }
}

/// Each number of the output's gradient goes to the one pixel that its index names.
impl<T: Real> Differentiable<T> for RoiPool {
    fn backward(&self, call: Backward<'_, T>) {
        let (d, dy) = (&self.regions, one_mut(call.output_gradients));
        let Some(dx) = of_map(call.input_gradients) else { return };
        check(d, dx.len(), d.boxes * EDGES, dy.len());
        check!(call.indices.len() == dy.len());
        dx.fill(T::ZERO);
        for (i, (&dy, &pixel)) in dy.iter().zip(call.indices.iter()).enumerate() {
            if pixel != NOWHERE {
                *part_mut(dx, pixel as usize * d.input[2] + i / d.bins() % d.input[2]) += dy;
            }
        }
    }
}

/// The index of a bin without pixels.
const NOWHERE: u32 = u32::MAX;

/// The region of one box.
fn pool_region<T: Real>(d: &Regions, edges: &[T], x: &[T], y: &mut [T], indices: &mut [u32]) {
    indices.fill(NOWHERE);
    let Some(windows) = Windows::new(d, edges) else { return y.fill(T::from_f64(f64::NAN)) };
    y.fill(T::ZERO);
    let mut bin = 0;
    for row in 0..d.output[0] {
        for column in 0..d.output[1] {
            pool_bin(d, windows.of_bin(d, [row, column]), x, part_mut(y, bin..), given_from(indices, bin));
            bin += 1;
        }
    }
}

/// One bin of a region: the largest number of each channel in these rows and columns. A NaN stays.
fn pool_bin<T: Real>(d: &Regions, [rows, columns]: [Range<usize>; 2], x: &[T], y: &mut [T], indices: &mut [u32]) {
    let (first, [_, width, channels]) = (rows.start * d.input[1] + columns.start, d.input);
    for row in rows {
        for pixel in row * width + columns.start..row * width + columns.end {
            for (channel, &number) in part(x, pixel * channels..(pixel + 1) * channels).iter().enumerate() {
                let best = part_mut(y, channel * d.bins());
                if pixel == first || number > *best || (number.is_nan() && !best.is_nan()) {
                    *best = number;
                    if let Some(index) = indices.get_mut(channel * d.bins()) {
                        *index = pixel as u32;
                    }
                }
            }
        }
    }
}

/// What there is from a place on, of a list that may be empty.
fn given_from(indices: &mut [u32], start: usize) -> &mut [u32] {
    if indices.is_empty() { indices } else { part_mut(indices, start..) }
}

/// The map and the boxes.
fn two<'a, T>(operands: &[&'a [T]]) -> [&'a [T]; 2] {
    match operands {
        &[map, boxes] => [map, boxes],
        _ => crate::base::check::failed("two operands"),
    }
}

/// The gradient of the map, if it is wanted. That of the boxes is zero.
fn of_map<'a, T: Real>(gradients: &'a mut [&mut [T]]) -> Option<&'a mut [T]> {
    match gradients {
        [map, boxes] => {
            boxes.fill(T::ZERO);
            Some(&mut **map).filter(|map| !map.is_empty())
        }
        _ => crate::base::check::failed("two operands"),
    }
}

fn check(d: &Regions, map: usize, boxes: usize, output: usize) {
    check!((map, boxes) == (size(d.input), size([d.boxes, EDGES])));
    check!(output == size([d.boxes, d.output[0], d.output[1], d.input[2]]));
    check!(map > 0 && output > 0);
}

#[cfg(all(test, feature = "std"))]
mod tests;
