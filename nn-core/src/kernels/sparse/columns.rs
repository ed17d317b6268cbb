//! Products without those columns that are zero from top to bottom.

use super::CHUNK;
use crate::kernels::block::{Block, PACKED};
use crate::kernels::size;
use crate::kernels::vector::Vector;
use crate::real::Real;

/// Vectors of columns that there is room to remember.
const MOST_VECTORS: usize = 64;

/// Columns of as many vectors, however wide these are.
const MOST_COLUMNS: usize = 16 * MOST_VECTORS;

/// How long it takes to spread a vector of results, in multiply–adds.
const SPREAD: usize = 4;

/// The columns of a matrix that are not all zero, side by side.
pub(in crate::kernels) struct Columns<'a, T> {
    /// Rows of these columns, [`step`](Self::step) apart.
    pub(in crate::kernels) numbers: &'a [T],
    /// Room for a [`CHUNK`] of results, which end where a vector can be read.
    pub(in crate::kernels) results: &'a mut [T],
    /// How many columns there are.
    pub(in crate::kernels) count: usize,
    /// From one row to the next: whole vectors.
    pub(in crate::kernels) step: usize,
    /// For each vector of the matrix, which of its columns are among them.
    present: [u32; MOST_VECTORS],
}

impl<'a, T: Real> Columns<'a, T> {
    /// Packs the columns of the matrix with rows of `width` into `block`, if its product with as many `rows` takes less time then.
    #[inline(always)]
    pub(in crate::kernels) fn pack<V: Vector<Element = T>>(
        matrix: &[T],
        width: usize,
        block: &'a mut Block<T>,
    ) -> Option<Self> {
        let (rows, vectors) = (matrix.len() / width, width.div_ceil(V::LANES));
        if vectors > MOST_VECTORS || rows <= SPREAD {
            return None;
        }
        let (mut present, mut places, mut count) = ([0; MOST_VECTORS], [0; MOST_COLUMNS], 0);
        for (vector, present) in present.iter_mut().take(vectors).enumerate() {
            let column = vector * V::LANES;
            *present = not_zero_below::<V>(matrix, width, column);
            // SAFETY: there is room for all columns up to the end of this vector.
            count += unsafe { V::store_positions(*present, column as u16, places[count..].as_mut_ptr()) };
        }
        let packed = count.div_ceil(V::LANES);
        let step = packed * V::LANES;
        let is_less = size([rows, vectors - packed]) > size([SPREAD, vectors]);
        let (packed_len, results_len) = (size([rows, step]), CHUNK * step + V::LANES);
        if !is_less || packed_len.saturating_add(results_len) > PACKED {
            return None;
        }
        let (numbers, results) = block.zeroed(packed_len + results_len).split_at_mut(packed_len);
        for (row, to) in matrix.chunks_exact(width).zip(numbers.chunks_exact_mut(step.max(1))) {
            for (to, &place) in to.iter_mut().zip(&places[..count]) {
                *to = row[usize::from(place)];
            }
        }
        Some(Self { numbers, results, count, step, present })
    }

    /// Writes a row of the results to the places of their columns, and zero to all others.
    #[inline(always)]
    pub(in crate::kernels) fn spread<V: Vector<Element = T>>(&self, row: usize, to: &mut [T]) {
        let mut first = row * self.step;
        for (to, &present) in to.chunks_mut(V::LANES).zip(&self.present) {
            V::spread(&self.results[first..], present).store_partial(to);
            first += present.count_ones() as usize;
        }
    }
}

/// Which of a vector's columns, from `column` on, are not all zero.
#[inline(always)]
fn not_zero_below<V: Vector>(matrix: &[V::Element], width: usize, column: usize) -> u32 {
    let end = width.min(column + V::LANES);
    let mut sum = V::splat(V::Element::ZERO);
    for row in matrix.chunks_exact(width) {
        sum = sum.add(V::load_partial(&row[column..end]).abs());
    }
    sum.not_zero()
}
