//! The pooling of a convolution's rows while they are still in the cache.

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
    for channel in (0..channels).step_by(V::LANES) {
        let lanes = V::lanes(channels - channel);
        let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
        for pixel in 0..d.output[1] {
            let [left, right] = window(d, 1, pixel);
            check!(left < right);
            let first = (top % slots * width + left) * channels + channel;
            // SAFETY: the slot is below their number, `left` below the width (`window` sees to it) and `lanes` are
            // the channels from `channel` on, so they lie in `rows` by the assert.
            let mut best = unsafe { V::load_lanes(rows.as_ptr().add(first), lanes) };
            let mut index = V::index_splat((top * width + left) as u32);
            for i in top..bottom {
                let mut at = (i % slots * width + left) * channels + channel;
                for j in left..right {
                    // SAFETY: as above, column `j` being below the width.
                    let candidate = unsafe { V::load_lanes(rows.as_ptr().add(at), lanes) };
                    at += channels;
                    let nan = candidate.is_nan();
                    if INDEXED {
                        let here = V::index_splat((i * width + j) as u32);
                        index = V::index_select(candidate.gt(best), here, index);
                        index = V::index_select(nan, here, index);
                    }
                    // In this order a NaN that is the best stays it.
                    best = V::select(nan, candidate, candidate.max(best));
                }
            }
            let at = pixel * channels;
            // SAFETY: `y` has the channels of every pixel of the row, by the assert.
            unsafe { best.store_lanes(y.as_mut_ptr().add(at + channel), lanes) };
            if INDEXED {
                V::index_store(index, part_mut(indices, at + channel..at + end));
            }
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
    for channel in (0..channels).step_by(V::LANES) {
        let lanes = V::lanes(channels - channel);
        let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
        for row in 0..d.output[0] {
            let [top, bottom] = window(d, 0, row);
            for column in 0..d.output[1] {
                let [left, right] = window(d, 1, column);
                let at = (row * d.output[1] + column) * channels;
                let index = V::index_load(&indices[at + channel..at + end]);
                // SAFETY: `lanes` are the channels of this pixel from `channel` on, which `dy` has by the assert.
                let gradient = unsafe { V::load_lanes(dy.as_ptr().add(at + channel), lanes) };
                for i in top..bottom {
                    for j in left..right {
                        let pixel = i * d.input[1] + j;
                        let here = V::index_equal(index, V::index_splat(pixel as u32));
                        let gradient = V::select(here, gradient, V::splat(V::Element::ZERO));
                        // SAFETY: `window` stays inside the map, which is the input's size by the assert.
                        unsafe { gradient.store_lanes(map.as_mut_ptr().add(pixel * channels + channel), lanes) };
                    }
                }
            }
        }
    }
}
