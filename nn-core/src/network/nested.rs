//! A network as a layer of another: its head, which training leaves to the loss, belongs to it here.

use crate::base::memory::carve;
use crate::exec::Run;
use crate::shape::Shape;
use crate::{Network, Room, Rooms};

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
    if !y.is_empty() {
        N::HEADS[0].apply(y.len() / run.samples(), logits, y);
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
            N::HEADS[0].differentiate(y, dy);
        }
    }
    N::backward(run, p, [x], [logits], [dy], [dx.unwrap_or_default()], dp, kept, indices, workspace);
}
