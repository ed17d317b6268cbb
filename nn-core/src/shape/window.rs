//! The output size of a sliding window, computed by the compiler.
//!
//! ```
//! use nn_core::shape::{N, Positions, Shape, Size, Slide};
//! use nn_core::{Tensor, shape};
//!
//! /// The largest number of every 2×2 square.
//! fn pool<C: Size, H, W>(x: &Tensor<(C, H, W)>) -> Tensor<(C, Positions<H, N<2>, N<2>>, Positions<W, N<2>, N<2>>)>
//! where
//!     H: Slide<N<2>, N<2>>,
//!     W: Slide<N<2>, N<2>>,
//! {
//!     let (height, width) = (Positions::<H, N<2>, N<2>>::VALUE, Positions::<W, N<2>, N<2>>::VALUE);
//!     Tensor::from_fn(|i| {
//!         let (c, row, column) = (i / (height * width), i / width % height, i % width);
//!         let square = [(0, 0), (0, 1), (1, 0), (1, 1)];
//!         square.map(|(y, x_)| x[[c, 2 * row + y, 2 * column + x_]]).into_iter().fold(f32::MIN, f32::max)
//!     })
//! }
//!
//! let map = Tensor::<shape![1, 5, 4]>::from_fn(|i| i as f32);
//! let pooled: Tensor<shape![1, 2, 2]> = pool(&map);
//! assert_eq!(pooled.as_array(), &[[[5.0, 7.0], [13.0, 15.0]]]);
//! ```

use super::number::{Face, FaceOf};
use super::{Counted, N, Size};
use core::ops::{Add, Div, Mul, Sub};
use typenum::{Add1, B1, Diff, GrEq, IsGreaterOrEqual, NonZero, Prod, Quot, Sub1, Sum};

/// A size over which a window can slide: the type-level form of [`Window::output`](nn_sizes::Window::output), which floors.
#[diagnostic::on_unimplemented(
    message = "a window of `{Kernel}` with stride `{Stride}`, pad `{Pad}` and dilation `{Dilation}` does not fit over `{Self}`",
    label = "the window is larger than its padded input, or one of its sizes is zero"
)]
pub trait Slide<Kernel: Size, Stride: Size = N<1>, Pad: Size = N<0>, Dilation: Size = N<1>>: Size {
    /// How many positions the window has.
    type Output: Size;
}

/// The same, with the number of positions rounded up as `ceil = true` does.
#[diagnostic::on_unimplemented(
    message = "a window of `{Kernel}` with stride `{Stride}`, pad `{Pad}` and dilation `{Dilation}` does not fit over `{Self}`",
    label = "the window is larger than its padded input, or one of its sizes is zero"
)]
pub trait SlideUp<Kernel: Size, Stride: Size = N<1>, Pad: Size = N<0>, Dilation: Size = N<1>>: Size {
    /// How many positions the window has.
    type Output: Size;
}

/// How many positions a window has over `Input`.
pub type Positions<Input, Kernel, Stride = N<1>, Pad = N<0>, Dilation = N<1>> =
    <Input as Slide<Kernel, Stride, Pad, Dilation>>::Output;

/// How many positions a window has over `Input`, rounded up.
pub type PositionsUp<Input, Kernel, Stride = N<1>, Pad = N<0>, Dilation = N<1>> =
    <Input as SlideUp<Kernel, Stride, Pad, Dilation>>::Output;

/// How far the first tap of a window can move: the padded input less the window's span, in typenum.
pub trait MemoryNeed<Kernel, Pad, Dilation> {
    /// The distance.
    type MemoryNeed;
    /// The input and its padding on the left, beyond which no window starts.
    type Left;
}

type Number<A> = <A as Counted>::Number;
type Left<Input, Pad> = Sum<Number<Input>, Number<Pad>>;
type Padded<Input, Pad> = Sum<Left<Input, Pad>, Number<Pad>>;
type Reach<Kernel, Dilation> = Prod<Sub1<Number<Kernel>>, Number<Dilation>>;
type Span<Kernel, Dilation> = Add1<Reach<Kernel, Dilation>>;
type RoomOf<Input, Kernel, Pad, Dilation> = <Input as MemoryNeed<Kernel, Pad, Dilation>>::MemoryNeed;

#[diagnostic::do_not_recommend]
impl<Input: Counted, Kernel: Counted, Pad: Counted, Dilation: Counted> MemoryNeed<Kernel, Pad, Dilation> for Input
where
    Number<Input>: Add<Number<Pad>>,
    Left<Input, Pad>: Add<Number<Pad>>,
    Number<Dilation>: NonZero,
    Number<Kernel>: Sub<B1>,
    Sub1<Number<Kernel>>: Mul<Number<Dilation>>,
    Reach<Kernel, Dilation>: Add<B1>,
    Padded<Input, Pad>: Sub<Span<Kernel, Dilation>>,
{
    type MemoryNeed = Diff<Padded<Input, Pad>, Span<Kernel, Dilation>>;
    type Left = Left<Input, Pad>;
}

#[diagnostic::do_not_recommend]
impl<Input, Kernel, Stride, Pad, Dilation> Slide<Kernel, Stride, Pad, Dilation> for Input
where
    Input: Counted + MemoryNeed<Kernel, Pad, Dilation, MemoryNeed: Div<Number<Stride>, Output: Add<B1, Output: Face>>>,
    Kernel: Counted,
    Stride: Counted,
    Pad: Counted,
    Dilation: Counted,
{
    type Output = FaceOf<Add1<Quot<RoomOf<Input, Kernel, Pad, Dilation>, Number<Stride>>>>;
}

/// Positions but the first, rounded up.
type Moves<Input, Kernel, Stride, Pad, Dilation> =
    Quot<Sub1<Sum<RoomOf<Input, Kernel, Pad, Dilation>, Number<Stride>>>, Number<Stride>>;
/// Whether the last window starts beyond the input and its left padding (1, so that it can be subtracted) or not (0).
type Beyond<Input, Kernel, Stride, Pad, Dilation> = GrEq<
    Prod<Moves<Input, Kernel, Stride, Pad, Dilation>, Number<Stride>>,
    <Input as MemoryNeed<Kernel, Pad, Dilation>>::Left,
>;

#[diagnostic::do_not_recommend]
impl<Input, Kernel, Stride, Pad, Dilation> SlideUp<Kernel, Stride, Pad, Dilation> for Input
where
    Input: Counted + MemoryNeed<Kernel, Pad, Dilation, MemoryNeed: Add<Number<Stride>>>,
    Kernel: Counted,
    Stride: Counted,
    Pad: Counted,
    Dilation: Counted,
    Sum<RoomOf<Input, Kernel, Pad, Dilation>, Number<Stride>>: Sub<B1>,
    Sub1<Sum<RoomOf<Input, Kernel, Pad, Dilation>, Number<Stride>>>: Div<Number<Stride>>,
    Moves<Input, Kernel, Stride, Pad, Dilation>: Mul<Number<Stride>> + Add<B1>,
    Prod<Moves<Input, Kernel, Stride, Pad, Dilation>, Number<Stride>>:
        IsGreaterOrEqual<<Input as MemoryNeed<Kernel, Pad, Dilation>>::Left>,
    Add1<Moves<Input, Kernel, Stride, Pad, Dilation>>: Sub<Beyond<Input, Kernel, Stride, Pad, Dilation>, Output: Face>,
{
    type Output =
        FaceOf<Diff<Add1<Moves<Input, Kernel, Stride, Pad, Dilation>>, Beyond<Input, Kernel, Stride, Pad, Dilation>>>;
}

#[cfg(test)]
mod tests;
