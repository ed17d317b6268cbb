//! What a network costs to predict one sample, and which layer costs how much.

use quote::quote;

use super::Scheduled;
use super::block::Count;
use super::memory::{Place, carved};
use super::program::{Call, Op};
use crate::graph::{Graph, Kind};
use crate::shapes::Shapes;

/// Bytes of a number in the workspace: predictions are measured with `f32`.
const BYTES: u64 = size_of::<f32>() as u64;

/// The costs of one prediction.
#[derive(Debug)]
pub struct Costs {
    /// Multiply–adds of each node of the graph.
    pub multiply_adds: Vec<Count>,
    /// Bytes of workspace.
    pub workspace: Count,
    /// What these bytes are for.
    pub pieces: Vec<Piece>,
}

/// A piece of the workspace.
#[derive(Debug)]
pub struct Piece {
    /// What it is, to stand before the words of its node: `the output of `.
    pub what: &'static str,
    /// The node that it is sized for.
    pub node: usize,
    /// Its bytes.
    pub bytes: Count,
}

impl Costs {
    /// The costs of a network whose prediction is planned.
    pub fn of(graph: &Graph, shapes: &Shapes, scheduled: &Scheduled) -> Self {
        let multiply_adds = (0..graph.nodes.len()).map(|node| multiply_adds(graph, shapes, node)).collect();
        let room = scheduled.memory.forward_memory();
        let mut numbers = Count::of((room.per_sample + room.per_group + room.fixed) as u64);
        let of = Pieces { graph, scheduled };
        let mut pieces = of.slots();
        pieces.extend(of.scratch());
        for op in &scheduled.program.ops {
            if let Some(room) = of_path(op) {
                // A nested network's memory starts at a multiple of 16 numbers.
                numbers = numbers.plus(&room).plus(&Count::of(16));
                pieces.push(Piece { what: "the workspace of ", node: op.nodes[0], bytes: room.times(BYTES) });
            }
        }
        let workspace = numbers.times(BYTES);
        Self { multiply_adds, workspace, pieces }
    }

    /// Multiply–adds of all nodes.
    pub fn all_multiply_adds(&self) -> Count {
        self.multiply_adds.iter().fold(Count::default(), |sum, node| sum.plus(node))
    }
}

fn multiply_adds(graph: &Graph, shapes: &Shapes, index: usize) -> Count {
    let node = &graph.nodes[index];
    match &node.kind {
        Kind::Layer(layer) => {
            let rows = shapes.rows(node).map_or(1, |rows| rows.count);
            Count::of(layer.multiply_adds(&shapes.inputs(node))).times(rows as u64)
        }
        Kind::Path { path, .. } => Count { number: 0, more: vec![quote!(<#path as __nn::Layer<f32>>::MULTIPLY_ADDS)] },
        Kind::Input { .. } | Kind::Check(_) => Count::default(),
    }
}

/// Finds what the pieces of a workspace are for.
struct Pieces<'a> {
    graph: &'a Graph,
    scheduled: &'a Scheduled,
}

impl Pieces<'_> {
    /// Each slot, for the largest value that lies in it.
    fn slots(&self) -> Vec<Piece> {
        let Scheduled { program, memory, .. } = self.scheduled;
        let ops: Vec<&Op> = program.ops.iter().collect();
        (0..memory.slots.len()).filter_map(|slot| self.largest(&ops, Place::Slot(slot))).collect()
    }

    /// The scratch of the stage that wants most, slot by slot; the last is the kernels' own.
    fn scratch(&self) -> Vec<Piece> {
        let Scheduled { program, stages, memory, .. } = self.scheduled;
        let wants_most = (0..stages.len()).max_by_key(|&stage| carved(&memory.scratch[stage]));
        let Some(stage) = wants_most else { return Vec::new() };
        let ops: Vec<&Op> = stages[stage].ops().iter().map(|&op| &program.ops[op]).collect();
        let slots = 0..memory.scratch[stage].len();
        let mut pieces: Vec<Piece> = slots.filter_map(|slot| self.largest(&ops, Place::Scratch(slot))).collect();
        let own = |op: &Op| op.whole().map_or(0, |operation| operation.scratch.forward);
        let greediest = ops.into_iter().max_by_key(|op| own(op));
        pieces.extend(greediest.map(|op| Piece {
            what: "the scratch of ",
            node: op.nodes[0],
            bytes: Count::of(own(op) as u64).times(BYTES),
        }));
        pieces
    }

    /// The largest output of some operations that lies at a place.
    fn largest(&self, ops: &[&Op], place: Place) -> Option<Piece> {
        let Scheduled { program, memory, .. } = self.scheduled;
        let numbers = |value: usize| program.values[value].extent.most() as u64;
        let outputs = ops.iter().flat_map(|op| op.outputs.iter().map(move |&value| (op, value)));
        let (op, value) =
            outputs.filter(|&(_, value)| memory.values[value] == place).max_by_key(|&(_, v)| numbers(v))?;
        let node = op.nodes[op.nodes.len() - 1];
        let what = match self.graph.nodes[node].kind {
            Kind::Input { .. } => "a copy of the input ",
            _ => "the output of ",
        };
        Some(Piece { what, node, bytes: Count::of(numbers(value)).times(BYTES) })
    }
}

/// The numbers of workspace that a path wants for one sample.
fn of_path(op: &Op) -> Option<Count> {
    let Call::Path { path, per_sample: false, .. } = &op.call else { return None };
    Some(Count { number: 0, more: vec![quote!(<#path as __nn::Layer<f32>>::MEMORY.inference.at(1))] })
}

/// Roughly the multiply–adds of one sample in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Of the forward pass.
    pub forward: u64,
    /// Of the backward pass.
    pub backward: u64,
}

impl Work {
    /// That of some operations: backward, each gives the gradient of its inputs and that of its parameters.
    pub fn of<'a>(ops: impl Iterator<Item = &'a Op>) -> Self {
        let forward = ops.map(|op| op.cost).sum();
        Self { forward, backward: 2 * forward }
    }
}
