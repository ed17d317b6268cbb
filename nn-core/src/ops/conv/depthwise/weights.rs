//! The gradient of weights and biases: sums over the pixels of a block, which are added up over some rows, and these to those before:
//! so that rounding does not grow with the pixels.

use super::axis::Axis;
use super::blocks::{Block, LEAST_PIXELS, Row, Taps, mul_add};
use super::check;
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::long::carry;
use crate::simd::each::{load_vectors, store_vectors};
use crate::simd::sums::BLOCKS;
use crate::simd::vector::Vector;
use nn_sizes::Conv;

#[inline(always)]
pub(super) fn depthwise_weight_gradient<V: Vector>(
    d: &Conv,
    x: &[V::Element],
    dz: &[V::Element],
    dp: &mut [V::Element],
    part: &mut [V::Element],
) {
    check!(part.len() == dp.len());
    part.fill(V::Element::ZERO);
    let (dw_before, db_before) = dp.split_at_mut(d.weights());
    let (dw, db) = part.split_at_mut(d.weights());
    check(d, dw.len());
    check!(x.len() == size(d.input) && dz.len() == size(d.output));
    let [_, width, channels] = d.output;
    let [rows, columns] = [0, 1].map(|axis| Axis::forward(d, axis));
    let (db, db_before) = if d.bias { (&mut db[..channels], &mut db_before[..channels]) } else { Default::default() };
    let rows_together = (BLOCKS * LEAST_PIXELS / width).max(1);
    for (i, dz) in dz.chunks_exact(width * channels).enumerate() {
        let row = Row { rows: &rows, row: i, columns: &columns, width: d.input[1], kernel: d.kernel[1], channels };
        // SAFETY: checked above.
        unsafe { row.for_each_block::<V>(&mut Gradients { x, dz, channels, dw: &mut *dw, db: &mut *db }) };
        if (i + 1).is_multiple_of(rows_together) || i + 1 == d.output[0] {
            carry::<V>(dw, dw_before);
            carry::<V>(db, db_before);
        }
    }
}

/// A row of output gradients, and what they are added to.
struct Gradients<'a, T> {
    x: &'a [T],
    dz: &'a [T],
    channels: usize,
    dw: &'a mut [T],
    db: &'a mut [T],
}

impl<V: Vector> Block<V> for Gradients<'_, V::Element> {
    #[inline(always)]
    unsafe fn block<const N: usize, const M: usize, const TAPS: usize, const WHOLE: bool>(
        &mut self,
        taps: &Taps,
        [place, every]: [usize; 2],
        c: usize,
    ) {
        let channels = self.channels;
        let lanes = V::lanes(channels - c);
        let zero = [V::splat(V::Element::ZERO); M];
        // SAFETY: the caller's.
        unsafe {
            let mut dz = [zero; N];
            for n in 0..N {
                dz[n] = load_vectors::<V, M, WHOLE>(self.dz.as_ptr().add(place + n * every + c), lanes);
            }
            if !self.db.is_empty() {
                let mut sum = zero;
                for n in 0..N {
                    for m in 0..M {
                        sum[m] = sum[m].add(dz[n][m]);
                    }
                }
                add::<V, M, WHOLE>(sum, self.db.as_mut_ptr().add(c), lanes);
            }
            let mut x = self.x.as_ptr().add(taps.source + c);
            let mut dw = self.dw.as_mut_ptr().add(taps.weight + c);
            for _ in 0..taps.counts[0] {
                if TAPS > 0 {
                    let mut sums = [zero; TAPS];
                    let mut at = x;
                    for i in 0..N + TAPS - 1 {
                        let numbers = load_vectors::<V, M, WHOLE>(at, lanes);
                        at = at.wrapping_add(taps.step);
                        for j in 0..TAPS {
                            if i >= j && i - j < N {
                                sums[j] = mul_add(numbers, dz[i - j], sums[j]);
                            }
                        }
                    }
                    for j in 0..TAPS {
                        add::<V, M, WHOLE>(sums[j], dw.offset(j as isize * taps.weight_steps[1]), lanes);
                    }
                } else {
                    for j in 0..taps.counts[1] {
                        let mut sum = zero;
                        for n in 0..N {
                            let from = x.add(j * taps.steps[1] + n * taps.step);
                            sum = mul_add(load_vectors::<V, M, WHOLE>(from, lanes), dz[n], sum);
                        }
                        add::<V, M, WHOLE>(sum, dw.offset(j as isize * taps.weight_steps[1]), lanes);
                    }
                }
                x = x.wrapping_add(taps.steps[0]);
                dw = dw.wrapping_offset(taps.weight_steps[0]);
            }
        }
    }
}

/// Adds `M` vectors, or `lanes` of one, to what is at `to`.
///
/// # Safety
/// It can be read and written there.
#[inline(always)]
unsafe fn add<V: Vector, const M: usize, const WHOLE: bool>(sums: [V; M], to: *mut V::Element, lanes: V::Lanes) {
    // SAFETY: the caller's.
    unsafe {
        let mut totals = load_vectors::<V, M, WHOLE>(to, lanes);
        for m in 0..M {
            totals[m] = totals[m].add(sums[m]);
        }
        store_vectors::<V, M, WHOLE>(totals, to, lanes);
    }
}
