//! Memory for numbers: aligned blocks, and the division of one block among several users.

use core::mem;
use core::ops::{Deref, DerefMut};
use core::slice::{ChunksExact, ChunksExactMut, SliceIndex};

use super::check::failed;

/// Pieces of a workspace start at multiples of this many numbers, so that each is as aligned as the whole: 64 bytes
/// or more.
pub const PIECE: usize = 16;

/// How many numbers [`carve`] needs to give out pieces of these lengths.
///
/// ```
/// assert_eq!(nn_core::__private::memory::carved_len(&[3, 16, 17]), 16 + 16 + 32);
/// ```
pub const fn carved_len(lens: &[usize]) -> usize {
    let mut total = 0;
    let mut i = 0;
    while i < lens.len() {
        total += lens[i].next_multiple_of(PIECE);
        i += 1;
    }
    total
}

/// Splits `block` into disjoint pieces of the given lengths, each starting at a multiple of [`PIECE`].
///
/// ```
/// let mut block = [0.0_f32; 40];
/// let [sums, map] = nn_core::__private::memory::carve(&mut block, [3, 20]);
/// sums.fill(1.0);
/// map.fill(2.0);
/// assert_eq!(block[..3], [1.0; 3]);
/// assert_eq!(block[16..36], [2.0; 20]);
/// ```
///
/// # Panics
///
/// When the pieces do not fit; [`carved_len`] numbers are always enough.
pub fn carve<T, const N: usize>(block: &mut [T], lens: [usize; N]) -> [&mut [T]; N] {
    let mut rest = block;
    lens.map(|len| {
        let room = len.next_multiple_of(PIECE).min(rest.len());
        let (piece, tail) = split_mut(mem::take(&mut rest), room);
        rest = tail;
        part_mut(piece, ..len)
    })
}

/// `&block[range]` on the way of a prediction: see `base/check.rs`.
///
/// # Panics
///
/// When the range reaches beyond the block. Without `std` the program stops instead.
#[inline(always)]
#[track_caller]
pub fn part<T, R: SliceIndex<[T]>>(block: &[T], range: R) -> &R::Output {
    match block.get(range) {
        Some(part) => part,
        None => failed("a part reaches beyond its block"),
    }
}

/// `&mut block[range]`: [`part`] for writing.
///
/// # Panics
///
/// As `part` does.
#[inline(always)]
#[track_caller]
pub fn part_mut<T, R: SliceIndex<[T]>>(block: &mut [T], range: R) -> &mut R::Output {
    match block.get_mut(range) {
        Some(part) => part,
        None => failed("a part reaches beyond its block"),
    }
}

/// The block, or nothing of it where it is not wanted.
#[inline]
pub fn given<T>(wanted: bool, block: &mut [T]) -> &mut [T] {
    if wanted { block } else { &mut [] }
}

/// `block.split_at(middle)` on the way of a prediction.
#[inline(always)]
#[track_caller]
pub(crate) fn split<T>(block: &[T], middle: usize) -> (&[T], &[T]) {
    match block.split_at_checked(middle) {
        Some(parts) => parts,
        None => failed("a part reaches beyond its block"),
    }
}

/// `block.split_at_mut(middle)` on the way of a prediction.
#[inline(always)]
#[track_caller]
pub(crate) fn split_mut<T>(block: &mut [T], middle: usize) -> (&mut [T], &mut [T]) {
    match block.split_at_mut_checked(middle) {
        Some(parts) => parts,
        None => failed("a part reaches beyond its block"),
    }
}

/// `block.chunks_exact(len)` on the way of a prediction.
#[inline(always)]
#[track_caller]
pub(crate) fn chunks_exact<T>(block: &[T], len: usize) -> ChunksExact<'_, T> {
    check!(len > 0, "a row has no numbers");
    block.chunks_exact(len)
}

/// `block.chunks_exact_mut(len)` on the way of a prediction.
#[inline(always)]
#[track_caller]
pub(crate) fn chunks_exact_mut<T>(block: &mut [T], len: usize) -> ChunksExactMut<'_, T> {
    check!(len > 0, "a row has no numbers");
    block.chunks_exact_mut(len)
}

/// `to.copy_from_slice(from)` on the way of a prediction.
#[inline(always)]
#[track_caller]
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    check!(from.len() == to.len(), "a copy has another length");
    to.copy_from_slice(from);
}

