//! Columns of a matrix that are not zero from top to bottom.

use crate::base::number::Number;
use crate::base::size;
use crate::simd::vector::{MOST_LANES, Vector};

/// Columns of as many vectors, however wide these are, that there is room to remember.
const MOST_VECTORS: usize = 64;

/// Places of columns that there is room for.
const MOST_COLUMNS: usize = MOST_LANES * MOST_VECTORS;

/// How long it takes to spread a vector of results, in multiply–adds.
const SPREAD: usize = 4;

/// Where the columns lie.
pub(crate) struct Columns {
    places: [u16; MOST_COLUMNS],
    count: usize,
    /// For each vector of the matrix, which of its columns are among them.
    present: [u32; MOST_VECTORS],
    /// How many are before each vector.
    before: [usize; MOST_VECTORS],
}

impl Columns {
    /// Finds the columns of a matrix with rows of `width`, if a product with these alone takes less time than one with `most`.
    #[inline(always)]
    pub(crate) fn find<V: Vector>(matrix: &[V::Element], width: usize, most: usize) -> Option<Self> {
        let (rows, vectors) = (matrix.len() / width, width.div_ceil(V::LANES));
        if vectors > MOST_VECTORS || rows <= SPREAD {
            return None;
        }
        let (present, before) = ([0; MOST_VECTORS], [0; MOST_VECTORS]);
        let mut columns = Self { places: [0; MOST_COLUMNS], count: 0, present, before };
        for vector in 0..vectors {
            let column = vector * V::LANES;
            columns.present[vector] = not_zero_below::<V>(matrix, width, column);
            columns.before[vector] = columns.count;
            let places = columns.places[columns.count..].as_mut_ptr();
            // SAFETY: there is room for all columns up to the end of this vector.
            columns.count += unsafe { V::store_positions(columns.present[vector], column as u16, places) };
        }
        let fewer = most.div_ceil(V::LANES).saturating_sub(columns.count.div_ceil(V::LANES));
        (size([rows, fewer]) > size([SPREAD, vectors])).then_some(columns)
    }

    /// The places of the columns, in their order.
    #[inline(always)]
    pub(crate) fn places(&self) -> &[u16] {
        &self.places[..self.count]
    }

    /// Moves the numbers that each row begins with, one for each column, to the places of these, and sets all others to zero.
    #[inline(always)]
    pub(crate) fn spread<V: Vector>(&self, width: usize, matrix: &mut [V::Element]) {
        let whole = width / V::LANES;
        let (present, before) = (&self.present[..whole], &self.before[..whole]);
        for row in matrix.chunks_exact_mut(width) {
            // From the last on, as what is written then lies beyond what is read next.
            if whole * V::LANES < width {
                let rest = V::load_partial(&row[self.before[whole]..]).spread(self.present[whole]);
                rest.store_partial(&mut row[whole * V::LANES..]);
            }
            for vector in (0..whole).rev() {
                V::load(&row[before[vector]..]).spread(present[vector]).store(&mut row[vector * V::LANES..]);
            }
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
