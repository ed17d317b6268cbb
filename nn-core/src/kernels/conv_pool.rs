//! The pooling of a convolution's rows while they are still in the cache.

use super::each::{load, load_from, store};
use super::size;
use super::vector::Vector;
use crate::memory::part_mut;
use crate::real::Real;
use nn_sizes::Pool;

kernels! {
    /// Max pooling behind a convolution.
    trait ConvPoolKernels<T> {
        /// Row `row` of the pooled map, from the rows of the map that it needs: of the `n` rows in `rows`, row `r` lies at
        /// `r % n`.
        /// `indices`, unless empty, are the pixels of the maxima: the first of equals. A NaN wins over every number.
        fn pool_row(d: &Pool, row: usize, rows: &[T], y: &mut [T], indices: &mut [u32]);
        /// The gradient of the map: at each pixel the sum of those whose maximum it was.
        fn unpool(d: &Pool, dy: &[T], indices: &[u32], map: &mut [T]);
    }
}

/// The rows or columns of the map, `first..end`, under a window.
#[inline(always)]
pub(crate) fn window(d: &Pool, axis: usize, position: usize) -> [usize; 2] {
    let start = position * d.stride[axis];
    let end = start + d.kernel[axis];
    let pad = d.pad[axis];
    [start.saturating_sub(pad), end.saturating_sub(pad).min(d.input[axis])]
}

#[inline(always)]
fn pool_row<V: Vector>(d: &Pool, row: usize, rows: &[V::Element], y: &mut [V::Element], indices: &mut [u32]) {
    if indices.is_empty() {
        pool_row_indexed::<V, false>(d, row, rows, y, indices);
    } else {
        pool_row_indexed::<V, true>(d, row, rows, y, indices);
    }
}

#[inline(always)]
fn pool_row_indexed<V: Vector, const INDEXED: bool>(
    d: &Pool,
    row: usize,
    rows: &[V::Element],
    y: &mut [V::Element],
    indices: &mut [u32],
) {
    let [_, width, channels] = d.input;
    let [top, bottom] = window(d, 0, row);
    check!(rows.len() >= size([d.kernel[0], width, channels]) && top < bottom);
    let slots = rows.len() / (width * channels);
    check!(y.len() == size([d.output[1], channels]) && (!INDEXED || indices.len() == y.len()));
    let mut channel = 0;
    while channel + V::LANES <= channels {
        // SAFETY: the rows and the results have every channel of every pixel, by the checks.
        unsafe { pool_channels::<V, INDEXED, true>(d, [top, bottom], slots, channel, rows, y, indices) };
        channel += V::LANES;
    }
    if channel < channels {
        // SAFETY: as above.
        unsafe { pool_channels::<V, INDEXED, false>(d, [top, bottom], slots, channel, rows, y, indices) };
    }
}

/// The vector of channels from `channel` on, which is whole or the last.
///
/// # Safety
/// `rows` has so many slots, as many as rows under a window or more, with `channels` of each of `width` pixels; `y`, and `indices` if `INDEXED`,
/// have as many of each pixel of the pooled row; `top` is above `bottom`.
#[inline(always)]
unsafe fn pool_channels<V: Vector, const INDEXED: bool, const WHOLE: bool>(
    d: &Pool,
    [top, bottom]: [usize; 2],
    slots: usize,
    channel: usize,
    rows: &[V::Element],
    y: &mut [V::Element],
    indices: &mut [u32],
) {
    let [_, width, channels] = d.input;
    let lanes = V::lanes(channels - channel);
    let end = if WHOLE { channel + V::LANES } else { channels };
    let slot = top % slots;
    for pixel in 0..d.output[1] {
        let [left, right] = window(d, 1, pixel);
        check!(left < right);
        let mut best = V::splat(V::Element::NEG_INFINITY);
        let mut index = V::index_splat((top * width + left) as u32);
        for i in top..bottom {
            let slot = if slot + i - top < slots { slot + i - top } else { slot + i - top - slots };
            let mut at = (slot * width + left) * channels + channel;
            for j in left..right {
                // SAFETY: the slot is below their number, column `j` below the width, and the vector's channels are
                // those from `channel` on.
                let candidate = unsafe { load_from::<V, WHOLE>(rows.as_ptr().add(at), lanes) };
                at += channels;
                // A NaN that is the best stays it, as nothing is larger.
                let better = V::either(candidate.gt(best), candidate.is_nan());
                best = V::select(better, candidate, best);
                if INDEXED {
                    index = V::index_select(better, V::index_splat((i * width + j) as u32), index);
                }
            }
        }
        let at = pixel * channels;
        store::<V, WHOLE>(best, part_mut(y, at + channel..at + end));
        if INDEXED {
            V::index_store(index, part_mut(indices, at + channel..at + end));
        }
    }
}

#[inline(always)]
fn unpool<V: Vector>(d: &Pool, dy: &[V::Element], indices: &[u32], map: &mut [V::Element]) {
    let channels = d.input[2];
    check!(dy.len() == size(d.output) && dy.len() == indices.len() && map.len() == size(d.input));
    if d.stride[0] < d.kernel[0] || d.stride[1] < d.kernel[1] {
        map.fill(V::Element::ZERO);
        for (dy, indices) in dy.chunks_exact(channels).zip(indices.chunks_exact(channels)) {
            for (channel, (&dy, &index)) in dy.iter().zip(indices).enumerate() {
                map[index as usize * channels + channel] += dy;
            }
        }
        return;
    }
    // A pixel is under one window at most, whose gradient it gets where it was the maximum, else zero.
    let covered = d.stride == d.kernel
        && d.pad == [0, 0]
        && d.output[0] * d.kernel[0] >= d.input[0]
        && d.output[1] * d.kernel[1] >= d.input[1];
    if !covered {
        map.fill(V::Element::ZERO);
    }
    let mut channel = 0;
    while channel + V::LANES <= channels {
        unpool_channels::<V, true>(d, channel, dy, indices, map);
        channel += V::LANES;
    }
    if channel < channels {
        unpool_channels::<V, false>(d, channel, dy, indices, map);
    }
}

/// The vector of channels from `channel` on, which is whole or the last, where no two windows overlap.
#[inline(always)]
fn unpool_channels<V: Vector, const WHOLE: bool>(
    d: &Pool,
    channel: usize,
    dy: &[V::Element],
    indices: &[u32],
    map: &mut [V::Element],
) {
    let channels = d.input[2];
    let end = if WHOLE { channel + V::LANES } else { channels };
    for row in 0..d.output[0] {
        let [top, bottom] = window(d, 0, row);
        for column in 0..d.output[1] {
            let [left, right] = window(d, 1, column);
            let at = (row * d.output[1] + column) * channels;
            let index = V::index_load(&indices[at + channel..at + end]);
            let gradient = load::<V, WHOLE>(&dy[at + channel..at + end]);
            for i in top..bottom {
                for j in left..right {
                    let pixel = i * d.input[1] + j;
                    let here = V::index_equal(index, V::index_splat(pixel as u32));
                    let gradient = V::select(here, gradient, V::splat(V::Element::ZERO));
                    store::<V, WHOLE>(gradient, &mut map[pixel * channels + channel..pixel * channels + end]);
                }
            }
        }
    }
}
