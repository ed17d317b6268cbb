//! Samples whose number of rows is known at run time only.

use super::{Numbers, Shape, sealed};
use crate::Real;
use core::marker::PhantomData;

/// The shape `S`, of whose first axis a sample has any part but none: [`shape![..64, 3]`](crate::shape!), up to 64 rows of three
/// numbers, is `UpTo<(N<64>, N<3>)>`.
///
/// ```
/// use nn_core::{Batch, shape};
/// use nn_core::shape::Shape;
///
/// type Steps = shape![..64, 3];
/// assert_eq!((Steps::LEN, Steps::ROW_LEN), (192, 3));
/// assert_eq!(Steps::name().to_string(), "[..64, 3]");
///
/// let batch = Batch::<Steps>::from_samples(&[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0, 7.0, 8.0, 9.0]])?;
/// assert_eq!((batch.samples(), batch.sample(0), batch.sample(1).len()), (2, &[1.0, 2.0, 3.0][..], 6));
/// # Ok::<(), nn_core::shape::RowsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UpTo<S>(PhantomData<S>);

impl<S: Shape> sealed::Shape for UpTo<S> {}
impl<S: Shape> Shape for UpTo<S> {
    const DIMS: &'static [usize] = S::DIMS;
    const BELOW: Option<u32> = S::BELOW;
    const VARIES: bool = true;

    type Element<T: Real> = S::Element<T>;

    fn numbers<T: Real>(elements: &[S::Element<T>]) -> Numbers<'_, T> {
        S::numbers(elements)
    }

    fn elements<T: Real>(numbers: Numbers<'_, T>) -> Option<&[S::Element<T>]> {
        S::elements(numbers)
    }

    fn reals_mut<T: Real>(elements: &mut [S::Element<T>]) -> &mut [T] {
        S::reals_mut(elements)
    }
}
