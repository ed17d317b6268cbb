//! A network as a layer of another: its head, which training leaves to the loss, belongs to it here.

use crate::memory::carve;
use crate::run::Run;
use crate::shape::Shape;
use crate::{Head, Network, Real, Room, Rooms};

/// The memory of a network that takes part in another: its own, its logits, and their gradient.
pub const fn rooms<N: Network>() -> Rooms {
    use crate::shape::Shapes;
    let logits = Room { per_sample: N::Outputs::LENS[0], fixed: 16, ..Room::NONE };
    Rooms {
        inference: N::ROOMS.inference,
        kept: N::ROOMS.kept.plus(logits),
        indices: N::ROOMS.indices,
        training: N::ROOMS.training.plus(logits),
    }
}

/// The forward pass of training, head included.
pub fn forward_training<A: Shape, B: Shape, N: Network<Inputs = (A,), Outputs = (B,)>>(
    run: &Run,
    p: &[N::Scalar],
    x: &[N::Scalar],
    y: &mut [N::Scalar],
    kept: &mut [N::Scalar],
    indices: &mut [u32],
    workspace: &mut [N::Scalar],
) {
    let [logits, kept] = carve(kept, [y.len(), N::ROOMS.kept.at(run.samples())]);
    N::forward_training(run, p, [x], [logits], kept, indices, workspace);
    y.copy_from_slice(logits);
    if y.is_empty() {
        return;
    }
    let len = y.len() / run.samples();
    for row in y.chunks_exact_mut(len) {
        N::HEADS[0].apply(row);
    }
}

/// The backward pass, head included.
pub fn backward<A: Shape, B: Shape, N: Network<Inputs = (A,), Outputs = (B,)>>(
    run: &Run,
    p: &[N::Scalar],
    x: &[N::Scalar],
    y: &[N::Scalar],
    dy: &mut [N::Scalar],
    dx: Option<&mut [N::Scalar]>,
    dp: &mut [N::Scalar],
    kept: &mut [N::Scalar],
    indices: &mut [u32],
    workspace: &mut [N::Scalar],
) {
    let samples = run.samples();
    let [logits, kept] = carve(kept, [y.len(), N::ROOMS.kept.at(samples)]);
    if !y.is_empty() {
        let len = y.len() / samples;
        for (y, dy) in y.chunks_exact(len).zip(dy.chunks_exact_mut(len)) {
            head_gradient(N::HEADS[0], y, dy);
        }
    }
    N::backward(run, p, [x], [logits], [dy], [dx.unwrap_or_default()], dp, kept, indices, workspace);
}

/// Turns the gradient of a head's output `y` into that of its logits, in place.
fn head_gradient<T: Real>(head: Head, y: &[T], dy: &mut [T]) {
    let dot = |dy: &[T]| -> T { y.iter().zip(dy).map(|(&y, &dy)| y * dy).sum() };
    match head {
        Head::Identity => {}
        Head::Softmax => {
            let mixed = dot(dy);
            dy.iter_mut().zip(y).for_each(|(dy, &y)| *dy = y * (*dy - mixed));
        }
        Head::LogSoftmax => {
            let sum: T = dy.iter().copied().sum();
            dy.iter_mut().zip(y).for_each(|(dy, &y)| *dy -= y.exp() * sum);
        }
        Head::Sigmoid => dy.iter_mut().zip(y).for_each(|(dy, &y)| *dy *= y * (T::ONE - y)),
    }
}
