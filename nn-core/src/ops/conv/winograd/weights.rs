//! Weights, transformed: for each position a matrix `[inputs][outputs]`.

use super::transform::{weights_gradient_tile, weights_tile};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::block::{Block, PACKED, transpose};
use crate::simd::vector::Vector;
use nn_sizes::{Conv, POSITIONS};

/// Weights of a pair of channels.
const TAPS: usize = 9;

#[inline(always)]
pub(super) fn transform_weights<V: Vector>(d: &Conv, p: &[V::Element], transformed: &mut [V::Element]) {
    let len = d.input[2] * d.output[2];
    let step = transformed.len() / POSITIONS;
    check!(p.len() >= size([TAPS, len]) && len <= step);
    for at in (0..len).step_by(V::LANES) {
        let lanes = V::lanes(len - at);
        // SAFETY: each tap has `len` weights in `p`, and each position room for as many.
        unsafe {
            let taps = load_taps::<V>(p.as_ptr().add(at), len, lanes);
            store_tile(weights_tile(taps), transformed.as_mut_ptr().add(at), step, lanes);
        }
    }
}

/// Those of the convolution that gives the input's gradient: turned round, with input and output channels exchanged.
#[inline(always)]
pub(super) fn turn_weights<V: Vector>(d: &Conv, p: &[V::Element], transformed: &mut [V::Element]) {
    let (inputs, outputs) = (d.input[2], d.output[2]);
    let step = transformed.len() / POSITIONS;
    check!(p.len() >= size([TAPS, inputs, outputs]) && inputs * outputs <= step);
    let panel = 2 * V::LANES;
    let depth = PACKED / (TAPS * panel);
    let mut block = Block::<V::Element>::new();
    let block = block.zeros(TAPS * depth.min(outputs) * panel);
    for input in (0..inputs).step_by(panel) {
        let columns = if inputs - input < panel { inputs - input } else { panel };
        for output in (0..outputs).step_by(depth) {
            let rows = if outputs - output < depth { outputs - output } else { depth };
            for tap in 0..TAPS {
                let from = &p[((TAPS - 1 - tap) * inputs + input) * outputs + output..];
                transpose::<V>(from, outputs, [columns, rows], panel, &mut block[tap * rows * panel..]);
            }
            for row in 0..rows {
                for column in (0..columns).step_by(V::LANES) {
                    let to = (output + row) * inputs + input + column;
                    let lanes = V::lanes(columns - column);
                    // SAFETY: each tap has `rows` rows of `panel` numbers in the block; `lanes` are inputs from
                    // `input + column` on, for which the matrix of each position has room.
                    unsafe {
                        let from = block.as_ptr().add(row * panel + column);
                        let taps = load_taps::<V>(from, rows * panel, lanes);
                        store_tile(weights_tile(taps), transformed.as_mut_ptr().add(to), step, lanes);
                    }
                }
            }
        }
    }
}

/// Adds the gradient of the weights of `count` inputs from `first` on to `dw`, from that of these transformed weights.
#[inline(always)]
pub(super) fn weights_gradient<V: Vector>(
    d: &Conv,
    first: usize,
    count: usize,
    transformed: &[V::Element],
    dw: &mut [V::Element],
) {
    let (inputs, outputs) = (d.input[2], d.output[2]);
    let (tap, start, len) = (inputs * outputs, first * outputs, count * outputs);
    let step = transformed.len() / POSITIONS;
    check!(first + count <= inputs && dw.len() >= size([TAPS, inputs, outputs]) && len <= step);
    for at in (0..len).step_by(V::LANES) {
        let lanes = V::lanes(len - at);
        let mut tile = [[V::splat(V::Element::ZERO); 4]; 4];
        for i in 0..4 {
            for j in 0..4 {
                // SAFETY: each position has `len` numbers.
                tile[i][j] = unsafe { V::load_lanes(transformed.as_ptr().add((4 * i + j) * step + at), lanes) };
            }
        }
        let taps = weights_gradient_tile(tile);
        for i in 0..3 {
            for j in 0..3 {
                // SAFETY: each tap has `len` numbers from `start` on.
                unsafe {
                    let to = dw.as_mut_ptr().add((3 * i + j) * tap + start + at);
                    V::load_lanes(to, lanes).add(taps[i][j]).store_lanes(to, lanes);
                }
            }
        }
    }
}

/// # Safety
/// `lanes` can be read at `from` and eight more places, `step` apart.
#[inline(always)]
unsafe fn load_taps<V: Vector>(from: *const V::Element, step: usize, lanes: V::Lanes) -> [[V; 3]; 3] {
    let mut taps = [[V::splat(V::Element::ZERO); 3]; 3];
    for i in 0..3 {
        for j in 0..3 {
            // SAFETY: the caller's.
            taps[i][j] = unsafe { V::load_lanes(from.add((3 * i + j) * step), lanes) };
        }
    }
    taps
}

/// # Safety
/// `lanes` can be written at `to` and fifteen more places, `step` apart.
#[inline(always)]
unsafe fn store_tile<V: Vector>(tile: [[V; 4]; 4], to: *mut V::Element, step: usize, lanes: V::Lanes) {
    for i in 0..4 {
        for j in 0..4 {
            // SAFETY: the caller's.
            unsafe { tile[i][j].store_lanes(to.add((4 * i + j) * step), lanes) };
        }
    }
}
