//! [`Batch`]: several samples of one shape, and [`BatchView`]: a borrowed look at them.

use crate::Real;
use crate::shape::{LenError, RowsError, Shape, elided_samples};
#[cfg(feature = "std")]
use crate::{
    Tensor,
    memory::{Buffer, OutOfMemory},
};
use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

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
    /// The row that each sample begins with, and where the last one ends; empty where all samples have as many rows.
    starts: &'a [usize],
    shape: PhantomData<S>,
}

impl<'a, S: Shape, T: Real> BatchView<'a, S, T> {
    /// The samples that these numbers are; `S::LEN` numbers each.
    ///
    /// # Errors
    ///
    /// When they are no multiple of `S::LEN`; of a shape whose rows vary, when they are not one sample with all of its rows.
    pub fn from_slice(numbers: &'a [S::Element<T>]) -> Result<Self, LenError> {
        check::<S>(numbers.len())?;
        if S::VARIES && numbers.len() != S::LEN {
            return Err(LenError { shape: S::DIMS, expected: S::LEN, found: numbers.len(), multiple: false });
        }
        Ok(Self { numbers, starts: S::ONE_SAMPLE, shape: PhantomData })
    }

    /// Samples whose number of rows varies, one after another: the sample `i` has the rows `starts[i]..starts[i + 1]`.
    ///
    /// ```
    /// use nn_core::{BatchView, shape};
    ///
    /// let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// let view = BatchView::<shape![..4, 2]>::from_rows(&numbers, &[0, 1, 3])?;
    /// assert_eq!((view.samples(), view.sample(0), view.sample(1).len()), (2, &[1.0, 2.0][..], 4));
    /// # Ok::<(), nn_core::shape::RowsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a sample has no row, or more than the shape allows, or the numbers are not those of all rows, or the number of rows
    /// does not vary in this shape.
    pub fn from_rows(numbers: &'a [S::Element<T>], starts: &'a [usize]) -> Result<Self, RowsError> {
        let wrong = |sample, rows: usize| RowsError { shape: S::DIMS, sample, found: rows.saturating_mul(S::ROW_LEN) };
        let mut ends = starts.iter();
        let mut start = ends.next().copied().unwrap_or(0);
        if start != 0 || !S::VARIES {
            return Err(wrong(0, 0));
        }
        for (sample, &end) in ends.enumerate() {
            match end.checked_sub(start) {
                Some(1..) if end - start <= S::LEN / S::ROW_LEN => start = end,
                rows => return Err(wrong(sample, rows.unwrap_or(0))),
            }
        }
        match numbers.len() == start.saturating_mul(S::ROW_LEN) {
            true => Ok(Self { numbers, starts, shape: PhantomData }),
            false => Err(wrong(starts.len().saturating_sub(1), numbers.len() / S::ROW_LEN)),
        }
    }

    /// How many samples.
    pub fn samples(self) -> usize {
        count::<S>(self.numbers.len(), self.starts)
    }

    /// The row that each sample begins with, and where the last one ends; empty where all samples have as many rows.
    pub(crate) fn starts(self) -> &'a [usize] {
        self.starts
    }

    /// All numbers, sample after sample.
    pub fn as_slice(self) -> &'a [S::Element<T>] {
        self.numbers
    }

    /// A copy of the samples.
    #[cfg(feature = "std")]
    pub fn to_batch(self) -> Batch<S, T> {
        let first = self.starts.first().copied().unwrap_or(0);
        let starts = self.starts.iter().map(|start| start - first).collect();
        Batch { numbers: Buffer::from_slice(self.numbers), starts, shape: PhantomData }
    }

    /// The numbers of one sample.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn sample(self, sample: usize) -> &'a [S::Element<T>] {
        &self.numbers[numbers::<S>(self.starts, sample..sample + 1)]
    }

    /// The numbers of each sample.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [S::Element<T>]> {
        (0..self.samples()).map(move |sample| self.sample(sample))
    }

    /// Some of the samples.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn range(self, samples: Range<usize>) -> Self {
        let numbers = &self.numbers[numbers::<S>(self.starts, samples.clone())];
        let starts = if S::VARIES { &self.starts[samples.start..=samples.end] } else { &[] };
        Self { numbers, starts, shape: PhantomData }
    }
}

/// How many samples so many numbers are.
fn count<S: Shape>(numbers: usize, starts: &[usize]) -> usize {
    if S::VARIES { starts.len().saturating_sub(1) } else { numbers / S::LEN }
}

/// Where the numbers of some samples lie.
pub(super) fn numbers<S: Shape>(starts: &[usize], samples: Range<usize>) -> Range<usize> {
    if !S::VARIES {
        return samples.start * S::LEN..samples.end * S::LEN;
    }
    let at = |sample: usize| (starts[sample] - starts[0]) * S::ROW_LEN;
    at(samples.start)..at(samples.end)
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
        self.samples() == other.samples() && self.iter().eq(other.iter())
    }
}

impl<S: Shape, T: Real> fmt::Debug for BatchView<'_, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::<S, _>(f, self.numbers, self.starts)
    }
}

