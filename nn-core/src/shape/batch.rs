//! [`Batch`]: several samples of one shape, and [`BatchView`]: a borrowed look at them.

use crate::Real;
use crate::shape::{LenError, Numbers, Shape, elided_samples};
#[cfg(feature = "std")]
use crate::{
    Tensor,
    memory::{Buffer, OutOfMemory},
};
use core::fmt;
use core::marker::PhantomData;

/// Borrowed samples of shape `S`, one after another: what a network takes.
///
/// ```
/// use nn_core::{BatchView, shape};
///
/// let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let view = BatchView::<shape![3]>::from_slice(&numbers)?;
/// assert_eq!(view.samples(), 2);
/// assert_eq!(view.sample(1), [4.0, 5.0, 6.0]);
/// # Ok::<(), nn_core::shape::LenError>(())
/// ```
pub struct BatchView<'a, S: Shape, T: Real = f32> {
    numbers: &'a [S::Element<T>],
    shape: PhantomData<S>,
}

impl<'a, S: Shape, T: Real> BatchView<'a, S, T> {
    /// The samples that these numbers are; `S::LEN` numbers each.
    pub fn from_slice(numbers: &'a [S::Element<T>]) -> Result<Self, LenError> {
        check::<S>(numbers.len())?;
        Ok(Self { numbers, shape: PhantomData })
    }

    /// How many samples.
    pub fn samples(self) -> usize {
        self.numbers.len() / S::LEN
    }

    /// All numbers, sample after sample.
    pub fn as_slice(self) -> &'a [S::Element<T>] {
        self.numbers
    }

    /// A copy of the samples.
    #[cfg(feature = "std")]
    pub fn to_batch(self) -> Batch<S, T> {
        Batch { numbers: Buffer::from_slice(self.numbers), shape: PhantomData }
    }

    /// All numbers, of the kind that they are.
    pub(crate) fn numbers(self) -> Numbers<'a, T> {
        S::numbers(self.numbers)
    }

    /// The numbers of one sample.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn sample(self, sample: usize) -> &'a [S::Element<T>] {
        &self.numbers[sample * S::LEN..(sample + 1) * S::LEN]
    }

    /// The numbers of each sample.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [S::Element<T>]> {
        self.numbers.chunks_exact(S::LEN)
    }

    /// Some of the samples.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn range(self, samples: core::ops::Range<usize>) -> Self {
        Self { numbers: &self.numbers[samples.start * S::LEN..samples.end * S::LEN], shape: PhantomData }
    }
}

fn check<S: Shape>(found: usize) -> Result<(), LenError> {
    if found.is_multiple_of(S::LEN) {
        Ok(())
    } else {
        Err(LenError { shape: S::DIMS, expected: S::LEN, found, multiple: true })
    }
}

impl<S: Shape, T: Real> Clone for BatchView<'_, S, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Shape, T: Real> Copy for BatchView<'_, S, T> {}

impl<S: Shape, T: Real> PartialEq for BatchView<'_, S, T> {
    fn eq(&self, other: &Self) -> bool {
        self.numbers == other.numbers
    }
}

impl<S: Shape, T: Real> fmt::Debug for BatchView<'_, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        elided_samples(f, S::DIMS, self.numbers)
    }
}

impl<'a, S: Shape, T: Real> TryFrom<&'a [S::Element<T>]> for BatchView<'a, S, T> {
    type Error = LenError;

    fn try_from(numbers: &'a [S::Element<T>]) -> Result<Self, LenError> {
        Self::from_slice(numbers)
    }
}

#[cfg(feature = "std")]
impl<'a, S: Shape, T: Real> From<&'a Batch<S, T>> for BatchView<'a, S, T> {
    fn from(batch: &'a Batch<S, T>) -> Self {
        batch.view()
    }
}

#[cfg(feature = "std")]
impl<'a, S: Shape, T: Real> From<&'a Tensor<S, T>> for BatchView<'a, S, T> {
    /// The tensor as the only sample.
    fn from(tensor: &'a Tensor<S, T>) -> Self {
        Self { numbers: tensor.as_slice(), shape: PhantomData }
    }
}

