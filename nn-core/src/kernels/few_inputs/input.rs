//! The input of a row of tiles, transformed: for each pair of terms a row of pixels.
//!
//! The numbers of all pixels are found, though only those of every other one, where a tile begins, are used: vectors then
//! take them as they lie.

use super::filter::{TAPS, TERMS, pixels};
use crate::kernels::size;
use crate::kernels::vector::Vector;
use crate::memory::{part, part_mut};
use crate::real::Real;
use nn_sizes::Conv;

/// Transforms downwards what tiles see that begin at output row `first`: a row for each term, whose padding is there already.
#[inline(always)]
pub(super) fn transform_down<V: Vector>(
    d: &Conv,
    first: usize,
    x: &[V::Element],
    zeros: &[V::Element],
    down: &mut [V::Element],
) {
    let (pad, len, padded) = (d.pad[1] * d.input[2], d.input[1] * d.input[2], d.few_inputs_padded());
    check!(x.len() == size(d.input) && zeros.len() >= len);
    check!(down.len() >= size([TERMS, padded]) && pad + len + V::LANES <= padded);
    let mut rows = [zeros.as_ptr(); TAPS + 1];
    for i in 0..TAPS + 1 {
        if let Some(row) = first.saturating_add(i).checked_sub(d.pad[0])
            && row < d.input[0]
        {
            rows[i] = part(x, row * len..(row + 1) * len).as_ptr();
        }
    }
    let to = part_mut(down, pad..).as_mut_ptr();
    for at in (0..len).step_by(V::LANES) {
        let lanes = V::lanes(len - at);
        let mut column = [V::splat(V::Element::ZERO); TAPS + 1];
        for i in 0..TAPS + 1 {
            // SAFETY: rows have `len` numbers.
            column[i] = unsafe { V::load_lanes(rows[i].add(at), lanes) };
        }
        let column = pixels(column);
        for term in 0..TERMS {
            // SAFETY: by the check, behind `len` numbers of a row there is room for a vector; what it has more are zeros.
            unsafe { column[term].store_to(to.add(term * padded + at)) };
        }
    }
}

/// Transforms `count` tiles from `first` on to the right: a row for each pair of terms.
#[inline(always)]
pub(super) fn transform_right<V: Vector>(
    d: &Conv,
    [first, count]: [usize; 2],
    down: &[V::Element],
    tiles: &mut [V::Element],
) {
    let (inputs, padded) = (d.input[2], d.few_inputs_padded());
    let (start, len) = (2 * first * inputs, 2 * count * inputs);
    check!(len <= Conv::FEW_INPUTS_ROW && tiles.len() >= TERMS * TERMS * Conv::FEW_INPUTS_ROW);
    check!(down.len() >= size([TERMS, padded]) && start + len + TAPS * inputs + V::LANES <= padded);
    for at in (0..len).step_by(V::LANES) {
        for term in 0..TERMS {
            let mut row = [V::splat(V::Element::ZERO); TAPS + 1];
            for i in 0..TAPS + 1 {
                // SAFETY: by the check, behind `len` numbers and as many pixels as taps there is a vector more.
                row[i] = unsafe { V::load_from(down.as_ptr().add(term * padded + start + at + i * inputs)) };
            }
            let row = pixels(row);
            for right in 0..TERMS {
                let to = (term * TERMS + right) * Conv::FEW_INPUTS_ROW + at;
                // SAFETY: the rows are checked, and whole vectors.
                unsafe { row[right].store_to(tiles.as_mut_ptr().add(to)) };
            }
        }
    }
}