fn print<S: Shape, E: fmt::Debug>(f: &mut fmt::Formatter<'_>, numbers: &[E], starts: &[usize]) -> fmt::Result {
    if !S::VARIES {
        return elided_samples(f, S::DIMS, numbers);
    }
    write!(f, "{} × {}, one row after another: ", count::<S>(numbers.len(), starts), S::name())?;
    elided_samples(f, &S::DIMS[1..], numbers)
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
        Self { numbers: tensor.as_slice(), starts: S::ONE_SAMPLE, shape: PhantomData }
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
    /// Where the number of rows varies, there may be more than those of the samples.
    numbers: Buffer<S::Element<T>>,
    /// The row that each sample begins with, and where the last one ends; empty where all samples have as many rows.
    starts: Vec<usize>,
    shape: PhantomData<S>,
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> Batch<S, T> {
    /// So many samples of zeros, with all of their rows where their number varies.
    ///
    /// # Panics
    ///
    /// When that many numbers exceed the address space; [`Self::try_zeros`] gives an error instead.
    pub fn zeros(samples: usize) -> Self {
        Self::whole(Buffer::zeros(samples.saturating_mul(S::LEN)))
    }

    /// So many samples of zeros, or an error where there is no memory for them.
    pub fn try_zeros(samples: usize) -> Result<Self, OutOfMemory> {
        Ok(Self::whole(Buffer::try_zeros(samples.saturating_mul(S::LEN))?))
    }

    /// Samples with all of their rows.
    fn whole(numbers: Buffer<S::Element<T>>) -> Self {
        let rows = S::LEN / S::ROW_LEN;
        let starts =
            if S::VARIES { (0..=numbers.len() / S::LEN).map(|sample| sample * rows).collect() } else { Vec::new() };
        Self { numbers, starts, shape: PhantomData }
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
        Ok(Self::whole(Buffer::from_slice(numbers)))
    }

    /// Copies of these samples, each of which has as many rows as its numbers make.
    ///
    /// ```
    /// use nn_core::{Batch, shape};
    ///
    /// let words = Batch::<shape![..30 of 1000]>::from_samples(&[&[17, 4], &[999]])?;
    /// assert_eq!((words.samples(), words.sample(0)), (2, &[17, 4][..]));
    ///
    /// let error = Batch::<shape![..30, 3]>::from_samples(&[&[1.0; 6], &[1.0; 7]]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "a sample of shape [..30, 3] has 1 to 30 rows of 3 numbers, but sample 1 has 7 numbers"
    /// );
    /// # Ok::<(), nn_core::shape::RowsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a sample is no number of rows, or has none, or more than the shape allows; where the number of rows is fixed, when a
    /// sample has another number of numbers than the shape.
    pub fn from_samples(samples: &[&[S::Element<T>]]) -> Result<Self, RowsError> {
        let mut starts = vec![0];
        for (sample, numbers) in samples.iter().enumerate() {
            let found = numbers.len();
            if found == 0 || found > S::LEN || !found.is_multiple_of(S::ROW_LEN) {
                return Err(RowsError { shape: S::DIMS, sample, found });
            }
            starts.push(starts[sample] + found / S::ROW_LEN);
        }
        if !S::VARIES {
            starts.clear();
        }
        Ok(Self { numbers: Buffer::from_slice(&samples.concat()), starts, shape: PhantomData })
    }

    /// Makes these samples of other numbers of rows, those of other samples that begin with these rows. What is in them is of no
    /// account afterwards.
    ///
    /// # Panics
    ///
    /// When there is no room for the rows.
    pub(crate) fn set_rows(&mut self, starts: &[usize]) {
        let first = starts.first().copied().unwrap_or(0);
        self.starts.clear();
        self.starts.extend(starts.iter().map(|start| start - first));
        assert!(self.used() <= self.numbers.len());
    }

    /// How many numbers the samples have.
    fn used(&self) -> usize {
        if S::VARIES { self.starts.last().map_or(0, |end| end * S::ROW_LEN) } else { self.numbers.len() }
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
        count::<S>(self.numbers.len(), &self.starts)
    }

    /// All numbers, sample after sample.
    pub fn as_slice(&self) -> &[S::Element<T>] {
        &self.numbers[..self.used()]
    }

    /// All numbers, sample after sample, for writing.
    pub fn as_mut_slice(&mut self) -> &mut [S::Element<T>] {
        let used = self.used();
        &mut self.numbers[..used]
    }

    /// The numbers of some samples, for writing.
    pub(crate) fn range_mut(&mut self, samples: Range<usize>) -> &mut [S::Element<T>] {
        &mut self.numbers[numbers::<S>(&self.starts, samples)]
    }

    /// A borrowed look at all samples.
    pub fn view(&self) -> BatchView<'_, S, T> {
        BatchView { numbers: self.as_slice(), starts: &self.starts, shape: PhantomData }
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
        self.range_mut(sample..sample + 1)
    }

    /// The numbers of each sample.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[S::Element<T>]> {
        self.view().iter()
    }

    /// The numbers of each sample, for writing.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [S::Element<T>]> {
        let Self { numbers: rest, starts, .. } = self;
        let (samples, mut rest) = (count::<S>(rest.len(), starts), &mut rest[..]);
        (0..samples).map(move |sample| {
            let len = numbers::<S>(starts, sample..sample + 1).len();
            rest.split_off_mut(..len).expect("the samples lie one after another")
        })
    }

    /// A copy of one sample as a tensor.
    ///
    /// # Panics
    ///
    /// When there are not that many samples, or the sample has fewer rows than the shape.
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
        Self { numbers: self.numbers.clone(), starts: self.starts.clone(), shape: PhantomData }
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> PartialEq for Batch<S, T> {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view()
    }
}

#[cfg(feature = "std")]
impl<S: Shape, T: Real> fmt::Debug for Batch<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::<S, _>(f, self.as_slice(), &self.starts)
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
        Self::whole(tensor.into_buffer())
    }
}
