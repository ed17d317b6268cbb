//! Products that leave out zeros: dark pixels, what relu or dropout has set to zero, outputs that no sample's gradient reaches.
//!
//! A term adds nothing to those rows of `C` whose number in `A` is zero. Four rows make a group, as it seldom happens to many
//! at once, and a tile of a group goes by the list of the [`Terms`] that are left. Those keep their order and adding zero
//! changes no number, so the sums have the same bits. Only zero times an infinite number or NaN, which would be NaN, may be left
//! out too.

mod columns;
mod terms;
mod tile;

pub(super) use columns::Columns;
pub(super) use terms::Terms;
pub(crate) use tile::{ListedTile, listed_tile};
pub(super) use tile::{most_vectors, multiply_groups};

use super::tile::{CACHED, Product, multiply};
use super::vector::Vector;
use crate::memory::part_mut;
use crate::real::Real;

/// Rows of a group.
pub(super) const ROWS: usize = 4;

/// Rows that are either multiplied in groups or in tiles that know no zeros: as many as fill such tiles.
pub(super) const CHUNK: usize = 12;

/// The most chunks without many zeros that are not looked at after one that was.
const MOST_UNSEEN: usize = 15;

/// A product that is computed chunk by chunk.
pub(super) struct SparseProduct<'a, T> {
    product: &'a Product<'a, T>,
    terms: &'a mut Terms,
    /// How many chunks are not looked at next.
    unseen: usize,
    /// How many they are after the next chunk without many zeros.
    patience: usize,
}

impl<'a, T: Real> SparseProduct<'a, T> {
    /// The rows and the terms of `product` lie in lines, either of them one number apart. Without `look`, zeros are not left out.
    #[inline(always)]
    pub(super) fn new(product: &'a Product<'a, T>, terms: &'a mut Terms, look: bool) -> Self {
        check!(product.rows.counts[2] == product.rows.len() && product.terms.counts[2] == product.terms.len());
        Self { product, terms, unseen: if look { 0 } else { usize::MAX }, patience: MOST_UNSEEN / 4 }
    }

    /// Computes the `count` rows from `first` on into `c`: a [`CHUNK`] of them if there may be zeros.
    #[inline(always)]
    pub(super) fn rows<V: Vector<Element = T>>(&mut self, first: usize, count: usize, c: &mut [T]) {
        let chunk = self.product.some_rows(first, count);
        let mut done = 0;
        if count >= ROWS && self.has_zeros::<V>(&chunk) {
            done = multiply_groups::<V>(&chunk, self.terms, c);
        }
        if done < count {
            multiply::<V>(&chunk.some_rows(done, count - done), part_mut(c, done * chunk.c_steps[2]..));
        }
    }

    /// Whether many terms of the chunk are zero, as far as that was looked at: it is seldom, where it has seldom been so.
    #[inline(always)]
    fn has_zeros<V: Vector<Element = T>>(&mut self, chunk: &Product<'_, T>) -> bool {
        if self.unseen > 0 {
            self.unseen -= 1;
            return false;
        }
        let has_zeros = self.terms.find::<V>(chunk.a, chunk.rows, chunk.terms);
        self.unseen = if has_zeros { 0 } else { self.patience };
        self.patience = if has_zeros { 1 } else { (4 * self.patience).min(MOST_UNSEEN) };
        has_zeros
    }
}

/// Whether it takes little time to look for zeros, beside the product itself, and there is room for what is found.
#[inline(always)]
pub(super) fn is_worth_a_look<V: Vector>(product: &Product<'_, V::Element>) -> bool {
    product.columns > 2 * V::LANES && Terms::most_rows::<V>(product.terms.len()) >= CHUNK
}

/// [`multiply`], in groups of rows where that leaves out many terms; `terms` is room for them.
#[inline(always)]
pub(super) fn multiply_sparse<V: Vector>(product: &Product<'_, V::Element>, terms: &mut Terms, c: &mut [V::Element]) {
    let &Product { rows, columns, c_steps, .. } = product;
    let count = product.terms.len();
    check!(count > 0);
    // Columns of `B` that stay cached from one chunk to the next.
    let panel = (CACHED / count / V::LANES * V::LANES).min(columns);
    let mut look = rows.len() >= ROWS && panel > 2 * V::LANES && is_worth_a_look::<V>(product);
    if look && panel < columns {
        // If there are no zeros, all columns at once take less time than panels of them.
        let first = product.some_rows(0, rows.len().min(CHUNK));
        look = terms.find::<V>(first.a, first.rows, first.terms);
    }
    let (panel, chunk) = if look { (panel, CHUNK) } else { (columns.max(1), rows.len().max(1)) };
    check!(panel > 0 && chunk > 0);
    for column in (0..columns).step_by(panel) {
        let panel = product.some_columns(column, (columns - column).min(panel));
        let mut sparse = SparseProduct::new(&panel, terms, look);
        for first in (0..rows.len()).step_by(chunk) {
            let count = (rows.len() - first).min(chunk);
            sparse.rows::<V>(first, count, part_mut(c, first * c_steps[2] + column..));
        }
    }
}
