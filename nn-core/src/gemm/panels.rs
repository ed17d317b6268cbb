//! Matrices packed in panels: the columns of a tile side by side, row after row, as products read them.
//!
//! Where rows are far apart, a tile's columns lie on as many pages as there are terms. Packed they are one stretch of memory.

use super::product::Product;
use super::tile::multiply;
use super::vectors::Tiles;
use crate::base::memory::{copy, part, part_mut};
use crate::base::{ranges, size};
use crate::simd::vector::Vector;
use core::ops::Range;

/// The columns of each panel: those of a tile, and in the last one what is left.
#[inline(always)]
pub(crate) fn panels<V: Vector>(columns: usize) -> impl Iterator<Item = Range<usize>> {
    ranges(columns, 2 * V::LANES)
}

/// Packs the matrix `[terms, columns]`, whose rows are as long as its columns are many.
#[inline(always)]
pub(crate) fn pack<V: Vector>(matrix: &[V::Element], [terms, columns]: [usize; 2], packed: &mut [V::Element]) {
    check!(columns > 0 && packed.len() >= size([terms, columns]));
    for panel in panels::<V>(columns) {
        let to = part_mut(packed, panel.start * terms..);
        for term in 0..terms {
            let from = part(matrix, term * columns + panel.start..);
            copy(part(from, ..panel.len()), part_mut(to, term * panel.len()..(term + 1) * panel.len()));
        }
    }
}

/// Computes `product`, whose `b` is packed, into `c`. It needs no `b_step`.
#[inline(always)]
pub(crate) fn multiply_panels<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let terms = product.terms.len();
    for panel in panels::<V>(product.columns) {
        let b = part(product.b, size([panel.start, terms])..);
        let (start, epilogue) = (product.start.columns_from(panel.start), product.epilogue.columns_from(panel.start));
        let columns = panel.len();
        multiply::<V>(
            &Product { b, b_step: columns, columns, start, epilogue, ..*product },
            part_mut(c, panel.start..),
        );
    }
}
