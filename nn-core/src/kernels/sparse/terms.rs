//! Which terms of a product are left.

use super::{CHUNK, ROWS};
use crate::kernels::size;
use crate::kernels::tile::Grid;
use crate::kernels::vector::Vector;
use crate::real::Real;
use core::mem::MaybeUninit;
use core::slice;

/// Numbers of terms that there is room for.
const ROOM: usize = 8192;

/// Groups that there is room for.
const MOST_GROUPS: usize = 64;

/// More lanes than any vector has.
const MOST_LANES: usize = 16;

/// For each of some groups of rows, the terms that are not zero in all of them.
pub(in crate::kernels) struct Terms {
    numbers: MaybeUninit<[u16; ROOM]>,
    /// Where the terms of each group end.
    ends: [usize; MOST_GROUPS],
    /// From where the terms of one group begin to where those of the next do.
    step: usize,
    groups: usize,
}

impl Terms {
    #[inline(always)]
    pub(in crate::kernels) fn new() -> Self {
        Self { numbers: MaybeUninit::uninit(), ends: [0; MOST_GROUPS], step: 0, groups: 0 }
    }

    /// Room for the terms of a group, which are written by the vector.
    #[inline(always)]
    fn step<V: Vector>(terms: usize) -> usize {
        terms.saturating_add(V::LANES)
    }

    /// How many rows there is room for.
    #[inline(always)]
    pub(in crate::kernels) fn most_rows<V: Vector>(terms: usize) -> usize {
        ROWS * (ROOM / Self::step::<V>(terms)).min(MOST_GROUPS)
    }

    /// The terms of each group in their order.
    #[inline(always)]
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u16]> {
        self.ends.iter().take(self.groups).enumerate().map(|(group, &end)| {
            // SAFETY: `find` has written the terms of each group up to its end.
            unsafe { slice::from_raw_parts(self.numbers.as_ptr().cast::<u16>().add(group * self.step), end) }
        })
    }

    /// Finds the terms of each group of `a`, what rows there are beyond the last group left out, and says whether many terms are
    /// zero.
    ///
    /// There is a group and [room](Self::most_rows) for all; rows or terms are one number apart.
    #[inline(always)]
    pub(in crate::kernels) fn find<V: Vector>(&mut self, a: &[V::Element], rows: Grid, terms: Grid) -> bool {
        (self.groups, self.step) = (rows.len() / ROWS, Self::step::<V>(terms.len()));
        check!(self.groups > 0 && self.groups <= MOST_GROUPS && size([self.groups, self.step]) <= ROOM);
        check!(terms.len() > 0 && rows.reach(terms.reach(0)) < a.len());
        // SAFETY: just checked.
        unsafe {
            if terms.steps[2] == 1 {
                self.find_by_terms::<V>(a.as_ptr(), rows.steps[2], terms.len());
            } else {
                check!(rows.steps[2] == 1 && rows.len() <= CHUNK);
                self.find_by_rows::<V>(a.as_ptr(), terms);
            }
        }
        let left: usize = self.ends.iter().take(self.groups).sum();
        16 * left < 15 * self.groups * terms.len()
    }

    /// [`find`](Self::find) where the terms of a row lie side by side: the lanes are terms.
    ///
    /// # Safety
    /// The terms can be read in all rows, and there is room for them.
    #[inline(always)]
    unsafe fn find_by_terms<V: Vector>(&mut self, a: *const V::Element, row_step: usize, terms: usize) {
        let mut a = a;
        let mut to = self.numbers.as_mut_ptr().cast::<u16>();
        for end in self.ends.iter_mut().take(self.groups) {
            *end = 0;
            for term in (0..terms).step_by(V::LANES) {
                let lanes = V::lanes(terms - term);
                let mut sum = V::splat(V::Element::ZERO);
                for row in 0..ROWS {
                    // SAFETY: the caller's.
                    sum = sum.add(unsafe { V::load_lanes(a.add(row * row_step + term), lanes) }.abs());
                }
                // SAFETY: there is room for a vector beyond all terms before these.
                *end += unsafe { V::store_positions(sum.not_zero(), term as u16, to.add(*end)) };
            }
            a = a.wrapping_add(ROWS * row_step);
            to = to.wrapping_add(self.step);
        }
    }

    /// [`find`](Self::find) where the rows of a term lie side by side: the lanes are rows.
    ///
    /// # Safety
    /// The terms can be read in all rows, and there is room for them.
    #[inline(always)]
    unsafe fn find_by_rows<V: Vector>(&mut self, a: *const V::Element, terms: Grid) {
        let rows = self.groups * ROWS;
        self.ends.fill(0);
        for term in (0..terms.len()).step_by(V::LANES) {
            // For each term of a vector, the rows where it is not zero.
            let mut present = [0; MOST_LANES];
            for (i, present) in present.iter_mut().take((terms.len() - term).min(V::LANES)).enumerate() {
                // SAFETY: the caller's.
                let a = unsafe { a.add((term + i) * terms.steps[2]) };
                for row in (0..rows).step_by(V::LANES) {
                    // SAFETY: the caller's.
                    *present |= unsafe { V::load_lanes(a.add(row), V::lanes(rows - row)) }.not_zero() << row;
                }
            }
            let mut to = self.numbers.as_mut_ptr().cast::<u16>();
            let mut group_rows = (1 << ROWS) - 1;
            for end in self.ends.iter_mut().take(self.groups) {
                // SAFETY: there is room for a vector beyond all terms before these.
                *end += unsafe { V::store_positions(V::any_bits(&present, group_rows), term as u16, to.add(*end)) };
                group_rows <<= ROWS;
                to = to.wrapping_add(self.step);
            }
        }
    }
}
