//! Max and average pooling of channels-last maps.

mod average;
mod gradient;
mod max;
mod spread;
mod squares;

pub(crate) use average::AveragePoolKernels;
pub(crate) use max::MaxPoolKernels;
pub(crate) use spread::SpreadPoolKernels;

use core::ops::Range;
use nn_sizes::Pool;

/// The rows (axis 0) or columns (1) of the map under a window, without the padding.
#[inline(always)]
pub(crate) fn window(d: &Pool, axis: usize, position: usize) -> [usize; 2] {
    let start = position * d.stride[axis];
    let end = start + d.kernel[axis];
    let pad = d.pad[axis];
    [start.saturating_sub(pad), end.saturating_sub(pad).min(d.input[axis])]
}

/// The windows along an axis that lie on the map as a whole.
#[inline(always)]
fn inside(d: &Pool, axis: usize) -> Range<usize> {
    check!(d.stride[axis] > 0);
    let first = d.pad[axis].div_ceil(d.stride[axis]);
    let end = match (d.input[axis] + d.pad[axis]).checked_sub(d.kernel[axis]) {
        Some(last) => (last / d.stride[axis] + 1).min(d.output[axis]),
        None => 0,
    };
    first.min(end)..end
}
