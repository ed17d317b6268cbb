//! The inputs, or the outputs, of a network: a tuple of shapes.

use core::ops::Range;
use core::slice;

use super::{BoundError, Numbers, SamplesError, Shape};
#[cfg(feature = "std")]
use crate::{Batch, Tensor};
use crate::{BatchView, Real};

/// A tuple of [`Shape`]s: what goes into a network, or what comes out of it.
///
/// ```
/// use nn_core::shape;
/// use nn_core::shape::Shapes;
///
/// type Inputs = (shape![3, 32, 32], shape![10]);
/// assert_eq!(Inputs::COUNT, 2);
/// assert_eq!(Inputs::LENS, [3072, 10]);
/// assert_eq!(Inputs::DIMS, [&[3, 32, 32][..], &[10]]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of shapes",
    note = "one input is written `(shape![1, 28, 28],)`, with the comma"
)]
pub trait Shapes: sealed::Shapes + Copy + Send + Sync + 'static {
    /// How many shapes.
    const COUNT: usize;
    /// The length of each: how many numbers one sample has.
    const LENS: &'static [usize];
    /// The sizes of each.
    const DIMS: &'static [&'static [usize]];
    /// What the whole numbers of each are below; `None` for real numbers.
    const BELOW: &'static [Option<u32>];
    /// Whether the number of rows varies in each.
    const VARIES: &'static [bool];
    /// How many numbers a row of each has: see [`Shape::ROW_LEN`].
    const ROW_LENS: &'static [usize];
    /// How many numbers a softmax at the end of each goes over: see [`Shape::HEAD_LEN`].
    const HEAD_LENS: &'static [usize];

    /// A view of a batch of each; of one shape the view itself, otherwise a tuple.
    type Views<'a, T: Real>: Copy + IntoViews<'a, Self, T>;

    /// A batch of each; of one shape the batch itself, otherwise a tuple.
    #[cfg(feature = "std")]
    type Batches<T: Real>: Send + Sync;

    /// The numbers of a batch of each: a tuple of slices, as the generated code takes them.
    type Slices<'a, T: Real>: Copy + Send + Sync;

    /// The real numbers of a batch of each for writing: an array of slices. Whole numbers are not written, so that theirs is
    /// empty.
    type SlicesMut<'a, T: Real>: AsMut<[&'a mut [T]]> + Send;

    /// The row that each sample begins with, and where the last one ends, for each view: an array of slices, empty where the
    /// number of rows does not vary.
    type Starts<'a>: Copy + AsRef<[&'a [usize]]>;

    /// These rows of the views.
    fn starts<T: Real>(views: Self::Views<'_, T>) -> Self::Starts<'_>;

    /// The numbers of the views.
    fn slices<T: Real>(views: Self::Views<'_, T>) -> Self::Slices<'_, T>;

    /// Some samples of each view.
    fn range<T: Real>(views: Self::Views<'_, T>, samples: Range<usize>) -> Self::Views<'_, T>;

    /// The real numbers of some samples of each batch.
    #[cfg(feature = "std")]
    fn slices_mut<T: Real>(batches: &mut Self::Batches<T>, samples: Range<usize>) -> Self::SlicesMut<'_, T>;

    /// Empty slices.
    fn empty<'a, T: Real>() -> Self::SlicesMut<'a, T>;

    /// How many samples all of them have.
    fn samples<T: Real>(views: Self::Views<'_, T>) -> Result<usize, SamplesError> {
        let mut first = 0;
        let mut wrong = Ok(());
        let starts = Self::starts(views);
        Self::for_each(views, |input, numbers| {
            let found = match starts.as_ref().get(input) {
                Some([_, ends @ ..]) => ends.len(),
                _ => numbers.len() / Self::LENS[input],
            };
            if input == 0 {
                first = found;
            } else if found != first && wrong.is_ok() {
                wrong = Err(SamplesError { input, expected: first, found });
            }
        });
        wrong.map(|()| first)
    }

    /// Fails unless all whole numbers are below their bounds; these are the [`starts`](Self::starts) and names of the inputs.
    fn check_bounds<T: Real>(
        slices: Self::Slices<'_, T>,
        starts: &[&[usize]],
        names: &[&'static str],
    ) -> Result<(), BoundError> {
        let mut wrong = Ok(());
        Self::for_each_slice(slices, |input, numbers| {
            // Nothing here can panic, as programs without `std` are promised.
            let (Numbers::Integers(numbers), Some(&Some(below)), Ok(())) = (numbers, Self::BELOW.get(input), wrong)
            else {
                return;
            };
            if let Some((place, &number)) = numbers.iter().enumerate().find(|&(_, &number)| number >= below) {
                let len = Self::ROW_LENS.get(input).copied().unwrap_or(1);
                let (sample, start) = sample_at(place, len, starts.get(input).copied().unwrap_or_default());
                let input = names.get(input).copied().unwrap_or_default();
                wrong = Err(BoundError { input, sample, position: place - start, number, below });
            }
        });
        wrong
    }

    /// Hands out the numbers of each, all samples one after another, with its place in the tuple.
    fn for_each<'a, T: Real>(views: Self::Views<'a, T>, visit: impl FnMut(usize, Numbers<'a, T>)) {
        Self::for_each_slice(Self::slices(views), visit);
    }

    /// The same of slices.
    fn for_each_slice<'a, T: Real>(slices: Self::Slices<'a, T>, visit: impl FnMut(usize, Numbers<'a, T>));

    /// The numbers of so many samples of each, which begin at these addresses.
    ///
    /// # Safety
    ///
    /// At each address, whatever its type says, lie so many samples of the elements of the shape in this place, for as long
    /// as the slices live.
    #[doc(hidden)]
    unsafe fn from_raw<'a, T: Real>(starts: &[*const T], samples: usize) -> Self::Slices<'a, T>;

    /// Batches of `samples` zeros samples.
    #[cfg(feature = "std")]
    fn allocate<T: Real>(samples: usize) -> Self::Batches<T>;

    /// Batches of `samples` gradients: whole numbers have none, so that theirs is empty.
    #[cfg(feature = "std")]
    fn allocate_gradients<T: Real>(samples: usize) -> Self::Batches<T>;

    /// Views of the first `samples` gradients.
    #[cfg(feature = "std")]
    fn gradients<T: Real>(batches: &Self::Batches<T>, samples: usize) -> Self::Views<'_, T>;

    /// Copies of the samples.
    #[cfg(feature = "std")]
    fn to_batches<T: Real>(views: Self::Views<'_, T>) -> Self::Batches<T>;

    /// Hands out the real numbers of each for writing, all samples one after another, with its place in the tuple. Of whole
    /// numbers there are none.
    #[cfg(feature = "std")]
    fn for_each_mut<'a, T: Real>(batches: &'a mut Self::Batches<T>, visit: impl FnMut(usize, &'a mut [T]));

    /// Gives the samples of each batch whose rows vary the rows that begin so; `starts` is asked for each by its place.
    #[cfg(feature = "std")]
    fn set_rows<'a, T: Real>(batches: &mut Self::Batches<T>, starts: impl Fn(usize) -> &'a [usize]);

    /// Views of the batches.
    #[cfg(feature = "std")]
    fn views<T: Real>(batches: &Self::Batches<T>) -> Self::Views<'_, T>;
}

/// The sample that the number at a place belongs to, and where that sample begins. A row has `len` numbers.
fn sample_at(place: usize, len: usize, starts: &[usize]) -> (usize, usize) {
    let row = place.checked_div(len).unwrap_or(0);
    let mut at = (row, row * len);
    if let Some(first) = starts.first() {
        for (sample, start) in starts.iter().map(|start| start - first).enumerate() {
            if start <= row {
                at = (sample, start * len);
            }
        }
    }
    at
}

/// How many gradients so many samples of a shape have.
#[cfg(feature = "std")]
fn with_gradient<S: Shape>(samples: usize) -> usize {
    if S::BELOW.is_none() { samples } else { 0 }
}

/// The real numbers of some samples of a batch; none where they are whole.
#[cfg(feature = "std")]
fn samples_mut<S: Shape, T: Real>(batch: &mut Batch<S, T>, samples: Range<usize>) -> &mut [T] {
    if S::BELOW.is_some() { &mut [] } else { S::reals_mut(batch.range_mut(samples)) }
}

mod sealed {
    /// Closes [`Shapes`](super::Shapes).
    pub trait Shapes {}
}

/// The numbers of so many samples of a shape.
///
/// # Safety
///
/// There they lie, for as long as the slice lives.
unsafe fn from_raw<'a, S: Shape, T: Real>(start: *const T, samples: usize) -> &'a [S::Element<T>] {
    // SAFETY: the caller promises it.
    unsafe { slice::from_raw_parts(start.cast(), samples * S::LEN) }
}

impl<A: Shape> sealed::Shapes for (A,) {}
impl<A: Shape> Shapes for (A,) {
    const COUNT: usize = 1;
    const LENS: &'static [usize] = &[A::LEN];
    const DIMS: &'static [&'static [usize]] = &[A::DIMS];
    const BELOW: &'static [Option<u32>] = &[A::BELOW];
    const VARIES: &'static [bool] = &[A::VARIES];
    const ROW_LENS: &'static [usize] = &[A::ROW_LEN];
    const HEAD_LENS: &'static [usize] = &[A::HEAD_LEN];

    type Views<'a, T: Real> = BatchView<'a, A, T>;
    #[cfg(feature = "std")]
    type Batches<T: Real> = Batch<A, T>;

    type Slices<'a, T: Real> = (&'a [A::Element<T>],);
    type SlicesMut<'a, T: Real> = [&'a mut [T]; 1];
    type Starts<'a> = [&'a [usize]; 1];

    fn starts<T: Real>(view: Self::Views<'_, T>) -> Self::Starts<'_> {
        [view.starts()]
    }

    fn slices<T: Real>(view: Self::Views<'_, T>) -> Self::Slices<'_, T> {
        (view.as_slice(),)
    }
    fn range<T: Real>(view: Self::Views<'_, T>, samples: Range<usize>) -> Self::Views<'_, T> {
        view.range(samples)
    }
    #[cfg(feature = "std")]
    fn slices_mut<T: Real>(batch: &mut Batch<A, T>, samples: Range<usize>) -> [&mut [T]; 1] {
        [samples_mut(batch, samples)]
    }
    fn empty<'a, T: Real>() -> [&'a mut [T]; 1] {
        [&mut []]
    }
    fn for_each_slice<'a, T: Real>((slice,): Self::Slices<'a, T>, mut visit: impl FnMut(usize, Numbers<'a, T>)) {
        visit(0, A::numbers(slice));
    }
    unsafe fn from_raw<'a, T: Real>(starts: &[*const T], samples: usize) -> Self::Slices<'a, T> {
        // SAFETY: the caller promises the same.
        (unsafe { from_raw::<A, T>(starts[0], samples) },)
    }
    #[cfg(feature = "std")]
    fn allocate<T: Real>(samples: usize) -> Batch<A, T> {
        Batch::zeros(samples)
    }
    #[cfg(feature = "std")]
    fn allocate_gradients<T: Real>(samples: usize) -> Batch<A, T> {
        Batch::zeros(with_gradient::<A>(samples))
    }
    #[cfg(feature = "std")]
    fn gradients<T: Real>(batch: &Batch<A, T>, samples: usize) -> BatchView<'_, A, T> {
        batch.view().range(0..with_gradient::<A>(samples))
    }
    #[cfg(feature = "std")]
    fn to_batches<T: Real>(view: BatchView<'_, A, T>) -> Batch<A, T> {
        view.to_batch()
    }
    #[cfg(feature = "std")]
    fn for_each_mut<'a, T: Real>(batch: &'a mut Batch<A, T>, mut visit: impl FnMut(usize, &'a mut [T])) {
        visit(0, A::reals_mut(batch.as_mut_slice()));
    }
    #[cfg(feature = "std")]
    fn set_rows<'a, T: Real>(batch: &mut Batch<A, T>, starts: impl Fn(usize) -> &'a [usize]) {
        if A::VARIES {
            batch.set_rows(starts(0));
        }
    }

    #[cfg(feature = "std")]
    fn views<T: Real>(batch: &Batch<A, T>) -> BatchView<'_, A, T> {
        batch.view()
    }
}

