//! Blocks of packed or transposed numbers, which products read in their order.

use super::size;
use super::vector::Vector;
use crate::memory::{part, part_mut};
use crate::real::Real;
use core::ops::Range;

/// Numbers in a block: 32 KiB of `f32`, the size of a first-level cache.
pub(crate) const PACKED: usize = 8192;

/// A block on the stack, aligned as cache lines are.
#[repr(align(64))]
pub(crate) struct Block<T>(pub [T; PACKED]);

impl<T: Real> Block<T> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self([T::ZERO; PACKED])
    }
}

/// Copies `[rows][columns]` numbers, rows `step` apart, to `[columns][width]`; there are no more rows than that.
#[inline(always)]
pub(super) fn transpose<V: Vector>(
    from: &[V::Element],
    step: usize,
    [rows, columns]: [usize; 2],
    width: usize,
    to: &mut [V::Element],
) {
    check!(0 < rows && rows <= width && size([rows - 1, step]).saturating_add(columns) <= from.len());
    check!(size([columns, width]) <= to.len());
    let whole = columns - columns % V::LANES;
    let mut row = 0;
    while row + V::LANES <= rows {
        for column in (0..whole).step_by(V::LANES) {
            // SAFETY: the square ends before `rows` and `columns`, which the asserts found inside both slices.
            unsafe {
                let square = from.as_ptr().add(row * step + column);
                V::transpose_square(square, step, to.as_mut_ptr().add(column * width + row), width);
            }
        }
        transpose_each(part(from, row * step..), step, V::LANES, whole..columns, width, part_mut(to, row..));
        row += V::LANES;
    }
    if row < rows {
        transpose_each(part(from, row * step..), step, rows - row, 0..columns, width, part_mut(to, row..));
    }
}

/// What is left beside the squares, number by number.
#[inline(always)]
fn transpose_each<T: Real>(from: &[T], step: usize, rows: usize, columns: Range<usize>, width: usize, to: &mut [T]) {
    for row in 0..rows {
        let from = part(from, row * step..);
        for column in columns.clone() {
            *part_mut(to, column * width + row) = *part(from, column);
        }
    }
}
