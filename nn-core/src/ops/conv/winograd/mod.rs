//! Convolutions of 3 × 3 with fewer multiplications: Winograd's F(2 × 2, 3 × 3), in the form of Lavin and Gray (2015).
//!
//! The output is cut into tiles of 2 × 2 pixels, each of which sees 4 × 4 pixels of the input. Transformed, both have
//! 4 × 4 *positions*, and a position of the output depends on the same one of the input alone: 16 matrix products
//! `[tiles][inputs] · [inputs][outputs]` do the work of 36. A block of tiles is transformed, multiplied and transformed
//! back while it stays cached.
//!
//! The gradient of the input is such a convolution too. That of the weights takes the products between the transformed
//! input and the transformed gradient of the output, summed over tiles.

mod tiles;
mod transform;
mod weights;

use crate::base::memory::{part, part_mut, split_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::dense::sum_rows;
use crate::gemm::epilogue::{Epilogue, activate_dear};
use crate::gemm::long::carry;
use crate::gemm::panels::multiply_panels;
use crate::gemm::product::{Grid, Product, Start};
use crate::gemm::tile::{CACHED, multiply};
use crate::gemm::vectors::Tiles;
use crate::simd::prefetch::prefetch;
use crate::simd::vector::Vector;
use nn_sizes::{Conv, POSITIONS};
use tiles::{Rows, row_len};
use weights::{transform_weights, turn_weights, weights_gradient};

kernels! {
    /// Convolutions of 3 × 3 by way of transformed tiles: for dimensions of which `fits_winograd` holds.
    trait WinogradKernels<T> {
        /// The transformed weights of some input channels, `[first, count]`, and some output channels, which `p` holds; the first of the
        /// outputs is a multiple of 32.
        fn winograd_weights(d: &Conv, inputs: [usize; 2], outputs: [usize; 2], p: &[T], transformed: &mut [T]);
        /// The transformed weights of `d.input_gradient()`.
        fn winograd_turned_weights(d: &Conv, p: &[T], transformed: &mut [T]);
        /// The rows of the output from `first` on that `y` has room for, by the transformed weights. `biases` are those of `d`,
        /// if it has any; the epilogue stands for the activation.
        fn winograd_forward(
            d: &Conv,
            first: usize,
            x: &[T],
            weights: &[T],
            biases: &[T],
            epilogue: Epilogue<'_, T>,
            y: &mut [T],
            scratch: &mut [T],
        );
        /// Adds the gradients of weights and biases to `dp`.
        fn winograd_weight_gradient(d: &Conv, x: &[T], dz: &[T], dp: &mut [T], scratch: &mut [T]);
    }
}

/// Asserts what everything here relies on: output and input fit each other, and their products do not wrap round.
#[inline(always)]
fn check(d: &Conv) {
    check!(d.fits_winograd() && d.tiles_across() > 0);
    for axis in 0..2 {
        check!(d.output[axis].checked_add(2) == Some(d.padded(axis)));
    }
    let channels = [d.input[2], d.output[2]].map(|channels| channels.saturating_add(POSITIONS));
    let [height, width] = [d.input[0].max(d.output[0]), d.input[1].max(d.output[1])].map(|side| side.saturating_add(4));
    let most = size([POSITIONS, height, width, channels[0].max(channels[1])]);
    check!(most < isize::MAX as usize && size([POSITIONS, channels[0], channels[1]]) < isize::MAX as usize);
}

#[inline(always)]
fn winograd_weights<V: Vector>(
    d: &Conv,
    inputs: [usize; 2],
    outputs: [usize; 2],
    p: &[V::Element],
    transformed: &mut [V::Element],
) {
    check(d);
    transform_weights::<V>(d, inputs, outputs, p, transformed);
}

#[inline(always)]
fn winograd_turned_weights<V: Vector>(d: &Conv, p: &[V::Element], transformed: &mut [V::Element]) {
    check(d);
    turn_weights::<V>(d, p, transformed);
}

#[inline(always)]
fn winograd_forward<V: Tiles>(
    d: &Conv,
    first: usize,
    x: &[V::Element],
    weights: &[V::Element],
    biases: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    y: &mut [V::Element],
    scratch: &mut [V::Element],
) {
    check(d);
    let [_, width, outputs] = d.output;
    let inputs = d.input[2];
    let row = width * outputs;
    let block_len = 2 * d.tile_rows() * row;
    check!(row > 0 && block_len > 0);
    let count = y.len() / row;
    check!(weights.len() == d.winograd_weights() && (!d.bias || biases.len() >= outputs));
    check!(count <= d.output[0] && first <= d.output[0] - count);
    let (from, rest) = split_mut(scratch, d.winograd_block(d.tile_rows(), inputs));
    let to = part_mut(rest, ..d.winograd_block(d.tile_rows(), outputs));
    for (block, y) in y.chunks_mut(block_len).enumerate() {
        let rows = Rows { first: first + block * 2 * d.tile_rows(), count: y.len() / row };
        tiles::transform_input::<V>(d, rows, x, from);
        multiply_positions::<V>(d, rows, [x, weights, from], to, y);
        tiles::transform_output::<V>(d, to, biases, epilogue.rows_from(block * block_len), y);
    }
    activate_dear::<V>(epilogue.activation, y);
}

/// The products of a block's positions. While they are computed, what is read and written after them is asked for, where it is far.
#[inline(always)]
fn multiply_positions<V: Tiles>(
    d: &Conv,
    rows: Rows,
    [x, weights, from]: [&[V::Element]; 3],
    to: &mut [V::Element],
    y: &[V::Element],
) {
    let [inputs, outputs] = [d.input[2], d.output[2]];
    let [from_step, to_step, weights_step] = [from.len(), to.len(), weights.len()].map(|len| len / POSITIONS);
    let is_far = size(d.input).saturating_add(size(d.output)) > CACHED;
    for position in 0..POSITIONS {
        if is_far {
            prefetch_share(position, y);
            prefetch_share(position, next_input(d, rows, x));
        }
        let product = Product {
            a: part(from, position * from_step..),
            rows: Grid::line(rows.count.div_ceil(2) * d.tiles_across(), row_len(inputs)),
            terms: Grid::line(inputs, 1),
            b: part(weights, position * weights_step..),
            b_step: 0,
            columns: outputs,
            c_steps: [0, 0, row_len(outputs)],
            start: Start::Zero,
            epilogue: Epilogue::none(),
        };
        multiply_panels::<V>(&product, part_mut(to, position * to_step..));
    }
}

/// The rows of the input that the rows after these see and these do not; as many, where there are.
#[inline(always)]
fn next_input<'a, T>(d: &Conv, rows: Rows, x: &'a [T]) -> &'a [T] {
    let seen = (rows.first + rows.count + 2).saturating_sub(d.pad[0]);
    let [from, to] = [seen, seen + rows.count].map(|end| end.min(d.input[0]) * d.input[1] * d.input[2]);
    part(x, from..to)
}

