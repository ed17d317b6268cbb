//! The pooling of a convolution's rows while they are still in the cache.

use super::vector::Vector;
use nn_sizes::Pool;

kernels! {
    /// Max pooling behind a convolution.
    trait ConvPoolKernels<T> {
        /// Row `row` of the pooled map, from the rows of the map that it needs: row `r` lies at `r % kernel height` of `rows`.
        /// `indices`, unless empty, are the pixels of the maxima.
        fn pool_row(d: &Pool, row: usize, rows: &[T], y: &mut [T], indices: &mut [u32]);
        /// Adds the gradient of each maximum to its pixel.
        fn unpool(channels: usize, dy: &[T], indices: &[u32], map: &mut [T]);
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
    let [_, width, channels] = d.input;
    let [top, bottom] = window(d, 0, row);
    let indexed = !indices.is_empty();
    for (pixel, y) in y.chunks_exact_mut(channels).enumerate() {
        let [left, right] = window(d, 1, pixel);
        for channel in (0..channels).step_by(V::LANES) {
            let end = if channels - channel < V::LANES { channels } else { channel + V::LANES };
            let at = (top % d.kernel[0] * width + left) * channels;
            let mut best = V::load_partial(&rows[at + channel..at + end]);
            let mut index = V::index_splat((top * width + left) as u32);
            for i in top..bottom {
                let slot = i % d.kernel[0] * width;
                for j in left..right {
                    let at = (slot + j) * channels;
                    let candidate = V::load_partial(&rows[at + channel..at + end]);
                    let larger = candidate.gt(best);
                    best = V::select(larger, candidate, best);
                    if indexed {
                        index = V::index_select(larger, V::index_splat((i * width + j) as u32), index);
                    }
                }
            }
            best.store_partial(&mut y[channel..end]);
            if indexed {
                V::index_store(index, &mut indices[pixel * channels + channel..pixel * channels + end]);
            }
        }
    }
}

#[inline(always)]
fn unpool<V: Vector>(channels: usize, dy: &[V::Element], indices: &[u32], map: &mut [V::Element]) {
    for (dy, indices) in dy.chunks_exact(channels).zip(indices.chunks_exact(channels)) {
        for (channel, (&dy, &index)) in dy.iter().zip(indices).enumerate() {
            map[index as usize * channels + channel] += dy;
        }
    }
}