/// What can be given where a network takes one input of shape `S`: a reference to a batch, a reference to a tensor (a
/// single sample), or a view.
#[diagnostic::on_unimplemented(
    message = "this input of the network has the shape `{S}`, but `{Self}` is given",
    label = "expected numbers of shape `{S}`",
    note = "give a `&Batch`, a `&Tensor` or a `BatchView` of that shape"
)]
pub trait IntoView<'a, S: Shape, T: Real> {
    /// The view.
    fn into_view(self) -> BatchView<'a, S, T>;
}

impl<'a, S: Shape, T: Real> IntoView<'a, S, T> for BatchView<'a, S, T> {
    fn into_view(self) -> BatchView<'a, S, T> {
        self
    }
}

#[cfg(feature = "std")]
impl<'a, S: Shape, T: Real> IntoView<'a, S, T> for &'a Batch<S, T> {
    fn into_view(self) -> BatchView<'a, S, T> {
        self.into()
    }
}

#[cfg(feature = "std")]
impl<'a, S: Shape, T: Real> IntoView<'a, S, T> for &'a Tensor<S, T> {
    fn into_view(self) -> BatchView<'a, S, T> {
        self.into()
    }
}

/// What can be given where a network takes the inputs `L`: of one input, what [`IntoView`] says; of several, a tuple.
///
/// ```
/// use nn_core::shape::{IntoViews, Shapes};
/// use nn_core::{Batch, Tensor, shape};
///
/// fn samples<'a, L: Shapes>(inputs: impl IntoViews<'a, L, f32>) -> usize {
///     L::samples(inputs.into_views()).unwrap()
/// }
///
/// let images = Batch::<shape![1, 2, 2]>::zeros(5);
/// let classes = Batch::<shape![10]>::zeros(5);
/// let one = Tensor::<shape![10]>::zeros();
/// assert_eq!(samples::<(shape![1, 2, 2],)>(&images), 5);
/// assert_eq!(samples::<(shape![10],)>(&one), 1);
/// assert_eq!(samples::<(shape![1, 2, 2], shape![10])>((&images, &classes)), 5);
/// ```
#[diagnostic::on_unimplemented(
    message = "this network takes `{T}` numbers of the shapes `{L}`, but `{Self}` is given",
    label = "not what this network takes",
    note = "give a `&Batch`, a `&Tensor` or a `BatchView`; for several inputs a tuple of them, in the order of their declaration"
)]
pub trait IntoViews<'a, L: Shapes, T: Real> {
    /// The views.
    fn into_views(self) -> L::Views<'a, T>;
}

