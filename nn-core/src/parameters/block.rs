//! Where the parameters of a network live.

use core::fmt;
use core::ops::Deref;
#[cfg(feature = "std")]
use core::ops::DerefMut;
#[cfg(feature = "std")]
use core::sync::atomic::AtomicU64;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use crate::Real;
#[cfg(feature = "std")]
use crate::base::memory::Buffer;

/// The parameter block that a network refers to: its own on the heap, or one in read-only data.
#[derive(Clone)]
pub struct Parameters<T: Real> {
    storage: Storage<T>,
    finite: Finite,
}

#[derive(Clone)]
enum Storage<T: Real> {
    #[cfg(feature = "std")]
    Owned(Buffer<T>, Version),
    Static(&'static [T]),
}

/// Tells parameters from others, and from what they were before they changed: the same version is the same numbers.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Numbers on the heap, by how many have been lent out to be written before, and where in their block they begin.
    Owned(u64, usize),
    /// Numbers in read-only data, by the addresses of two blocks, or of one and where in it they begin.
    Static([usize; 2]),
}

#[cfg(feature = "std")]
impl Version {
    /// That of numbers that are about to be written.
    fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self::Owned(COUNT.fetch_add(1, Relaxed), 0)
    }

    /// That of a part of a block's numbers, which begins there.
    pub(crate) fn part(self, start: usize) -> Self {
        match self {
            Self::Owned(count, first) => Self::Owned(count, first + start),
            Self::Static([block, first]) => Self::Static([block, first + start]),
        }
    }
}

/// Whether all numbers are finite, once somebody has asked.
struct Finite(AtomicU8);

impl Finite {
    const UNKNOWN: u8 = 2;

    const fn unknown() -> Self {
        Self(AtomicU8::new(Self::UNKNOWN))
    }

    fn get(&self, look: impl FnOnce() -> bool) -> bool {
        match self.0.load(Relaxed) {
            Self::UNKNOWN => {
                let finite = look();
                self.0.store(finite.into(), Relaxed);
                finite
            }
            known => known == u8::from(true),
        }
    }
}

impl Clone for Finite {
    fn clone(&self) -> Self {
        Self(AtomicU8::new(self.0.load(Relaxed)))
    }
}

impl<T: Real> Parameters<T> {
    const fn new(storage: Storage<T>) -> Self {
        Self { storage, finite: Finite::unknown() }
    }

    /// A block of zeros on the heap.
    #[cfg(feature = "std")]
    pub fn zeros(len: usize) -> Self {
        Self::new(Storage::Owned(Buffer::zeros(len), Version::next()))
    }

    /// Whether all numbers are finite. They are looked at when this is first asked after a change.
    pub fn are_finite(&self) -> bool {
        self.finite.get(|| T::are_finite(self))
    }

    /// A block in read-only data. It is copied to the heap when it is first written to.
    pub const fn from_static(numbers: &'static [T]) -> Self {
        Self::new(Storage::Static(numbers))
    }

    /// Which numbers these are.
    #[cfg(feature = "std")]
    pub fn version(&self) -> Version {
        match self.storage {
            Storage::Owned(_, version) => version,
            Storage::Static(numbers) => Version::Static([numbers.as_ptr().addr(), 0]),
        }
    }
}

#[cfg(feature = "std")]
impl<T: Real> From<&[T]> for Parameters<T> {
    /// A copy on the heap.
    fn from(numbers: &[T]) -> Self {
        Self::new(Storage::Owned(Buffer::from_slice(numbers), Version::next()))
    }
}

impl<T: Real> Deref for Parameters<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.storage {
            #[cfg(feature = "std")]
            Storage::Owned(block, _) => block,
            Storage::Static(numbers) => numbers,
        }
    }
}

#[cfg(feature = "std")]
impl<T: Real> DerefMut for Parameters<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        if let Storage::Static(numbers) = self.storage {
            *self = Self::from(numbers);
        }
        self.finite = Finite::unknown();
        match &mut self.storage {
            Storage::Owned(block, version) => {
                *version = Version::next();
                block
            }
            Storage::Static(_) => unreachable!("it has just been copied"),
        }
    }
}

impl<T: Real> fmt::Debug for Parameters<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parameters", self.len())
    }
}
