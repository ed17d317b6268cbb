//! Blocks of packed or transposed numbers, which products read in their order.

use crate::base::number::Number;
use crate::base::size;
use crate::simd::vector::Vector;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::slice;

/// Numbers in a block: 32 KiB of `f32`, the size of a first-level cache.
pub(crate) const PACKED: usize = 8192;

/// Room for a block on the stack, aligned as cache lines are.
#[repr(align(64))]
pub(crate) struct Block<T>(MaybeUninit<[T; PACKED]>);

impl<T: Number> Block<T> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    /// A block of `len` zeros: to write all [`PACKED`] takes as long as a thousand multiply–adds.
    #[inline(always)]
    pub(crate) fn zeros(&mut self, len: usize) -> &mut [T] {
        check!(len <= PACKED);
        let numbers = self.0.as_mut_ptr().cast::<T>();
        // SAFETY: the room is large enough, and zeros memory is a number, as `Number` is `Zeroable`.
        unsafe {
            numbers.write_bytes(0, len);
            slice::from_raw_parts_mut(numbers, len)
        }
    }
}

/// Copies `[rows][columns]` numbers, rows `step` apart, to `[columns][width]`; there are no more rows than that.
#[inline(always)]
pub(crate) fn transpose<V: Vector>(
    from: &[V::Element],
    step: usize,
    [rows, columns]: [usize; 2],
    width: usize,
    to: &mut [V::Element],
) {
    check!(0 < rows && rows <= width && size([rows - 1, step]).saturating_add(columns) <= from.len());
    check!(size([columns, width]) <= to.len());
    let whole = columns - columns % V::LANES;
    let squares = rows - rows % V::LANES;
    for row in (0..squares).step_by(V::LANES) {
        for column in (0..whole).step_by(V::LANES) {
            // SAFETY: the square ends before `rows` and `columns`, which the asserts found inside both slices.
            unsafe {
                let square = from.as_ptr().add(row * step + column);
                V::transpose_square(square, step, to.as_mut_ptr().add(column * width + row), width);
            }
        }
    }
    // SAFETY: these are ranges of `rows` and `columns`, which the asserts found inside both slices.
    unsafe {
        transpose_each(from, step, 0..squares, whole..columns, width, to);
        transpose_each(from, step, squares..rows, 0..columns, width, to);
    }
}

/// What is left beside the squares, number by number.
///
/// # Safety
/// The slices have all numbers of these rows and columns.
#[inline(always)]
unsafe fn transpose_each<T: Number>(
    from: &[T],
    step: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    width: usize,
    to: &mut [T],
) {
    for column in columns {
        for row in rows.clone() {
            // SAFETY: the caller's.
            unsafe { *to.get_unchecked_mut(column * width + row) = *from.get_unchecked(row * step + column) };
        }
    }
}
