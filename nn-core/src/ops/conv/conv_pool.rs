//! A convolution, its activation and the max pooling after it in one pass: the full map is never stored.

use super::minimal5x5::{self, Output};
use super::stored_parameters::StoredParameters;
use crate::Real;
use crate::base::memory::{chunks_exact_mut, part_mut, split_mut};
use crate::gemm::epilogue::Epilogue;
use crate::ops::call::{Backward, ByRows, Differentiable, Forward, Operation, Prepack, one, one_mut, wanted};
use crate::ops::conv::{self, Entered};
use crate::ops::pool::kernels::window;
use crate::ops::pool::max_pool::indices_of_row;
use nn_sizes::{ConvPool, ConvPoolAlgorithm, PooledWeightGradientAlgorithm};

impl<'p, T: Real, P: StoredParameters<'p, T>> Prepack<T, P> for ConvPool {
    fn prepack(&self, p: P, prepacked: &mut [T]) {
        self.conv.prepack(p, prepacked);
    }
}

/// `y = max pooling of activation(x * w + b)`.
///
/// `indices`, unless empty, receives for each number of `y` the pixel of the map (row × width + column) that it comes
/// from, the first of equals. A NaN wins over every number, as in PyTorch.
impl<'p, T: Real, P: StoredParameters<'p, T>> Operation<T, P> for ConvPool {
    fn forward(&self, call: Forward<'_, T, P>) {
        check!(one_mut(&mut *call.outputs).len() == conv::len(self.pool.output));
        check!(call.scratch.len() >= self.forward_scratch());
        self.forward_rows(0, call);
    }
}

impl<'p, T: Real, P: StoredParameters<'p, T>> ByRows<T, P> for ConvPool {
    fn forward_rows(&self, first: usize, call: Forward<'_, T, P>) {
        let Forward { parameters: p, indices, prepacked, scratch, .. } = call;
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        let Self { conv, pool } = self;
        check!(x.len() == conv::len(conv.input) && conv::has_parameters(conv, p));
        check!(pool.input == conv.output && (indices.is_empty() || indices.len() == y.len()));
        check!(prepacked.len() == conv.prepacked());
        match self.algorithm() {
            ConvPoolAlgorithm::Rows => forward_by_rows(self, first, x, p, prepacked, y, indices, scratch),
            ConvPoolAlgorithm::Tiles => {
                let (_, biases) = p.parts(conv.weights(), conv.output[2]);
                let to = Output::Largest(y, indices, conv.activation);
                minimal5x5::forward(conv, first.saturating_mul(2), x, prepacked, biases, to, scratch);
            }
        }
    }
}

/// The pooled rows from `first` on, from rows of the map that are there for as long as they are needed.
fn forward_by_rows<'p, T: Real, P: StoredParameters<'p, T>>(
    d: &ConvPool,
    first: usize,
    x: &[T],
    p: P,
    prepacked: &[T],
    y: &mut [T],
    indices: &mut [u32],
    scratch: &mut [T],
) {
    let ConvPool { conv, pool } = d;
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
            p.conv(conv, done - first_row, x, prepacked, Epilogue::from(conv.activation), rows, scratch);
            done += count;
        }
        T::max_pool_row(pool, first + i, rows, y, indices_of_row(indices, i, pooled));
    }
}

impl<T: Real> Differentiable<T> for ConvPool {
    fn prepack_backward(&self, p: &[T], prepacked: &mut [T]) {
        self.conv.prepack_backward(p, prepacked);
    }

    fn backward(&self, call: Backward<'_, T>) {
        let Backward { parameters: p, parameter_gradients: dp, prepacked, scratch, .. } = call;
        let (x, y, dy) = (one(call.inputs), one(call.outputs), one_mut(call.output_gradients));
        let (dx, indices) = (wanted(call.input_gradients), &*call.indices);
        let Self { conv, pool } = self;
        check!((x.len(), p.len()) == (conv::len(conv.input), conv.parameters()));
        check!(dp.is_empty() || dp.len() == p.len());
        check!((pool.input, dy.len(), indices.len()) == (conv.output, conv::len(pool.output), dy.len()));
        check!(prepacked.len() == conv.prepacked_backward());
        check!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()) && scratch.len() >= self.backward_scratch());
        // A maximum is an output of the activation, so the derivative can be taken before it goes back to its pixel.
        T::differentiate(conv.activation, y, dy);
        // Where the parameters are frozen, there is no gradient of theirs to find.
        let of_weights = if dp.is_empty() { None } else { Some(self.weight_gradient_algorithm()) };
        if of_weights == Some(PooledWeightGradientAlgorithm::FromMaxima) {
            let (own, padded) = scratch.split_at_mut(self.quads() + self.maxima_part());
            T::maxima_weight_gradient(self, conv::pad(conv, x, padded), dy, indices, dp, own);
            if dx.is_none() {
                return;
            }
        }
        let (map, rest) = scratch.split_at_mut(conv::len(conv.output));
        T::max_pool_gradient(pool, dy, indices, map);
        if let Some(PooledWeightGradientAlgorithm::Map(algorithm)) = of_weights {
            conv::weight_gradient(conv, algorithm, x, map, dp, rest);
        }
        if let Some(dx) = dx {
            conv::input_gradient(conv, p, map, dx, prepacked, rest);
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
