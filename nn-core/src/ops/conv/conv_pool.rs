//! A convolution, its activation and the max pooling after it in one pass: the full map is never stored.

use super::few_inputs::{self, Output};
use super::stored::Stored;
use crate::Real;
use crate::base::memory::{chunks_exact_mut, part_mut, split_mut};
use crate::gemm::epilogue::Epilogue;
use crate::ops::conv::{self, Entered};
use crate::ops::pool::kernels::window;
use crate::ops::pool::max_pool::indices_of_row;
use nn_sizes::ConvPool;

/// As [`conv::prepare`].
pub fn prepare<T: Real>(d: &ConvPool, p: &[T], prepared: &mut [T]) {
    conv::prepare(&d.conv, p, prepared);
}

/// [`prepare`] with parameters as they are stored.
pub fn prepare_stored<'p, T: Real>(d: &ConvPool, p: impl Stored<'p, T>, prepared: &mut [T]) {
    conv::prepare_stored(&d.conv, p, prepared);
}

/// As [`conv::prepare_backward`].
pub fn prepare_backward<T: Real>(d: &ConvPool, p: &[T], prepared: &mut [T]) {
    conv::prepare_backward(&d.conv, p, prepared);
}

/// `y = max pooling of activation(x * w + b)`, after [`prepare`].
///
/// `indices`, unless empty, receives for each number of `y` the pixel of the map (row × width + column) that it comes
/// from, the first of equals. A NaN wins over every number, as in PyTorch.
pub fn forward<T: Real>(
    d: &ConvPool,
    x: &[T],
    p: &[T],
    y: &mut [T],
    indices: &mut [u32],
    prepared: &[T],
    scratch: &mut [T],
) {
    check!(y.len() == conv::len(d.pool.output) && scratch.len() >= d.forward_scratch());
    forward_rows(d, 0, x, p, y, indices, prepared, scratch);
}

/// The rows of [`forward`] from `first` on that `y` has room for, with parameters as they are stored: a piece by `d.cut()`, with
/// scratch for it.
pub fn forward_rows<'p, T: Real>(
    d: &ConvPool,
    first: usize,
    x: &[T],
    p: impl Stored<'p, T>,
    y: &mut [T],
    indices: &mut [u32],
    prepared: &[T],
    scratch: &mut [T],
) {
    let ConvPool { conv, pool } = d;
    check!(x.len() == conv::len(conv.input) && conv::has_parameters(conv, p));
    check!(pool.input == conv.output && (indices.is_empty() || indices.len() == y.len()));
    check!(prepared.len() == conv.prepared());
    if d.pools_tiles() {
        let (_, biases) = p.parts(conv.weights(), conv.output[2]);
        let to = Output::Largest(y, indices, conv.activation);
        few_inputs::forward(conv, first.saturating_mul(2), x, prepared, biases, to, scratch);
        return;
    }
    let [height, width, channels] = conv.output;
    let (row_len, slots) = (width * channels, d.rows());
    let (rows, scratch) = split_mut(scratch, slots * row_len);
    let [_, count] = conv::rows_of(pool.output, first, y.len());
    let pooled = pool.output[1] * channels;
    // The convolution begins where the first window does, or just before, and ends where the last one does, or just behind.
    let step = conv.cut().together;
    let start = |[top, _]: [usize; 2]| top / step * step;
    let [_, bottom] = window(pool, 0, first + count - 1);
    let (mut done, end) = (start(window(pool, 0, first)), bottom.next_multiple_of(step).min(height));
    check!(done < end);
    let Entered { x, first_row, scratch } = conv::enter(conv, [done, end - done], x, scratch);
    for (i, y) in chunks_exact_mut(y, pooled).enumerate() {
        let window = window(pool, 0, first + i);
        // Rows of the map so far; each lies in its slot until the rows that follow have gone round.
        done = done.max(start(window));
        while done < window[1] {
            let slot = done % slots;
            // As many as there is room for, beside those that are still needed.
            let count = (end.min(start(window) + slots) - done).min(slots - slot);
            let rows = part_mut(rows, slot * row_len..(slot + count) * row_len);
            p.conv(conv, done - first_row, x, prepared, Epilogue::from(conv.activation), rows, scratch);
            done += count;
        }
        T::max_pool_row(pool, first + i, rows, y, indices_of_row(indices, i, pooled));
    }
}

/// The gradients of [`forward`], after [`prepare_backward`]; those of the parameters are added to `dp`.
pub fn backward<T: Real>(
    d: &ConvPool,
    x: &[T],
    y: &[T],
    p: &[T],
    dy: &mut [T],
    dx: Option<&mut [T]>,
    dp: &mut [T],
    indices: &[u32],
    prepared: &[T],
    scratch: &mut [T],
) {
    let ConvPool { conv, pool } = d;
    check!((x.len(), p.len(), dp.len()) == (conv::len(conv.input), conv.parameters(), p.len()));
    check!((pool.input, dy.len(), indices.len()) == (conv.output, conv::len(pool.output), dy.len()));
    check!(prepared.len() == conv.prepared());
    check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()) && scratch.len() >= d.backward_scratch());
    // A maximum is an output of the activation, so the derivative can be taken before it goes back to its pixel.
    T::differentiate(conv.activation, y, dy);
    let by_maxima = d.has_few_maxima();
    if by_maxima {
        let (quads, padded) = scratch.split_at_mut(d.quads());
        T::maxima_weight_gradient(d, conv::pad(conv, x, padded), dy, indices, dp, quads);
        if dx.is_none() {
            return;
        }
    }
    let (map, rest) = scratch.split_at_mut(conv::len(conv.output));
    T::max_pool_gradient(pool, dy, indices, map);
    if !by_maxima {
        conv::weight_gradient(conv, x, map, dp, rest);
    }
    if let Some(dx) = dx {
        conv::input_gradient(conv, p, map, dx, prepared, rest);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