impl<'a, A: Shape, T: Real, V: IntoView<'a, A, T>> IntoViews<'a, (A,), T> for V {
    fn into_views(self) -> BatchView<'a, A, T> {
        self.into_view()
    }
}

macro_rules! several {
    ($($shape:ident $view:ident $place:tt),+) => {
        impl<$($shape: Shape),+> sealed::Shapes for ($($shape,)+) {}
        impl<$($shape: Shape),+> Shapes for ($($shape,)+) {
            const COUNT: usize = Self::LENS.len();
            const LENS: &'static [usize] = &[$($shape::LEN),+];
            const DIMS: &'static [&'static [usize]] = &[$($shape::DIMS),+];
            const BELOW: &'static [Option<u32>] = &[$($shape::BELOW),+];
            const VARIES: &'static [bool] = &[$($shape::VARIES),+];
            const ROW_LENS: &'static [usize] = &[$($shape::ROW_LEN),+];
            const HEAD_LENS: &'static [usize] = &[$($shape::HEAD_LEN),+];

            type Views<'a, T: Real> = ($(BatchView<'a, $shape, T>,)+);
            #[cfg(feature = "std")]
            type Batches<T: Real> = ($(Batch<$shape, T>,)+);

            type Slices<'a, T: Real> = ($(&'a [$shape::Element<T>],)+);
            type SlicesMut<'a, T: Real> = [&'a mut [T]; [$($place),+].len()];
            type Starts<'a> = [&'a [usize]; [$($place),+].len()];

            fn starts<T: Real>(views: Self::Views<'_, T>) -> Self::Starts<'_> {
                [$(views.$place.starts()),+]
            }

            fn slices<T: Real>(views: Self::Views<'_, T>) -> Self::Slices<'_, T> {
                ($(views.$place.as_slice(),)+)
            }
            fn range<T: Real>(views: Self::Views<'_, T>, samples: Range<usize>) -> Self::Views<'_, T> {
                ($(views.$place.range(samples.clone()),)+)
            }
            #[cfg(feature = "std")]
            fn slices_mut<T: Real>(batches: &mut Self::Batches<T>, samples: Range<usize>) -> Self::SlicesMut<'_, T> {
                [$(samples_mut(&mut batches.$place, samples.clone())),+]
            }
            fn empty<'a, T: Real>() -> Self::SlicesMut<'a, T> {
                [$({ const _: usize = $place; &mut [] }),+]
            }
            fn for_each_slice<'a, T: Real>(slices: Self::Slices<'a, T>, mut visit: impl FnMut(usize, Numbers<'a, T>)) {
                $(visit($place, $shape::numbers(slices.$place));)+
            }
            unsafe fn from_raw<'a, T: Real>(starts: &[*const T], samples: usize) -> Self::Slices<'a, T> {
                // SAFETY: the caller promises the same.
                unsafe { ($(from_raw::<$shape, T>(starts[$place], samples),)+) }
            }
            #[cfg(feature = "std")]
            fn allocate<T: Real>(samples: usize) -> Self::Batches<T> {
                ($(Batch::<$shape, T>::zeros(samples),)+)
            }
            #[cfg(feature = "std")]
            fn allocate_gradients<T: Real>(samples: usize) -> Self::Batches<T> {
                ($(Batch::<$shape, T>::zeros(with_gradient::<$shape>(samples)),)+)
            }
            #[cfg(feature = "std")]
            fn gradients<T: Real>(batches: &Self::Batches<T>, samples: usize) -> Self::Views<'_, T> {
                ($(batches.$place.view().range(0..with_gradient::<$shape>(samples)),)+)
            }
            #[cfg(feature = "std")]
            fn to_batches<T: Real>(views: Self::Views<'_, T>) -> Self::Batches<T> {
                ($(views.$place.to_batch(),)+)
            }
            #[cfg(feature = "std")]
            fn for_each_mut<'a, T: Real>(batches: &'a mut Self::Batches<T>, mut visit: impl FnMut(usize, &'a mut [T])) {
                $(visit($place, $shape::reals_mut(batches.$place.as_mut_slice()));)+
            }
            #[cfg(feature = "std")]
            fn set_rows<'a, T: Real>(batches: &mut Self::Batches<T>, starts: impl Fn(usize) -> &'a [usize]) {
                $(if $shape::VARIES {
                    batches.$place.set_rows(starts($place));
                })+
            }

            #[cfg(feature = "std")]
            fn views<T: Real>(batches: &Self::Batches<T>) -> Self::Views<'_, T> {
                ($(batches.$place.view(),)+)
            }
        }

        impl<'a, T: Real, $($shape: Shape,)+ $($view: IntoView<'a, $shape, T>),+> IntoViews<'a, ($($shape,)+), T>
            for ($($view,)+)
        {
            fn into_views(self) -> ($(BatchView<'a, $shape, T>,)+) {
                ($(self.$place.into_view(),)+)
            }
        }
    };
}

several!(A VA 0, B VB 1);
several!(A VA 0, B VB 1, C VC 2);
several!(A VA 0, B VB 1, C VC 2, D VD 3);
several!(A VA 0, B VB 1, C VC 2, D VD 3, E VE 4);
several!(A VA 0, B VB 1, C VC 2, D VD 3, E VE 4, F VF 5);
several!(A VA 0, B VB 1, C VC 2, D VD 3, E VE 4, F VF 5, G VG 6);
several!(A VA 0, B VB 1, C VC 2, D VD 3, E VE 4, F VF 5, G VG 6, H VH 7);