/// Asks for a position's share of some numbers.
#[inline(always)]
fn prefetch_share<T>(position: usize, numbers: &[T]) {
    let share = numbers.len().div_ceil(POSITIONS);
    let first = (position * share).min(numbers.len());
    prefetch(part(numbers, first..(first + share).min(numbers.len())));
}

#[inline(always)]
fn winograd_weight_gradient<V: Tiles>(
    d: &Conv,
    x: &[V::Element],
    dz: &[V::Element],
    dp: &mut [V::Element],
    scratch: &mut [V::Element],
) {
    check(d);
    let [height, width, outputs] = d.output;
    let inputs = d.input[2];
    let row = width * outputs;
    let (dw, db) = dp.split_at_mut(d.weights());
    check!(dz.len() == height * row);
    if d.bias {
        sum_rows::<V>(dz, db);
    }
    let tile_rows = d.gradient_tile_rows();
    let (from, rest) = scratch.split_at_mut(d.winograd_block(tile_rows, inputs));
    let (gradient, rest) = rest.split_at_mut(d.winograd_block(tile_rows, outputs));
    let (sums, rest) = rest.split_at_mut(d.winograd_sums());
    let part = &mut rest[..d.winograd_part()];
    part.fill(V::Element::ZERO);
    let (from_step, gradient_step, sums_step) =
        (from.len() / POSITIONS, gradient.len() / POSITIONS, sums.len() / POSITIONS);
    for (block, dz) in dz.chunks(2 * tile_rows * row).enumerate() {
        let rows = Rows { first: block * 2 * tile_rows, count: dz.len() / row };
        let tiles = rows.count.div_ceil(2) * d.tiles_across();
        tiles::transform_input::<V>(d, rows, x, from);
        tiles::transform_gradient::<V>(d, dz, gradient);
        for first in (0..inputs).step_by(d.gradient_inputs()) {
            let count = if inputs - first < d.gradient_inputs() { inputs - first } else { d.gradient_inputs() };
            for position in 0..POSITIONS {
                let product = Product {
                    a: &from[position * from_step + first..],
                    rows: Grid::line(count, 1),
                    terms: Grid::line(tiles, row_len(inputs)),
                    b: &gradient[position * gradient_step..],
                    b_step: row_len(outputs),
                    columns: outputs,
                    c_steps: [0, 0, outputs],
                    start: Start::Zero,
                    epilogue: Epilogue::none(),
                };
                multiply::<V>(&product, &mut sums[position * sums_step..]);
            }
            weights_gradient::<V>(d, first, count, sums, if part.is_empty() { &mut *dw } else { &mut *part });
        }
        let is_last = rows.first + rows.count == height;
        if !part.is_empty() && (is_last || (block + 1).is_multiple_of(Conv::SUMMED_BLOCKS)) {
            carry::<V>(part, dw);
        }
    }
}
