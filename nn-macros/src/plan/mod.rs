//! The fourth step: which operations run fused, in which stages, and where every buffer lies.
//!
//! A plan has two programs over the same parameters, one to predict and one to train:
//!
//! - [`lower`] turns the graph into a [`program`]: a list of operations over values, fused and without the layers that do
//!   nothing;
//! - [`stages`] groups operations that can run sample by sample into one pass over the batch;
//! - [`recompute`] decides what is saved for the backward pass, and what is recomputed;
//! - [`aliasing`] says which gradients are the same, and need one place;
//! - [`memory`] finds each value a place that nothing else uses while it is needed;
//! - [`costs`] says what a prediction costs, and which layer how much of it.
//!
//! What holds afterwards: every operand of every call has a place with a constant offset, and emission decides nothing.

mod aliasing;
mod block;
mod costs;
mod lower;
mod memory;
mod program;
mod recompute;
mod stages;
#[cfg(test)]
mod tests;

pub use block::{Block, Count, NodeParameters, Tensor};
pub use costs::{Costs, Work};
pub use memory::{BackwardStage, Lent, Memory, MemoryNeed, Place, Slot, carved, slots_memory};
pub use program::{Call, Extent, Head, Op, Part, Program};
pub use stages::Stage;

use crate::graph::Graph;
use crate::shapes::Shapes;

/// What the programs are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Prediction: dropout vanishes, batch normalisation uses its running statistics.
    Inference,
    /// Training: the outputs are logits, and what the backward pass reads is saved.
    Training,
}

/// One program with its stages and buffers.
#[derive(Debug)]
pub struct Scheduled {
    /// Operations and values.
    pub program: Program,
    /// Operations in the order in which they run.
    pub stages: Vec<Stage>,
    /// How much work each stage is.
    pub work: Vec<Work>,
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
pub fn plan(graph: &Graph, shapes: &Shapes) -> Plan {
    let block = Block::of(graph, shapes);
    let schedule = |mode| {
        let program = lower::lower(graph, shapes, &block, mode);
        let stages = stages::stages(&program);
        let memory = memory::memory(&program, &stages, mode);
        let work = stages.iter().map(|stage| Work::of(stage.ops().iter().map(|&op| &program.ops[op]))).collect();
        Scheduled { program, stages, work, memory }
    };
    let inference = schedule(Mode::Inference);
    let costs = Costs::of(graph, shapes, &inference);
    Plan { inference, training: schedule(Mode::Training), costs, block }
}
