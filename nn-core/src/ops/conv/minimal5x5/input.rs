//! The input of rows of tiles, transformed: for each pair of terms a row of numbers, one of each tile and input channel.
//!
//! A tile begins at every other pixel, so the even and the odd pixels of a row are taken apart first: what neighbouring tiles see
//! then lies side by side, and vectors take it as it lies.

use super::filter::{TAPS, TERMS, pixels};
use crate::base::memory::{chunks_exact_mut, part, part_mut, split_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::simd::vector::Vector;
use nn_sizes::Conv;

/// Takes the rows of the padded input from `first` on apart; `halves`, of zeros, has room for some. There are `N` input channels.
#[inline(always)]
pub(super) fn take_apart<T: Number, const N: usize>(d: &Conv, first: usize, x: &[T], halves: &mut [T]) {
    let (half, len, before) = (d.minimal5x5_half(), d.input[1] * N, d.pad[1] / 2 * N);
    check!(d.input[2] == N && x.len() == size(d.input));
    for (i, to) in chunks_exact_mut(halves, 2 * half).enumerate() {
        let Some(row) = first.saturating_add(i).checked_sub(d.pad[0]) else { continue };
        if row >= d.input[0] {
            break;
        }
        let (even, odd) = split_mut(to, half);
        // The input's first pixel is an odd one behind an odd number of zeros.
        let (one, other) = if d.pad[1].is_multiple_of(2) {
            (part_mut(even, before..), part_mut(odd, before..))
        } else {
            (part_mut(odd, before..), part_mut(even, before + N..))
        };
        let ((one, _), (other, _)) = (one.as_chunks_mut::<N>(), other.as_chunks_mut::<N>());
        let (pixels, _) = part(x, row * len..(row + 1) * len).as_chunks::<N>();
        let (pairs, last) = pixels.as_chunks::<2>();
        check!(one.len() > pairs.len() && other.len() >= pairs.len());
        if let [last] = last {
            one[pairs.len()] = *last;
        }
        for ((one, other), pair) in one.iter_mut().zip(other).zip(pairs) {
            [*one, *other] = *pair;
        }
    }
}

/// Transforms downwards what a row of tiles sees: a row for each term.
#[inline(always)]
pub(super) fn transform_down<V: Vector>(d: &Conv, halves: &[V::Element], down: &mut [V::Element]) {
    let row = 2 * d.minimal5x5_half();
    check!(halves.len() >= size([TAPS + 1, row]) && down.len() >= size([TERMS, row]) && row.is_multiple_of(V::LANES));
    for at in (0..row).step_by(V::LANES) {
        let mut column = [V::splat(V::Element::ZERO); TAPS + 1];
        for i in 0..TAPS + 1 {
            // SAFETY: rows are checked, and whole vectors.
            column[i] = unsafe { V::load_from(halves.as_ptr().add(i * row + at)) };
        }
        let column = pixels(column);
        for term in 0..TERMS {
            // SAFETY: as above.
            unsafe { column[term].store_to(down.as_mut_ptr().add(term * row + at)) };
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
    let (inputs, half) = (d.input[2], d.minimal5x5_half());
    let (start, len) = (first * inputs, count * inputs);
    check!(len <= Conv::MINIMAL5X5_ROW && tiles.len() >= TERMS * TERMS * Conv::MINIMAL5X5_ROW);
    check!(down.len() >= size([2 * TERMS, half]) && start + len + TAPS / 2 * inputs + V::LANES <= half);
    for at in (0..len).step_by(V::LANES) {
        for term in 0..TERMS {
            let mut row = [V::splat(V::Element::ZERO); TAPS + 1];
            for i in 0..TAPS + 1 {
                let half = (2 * term + i % 2) * half;
                // SAFETY: by the check, behind `len` numbers and two more pixels of a half there is a vector more.
                row[i] = unsafe { V::load_from(down.as_ptr().add(half + start + at + i / 2 * inputs)) };
            }
            let row = pixels(row);
            for right in 0..TERMS {
                let to = (term * TERMS + right) * Conv::MINIMAL5X5_ROW + at;
                // SAFETY: the rows are checked, and whole vectors.
                unsafe { row[right].store_to(tiles.as_mut_ptr().add(to)) };
            }
        }
    }
}