/// Owned samples of shape `S`, one after another in one aligned block; how many is known at run time only.
///
/// ```
/// use nn_core::{Batch, shape};
///
/// let mut batch = Batch::<shape![2, 2]>::zeros(3);
/// batch.sample_mut(2).copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(batch.samples(), 3);
/// assert_eq!(batch.as_slice()[8..], [1.0, 2.0, 3.0, 4.0]);
///
/// // Whole numbers are `u32`, whatever the network computes with. Those out of their bound are refused by the network.
/// let words = Batch::<shape![3 of 40]>::from_slice(&[7, 0, 39, 1, 1, 2])?;
/// assert_eq!((words.samples(), words.sample(1)), (2, &[1, 1, 2][..]));
/// # Ok::<(), nn_core::shape::LenError>(())
/// ```
#[cfg(feature = "std")]
pub struct Batch<S: Shape, T: Real = f32> {
    numbers: Buffer<S::Element<T>>,
    shape: PhantomData<S>,
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> Batch<S, T> {
    /// So many samples of zeros.
    ///
    /// # Panics
    ///
    /// When that many numbers exceed the address space; [`Self::try_zeros`] gives an error instead.
    pub fn zeros(samples: usize) -> Self {
        Self { numbers: Buffer::zeros(samples.saturating_mul(S::LEN)), shape: PhantomData }
    }

    /// So many samples of zeros, or an error where there is no memory for them.
    pub fn try_zeros(samples: usize) -> Result<Self, OutOfMemory> {
        Ok(Self { numbers: Buffer::try_zeros(samples.saturating_mul(S::LEN))?, shape: PhantomData })
    }

    /// The samples that these numbers are; `S::LEN` numbers each.
    ///
    /// ```
    /// use nn_core::{Batch, shape};
    ///
    /// let error = Batch::<shape![2, 2]>::from_slice(&[0.0; 7]).unwrap_err();
    /// assert_eq!(error.to_string(), "samples of shape [2, 2] need a multiple of 4 numbers, but 7 were given");
    /// ```
    pub fn from_slice(numbers: &[S::Element<T>]) -> Result<Self, LenError> {
        check::<S>(numbers.len())?;
        Ok(Self { numbers: Buffer::from_slice(numbers), shape: PhantomData })
    }

    /// Copies of these tensors, in order.
    ///
    /// ```
    /// use nn_core::{Batch, Tensor, shape};
    ///
    /// let tensors = [Tensor::<shape![2]>::full(1.0), Tensor::full(2.0)];
    /// assert_eq!(Batch::from_tensors(&tensors).as_slice(), [1.0, 1.0, 2.0, 2.0]);
    /// ```
    pub fn from_tensors(tensors: &[Tensor<S, T>]) -> Self {
        let mut batch = Self::zeros(tensors.len());
        for (sample, tensor) in batch.iter_mut().zip(tensors) {
            sample.copy_from_slice(tensor.as_slice());
        }
        batch
    }

    /// How many samples.
    pub fn samples(&self) -> usize {
        self.numbers.len() / S::LEN
    }

    /// All numbers, sample after sample.
    pub fn as_slice(&self) -> &[S::Element<T>] {
        &self.numbers
    }

    /// All numbers, sample after sample, for writing.
    pub fn as_mut_slice(&mut self) -> &mut [S::Element<T>] {
        &mut self.numbers
    }

    /// A borrowed look at all samples.
    pub fn view(&self) -> BatchView<'_, S, T> {
        BatchView { numbers: &self.numbers, shape: PhantomData }
    }

    /// The numbers of one sample.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn sample(&self, sample: usize) -> &[S::Element<T>] {
        self.view().sample(sample)
    }

    /// The numbers of one sample, for writing.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn sample_mut(&mut self, sample: usize) -> &mut [S::Element<T>] {
        &mut self.numbers[sample * S::LEN..(sample + 1) * S::LEN]
    }

    /// The numbers of each sample.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[S::Element<T>]> {
        self.view().iter()
    }

    /// The numbers of each sample, for writing.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [S::Element<T>]> {
        self.numbers.chunks_exact_mut(S::LEN)
    }

    /// A copy of one sample as a tensor.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn tensor(&self, sample: usize) -> Tensor<S, T> {
        let mut tensor = Tensor::zeros();
        tensor.as_mut_slice().copy_from_slice(self.sample(sample));
        tensor
    }

    /// Copies of all samples as tensors.
    pub fn to_tensors(&self) -> Vec<Tensor<S, T>> {
        (0..self.samples()).map(|sample| self.tensor(sample)).collect()
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> Clone for Batch<S, T> {
    fn clone(&self) -> Self {
        Self { numbers: self.numbers.clone(), shape: PhantomData }
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> PartialEq for Batch<S, T> {
    fn eq(&self, other: &Self) -> bool {
        self.numbers == other.numbers
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> fmt::Debug for Batch<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        elided_samples(f, S::DIMS, &self.numbers)
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> TryFrom<&[S::Element<T>]> for Batch<S, T> {
    type Error = LenError;

    fn try_from(numbers: &[S::Element<T>]) -> Result<Self, LenError> {
        Self::from_slice(numbers)
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> From<Tensor<S, T>> for Batch<S, T> {
    /// The tensor as the only sample.
    fn from(tensor: Tensor<S, T>) -> Self {
        Self { numbers: tensor.into_buffer(), shape: PhantomData }
    }
}
