//! How every operation is called: one form for all of them, on one sample or on a batch, from generated code or by hand.

use crate::Real;
use crate::exec::Pass;
use crate::exec::draw::Draw;

/// What an operation is given in the forward pass. What it has no use for is empty.
///
/// An operation on single samples is given one sample's numbers, one on the batch those of all [`pass.samples()`](Pass::samples)
/// samples, one after another.
#[derive(Debug)]
pub struct Forward<'a, T, P = &'a [T]> {
    /// The pass: how many samples there are, and which threads may help.
    pub pass: &'a Pass<'a>,
    /// Which sample of the batch this is, for an operation on single samples.
    pub sample: usize,
    /// The inputs of real numbers.
    pub inputs: &'a [&'a [T]],
    /// The inputs of whole numbers.
    pub whole: &'a [&'a [u32]],
    /// The parameters.
    pub parameters: P,
    /// The outputs, to be overwritten.
    pub outputs: &'a mut [&'a mut [T]],
    /// Numbers that the backward pass is given. Empty in a prediction.
    pub saved: &'a mut [T],
    /// Indices that the backward pass is given. Empty in a prediction.
    pub indices: &'a mut [u32],
    /// What was computed from the parameters alone before the pass.
    pub prepacked: &'a [T],
    /// Numbers of any content to work with.
    pub scratch: &'a mut [T],
    /// Which of the network's layers this is: a key of random draws.
    pub layer: u64,
    /// Whether this is a pass of training.
    pub training: bool,
    /// Whether the trailing activation is left to the loss: see [`Layer::HEAD`](crate::Layer::HEAD).
    pub logits: bool,
    /// Whether the parameters are frozen: a normalisation goes by its running statistics.
    pub frozen: bool,
}

impl<'a, T, P> Forward<'a, T, P> {
    /// A call without inputs and outputs, which are to be added.
    pub fn new(pass: &'a Pass<'a>, sample: usize, parameters: P) -> Self {
        Self {
            pass,
            sample,
            inputs: &[],
            whole: &[],
            parameters,
            outputs: &mut [],
            saved: &mut [],
            indices: &mut [],
            prepacked: &[],
            scratch: &mut [],
            layer: 0,
            training: false,
            logits: false,
            frozen: false,
        }
    }

    /// The key of the layer's random draws for this sample.
    pub(crate) fn draw(&self) -> Draw {
        self.pass.draw(self.sample, self.layer)
    }
}

/// What an operation is given in the backward pass. What it has no use for, or what is not wanted, is empty.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The pass: how many samples there are, and which threads may help.
    pub pass: &'a Pass<'a>,
    /// Which sample of the batch this is, for an operation on single samples.
    pub sample: usize,
    /// The inputs of real numbers, those that it reads.
    pub inputs: &'a [&'a [T]],
    /// The inputs of whole numbers.
    pub whole: &'a [&'a [u32]],
    /// The outputs, those that it reads.
    pub outputs: &'a [&'a [T]],
    /// The parameters.
    pub parameters: &'a [T],
    /// The gradients of the outputs, which may be used up.
    pub output_gradients: &'a mut [&'a mut [T]],
    /// The gradients of the inputs, to be overwritten; empty where they are not wanted.
    pub input_gradients: &'a mut [&'a mut [T]],
    /// The gradients of the parameters: an operation on single samples adds to them, one on the batch overwrites them. Empty
    /// where the parameters are frozen.
    pub parameter_gradients: &'a mut [T],
    /// The numbers that the forward pass saved, which may be used up.
    pub saved: &'a mut [T],
    /// The indices that the forward pass saved, which may be used up.
    pub indices: &'a mut [u32],
    /// What was computed from the parameters alone before the pass.
    pub prepacked: &'a [T],
    /// Numbers of any content to work with.
    pub scratch: &'a mut [T],
    /// Which of the network's layers this is: a key of random draws.
    pub layer: u64,
    /// Whether the outputs and their gradients are those before the trailing activation: see
    /// [`Layer::HEAD`](crate::Layer::HEAD).
    pub logits: bool,
}

