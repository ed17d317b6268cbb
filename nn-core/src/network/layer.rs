//! What a hand-written layer must provide to take part in a network.

use crate::exec::Run;
use crate::shape::Shape;
use crate::{Entry, Head, Real, Rooms};

/// A layer that takes part in a network by its path: a user's own, or a network with one input and one output.
///
/// All functions work on a whole batch of `run.samples()` samples, in the order `[channels, height, width]`.
///
/// ```
/// use nn_core::run::Run;
/// use nn_core::{Layer, Real, network, shape};
///
/// /// Half of everything.
/// pub struct Half;
///
/// impl<T: Real> Layer<T> for Half {
///     type Input = shape![8];
///     type Output = shape![8];
///
///     fn forward(_: &Run, _: &[T], x: &[T], y: &mut [T], _: &mut [T]) {
///         for (y, &x) in y.iter_mut().zip(x) {
///             *y = x / (T::ONE + T::ONE);
///         }
///     }
///
///     fn backward(
///         _: &Run, _: &[T], _: &[T], _: &[T], dy: &mut [T], dx: Option<&mut [T]>, _: &mut [T], _: &mut [T],
///         _: &mut [u32], _: &mut [T],
///     ) {
///         for (dx, &dy) in dx.into_iter().flatten().zip(&*dy) {
///             *dx = dy / (T::ONE + T::ONE);
///         }
///     }
/// }
///
/// network! {
///     struct Small = [4] -> affine(8) -> Half -> [8] -> affine(2);
/// }
/// assert_eq!(Small::PARAMETERS, 4 * 8 + 8 + 8 * 2 + 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take part in a network by its path",
    label = "neither a layer nor a network with one input and one output",
    note = "implement `nn_core::Layer` for it, or declare it with `network!`"
)]
pub trait Layer<T: Real> {
    /// What goes in.
    type Input: Shape;
    /// What comes out.
    type Output: Shape;
    /// Numbers in its part of the parameter block.
    const PARAMETERS: usize = 0;
    /// Multiply–adds for one sample.
    const MULTIPLY_ADDS: u64 = 0;
    /// The memory it wants.
    const ROOMS: Rooms = Rooms::NONE;
    /// What lies where in its part of the parameter block.
    const ENTRIES: &'static [Entry] = &[];
    /// Its trailing activation, if it can leave that to the loss: see [`forward_logits`](Self::forward_logits).
    const HEAD: Head = Head::Identity;

    /// Predicts.
    fn forward(run: &Run, p: &[T], x: &[T], y: &mut [T], workspace: &mut [T]);

    /// Runs forward in training; what `kept` and `indices` hold afterwards is handed to
    /// [`backward`](Self::backward). Without anything to keep it is the same as [`forward`](Self::forward).
    fn forward_training(
        run: &Run,
        p: &[T],
        x: &[T],
        y: &mut [T],
        _kept: &mut [T],
        _indices: &mut [u32],
        workspace: &mut [T],
    ) {
        Self::forward(run, p, x, y, workspace);
    }

    /// Turns the gradient `dy` of the output into that of the input, unless that is not wanted, and of the parameters:
    /// both are overwritten. May use `dy`, `kept` and `indices` up.
    fn backward(
        run: &Run,
        p: &[T],
        x: &[T],
        y: &[T],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        dp: &mut [T],
        kept: &mut [T],
        indices: &mut [u32],
        workspace: &mut [T],
    );

    /// [`forward_training`](Self::forward_training) without the trailing activation [`HEAD`](Self::HEAD), for a layer that ends
    /// an output of the network around it.
    fn forward_logits(
        run: &Run,
        p: &[T],
        x: &[T],
        y: &mut [T],
        kept: &mut [T],
        indices: &mut [u32],
        workspace: &mut [T],
    ) {
        Self::forward_training(run, p, x, y, kept, indices, workspace);
    }

    /// [`backward`](Self::backward) likewise: `y` and `dy` are the logits and their gradient.
    fn backward_logits(
        run: &Run,
        p: &[T],
        x: &[T],
        y: &[T],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        dp: &mut [T],
        kept: &mut [T],
        indices: &mut [u32],
        workspace: &mut [T],
    ) {
        Self::backward(run, p, x, y, dy, dx, dp, kept, indices, workspace);
    }
}
