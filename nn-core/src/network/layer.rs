//! What a hand-written layer must provide to take part in a network.

use crate::ops::call::{Backward, Forward};
use crate::shape::Shape;
use crate::{Entry, Head, MemoryNeeds, Real};

/// A layer that takes part in a network by its path: a user's own, or a network with one input and one output.
///
/// Both passes work on a whole batch of `call.pass.samples()` samples, one after another, in the order `[channels, height,
/// width]`. The one input and the one output stand first in their lists.
///
/// ```
/// use nn_core::layer::{Backward, Forward};
/// use nn_core::{Layer, Real, network, shape};
///
/// /// The square of every number.
/// pub struct Square;
///
/// impl<T: Real> Layer<T> for Square {
///     type Input = shape![8];
///     type Output = shape![8];
///
///     fn forward(call: Forward<T>) {
///         for (y, &x) in call.outputs[0].iter_mut().zip(call.inputs[0]) {
///             *y = x * x;
///         }
///     }
///
///     fn backward(call: Backward<T>) {
///         let numbers = call.inputs[0].iter().zip(&*call.output_gradients[0]);
///         for (dx, (&x, &dy)) in call.input_gradients[0].iter_mut().zip(numbers) {
///             *dx = (x + x) * dy;
///         }
///     }
/// }
///
/// network! {
///     struct Small = [4] -> affine(8) -> Square -> [8] -> affine(2);
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
    const MEMORY: MemoryNeeds = MemoryNeeds::NONE;
    /// What lies where in its part of the parameter block: every number in one tensor, and these in their order.
    const ENTRIES: &'static [Entry] = &[];
    /// Whether it can be called for one sample at a time, as `per_sample(my::Layer)` does, while the sample is in the cache. Such a
    /// layer has no parameters and saves nothing, and is given maps as they lie inside, `[height, width, channels]`.
    const PER_SAMPLE: bool = false;
    /// Its trailing activation, if it can leave that to the loss: it then looks at `call.logits`.
    const HEAD: Head = Head::Identity;
    /// Whether it is a network with a mistake, which is reported where it stands: nothing more is said of it.
    #[doc(hidden)]
    const IS_WRONG: bool = false;

    /// Predicts, or runs forward in training: what `saved` and `indices` hold afterwards is handed to
    /// [`backward`](Self::backward).
    fn forward(call: Forward<'_, T>);

    /// Turns the gradient of the output into that of the input and of the parameters. Both are overwritten, and empty where they
    /// are not wanted.
    fn backward(call: Backward<'_, T>);
}
