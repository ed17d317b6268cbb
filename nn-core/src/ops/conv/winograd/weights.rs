//! Weights, transformed: for each position a matrix `[inputs][outputs]` in panels.

use super::transform::{weights_gradient_tile, weights_tile};
use crate::base::number::Number;
use crate::base::{ranges, size};
use crate::gemm::block::{Block, PACKED, transpose};
use crate::gemm::panels::panels;
use crate::simd::vector::Vector;
use nn_sizes::{Conv, POSITIONS};

/// Weights of a pair of channels.
const TAPS: usize = 9;

/// Transforms the weights between some input channels `[first, count]` and some output channels, the first of a panel, which `p` holds
/// as `[taps][inputs][outputs]`.
#[inline(always)]
pub(super) fn transform_weights<V: Vector>(
    d: &Conv,
    [input, inputs]: [usize; 2],
    [output, outputs]: [usize; 2],
    p: &[V::Element],
    transformed: &mut [V::Element],
) {
    let step = transformed.len() / POSITIONS;
    check!(inputs <= d.input[2] && input <= d.input[2] - inputs);
    check!(outputs <= d.output[2] && output <= d.output[2] - outputs && output.is_multiple_of(2 * V::LANES));
    check!(p.len() >= size([TAPS, inputs, outputs]) && d.input[2] * d.output[2] <= step);
    for panel in panels::<V>(outputs) {
        for row in 0..inputs {
            let to = (output + panel.start) * d.input[2] + (input + row) * panel.len();
            // SAFETY: the panel has a row of these numbers for each input in each position; each tap a row of outputs in `p`.
            unsafe {
                let from = p.as_ptr().add(row * outputs + panel.start);
                transform_row::<V>(from, inputs * outputs, transformed.as_mut_ptr().add(to), step, panel.len());
            }
        }
    }
}

/// Transforms `count` weights side by side.
///
/// # Safety
/// So many can be read at `from` and eight more places, `tap` apart, and written at `to` and fifteen more, `step` apart.
#[inline(always)]
unsafe fn transform_row<V: Vector>(
    from: *const V::Element,
    tap: usize,
    to: *mut V::Element,
    step: usize,
    count: usize,
) {
    for at in (0..count).step_by(V::LANES) {
        let lanes = V::lanes(count - at);
        // SAFETY: the caller's.
        unsafe { store_tile(weights_tile(load_taps::<V>(from.add(at), tap, lanes)), to.add(at), step, lanes) };
    }
}

/// Those of the convolution that gives the input's gradient: turned round, with input and output channels exchanged.
#[inline(always)]
pub(super) fn turn_weights<V: Vector>(d: &Conv, p: &[V::Element], transformed: &mut [V::Element]) {
    let (inputs, outputs) = (d.input[2], d.output[2]);
    let step = transformed.len() / POSITIONS;
    check!(p.len() >= size([TAPS, inputs, outputs]) && inputs * outputs <= step);
    let depth = PACKED / (TAPS * 2 * V::LANES);
    let mut block = Block::<V::Element>::new();
    let block = block.zeros(TAPS * depth.min(outputs) * 2 * V::LANES);
    for panel in panels::<V>(inputs) {
        let width = panel.len();
        for some in ranges(outputs, depth) {
            let rows = some.len();
            for tap in 0..TAPS {
                let from = &p[((TAPS - 1 - tap) * inputs + panel.start) * outputs + some.start..];
                transpose::<V>(from, outputs, [width, rows], width, &mut block[tap * rows * width..]);
            }
            // The rows of a panel lie one after the other, as those of the block do.
            let to = panel.start * outputs + some.start * width;
            // SAFETY: the block has so many numbers for each tap, and the panel of each position room for them.
            unsafe {
                let to = transformed.as_mut_ptr().add(to);
                transform_row::<V>(block.as_ptr(), rows * width, to, step, rows * width);
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
