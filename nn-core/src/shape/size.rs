//! Sizes as types that a person can read in a message of the compiler.

use core::fmt::Debug;

/// One size of a shape, as a type: [`N`], [`K`], [`M`] or [`G`].
///
/// [`size!`](crate::size) spells the type of any number, `size!(4320)` being `K<4, 320>`. A generic function takes `A: Size` where any
/// size will do, and adds arithmetic where it needs some ([`Plus`](super::Plus), [`Times`](super::Times), …).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a size",
    note = "a size is written `size!(28)`, which is `N<28>`; from a thousand on `K<4, 320>` is 4,320"
)]
pub trait Size: sealed::Size + Copy + Debug + Default + Send + Sync + 'static {
    /// The number.
    const VALUE: usize;

    /// The size with a group of three digits more at its end.
    #[doc(hidden)]
    type Then<const GROUP: usize>: Size;
}

pub(super) mod sealed {
    /// Closes [`Size`](super::Size): every size has one spelling.
    pub trait Size {}
}

macro_rules! face {
    ($(#[$doc:meta])* $name:ident<$($group:ident),+>, then $then:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<$(const $group: usize),+>;

        impl<$(const $group: usize),+> sealed::Size for $name<$($group),+> {}
        #[diagnostic::do_not_recommend]
        impl<$(const $group: usize),+> Size for $name<$($group),+> {
            const VALUE: usize = join(&[$($group),+]);
            type Then<const GROUP: usize> = $then;
        }
    };
}

face! {
    /// A size below a thousand: `N<28>` is 28.
    N<UNITS>, then K<UNITS, GROUP>
}
face! {
    /// A size below a million, in groups of three digits: `K<4, 320>` is 4,320.
    K<THOUSANDS, UNITS>, then M<THOUSANDS, UNITS, GROUP>
}
face! {
    /// A size below a thousand million, in groups of three digits: `M<3, 211, 264>` is 3,211,264.
    M<MILLIONS, THOUSANDS, UNITS>, then G<MILLIONS, THOUSANDS, UNITS, GROUP>
}
face! {
    /// A size from a thousand million on, in groups of three digits: `G<1, 0, 0, 7>` is 1,000,000,007.
    G<BILLIONS, MILLIONS, THOUSANDS, UNITS>, then G<0, 0, 0, 0> // no number has five groups; this one has no value
}

/// The number that groups of three digits spell; each number has one spelling only.
const fn join(groups: &[usize]) -> usize {
    assert!(
        groups.len() == 1 || groups[0] > 0,
        "the first group of digits is zero: use size!(…), which finds the right type"
    );
    let mut value: usize = 0;
    let mut i = 0;
    while i < groups.len() {
        // The first group of the last kind has no bound but that of `usize`.
        assert!(
            groups[i] < 1000 || (i == 0 && groups.len() == 4),
            "a group of digits is a thousand or more: use size!(…), which finds the right type"
        );
        value = match value.checked_mul(1000) {
            Some(shifted) => shifted + groups[i],
            None => panic!("this size does not fit in usize"),
        };
        i += 1;
    }
    value
}

/// A number taken apart by [`size!`](crate::size): how many groups of three digits, and the groups.
#[doc(hidden)]
pub struct Spelled<const GROUPS: usize, const A: usize, const B: usize, const C: usize, const D: usize>;

/// Finds the size that is spelled so.
#[doc(hidden)]
pub trait Spelling {
    /// The size.
    type Size: Size;
}

impl<const D: usize> Spelling for Spelled<1, 0, 0, 0, D> {
    type Size = N<D>;
}
impl<const C: usize, const D: usize> Spelling for Spelled<2, 0, 0, C, D> {
    type Size = K<C, D>;
}
impl<const B: usize, const C: usize, const D: usize> Spelling for Spelled<3, 0, B, C, D> {
    type Size = M<B, C, D>;
}
impl<const A: usize, const B: usize, const C: usize, const D: usize> Spelling for Spelled<4, A, B, C, D> {
    type Size = G<A, B, C, D>;
}

/// How many groups of three digits [`size!`](crate::size) spells `value` with.
#[doc(hidden)]
pub const fn groups(value: usize) -> usize {
    match value {
        0..1_000 => 1,
        1_000..1_000_000 => 2,
        1_000_000..1_000_000_000 => 3,
        _ => 4,
    }
}

/// The group of three digits at `place`, from the right.
#[doc(hidden)]
pub const fn group(value: usize, place: u32) -> usize {
    let rest = value / 1000_usize.pow(place);
    if place == 3 { rest } else { rest % 1000 }
}

/// The type of a size: `size!(28)` is [`N<28>`](crate::shape::N), `size!(4320)` is
/// [`K<4, 320>`](crate::shape::K).
///
/// The number may be any constant expression. In the bounds of a generic function spell the size out (`H: Plus<N<2>>`),
/// since there the compiler does not evaluate expressions.
///
/// ```
/// use nn_core::size;
/// use nn_core::shape::{K, Size};
///
/// const HIDDEN: usize = 4320;
/// let _: K<4, 320> = <size!(HIDDEN)>::default();
/// assert_eq!(<size!(2 * HIDDEN)>::VALUE, 8640);
/// ```
#[macro_export]
macro_rules! size {
    ($size:expr) => {
        <$crate::shape::Spelled<
            { $crate::shape::groups($size) },
            { $crate::shape::group($size, 3) },
            { $crate::shape::group($size, 2) },
            { $crate::shape::group($size, 1) },
            { $crate::shape::group($size, 0) },
        > as $crate::shape::Spelling>::Size
    };
}
