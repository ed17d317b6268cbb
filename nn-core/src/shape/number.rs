//! The way from a size to typenum's binary number and back: arithmetic happens there, a person reads sizes here.

use super::{G, K, M, N, Size};
use core::ops::{Add, Div, Mul, Rem};
use typenum::{B0, B1, Const, Prod, Quot, Sum, ToUInt, U, U1000, UInt, UTerm, Unsigned};

/// A size with which the compiler can compute.
#[diagnostic::on_unimplemented(
    message = "the compiler cannot compute with `{Self}`",
    note = "a group of digits is below a thousand, and only the first group is not zero: use `size!(…)`, which finds the right type"
)]
pub trait Counted: Size {
    /// The same number in typenum.
    type Number: Unsigned;
}

#[diagnostic::do_not_recommend]
impl<const A: usize> Counted for N<A>
where
    Const<A>: ToUInt<Output: Unsigned>,
{
    type Number = U<A>;
}

/// A number with three more digits at its end.
type Shifted<Number, const GROUP: usize> = Sum<Prod<Number, U1000>, U<GROUP>>;

/// `$long` is `$short` with one more group of three digits.
macro_rules! counted {
    ($long:ty, $short:ty, $last:ident, $($group:ident),+) => {
        #[diagnostic::do_not_recommend]
        impl<$(const $group: usize),+> Counted for $long
        where
            $short: Counted<Number: Mul<U1000>>,
            Const<$last>: ToUInt,
            Prod<<$short as Counted>::Number, U1000>: Add<U<$last>, Output: Unsigned>,
        {
            type Number = Shifted<<$short as Counted>::Number, $last>;
        }
    };
}

counted!(K<A, B>, N<A>, B, A, B);
counted!(M<A, B, C>, K<A, B>, C, A, B, C);
counted!(G<A, B, C, D>, M<A, B, C>, D, A, B, C, D);

/// A number of typenum that has a face: one below a thousand thousand million.
pub trait Face {
    /// Its face.
    type Size: Size;
}

/// The face of a number of typenum.
pub(super) type FaceOf<Number> = <Number as Face>::Size;

type Over1000<Number> = Quot<Number, U1000>;
type Group0<Number> = <Number as Rem<U1000>>::Output;

#[diagnostic::do_not_recommend]
impl<Number> Face for Number
where
    Number: Div<U1000> + Rem<U1000>,
    Over1000<Number>: Div<U1000> + Rem<U1000>,
    Over1000<Over1000<Number>>: Div<U1000> + Rem<U1000>,
    (
        Over1000<Over1000<Over1000<Number>>>,
        Group0<Over1000<Over1000<Number>>>,
        Group0<Over1000<Number>>,
        Group0<Number>,
    ): Spelt,
{
    type Size = <(
        Over1000<Over1000<Over1000<Number>>>,
        Group0<Over1000<Over1000<Number>>>,
        Group0<Over1000<Number>>,
        Group0<Number>,
    ) as Spelt>::Size;
}

/// A number as four groups of three digits, of which leading zeros are not spelt.
pub trait Spelt {
    /// Its face.
    type Size: Size;
}

impl<A: Group> Spelt for (UTerm, UTerm, UTerm, A) {
    type Size = A::First;
}

impl<A: Group, Digits, Bit> Spelt for (UTerm, UTerm, UInt<Digits, Bit>, A)
where
    UInt<Digits, Bit>: Group,
{
    type Size = A::After<<UInt<Digits, Bit> as Group>::First>;
}

impl<A: Group, B: Group, Digits, Bit> Spelt for (UTerm, UInt<Digits, Bit>, B, A)
where
    UInt<Digits, Bit>: Group,
{
    type Size = A::After<B::After<<UInt<Digits, Bit> as Group>::First>>;
}

impl<A: Group, B: Group, C: Group, Digits, Bit> Spelt for (UInt<Digits, Bit>, C, B, A)
where
    UInt<Digits, Bit>: Group,
{
    type Size = A::After<B::After<C::After<<UInt<Digits, Bit> as Group>::First>>>;
}

/// A group of three digits: the table of a thousand that leads from typenum back to constants.
pub trait Group {
    /// The group alone.
    type First: Size;
    /// The group after others.
    type After<Before: Size>: Size;
}

/// The table: a number, its double and its double plus one, and so on from each, as deep as there are words after `;`.
macro_rules! table {
    ($number:ty, $value:expr;) => {};
    ($number:ty, $value:expr; $bit:ident $($bits:ident)*) => {
        impl Group for $number {
            type First = N<{ $value }>;
            type After<Before: Size> = Before::Then<{ $value }>;
        }
        table! { UInt<$number, B0>, 2 * $value; $($bits)* }
        table! { UInt<$number, B1>, 2 * $value + 1; $($bits)* }
    };
}

impl Group for UTerm {
    type First = N<0>;
    type After<Before: Size> = Before::Then<0>;
}
table! { UInt<UTerm, B1>, 1; bit bit bit bit bit bit bit bit bit bit }
