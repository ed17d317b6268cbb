//! The pooling of a convolution's rows while they are still in the cache.

use super::vector::Vector;
use crate::real::Real;
use nn_sizes::Pool;

kernels! {
    /// Max pooling behind a convolution.
    trait ConvPoolKernels<T> {
        /// Row `row` of the pooled map, from the rows of the map that it needs: row `r` lies at `r % kernel height` of `rows`.
        /// `indices`, unless empty, are the pixels of the maxima.
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
    assert!(rows.len() >= d.kernel[0] * width * channels && top < bottom);
    assert!(y.len() == d.output[1] * channels && (!INDEXED || indices.len() == y.len()));
    for channel in (0..channels).step_by(V::LANES) {
        let lanes = V::lanes(channels - channel);
        for pixel in 0..d.output[1] {
            let [left, right] = window(d, 1, pixel);
            assert!(left < right);
            // SAFETY: slots are below the kernel's height, columns below the width (`window` sees to it) and `lanes` are the
            // channels from `channel` on, so all of it lies in `rows`, and the output in `y`, by the asserts.
            unsafe {
                let at = (top % d.kernel[0] * width + left) * channels + channel;
                let mut best = V::load_lanes(rows.as_ptr().add(at), lanes);
                let mut index = V::index_splat((top * width + left) as u32);
                for i in top..bottom {
                    let mut from = rows.as_ptr().add((i % d.kernel[0] * width + left) * channels + channel);
                    for j in left..right {
                        let candidate = V::load_lanes(from, lanes);
                        if INDEXED {
                            let larger = candidate.gt(best);
                            index = V::index_select(larger, V::index_splat((i * width + j) as u32), index);
                        }
                        best = candidate.max(best);
                        // Beyond the last pixel it may leave the slice; it is not read there.
                        from = from.wrapping_add(channels);
                    }
                }
                best.store_lanes(y.as_mut_ptr().add(pixel * channels + channel), lanes);
                if INDEXED {
                    let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
                    V::index_store(index, &mut indices[pixel * channels + channel..pixel * channels + end]);
                }
            }
        }
    }
}

#[inline(always)]
fn unpool<V: Vector>(d: &Pool, dy: &[V::Element], indices: &[u32], map: &mut [V::Element]) {
    let channels = d.input[2];
    assert_eq!(dy.len(), indices.len());
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
    assert!(map.len() == d.input[0] * d.input[1] * channels && dy.len() == d.output[0] * d.output[1] * channels);
    for channel in (0..channels).step_by(V::LANES) {
        let lanes = V::lanes(channels - channel);
        let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
        for row in 0..d.output[0] {
            let [top, bottom] = window(d, 0, row);
            for column in 0..d.output[1] {
                let [left, right] = window(d, 1, column);
                let at = (row * d.output[1] + column) * channels;
                let index = V::index_load(&indices[at + channel..at + end]);
                // SAFETY: `window` stays inside the map, and `lanes` are the channels from `channel` on, so all of it lies in
                // `dy` and `map` by the assert.
                unsafe {
                    let gradient = V::load_lanes(dy.as_ptr().add(at + channel), lanes);
                    for i in top..bottom {
                        for j in left..right {
                            let pixel = i * d.input[1] + j;
                            let here = V::index_equal(index, V::index_splat(pixel as u32));
                            V::select(here, gradient, V::splat(V::Element::ZERO))
                                .store_lanes(map.as_mut_ptr().add(pixel * channels + channel), lanes);
                        }
                    }
                }
            }
        }
    }
}
