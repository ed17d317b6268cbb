//! Which rows make pairs, and which of their terms are not zero.

use super::present::{TERMS, not_zero};
use crate::gemm::product::Grid;
use crate::simd::vector::Vector;

/// Rows among which pairs are made.
pub(super) const ROWS: usize = 32;

/// The pairs of some rows.
#[derive(Clone, Copy)]
pub(crate) struct Pairs {
    /// For each row, a bit for each term that is not zero.
    present: [u64; ROWS],
    /// The rows, each pair after the other.
    order: [u8; ROWS],
}

impl Pairs {
    /// No terms of the first row.
    #[inline(always)]
    pub(super) const fn none() -> Self {
        Self { present: [0; ROWS], order: [0; ROWS] }
    }

    /// Finds which of the first `terms` of the rows are not zero, and pairs of rows that have many of them in common.
    #[inline(always)]
    pub(super) fn find<V: Vector>(a: &[V::Element], rows: Grid, terms: usize) -> Self {
        let count = rows.len();
        check!(0 < count && count <= ROWS && 0 < terms && terms <= TERMS && rows.reach(terms - 1) < a.len());
        let mut present = [0; ROWS];
        for (row, present) in present.iter_mut().take(count).enumerate() {
            // SAFETY: the last term of the last row lies inside `a`.
            *present = unsafe { not_zero::<V>(a.as_ptr().add(row * rows.steps[2]), terms) };
        }
        let mut order = [0; ROWS];
        for (row, place) in places(&present, count, terms).into_iter().take(count).enumerate() {
            order[place as usize % ROWS] = row as u8;
        }
        if count % 2 == 1 {
            // The last makes a pair with itself.
            order[count % ROWS] = order[count - 1];
        }
        Self { present, order }
    }

    /// The first so many pairs, and which terms are not zero in both rows.
    #[inline(always)]
    pub(super) fn iter(&self, count: usize) -> impl Iterator<Item = ([usize; 2], u64)> {
        self.order.as_chunks::<2>().0.iter().take(count).map(|pair| {
            let rows = [usize::from(pair[0]) % ROWS, usize::from(pair[1]) % ROWS];
            (rows, self.present[rows[0]] | self.present[rows[1]])
        })
    }
}

/// The place of each row in the order of their last terms, read as a number, where rows with many terms in common are neighbours.
#[inline(always)]
fn places(present: &[u64; ROWS], rows: usize, terms: usize) -> [u32; ROWS] {
    let mut keys = [u32::MAX; ROWS];
    for (row, key) in keys.iter_mut().take(rows).enumerate() {
        let last_terms = (present[row] << (TERMS - terms) >> 32) as u32;
        // The row itself in the last bits, so that no two are alike.
        *key = last_terms / ROWS as u32 * ROWS as u32 + row as u32;
    }
    let mut places = [0; ROWS];
    for key in keys {
        for (place, &other) in places.iter_mut().zip(&keys) {
            *place += u32::from(key < other);
        }
    }
    places
}
