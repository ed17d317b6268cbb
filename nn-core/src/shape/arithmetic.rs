//! Arithmetic with sizes, done by the compiler.
//!
//! Each operation is a trait that a generic function asks for, and an alias for its result:
//!
//! ```
//! use nn_core::shape::{K, N, Plus, Product, Size, Sum, Times};
//! use nn_core::{Tensor, size};
//!
//! /// Room for `B` more numbers.
//! fn longer<A: Plus<B>, B: Size>(_: &Tensor<(A,)>, _: &Tensor<(B,)>) -> Tensor<(Sum<A, B>,)> {
//!     Tensor::zeros()
//! }
//!
//! let both: Tensor<(K<1, 5>,)> = longer(&Tensor::<(size!(998),)>::zeros(), &Tensor::<(N<7>,)>::zeros());
//! assert_eq!(both.as_slice().len(), 1005);
//! let _: M<3, 211, 264> = Product::<size!(25088), size!(128)>::default();
//! # use nn_core::shape::M;
//! ```

use super::number::{Face, FaceOf};
use super::{Counted, Shape, Size};
#[cfg(feature = "std")]
use crate::{Real, base::memory::Buffer};
use core::ops::{Add, Div, Mul, Sub};

/// A typenum number behind a size.
type Number<A> = <A as Counted>::Number;

macro_rules! operation {
    ($(#[$doc:meta])* $operation:ident, $alias:ident, $alias_doc:literal, $typenum:ident) => {
        $(#[$doc])*
        pub trait $operation<B: Size>: Size {
            /// The result.
            type Output: Size;
        }

        #[doc = $alias_doc]
        pub type $alias<A, B> = <A as $operation<B>>::Output;

        #[diagnostic::do_not_recommend]
        impl<A: Counted, B: Counted> $operation<B> for A
        where
            Number<A>: $typenum<Number<B>, Output: Face>,
        {
            type Output = FaceOf<<Number<A> as $typenum<Number<B>>>::Output>;
        }
    };
}

operation! {
    /// `Self + B`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` + `{B}` is not a size",
        note = "a size is written `size!(4320)`, which is `K<4, 320>`; the result must be below 1,000,000,000,000"
    )]
    Plus, Sum, "`A + B`.", Add
}
operation! {
    /// `Self - B`, where `B` is not larger.
    #[diagnostic::on_unimplemented(message = "`{Self}` - `{B}` is not a size: the second is larger")]
    Minus, Difference, "`A - B`.", Sub
}
operation! {
    /// `Self * B`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` * `{B}` is not a size",
        note = "a size is written `size!(4320)`, which is `K<4, 320>`; the result must be below 1,000,000,000,000"
    )]
    Times, Product, "`A * B`.", Mul
}
operation! {
    /// `Self / B`, rounded down.
    #[diagnostic::on_unimplemented(message = "`{Self}` / `{B}` is not a size: the second is zero")]
    Over, Quotient, "`A / B`, rounded down.", Div
}

/// The same count of numbers.
#[diagnostic::on_unimplemented(
    message = "a tensor of `{B}` numbers cannot take a shape of `{Self}` numbers",
    label = "needs a shape of `{B}` numbers"
)]
pub trait Same<B: Size>: Size {}

impl<A: Size> Same<A> for A {}

/// A shape whose length is known as a size.
///
/// ```
/// use nn_core::shape;
/// use nn_core::shape::{Length, M};
///
/// let _: M<3, 211, 264> = Length::<shape![64, 224, 224]>::default();
/// ```
#[diagnostic::on_unimplemented(
    message = "the compiler cannot compute the length of `{Self}`",
    note = "it must be below 1,000,000,000,000, and of a generic shape `Elements` must be asked for"
)]
pub trait Elements: Shape {
    /// How many numbers: the product of the sizes.
    type Length: Size;

    /// The numbers, which are real.
    #[cfg(feature = "std")]
    #[doc(hidden)]
    fn into_reals<T: Real>(numbers: Buffer<Self::Element<T>>) -> Buffer<T>;

    /// The way back.
    #[cfg(feature = "std")]
    #[doc(hidden)]
    fn of_reals<T: Real>(numbers: Buffer<T>) -> Buffer<Self::Element<T>>;
}

/// The numbers of a tuple of sizes, which are real.
macro_rules! reals {
    () => {
        #[cfg(feature = "std")]
        fn into_reals<T: Real>(numbers: Buffer<T>) -> Buffer<T> {
            numbers
        }
        #[cfg(feature = "std")]
        fn of_reals<T: Real>(numbers: Buffer<T>) -> Buffer<T> {
            numbers
        }
    };
}

/// How many numbers a tensor of shape `S` has.
pub type Length<S> = <S as Elements>::Length;

#[diagnostic::do_not_recommend]
impl<A: Size> Elements for (A,) {
    type Length = A;

    reals!();
}

/// The sizes from the second on are one shape; the first times its length is the length.
macro_rules! elements {
    ($($size:ident),+) => {
        #[diagnostic::do_not_recommend]
        impl<First, $($size: Size),+> Elements for (First, $($size,)+)
        where
            ($($size,)+): Elements,
            First: Times<Length<($($size,)+)>>,
        {
            type Length = Product<First, Length<($($size,)+)>>;

            reals!();
        }
    };
}

elements!(B);
elements!(B, C);
elements!(B, C, D);
elements!(B, C, D, E);
elements!(B, C, D, E, F);

/// A shape that can be put before `Other`, along the first axis.
///
/// ```
/// use nn_core::shape;
/// use nn_core::shape::Joined;
///
/// let _: shape![960, 7, 7] = Joined::<shape![448, 7, 7], shape![512, 7, 7]>::default();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` and `{Other}` cannot be joined",
    label = "the shapes differ after their first size",
    note = "tensors are joined along the first axis: all other sizes must be equal"
)]
pub trait Join<Other: Shape>: Shape {
    /// The shape of both together.
    type Output: Shape;
}

/// The shape of an `A` and a `B` together, along the first axis.
pub type Joined<A, B> = <A as Join<B>>::Output;

macro_rules! join {
    ($($size:ident),*) => {
        impl<First: Plus<Second>, Second: Size, $($size: Size),*> Join<(Second, $($size,)*)> for (First, $($size,)*) {
            type Output = (Sum<First, Second>, $($size,)*);
        }
    };
}

join!();
join!(B);
join!(B, C);
join!(B, C, D);
join!(B, C, D, E);
join!(B, C, D, E, F);

#[cfg(test)]
mod tests;
