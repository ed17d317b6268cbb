//! Weights, transformed: for each vector of outputs, each input channel, and each pair of terms a vector.

use super::filter::{TAPS, TERMS, weights};
use crate::base::memory::part_mut;
use crate::base::number::Number;
use crate::base::size;
use crate::simd::vector::Vector;
use nn_sizes::Conv;

/// Transforms the weights of `columns` outputs from `first` on: `[taps down][taps right][inputs][columns]`.
#[inline(always)]
pub(super) fn transform_weights<V: Vector>(
    d: &Conv,
    [first, columns]: [usize; 2],
    taps: &[V::Element],
    transformed: &mut [V::Element],
) {
    let inputs = d.input[2];
    check!(first.is_multiple_of(V::LANES) && first.saturating_add(columns) <= d.output[2]);
    check!(taps.len() >= size([TAPS, TAPS, inputs, columns]) && transformed.len() == d.minimal5x5_weights());
    let zero = V::splat(V::Element::ZERO);
    let mut to = part_mut(transformed, first * inputs * TERMS * TERMS..).as_mut_ptr();
    for column in (0..columns).step_by(V::LANES) {
        let lanes = V::lanes(columns - column);
        for input in 0..inputs {
            // Each row of taps transformed to the right.
            let mut rows = [[zero; TAPS]; TERMS];
            for i in 0..TAPS {
                let mut row = [zero; TAPS];
                for j in 0..TAPS {
                    let at = ((i * TAPS + j) * inputs + input) * columns + column;
                    // SAFETY: the tap has a weight for every column, by the check.
                    row[j] = unsafe { V::load_lanes(taps.as_ptr().add(at), lanes) };
                }
                for (rows, weight) in rows.iter_mut().zip(weights(row)) {
                    rows[i] = weight;
                }
            }
            for right in 0..TERMS {
                let column = weights(rows[right]);
                for down in 0..TERMS {
                    // SAFETY: there are vectors for all outputs, the last of which may be partial, by the check.
                    unsafe { column[down].store_to(to.add((down * TERMS + right) * V::LANES)) };
                }
            }
            to = to.wrapping_add(TERMS * TERMS * V::LANES);
        }
    }
}
