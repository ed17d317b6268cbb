//! [`Tensor`]: numbers whose shape the compiler knows.

use crate::Real;
use crate::base::memory::{Buffer, OutOfMemory};
use crate::shape::{LenError, Shape, elided};
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

mod algebra;
mod array;

/// An owned, aligned block of `S::LEN` numbers on the heap, outermost axis first.
///
/// ```
/// use nn_core::{Tensor, shape};
///
/// let mut image = Tensor::<shape![1, 28, 28]>::zeros();
/// image[[0, 3, 4]] = 0.5;
/// assert_eq!(image.as_slice()[3 * 28 + 4], 0.5);
///
/// let matrix = Tensor::<shape![2, 3]>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(matrix[[1, 0]], 4.0);
/// assert_eq!(format!("{matrix:?}"), "[2, 3] [[1.0, 2.0, 3.0],\n [4.0, 5.0, 6.0]]");
/// ```
pub struct Tensor<S: Shape, T: Real = f32> {
    numbers: Buffer<S::Element<T>>,
    shape: PhantomData<S>,
}

impl<S: Shape, T: Real> Tensor<S, T> {
    /// A tensor of zeros.
    pub fn zeros() -> Self {
        Self { numbers: Buffer::zeros(S::LEN), shape: PhantomData }
    }

    /// A tensor of zeros, or an error where there is no memory for it.
    pub fn try_zeros() -> Result<Self, OutOfMemory> {
        Ok(Self { numbers: Buffer::try_zeros(S::LEN)?, shape: PhantomData })
    }

    /// A tensor with `value` everywhere.
    pub fn full(value: S::Element<T>) -> Self {
        let mut tensor = Self::zeros();
        tensor.fill(value);
        tensor
    }

    /// A tensor whose numbers are computed from their places, counted in the order in which they lie.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// let tensor = Tensor::<shape![2, 2]>::from_fn(|i| i as f32);
    /// assert_eq!(tensor[[1, 1]], 3.0);
    /// ```
    pub fn from_fn(mut value: impl FnMut(usize) -> S::Element<T>) -> Self {
        let mut tensor = Self::zeros();
        for (i, number) in tensor.as_mut_slice().iter_mut().enumerate() {
            *number = value(i);
        }
        tensor
    }

    /// A tensor with these numbers, of which there must be `S::LEN`.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// assert!(Tensor::<shape![2, 2]>::from_slice(&[1.0, 2.0, 3.0, 4.0]).is_ok());
    /// let error = Tensor::<shape![2, 2]>::from_slice(&[1.0, 2.0, 3.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "shape [2, 2] needs 4 numbers, but 3 were given");
    /// ```
    pub fn from_slice(numbers: &[S::Element<T>]) -> Result<Self, LenError> {
        if numbers.len() == S::LEN {
            Ok(Self { numbers: Buffer::from_slice(numbers), shape: PhantomData })
        } else {
            Err(LenError { shape: S::DIMS, expected: S::LEN, found: numbers.len(), multiple: false })
        }
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[S::Element<T>] {
        &self.numbers
    }

    /// The numbers, for writing.
    pub fn as_mut_slice(&mut self) -> &mut [S::Element<T>] {
        &mut self.numbers
    }

    /// Sets every number to `value`.
    pub fn fill(&mut self, value: S::Element<T>) {
        self.numbers.fill(value);
    }

    /// A copy of the numbers.
    pub fn to_vec(&self) -> Vec<S::Element<T>> {
        self.numbers.to_vec()
    }

    /// The numbers without their shape.
    pub(crate) fn into_buffer(self) -> Buffer<S::Element<T>> {
        self.numbers
    }
}

impl<S: Shape, T: Real> Clone for Tensor<S, T> {
    fn clone(&self) -> Self {
        Self { numbers: self.numbers.clone(), shape: PhantomData }
    }
}

impl<S: Shape, T: Real> Default for Tensor<S, T> {
    fn default() -> Self {
        Self::zeros()
    }
}

impl<S: Shape, T: Real> PartialEq for Tensor<S, T> {
    fn eq(&self, other: &Self) -> bool {
        self.numbers == other.numbers
    }
}

impl<S: Shape, T: Real> fmt::Debug for Tensor<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        elided(f, S::DIMS, self.as_slice())
    }
}

impl<S: Shape, T: Real> TryFrom<&[S::Element<T>]> for Tensor<S, T> {
    type Error = LenError;

    fn try_from(numbers: &[S::Element<T>]) -> Result<Self, LenError> {
        Self::from_slice(numbers)
    }
}

impl<S: Shape, T: Real> TryFrom<Vec<S::Element<T>>> for Tensor<S, T> {
    type Error = LenError;

    fn try_from(numbers: Vec<S::Element<T>>) -> Result<Self, LenError> {
        Self::from_slice(&numbers)
    }
}

impl<S: Shape, T: Real> AsRef<[S::Element<T>]> for Tensor<S, T> {
    fn as_ref(&self) -> &[S::Element<T>] {
        self.as_slice()
    }
}

impl<S: Shape, T: Real, const RANK: usize> Index<[usize; RANK]> for Tensor<S, T> {
    type Output = S::Element<T>;

    /// The number at these places, one for each axis.
    ///
    /// # Panics
    ///
    /// When a place lies outside its axis. A wrong number of places does not compile.
    fn index(&self, places: [usize; RANK]) -> &S::Element<T> {
        &self.numbers[place::<S, RANK>(places)]
    }
}

impl<S: Shape, T: Real, const RANK: usize> IndexMut<[usize; RANK]> for Tensor<S, T> {
    fn index_mut(&mut self, places: [usize; RANK]) -> &mut S::Element<T> {
        &mut self.numbers[place::<S, RANK>(places)]
    }
}

fn place<S: Shape, const RANK: usize>(places: [usize; RANK]) -> usize {
    const { assert!(RANK == S::RANK, "a tensor is indexed by as many places as its shape has sizes") }
    let mut flat = 0;
    for (axis, (&place, &dim)) in places.iter().zip(S::DIMS).enumerate() {
        assert!(place < dim, "place {place} on axis {axis} of a tensor of shape {}", S::name());
        flat = flat * dim + place;
    }
    flat
}
