//! Shapes and their sizes, known to the compiler.
//!
//! A shape is a tuple of sizes, and [`shape!`](crate::shape!) spells it: `shape![1, 28, 28]` is the type
//! `(N<1>, N<28>, N<28>)`, which is also how it reads in a message of the compiler. From a thousand on a size is
//! spelled in groups of three digits: `shape![4320]` is `(K<4, 320>,)`.
//!
//! ```
//! use nn_core::shape;
//! use nn_core::shape::Shape;
//!
//! type Image = shape![1, 28, 28];
//! assert_eq!(Image::DIMS, [1, 28, 28]);
//! assert_eq!(Image::LEN, 784);
//! assert_eq!(Image::name().to_string(), "[1, 28, 28]");
//! ```
//!
//! `shape![12 of 40]` is a shape of whole numbers, each below 40, as `[12 of 40]` is in a network: [`Whole`]. `shape![..64, 3]` is
//! up to 64 rows of three numbers: [`UpTo`].
//!
//! Generic code computes with sizes ([`Plus`], [`Times`], [`Slide`], …) and stays checked.

use core::fmt;

mod arithmetic;
pub(crate) mod batch;
mod element;
mod error;
mod list;
mod number;
mod size;
#[cfg(feature = "std")]
pub(crate) mod tensor;
mod up_to;
mod window;

use crate::Real;
use crate::base::memory::Zeroable;
pub use crate::base::print::Dims;
pub(crate) use crate::base::print::ShapeName;
#[cfg(feature = "std")]
pub(crate) use crate::base::print::elided;
pub(crate) use crate::base::print::elided_samples;
pub use arithmetic::{
    Difference, Elements, Join, Joined, Length, Minus, Over, Plus, Product, Quotient, Same, Sum, Times,
};
pub use element::{Numbers, Whole};
pub use error::{BoundError, LenError, RowsError, SamplesError};
pub use list::{IntoView, IntoViews, Shapes};
pub use number::Counted;
pub use size::{G, K, M, N, Size};
#[doc(hidden)]
pub use size::{Spelled, Spelling, group, groups};
pub use up_to::UpTo;
pub use window::{Positions, PositionsUp, Slide, SlideUp};

/// The sizes of a tensor, as a type: a tuple of [`Size`]s, outermost first (`[channels, height, width]`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    note = "a shape is written `shape![1, 28, 28]`, which is `(N<1>, N<28>, N<28>)`; `shape![10]` is `(N<10>,)`"
)]
pub trait Shape: sealed::Shape + Copy + Send + Sync + 'static {
    /// The sizes.
    const DIMS: &'static [usize];
    /// How many sizes.
    const RANK: usize = Self::DIMS.len();
    /// How many numbers a tensor of this shape has: the product of the sizes.
    const LEN: usize = product(Self::DIMS);
    /// What each number is below, if they are whole numbers; `None` for real numbers.
    const BELOW: Option<u32> = None;
    /// Whether a sample may have fewer rows than the first size says: see [`UpTo`].
    const VARIES: bool = false;
    /// How many numbers there are in a row, that is, for one of the first size; where the number of rows is fixed, a whole
    /// sample counts as one row.
    const ROW_LEN: usize = if Self::VARIES { Self::LEN / Self::DIMS[0] } else { Self::LEN };

    /// The sizes of a row, or of a whole sample.
    const ROW_DIMS: &'static [usize] = if Self::VARIES { Self::DIMS.split_at(1).1 } else { Self::DIMS };

    /// How many numbers the softmax that ends an output of this shape goes over: those of a step of a sequence
    /// `[steps, features]`, or of a row.
    const HEAD_LEN: usize = if Self::ROW_DIMS.len() == 2 { Self::ROW_DIMS[1] } else { Self::ROW_LEN };

    /// Where the only sample of a batch begins and ends, with all of its rows; empty where their number is fixed.
    #[doc(hidden)]
    const ONE_SAMPLE: &'static [usize] = if Self::VARIES { &[0, Self::DIMS[0]] } else { &[] };

    /// One of the numbers where a network computes with `T`: `T` itself, or `u32` for whole numbers.
    type Element<T: Real>: Zeroable + Default + PartialEq + fmt::Debug;

    /// The shape in the words of the language: `[1, 28, 28]`, `[12 of 40]` or `[..64, 3]`.
    fn name() -> impl fmt::Display {
        ShapeName { dims: Self::DIMS, below: Self::BELOW, varies: Self::VARIES }
    }

    /// These numbers, of the kind that they are.
    fn numbers<T: Real>(elements: &[Self::Element<T>]) -> Numbers<'_, T>;

    /// The way back; `None` where the numbers are of the other kind.
    fn elements<T: Real>(numbers: Numbers<'_, T>) -> Option<&[Self::Element<T>]>;

    /// Real numbers for writing; none if they are whole.
    fn reals_mut<T: Real>(elements: &mut [Self::Element<T>]) -> &mut [T];
}

mod sealed {
    /// Closes [`Shape`](super::Shape).
    pub trait Shape {}
}

const fn product(dims: &[usize]) -> usize {
    let mut product: usize = 1;
    let mut i = 0;
    while i < dims.len() {
        assert!(dims[i] > 0, "a shape has no size of zero");
        product = match product.checked_mul(dims[i]) {
            Some(product) => product,
            None => panic!("a tensor of this shape has more numbers than usize can count"),
        };
        i += 1;
    }
    product
}

macro_rules! shape_of_rank {
    ($($size:ident),+) => {
        impl<$($size: Size),+> sealed::Shape for ($($size,)+) {}
        impl<$($size: Size),+> Shape for ($($size,)+) {
            const DIMS: &'static [usize] = &[$($size::VALUE),+];

            type Element<T: Real> = T;

            fn numbers<T: Real>(elements: &[T]) -> Numbers<'_, T> {
                Numbers::Reals(elements)
            }

            fn elements<T: Real>(numbers: Numbers<'_, T>) -> Option<&[T]> {
                match numbers {
                    Numbers::Reals(numbers) => Some(numbers),
                    Numbers::Integers(_) => None,
                }
            }

            fn reals_mut<T: Real>(elements: &mut [T]) -> &mut [T] {
                elements
            }
        }
    };
}

shape_of_rank!(A);
shape_of_rank!(A, B);
shape_of_rank!(A, B, C);
shape_of_rank!(A, B, C, D);
shape_of_rank!(A, B, C, D, E);
shape_of_rank!(A, B, C, D, E, F);

/// The type of a shape: `shape![1, 28, 28]` is `(N<1>, N<28>, N<28>)`.
///
/// Each size may be any constant expression; up to six of them. `shape![12 of 40]` is the shape of twelve whole numbers, each
/// below 40; there a size is a single token: a number, a constant, or an expression in braces. `shape![..64, 3]` is up to 64 rows
/// of three numbers.
///
/// ```
/// use nn_core::shape;
/// use nn_core::shape::{K, N, Shape};
///
/// const WORDS: usize = 25088;
/// let _: (K<25, 88>, N<3>) = <shape![WORDS, 3]>::default();
/// assert_eq!(<shape![WORDS, 3]>::LEN, 75264);
/// ```
#[macro_export]
macro_rules! shape {
    (.. $($shape:tt)+) => {
        $crate::shape::UpTo<$crate::shape![$($shape)+]>
    };
    ($($size:tt),+ of $below:expr) => {
        $crate::shape::Whole<($($crate::size!($size),)+), $crate::size!($below)>
    };
    ($($size:expr),+ $(,)?) => {
        ($($crate::size!($size),)+)
    };
}

#[cfg(test)]
mod tests;
