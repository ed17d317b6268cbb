//! The fourth step: which operations run fused, in which stages, and where every buffer lies.
//!
//! A plan has two programs over the same parameters, one to predict and one to train:
//!
//! - [`lower`] turns the graph into a list of operations over values, fused and without the layers that do nothing;
//! - [`stages`] groups operations that can run sample by sample into one pass over the batch;
//! - [`again`] decides what is kept for the backward pass, and what is computed again;
//! - [`sharing`] says which gradients are the same, and need one place;
//! - [`memory`] finds each value a place that nothing else uses while it is needed;
//! - [`costs`] says what a prediction costs, and which layer how much of it.
//!
//! What holds afterwards: every operand of every call has a place with a constant offset, and emission decides nothing.

mod again;
mod block;
mod costs;
mod lower;
mod memory;
mod sharing;
mod stages;
#[cfg(test)]
mod tests;

pub use block::{Block, Count, NodeParameters, Tensor};
pub use costs::Costs;
pub use lower::{Action, Extent, Head, Op, Program, Wanted};
pub use memory::{BackwardStage, Lent, Memory, Place, Room, Slot, carved, slots_room};
pub use stages::Stage;

use crate::graph::Graph;
use crate::layers::Shape;

/// What the programs are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Prediction: dropout vanishes, batch normalisation uses its running statistics.
    Inference,
    /// Training: the outputs are logits, and what the backward pass reads is kept.
    Training,
}

/// One program with its stages and buffers.
#[derive(Debug)]
pub struct Scheduled {
    /// Operations and values.
    pub program: Program,
    /// Operations in the order in which they run.
    pub stages: Vec<Stage>,
    /// Where the values lie.
    pub memory: Memory,
}

/// Everything that emission prints.
#[derive(Debug)]
pub struct Plan {
    /// The parameters.
    pub block: Block,
    /// To predict.
    pub inference: Scheduled,
    /// To train.
    pub training: Scheduled,
    /// What a prediction costs.
    pub costs: Costs,
}

/// Plans a network whose shapes are known.
pub fn plan(graph: &Graph, shapes: &[Shape]) -> Plan {
    let block = Block::of(graph, shapes);
    let schedule = |mode| {
        let program = lower::lower(graph, shapes, &block, mode);
        let stages = stages::stages(&program);
        let memory = memory::memory(&program, &stages, mode);
        Scheduled { program, stages, memory }
    };
    let inference = schedule(Mode::Inference);
    let costs = Costs::of(graph, shapes, &inference);
    Plan { inference, training: schedule(Mode::Training), costs, block }
}