/// A type for which zeros memory is a valid value.
///
/// # Safety
///
/// All-zero bytes must be a value of the type, and it must not need to be dropped.
pub unsafe trait Zeroable: Copy + Send + Sync + 'static {}

// SAFETY: every pattern of bits is a value of these.
unsafe impl Zeroable for f32 {}
// SAFETY: as above.
unsafe impl Zeroable for f64 {}
// SAFETY: as above.
unsafe impl Zeroable for u8 {}
// SAFETY: as above.
unsafe impl Zeroable for u32 {}
// SAFETY: as above.
unsafe impl Zeroable for u64 {}
// SAFETY: as above.
unsafe impl Zeroable for usize {}

/// Numbers on the stack or in a `static`, zeros at first, aligned to 64 bytes: the workspace of a small prediction.
///
/// ```
/// use nn_core::__private::memory::Block;
///
/// let mut block = Block::<20>::zeros();
/// block[7] = 1.5;
/// assert_eq!(block.iter().sum::<f32>(), 1.5);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Block<const LEN: usize>([f32; LEN]);

impl<const LEN: usize> Block<LEN> {
    /// `LEN` zeros.
    pub const fn zeros() -> Self {
        Self([0.0; LEN])
    }
}

impl<const LEN: usize> Deref for Block<LEN> {
    type Target = [f32; LEN];

    fn deref(&self) -> &[f32; LEN] {
        &self.0
    }
}

impl<const LEN: usize> DerefMut for Block<LEN> {
    fn deref_mut(&mut self) -> &mut [f32; LEN] {
        &mut self.0
    }
}

#[cfg(feature = "std")]
pub use buffer::{Buffer, OutOfMemory};

