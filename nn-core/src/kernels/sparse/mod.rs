//! Products that leave out zeros: dark pixels, what relu or dropout has set to zero, outputs that no sample's gradient reaches.
//!
//! A term adds nothing to those rows of `C` whose number in `A` is zero. Four rows make a group, as it seldom happens to many
//! at once, and a tile of a group goes by the list of the [`Terms`] that are left. Those keep their order and adding zero
//! changes no number, so the sums have the same bits. Only what zero times an infinite number would be, NaN, is left out too.

mod columns;
mod terms;
mod tile;

pub(super) use columns::Columns;
pub(super) use terms::Terms;
pub(crate) use tile::{ListedTile, listed_tile};
pub(super) use tile::{most_vectors, multiply_groups};

use super::tile::{Grid, Product, multiply};
use super::vector::Vector;
use crate::memory::{part, part_mut};

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

impl<'a, T> SparseProduct<'a, T> {
    /// The rows and the terms of `product` lie in lines, either of them one number apart.
    #[inline(always)]
    pub(super) fn new(product: &'a Product<'a, T>, terms: &'a mut Terms) -> Self {
        check!(product.rows.counts[2] == product.rows.len() && product.terms.counts[2] == product.terms.len());
        Self { product, terms, unseen: 0, patience: 1 }
    }
}

impl<'a, T: crate::real::Real> SparseProduct<'a, T> {
    /// Computes the `count` rows from `first` on, no more than a [`CHUNK`], into `c`.
    #[inline(always)]
    pub(super) fn rows<V: Vector<Element = T>>(&mut self, first: usize, count: usize, c: &mut [T]) {
        let Product { a, rows, terms, columns, .. } = *self.product;
        let step = rows.steps[2];
        let chunk = Product { a: part(a, first * step..), rows: Grid::line(count, step), ..*self.product };
        if columns == 0 || count < ROWS || !Terms::fit::<V>(CHUNK, terms.len()) || !self.has_zeros::<V>(&chunk) {
            return multiply::<V>(&chunk, c);
        }
        multiply_groups::<V>(&chunk, self.terms, c);
    }

    /// Whether many terms of the chunk are zero, as far as that was looked at: it is seldom, where it has seldom been so.
    #[inline(always)]
    fn has_zeros<V: Vector<Element = T>>(&mut self, chunk: &Product<'_, T>) -> bool {
        if self.unseen > 0 {
            self.unseen -= 1;
            return false;
        }
        let has_zeros = self.terms.find::<V>(chunk.a, ROWS, chunk.rows, chunk.terms);
        self.unseen = if has_zeros { 0 } else { self.patience };
        self.patience = if has_zeros { 1 } else { (2 * self.patience).min(MOST_UNSEEN) };
        has_zeros
    }
}

/// [`multiply`], in groups of rows where that leaves out many terms.
#[inline(always)]
pub(super) fn multiply_sparse<V: Vector>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let count = product.rows.len();
    if count < ROWS {
        return multiply::<V>(product, c);
    }
    let mut terms = Terms::new();
    let mut sparse = SparseProduct::new(product, &mut terms);
    for first in (0..count).step_by(CHUNK) {
        sparse.rows::<V>(first, (count - first).min(CHUNK), part_mut(c, first * product.c_steps[2]..));
    }
}
