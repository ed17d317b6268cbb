//! Sums over the taps of windows: the output, and the gradient of the input.

use super::axis::Axis;
use super::blocks::{Block, Row, Taps, mul_add};
use crate::base::number::Number;
use crate::gemm::epilogue::Epilogue;
use crate::simd::each::{load_vectors, store_vectors};
use crate::simd::vector::Vector;

/// What the sums are of.
#[derive(Clone, Copy)]
pub(super) struct Sums<'a, T> {
    pub source: &'a [T],
    /// `[height, width, channels]` of the source.
    pub map: [usize; 3],
    pub weights: &'a [T],
    /// Width of the kernel.
    pub kernel: usize,
    /// One for each channel, or none.
    pub biases: &'a [T],
    pub epilogue: Epilogue<'a, T>,
}

/// The results in one row.
///
/// # Safety
/// The sources and weights that the axes speak of are there, room for the results, and what the epilogue adds to them.
#[inline(always)]
pub(super) unsafe fn sums_of_row<V: Vector>(
    sums: &Sums<'_, V::Element>,
    rows: &Axis,
    row: usize,
    columns: &Axis,
    to: &mut [V::Element],
) {
    let [_, width, channels] = sums.map;
    let row = Row { rows, row, columns, width, kernel: sums.kernel, channels };
    // SAFETY: the caller's.
    unsafe { row.for_each_block::<V>(&mut RowOfSums { sums, to }) };
}

/// A row of them, and where it goes.
struct RowOfSums<'a, T> {
    sums: &'a Sums<'a, T>,
    to: &'a mut [T],
}

impl<V: Vector> Block<V> for RowOfSums<'_, V::Element> {
    #[inline(always)]
    unsafe fn block<const N: usize, const M: usize, const TAPS: usize, const WHOLE: bool>(
        &mut self,
        taps: &Taps,
        [place, every]: [usize; 2],
        c: usize,
    ) {
        let Sums { source, map: [_, _, channels], weights, biases, epilogue, .. } = *self.sums;
        let lanes = V::lanes(if WHOLE { V::LANES } else { channels - c });
        // SAFETY: the caller's.
        unsafe {
            let mut bias = [V::splat(V::Element::ZERO); M];
            if !biases.is_empty() {
                bias = load_vectors::<V, M, WHOLE>(biases.as_ptr().add(c), lanes);
            }
            let mut sums = [bias; N];
            let mut source = source.as_ptr().add(taps.source + c);
            let mut weights = weights.as_ptr().add(taps.weight + c);
            for _ in 0..taps.counts[0] {
                if TAPS > 0 {
                    let mut row = [bias; TAPS];
                    let mut tap = weights;
                    for j in 0..TAPS {
                        row[j] = load_vectors::<V, M, WHOLE>(tap, lanes);
                        tap = tap.wrapping_offset(taps.weight_steps[1]);
                    }
                    // Each number is loaded once for all taps that see it.
                    for i in 0..N + TAPS - 1 {
                        let numbers = load_vectors::<V, M, WHOLE>(source.add(i * taps.step), lanes);
                        for j in 0..TAPS {
                            if i >= j && i - j < N {
                                sums[i - j] = mul_add(numbers, row[j], sums[i - j]);
                            }
                        }
                    }
                } else {
                    for j in 0..taps.counts[1] {
                        let weights = weights.offset(j as isize * taps.weight_steps[1]);
                        let weights = load_vectors::<V, M, WHOLE>(weights, lanes);
                        for n in 0..N {
                            let from = source.add(j * taps.steps[1] + n * taps.step);
                            sums[n] = mul_add(load_vectors::<V, M, WHOLE>(from, lanes), weights, sums[n]);
                        }
                    }
                }
                source = source.wrapping_add(taps.steps[0]);
                weights = weights.wrapping_offset(taps.weight_steps[0]);
            }
            let mut places = [place; N];
            for n in 0..N {
                places[n] += n * every;
            }
            epilogue.finish::<V, N, M>(&mut sums, &places, c, lanes);
            for n in 0..N {
                store_vectors::<V, M, WHOLE>(sums[n], self.to.as_mut_ptr().add(places[n] + c), lanes);
            }
        }
    }
}