#[cfg(feature = "std")]
mod buffer {
    use super::Zeroable;
    use core::fmt;
    use core::ops::{Deref, DerefMut};
    use core::ptr::NonNull;
    use core::slice;
    use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};

    /// A cache line, and the widest vector register.
    const ALIGN: usize = 64;

    /// The alignment that is asked for: that of the largest number. For more than an allocator gives by itself, the standard
    /// library would write the zeros, and take the pages that are never used.
    const GIVEN: usize = align_of::<u64>();

    /// An owned block of numbers on the heap, aligned to 64 bytes; it is a slice in every other respect.
    ///
    /// The numbers never pass over the stack, however many they are.
    ///
    /// ```
    /// use nn_core::__private::memory::Buffer;
    ///
    /// let mut block = Buffer::<f32>::zeros(1000);
    /// block[7] = 1.5;
    /// assert_eq!(block.iter().sum::<f32>(), 1.5);
    /// assert_eq!(block.as_ptr() as usize % 64, 0);
    /// ```
    pub struct Buffer<T: Zeroable> {
        /// What the allocator gave.
        block: NonNull<u8>,
        /// The numbers, from the first multiple of [`ALIGN`] bytes on.
        start: NonNull<T>,
        len: usize,
    }

    /// A block that the allocator could not give.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OutOfMemory {
        /// Its length in numbers.
        pub len: usize,
    }

    impl fmt::Display for OutOfMemory {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "no memory for a block of {} numbers", self.len)
        }
    }

    impl core::error::Error for OutOfMemory {}

    impl<T: Zeroable> Buffer<T> {
        /// A block of `len` zeros.
        ///
        /// # Panics
        ///
        /// When `len` numbers exceed the address space. Ends the process when there is no memory, as `Vec` does.
        pub fn zeros(len: usize) -> Self {
            Self::try_zeros(len).unwrap_or_else(|error| match Self::layout(len) {
                Some(layout) => handle_alloc_error(layout),
                None => panic!("{error}"),
            })
        }

        /// A block of `len` zeros, or an error where there is no memory for it.
        pub fn try_zeros(len: usize) -> Result<Self, OutOfMemory> {
            let layout = Self::layout(len).ok_or(OutOfMemory { len })?;
            if layout.size() == 0 {
                return Ok(Self { block: NonNull::dangling(), start: NonNull::dangling(), len });
            }
            // SAFETY: the layout's size is not zero.
            let block = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(OutOfMemory { len })?;
            // SAFETY: the layout has room for the way to the next multiple of `ALIGN`.
            let start = unsafe { block.add(block.align_offset(ALIGN)) }.cast();
            Ok(Self { block, start, len })
        }

        /// A block with these numbers.
        pub fn from_slice(numbers: &[T]) -> Self {
            let mut block = Self::zeros(numbers.len());
            block.copy_from_slice(numbers);
            block
        }

        /// Room for `len` numbers behind a multiple of `ALIGN` bytes.
        fn layout(len: usize) -> Option<Layout> {
            let numbers = Layout::array::<T>(len).ok()?;
            let way = if numbers.size() == 0 { 0 } else { ALIGN - GIVEN };
            Layout::from_size_align(numbers.size().checked_add(way)?, GIVEN).ok()
        }
    }

    impl<T: Zeroable> Drop for Buffer<T> {
        fn drop(&mut self) {
            if let Some(layout) = Self::layout(self.len)
                && layout.size() > 0
            {
                // SAFETY: the block was allocated with this very layout, which depends on the length alone.
                unsafe { dealloc(self.block.as_ptr(), layout) }
            }
        }
    }

    impl<T: Zeroable> Deref for Buffer<T> {
        type Target = [T];

        fn deref(&self) -> &[T] {
            // SAFETY: `start` leads to `len` numbers, owned by this block and zeros at first, which `Zeroable` promises to be
            // values; a block of no bytes may dangle.
            unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
        }
    }

    impl<T: Zeroable> DerefMut for Buffer<T> {
        fn deref_mut(&mut self) -> &mut [T] {
            // SAFETY: as in `deref`; the exclusive borrow of the block is one of its numbers.
            unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
        }
    }

    // SAFETY: a block owns its numbers as a `Vec` does, and they are `Send`.
    unsafe impl<T: Zeroable> Send for Buffer<T> {}
    // SAFETY: a shared block gives shared access to numbers that are `Sync`, and nothing else.
    unsafe impl<T: Zeroable> Sync for Buffer<T> {}

    impl<T: Zeroable> Clone for Buffer<T> {
        fn clone(&self) -> Self {
            Self::from_slice(self)
        }
    }

    impl<T: Zeroable> Default for Buffer<T> {
        fn default() -> Self {
            Self::zeros(0)
        }
    }

    impl<T: Zeroable + PartialEq> PartialEq for Buffer<T> {
        fn eq(&self, other: &Self) -> bool {
            **self == **other
        }
    }

    impl<T: Zeroable + fmt::Debug> fmt::Debug for Buffer<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            crate::base::print::elided(f, &[self.len], self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_disjoint_and_aligned() {
        let mut block = [0_u32; 64];
        let start = block.as_ptr();
        let lens = [1, 16, 0, 17];
        assert_eq!(carved_len(&lens), 64);
        for (i, piece) in carve(&mut block, lens).into_iter().enumerate() {
            assert_eq!(piece.len(), lens[i]);
            assert_eq!((piece.as_ptr() as usize - start as usize) / 4 % PIECE, 0);
            piece.fill(i as u32 + 1);
        }
        assert_eq!(block.iter().filter(|&&owner| owner != 0).count(), 1 + 16 + 17);
    }

    #[test]
    fn the_last_piece_needs_no_padding() {
        let mut block = [0_u8; 19];
        let [first, last] = carve(&mut block, [5, 3]);
        assert_eq!((first.len(), last.len()), (5, 3));
    }

    #[test]
    #[should_panic]
    fn too_small_a_block_is_refused() {
        let _ = carve(&mut [0_u8; 18], [5, 3]);
    }

    #[cfg(feature = "std")]
    #[test]
    fn blocks_are_zeroed_aligned_and_independent() {
        for len in [0, 1, 15, 1000] {
            let mut block = Buffer::<f64>::zeros(len);
            assert_eq!(block.len(), len);
            assert!(len == 0 || (block.as_ptr() as usize).is_multiple_of(64));
            assert!(block.iter().all(|&number| number == 0.0));
            let copy = block.clone();
            block.fill(1.0);
            assert!(copy.iter().all(|&number| number == 0.0));
        }
    }

    #[cfg(feature = "std")]
    #[test]
    fn too_much_is_an_error() {
        for len in [usize::MAX, usize::MAX / 4, isize::MAX as usize / 8] {
            assert_eq!(Buffer::<f64>::try_zeros(len).err(), Some(OutOfMemory { len }));
        }
    }
}
