//! Where the parameters of a network live.

use core::fmt;
use core::ops::Deref;
#[cfg(feature = "std")]
use core::ops::DerefMut;

use crate::Real;
#[cfg(feature = "std")]
use crate::memory::Buffer;

/// The parameter block that a network refers to: its own on the heap, or one in read-only data.
#[derive(Clone)]
pub struct Parameters<T: Real>(Storage<T>);

#[derive(Clone)]
enum Storage<T: Real> {
    #[cfg(feature = "std")]
    Owned(Buffer<T>),
    Static(&'static [T]),
}

impl<T: Real> Parameters<T> {
    /// A block of zeros on the heap.
    #[cfg(feature = "std")]
    pub fn zeroed(len: usize) -> Self {
        Self(Storage::Owned(Buffer::zeroed(len)))
    }

    /// A block in read-only data. It is copied to the heap when it is first written to.
    pub const fn from_static(numbers: &'static [T]) -> Self {
        Self(Storage::Static(numbers))
    }
}

#[cfg(feature = "std")]
impl<T: Real> From<&[T]> for Parameters<T> {
    /// A copy on the heap.
    fn from(numbers: &[T]) -> Self {
        Self(Storage::Owned(Buffer::from_slice(numbers)))
    }
}

impl<T: Real> Deref for Parameters<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            #[cfg(feature = "std")]
            Storage::Owned(block) => block,
            Storage::Static(numbers) => numbers,
        }
    }
}

#[cfg(feature = "std")]
impl<T: Real> DerefMut for Parameters<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        if let Storage::Static(numbers) = self.0 {
            self.0 = Storage::Owned(Buffer::from_slice(numbers));
        }
        match &mut self.0 {
            Storage::Owned(block) => block,
            Storage::Static(_) => unreachable!("it has just been copied"),
        }
    }
}

impl<T: Real> fmt::Debug for Parameters<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parameters", self.len())
    }
}
