//! Convolutions of 5 × 5 taps and few input channels, 2 × 2 outputs at a time, with half the multiplications.
//!
//! Winograd's F(2, 3) takes four multiplications for two outputs of three taps, and F(2, 2) three for two of two taps. A row
//! of five taps is a sum of both, so that two of its outputs take seven multiplications, not ten, and 2 × 2 outputs of 5 × 5
//! taps 49, not 100.
//!
//! With few input channels these are the terms of sums that stay in registers: the input is transformed once for all output
//! channels, and to transform the outputs back is to add whole vectors, 16 for a tile. Where max pooling looks at the 2 × 2
//! outputs, they are never stored.

mod filter;
mod input;
mod output;
mod tiles;
mod weights;

use crate::Real;
use crate::base::memory::{part, part_mut, split_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::simd::vector::Vector;
use filter::TERMS;
use input::{take_apart, transform_down, transform_right};
use nn_sizes::Conv;
use output::{Largest, Map, Put};
pub use output::{Output, Place};
use tiles::Terms;
use weights::transform_weights;

kernels! {
    /// The steps of convolutions of which `fits_minimal5x5` holds.
    trait Minimal5x5Kernels<T> {
        /// The transformed weights of `[first, how many]` outputs, from the weights of those alone; the first begins a vector. In
        /// what order they lie is the instruction set's affair.
        fn minimal5x5_weights(d: &Conv, outputs: [usize; 2], weights: &[T], transformed: &mut [T]);
        /// The rows of the padded input from `first` on that there is room for among zeros: the even pixels of each, then the odd
        /// ones.
        fn minimal5x5_halves(d: &Conv, first: usize, x: &[T], halves: &mut [T]);
        /// What a row of tiles sees, transformed downwards, from the halves that begin with its first row.
        fn minimal5x5_down(d: &Conv, halves: &[T], down: &mut [T]);
        /// The outputs of `count` tiles from a place on, with `tiles` as scratch. `biases` are those of `d`, if it has any.
        fn minimal5x5_tiles(
            d: &Conv,
            at: Place,
            count: usize,
            down: &[T],
            weights: &[T],
            biases: &[T],
            to: &mut Output<'_, T>,
            tiles: &mut [T],
        );
    }
}

/// Tiles side by side whose sums and outputs, six vectors each, stay in 32 registers; half as many in 16.
const MOST_TILES: usize = 4;

/// The rows of the output from `first` on that `to` has room for, by the transformed weights. `biases` are those of `d`, if
/// it has any; `to` stands for the activation.
pub(crate) fn forward<T: Real>(
    d: &Conv,
    first: usize,
    x: &[T],
    weights: &[T],
    biases: &[T],
    mut to: Output<'_, T>,
    scratch: &mut [T],
) {
    check(d);
    let [rows, across] = to.check(d, first);
    let [halves, down, tiles] = d.minimal5x5_scratch(rows);
    let (halves, scratch) = split_mut(scratch, halves);
    let ((down, scratch), most) = (split_mut(scratch, down), Conv::MINIMAL5X5_ROW / d.input[2]);
    halves.fill(T::ZERO);
    T::minimal5x5_halves(d, first, x, halves);
    for row in 0..rows {
        T::minimal5x5_down(d, part(halves, 4 * row * d.minimal5x5_half()..), down);
        let mut tile = 0;
        while tile < across {
            let count = most.min(across - tile);
            let at = Place { first, row, tile };
            T::minimal5x5_tiles(d, at, count, down, weights, biases, &mut to, part_mut(scratch, ..tiles));
            tile += count;
        }
    }
    let (activation, y) = to.finish();
    T::activate_dear(activation, y);
}

/// Asserts what everything here relies on: output and input fit each other, and their products do not wrap round.
#[inline(always)]
fn check(d: &Conv) {
    check!(d.fits_minimal5x5() && d.input[2] > 0);
    for axis in 0..2 {
        check!(d.output[axis] > 0 && d.output[axis].checked_add(d.kernel[axis] - 1) == Some(d.padded(axis)));
    }
    // No more than 49 terms with a row of tiles or of outputs each; 128 is more than what either is rounded up by.
    let [height, width] = [0, 1].map(|axis| d.input[axis].max(d.output[axis]).saturating_add(128));
    let most = size([128, height, width, d.input[2], d.output[2].saturating_add(128)]);
    check!(most < isize::MAX as usize);
}

#[inline(always)]
fn minimal5x5_weights<V: Vector>(
    d: &Conv,
    outputs: [usize; 2],
    weights: &[V::Element],
    transformed: &mut [V::Element],
) {
    check(d);
    transform_weights::<V>(d, outputs, weights, transformed);
}

#[inline(always)]
fn minimal5x5_halves<V: Vector>(d: &Conv, first: usize, x: &[V::Element], halves: &mut [V::Element]) {
    check(d);
    match d.input[2] {
        1 => take_apart::<_, 1>(d, first, x, halves),
        2 => take_apart::<_, 2>(d, first, x, halves),
        3 => take_apart::<_, 3>(d, first, x, halves),
        _ => take_apart::<_, 4>(d, first, x, halves),
    }
}

#[inline(always)]
fn minimal5x5_down<V: Vector>(d: &Conv, halves: &[V::Element], down: &mut [V::Element]) {
    check(d);
    transform_down::<V>(d, halves, down);
}

#[inline(always)]
fn minimal5x5_tiles<V: Vector>(
    d: &Conv,
    at: Place,
    count: usize,
    down: &[V::Element],
    weights: &[V::Element],
    biases: &[V::Element],
    to: &mut Output<'_, V::Element>,
    tiles: &mut [V::Element],
) {
    check(d);
    check!(weights.len() == d.minimal5x5_weights() && (!d.bias || biases.len() >= d.output[2]));
    let [rows, across] = to.check(d, at.first);
    check!(at.row < rows && at.tile.saturating_add(count) <= across);
    transform_right::<V>(d, [at.tile, count], down, tiles);
    let layer = Layer { d, tiles, weights, biases };
    match to {
        // SAFETY: the tiles and the output are checked.
        Output::Map(y, epilogue) => unsafe {
            multiply::<V>(&layer, at, count, &mut Map { y, epilogue: *epilogue });
        },
        // SAFETY: as above.
        Output::Largest(y, indices, activation) => unsafe {
            multiply::<V>(&layer, at, count, &mut Largest { y, indices, activation: *activation });
        },
    }
}

/// A convolution and its operands.
struct Layer<'a, T> {
    d: &'a Conv,
    tiles: &'a [T],
    weights: &'a [T],
    biases: &'a [T],
}

