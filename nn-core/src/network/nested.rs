//! A network as a layer of another: its head, which training leaves to the loss, belongs to it here, unless it ends an output
//! of the network around it.

use crate::base::memory::carve;
use crate::ops::call::{Backward, Forward, one, one_mut};
use crate::shape::{Numbers, Shape, Shapes};
use crate::{MemoryNeed, MemoryNeeds, Network, Real};

/// The memory of a network that takes part in another: its own, its logits, and their gradient.
pub const fn memory_needs<N: Network>() -> MemoryNeeds {
    let logits = MemoryNeed { per_sample: N::Outputs::LENS[0], fixed: 16, ..MemoryNeed::NONE };
    MemoryNeeds {
        inference: N::MEMORY.inference,
        saved: N::MEMORY.saved.plus(logits),
        indices: N::MEMORY.indices,
        training: N::MEMORY.training.plus(logits),
    }
}

/// The one input, which is among those of its kind.
fn input<'a, A: Shape, T: Real>(inputs: &[&'a [T]], whole: &[&'a [u32]]) -> &'a [A::Element<T>] {
    let numbers = if A::BELOW.is_some() { Numbers::Integers(one(whole)) } else { Numbers::Reals(one(inputs)) };
    A::elements(numbers).unwrap_or_default()
}

/// The one output: real numbers, as every output of a network is.
fn output<B: Shape, T: Real>(output: &[T]) -> &[B::Element<T>] {
    B::elements(Numbers::Reals(output)).unwrap_or_default()
}

/// The forward pass.
pub fn forward<A: Shape, B: Shape, N: Network<Inputs = (A,), Outputs = (B,)>>(call: Forward<'_, N::Scalar>) {
    let Forward { pass, parameters: p, saved, indices, scratch, .. } = call;
    let (x, y) = (input::<A, _>(call.inputs, call.whole), one_mut(call.outputs));
    if !call.training {
        return N::forward(pass, p, (x,), [y], scratch);
    }
    if call.logits {
        return N::forward_training(pass, p, (x,), [y], saved, indices, scratch);
    }
    let [logits, saved] = carve(saved, [y.len(), N::MEMORY.saved.at(pass.samples())]);
    N::forward_training(pass, p, (x,), [logits], saved, indices, scratch);
    N::HEADS[0].apply(B::HEAD_LEN, logits, y);
}

/// The backward pass.
pub fn backward<A: Shape, B: Shape, N: Network<Inputs = (A,), Outputs = (B,)>>(call: Backward<'_, N::Scalar>) {
    let Backward { pass, parameters: p, parameter_gradients: dp, saved, indices, scratch, .. } = call;
    let x = input::<A, _>(call.inputs, call.whole);
    let (y, dy) = (one(call.outputs), one_mut(call.output_gradients));
    let dx = if A::BELOW.is_some() { &mut [] } else { one_mut(call.input_gradients) };
    if call.logits {
        return N::backward(pass, p, (x,), (output::<B, _>(y),), [dy], [dx], dp, saved, indices, scratch);
    }
    let [logits, saved] = carve(saved, [y.len(), N::MEMORY.saved.at(pass.samples())]);
    for (y, dy) in y.chunks_exact(B::HEAD_LEN).zip(dy.chunks_exact_mut(B::HEAD_LEN)) {
        N::HEADS[0].differentiate(y, dy);
    }
    N::backward(pass, p, (x,), (output::<B, _>(logits),), [dy], [dx], dp, saved, indices, scratch);
}
