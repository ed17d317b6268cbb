//! Squares of pixels side by side. A column that two of them share is combined once.

use crate::base::number::Number;
use crate::simd::each::load_from;
use crate::simd::vector::Vector;

/// What the numbers of a square are combined to.
pub(super) trait Combined<V: Vector>: Copy {
    /// A number alone.
    fn of(number: V) -> Self;
    /// Two combinations as one.
    fn with(self, other: Self) -> Self;
}

/// Squares of `SIDE` × `SIDE` pixels, of which neighbours share `SHARED` columns, for `N` vectors of channels.
pub(super) struct Squares<'a, V: Vector, C, const N: usize, const SIDE: usize, const SHARED: usize> {
    /// Where the rows begin.
    begins: &'a [usize; SIDE],
    channels: usize,
    lanes: V::Lanes,
    /// The columns of the last square.
    columns: [[C; N]; SIDE],
}

impl<'a, V: Vector, C: Combined<V>, const N: usize, const SIDE: usize, const SHARED: usize>
    Squares<'a, V, C, N, SIDE, SHARED>
{
    /// Those whose rows begin at `begins`, the first of them at `from`.
    ///
    /// # Safety
    /// `N` vectors of channels, the last of `lanes`, can be read of each pixel of the first square.
    #[inline(always)]
    pub unsafe fn new<const WHOLE: bool>(
        begins: &'a [usize; SIDE],
        channels: usize,
        lanes: V::Lanes,
        from: *const V::Element,
    ) -> Self {
        let columns = [[C::of(V::splat(V::Element::ZERO)); N]; SIDE];
        let mut squares = Self { begins, channels, lanes, columns };
        for j in 0..SHARED {
            // SAFETY: the caller's, as shared columns are fewer than a square has.
            squares.columns[j + SIDE - SHARED] = unsafe { squares.column::<WHOLE>(from.wrapping_add(j * channels)) };
        }
        squares
    }

    /// The next square, which is at `from`.
    ///
    /// # Safety
    /// As for [`new`](Self::new), of this square.
    #[inline(always)]
    pub unsafe fn next<const WHOLE: bool>(&mut self, from: *const V::Element) -> [C; N] {
        for j in 0..SHARED {
            self.columns[j] = self.columns[j + SIDE - SHARED];
        }
        for j in SHARED..SIDE {
            // SAFETY: the caller's.
            self.columns[j] = unsafe { self.column::<WHOLE>(from.wrapping_add(j * self.channels)) };
        }
        let mut square = self.columns[0];
        for column in &self.columns[1..] {
            for n in 0..N {
                square[n] = square[n].with(column[n]);
            }
        }
        square
    }

    /// The column at `from`.
    ///
    /// # Safety
    /// As for [`new`](Self::new), of this column.
    #[inline(always)]
    unsafe fn column<const WHOLE: bool>(&self, from: *const V::Element) -> [C; N] {
        let mut column = [C::of(V::splat(V::Element::ZERO)); N];
        for i in 0..SIDE {
            for n in 0..N {
                // SAFETY: the caller's.
                let number =
                    C::of(unsafe { load_from::<V, WHOLE>(from.add(self.begins[i] + n * V::LANES), self.lanes) });
                column[n] = if i == 0 { number } else { column[n].with(number) };
            }
        }
        column
    }
}
