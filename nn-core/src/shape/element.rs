//! What the numbers of a shape are: real, or whole and below a bound.

use super::{Shape, Size, sealed};
use crate::Real;
use core::marker::PhantomData;

/// The shape `S` of whole numbers, each below `B`: [`shape![12 of 40]`](crate::shape!) is `Whole<(N<12>,), N<40>>`.
///
/// ```
/// use nn_core::shape;
/// use nn_core::shape::Shape;
///
/// type Words = shape![12 of 40];
/// assert_eq!((Words::DIMS, Words::BELOW), (&[12][..], Some(40)));
/// assert_eq!(Words::name().to_string(), "[12 of 40]");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Whole<S, B>(PhantomData<(S, B)>);

impl<S: Shape, B: Size> sealed::Shape for Whole<S, B> {}
impl<S: Shape, B: Size> Shape for Whole<S, B> {
    const DIMS: &'static [usize] = S::DIMS;
    const BELOW: Option<u32> = {
        assert!(B::VALUE > 0, "no whole number is below zero");
        assert!(B::VALUE <= u32::MAX as usize, "whole numbers have 32 bits: the bound is too large");
        Some(B::VALUE as u32)
    };

    type Element<T: Real> = u32;

    fn numbers<T: Real>(elements: &[u32]) -> Numbers<'_, T> {
        Numbers::Integers(elements)
    }

    fn elements<T: Real>(numbers: Numbers<'_, T>) -> Option<&[u32]> {
        match numbers {
            Numbers::Reals(_) => None,
            Numbers::Integers(numbers) => Some(numbers),
        }
    }

    fn reals_mut<T: Real>(_: &mut [u32]) -> &mut [T] {
        &mut []
    }
}

/// The numbers of a shape that may be of either kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers<'a, T> {
    /// Real numbers.
    Reals(&'a [T]),
    /// Whole numbers.
    Integers(&'a [u32]),
}

impl<'a, T> Numbers<'a, T> {
    /// How many there are.
    pub fn len(self) -> usize {
        match self {
            Self::Reals(numbers) => numbers.len(),
            Self::Integers(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The real numbers; none if they are whole.
    pub fn reals(self) -> &'a [T] {
        match self {
            Self::Reals(numbers) => numbers,
            Self::Integers(_) => &[],
        }
    }
}