impl<'a, T> Backward<'a, T> {
    /// A call without inputs and outputs, which are to be added.
    pub fn new(pass: &'a Pass<'a>, sample: usize, parameters: &'a [T]) -> Self {
        Self {
            pass,
            sample,
            inputs: &[],
            whole: &[],
            outputs: &[],
            parameters,
            output_gradients: &mut [],
            input_gradients: &mut [],
            parameter_gradients: &mut [],
            saved: &mut [],
            indices: &mut [],
            prepacked: &[],
            scratch: &mut [],
            layer: 0,
            logits: false,
        }
    }

    /// The key of the layer's random draws for this sample.
    pub(crate) fn draw(&self) -> Draw {
        self.pass.draw(self.sample, self.layer)
    }
}

/// An operation, with parameters as they are stored: numbers, or narrow weights.
///
/// # Panics
///
/// Every function does when a slice is not as long as the dimensions say, in release builds too.
pub trait Operation<T: Real, P> {
    /// The forward pass.
    fn forward(&self, call: Forward<'_, T, P>);
}

/// An operation with a backward pass of its own.
pub trait Differentiable<T: Real> {
    /// What the backward pass is given as `prepacked`.
    fn prepack_backward(&self, _parameters: &[T], _prepacked: &mut [T]) {}
    /// The backward pass.
    fn backward(&self, call: Backward<'_, T>);
}

/// An operation whose output can be computed in pieces, some rows at a time.
pub trait ByRows<T: Real, P> {
    /// The rows of the output from `first` on that `outputs[0]` has room for.
    fn forward_rows(&self, first: usize, call: Forward<'_, T, P>);
}

/// An operation that computes something from its parameters alone, once for all samples.
pub trait Prepack<T: Real, P> {
    /// What the forward pass is given as `prepacked`.
    fn prepack(&self, parameters: P, prepacked: &mut [T]);
}

/// A reduction over the batch: each sample is mapped to some numbers, these are reduced to others for the whole batch, and by
/// those each sample is computed. The backward pass does the same with gradients, so that its parts go by the same names.
///
/// Samples are reduced in the order of the batch, whichever thread mapped them.
pub trait Reduction<T: Real> {
    /// `outputs`: the numbers that one sample, `inputs`, is mapped to.
    fn map(&self, call: Forward<'_, T>);
    /// `outputs`: the numbers for the batch, from those of all samples in `inputs`.
    fn reduce(&self, call: Forward<'_, T>);
    /// `outputs`: one sample of the result; `inputs` are the sample and the numbers for the batch.
    fn apply(&self, call: Forward<'_, T>);
    /// `input_gradients`: the numbers that the gradient of one sample is mapped to. `inputs` as in [`apply`](Self::apply).
    fn map_gradient(&self, call: Backward<'_, T>);
    /// `input_gradients`: the numbers for the batch, from those of all samples in `output_gradients`; `outputs` are those of
    /// [`reduce`](Self::reduce). Gradients of the parameters are found here.
    fn reduce_gradient(&self, call: Backward<'_, T>);
    /// `input_gradients`: the gradient of one sample; `inputs` are the sample, the numbers for the batch, and those of
    /// [`reduce_gradient`](Self::reduce_gradient).
    fn apply_gradient(&self, call: Backward<'_, T>);
}

/// The one input.
pub(crate) fn one<'a, T>(operands: &[&'a [T]]) -> &'a [T] {
    match operands {
        [one] => one,
        _ => crate::base::check::failed("one operand"),
    }
}

/// The one output, or the one gradient.
pub(crate) fn one_mut<'a, T>(operands: &'a mut [&mut [T]]) -> &'a mut [T] {
    match operands {
        [one] => one,
        _ => crate::base::check::failed("one operand"),
    }
}

/// The same, if it is wanted.
pub(crate) fn wanted<'a, T>(operands: &'a mut [&mut [T]]) -> Option<&'a mut [T]> {
    Some(one_mut(operands)).filter(|operand| !operand.is_empty())
}