/// The outputs of `count` transformed tiles.
///
/// # Safety
/// There are so many, all weights, and a bias for each output if there are any; as for [`Put::put`].
#[inline(always)]
unsafe fn multiply<V: Vector>(layer: &Layer<'_, V::Element>, at: Place, count: usize, to: &mut impl Put<V>) {
    let &Layer { d, tiles, weights, biases } = layer;
    let (inputs, outputs) = (d.input[2], d.output[2]);
    let most = if V::ROWS > 6 { MOST_TILES } else { MOST_TILES / 2 };
    for channel in (0..outputs).step_by(V::LANES) {
        let mut bias = V::splat(V::Element::ZERO);
        if d.bias {
            // SAFETY: the caller's.
            bias = unsafe { V::load_lanes(biases.as_ptr().add(channel), V::lanes(outputs - channel)) };
        }
        let weights = part(weights, channel * inputs * TERMS * TERMS..).as_ptr();
        let mut tile = 0;
        while tile < count {
            let group = if count - tile < most { count - tile } else { most };
            let terms = Terms { inputs, pixel: part(tiles, tile * inputs..).as_ptr(), weights };
            let at = Place { tile: at.tile + tile, ..at };
            // SAFETY: the caller's.
            unsafe {
                match group {
                    1 => to.put::<1>(d, at, channel, terms.outputs(bias)),
                    2 => to.put::<2>(d, at, channel, terms.outputs(bias)),
                    _ if const { V::ROWS <= 6 } => {}
                    3 => to.put::<3>(d, at, channel, terms.outputs(bias)),
                    _ => to.put::<MOST_TILES>(d, at, channel, terms.outputs(bias)),
                }
            }
            tile += group;
        }
    }
}
