//! What a layer takes over from the nodes after it, to run in one pass with them.

use super::Lowering;
use crate::graph::Kind;
use crate::layers::{Fused, Layer};
use crate::plan::Mode;

/// What a layer takes over.
pub(super) struct Absorbed {
    /// In the words of its operation.
    pub fused: Fused,
    /// The layer's node, then the others.
    pub nodes: Vec<usize>,
    /// The values that the others read besides.
    pub more: Vec<usize>,
}

impl Lowering<'_> {
    /// Takes over as many of the nodes after a layer as its operation can.
    pub(super) fn absorb(&mut self, node: usize, layer: &dyn Layer) -> Absorbed {
        let mut absorbed = Absorbed { fused: Fused::default(), nodes: vec![node], more: Vec::new() };
        let mut last = node;
        while let Some(next) = self.only_reader(last) {
            if !matches!(self.graph.nodes[next].kind, Kind::Check(_)) {
                let Some(more) = self.absorb_next(&mut absorbed.fused, layer, last, next) else { break };
                absorbed.more.extend(more);
            }
            absorbed.nodes.push(next);
            last = next;
        }
        for &node in &absorbed.nodes[1..] {
            self.absorbed[node] = true;
        }
        absorbed
    }

    /// Takes the node `next` after `last` over; the values that it reads besides, or `None` where that cannot be.
    fn absorb_next(&self, fused: &mut Fused, layer: &dyn Layer, last: usize, next: usize) -> Option<Vec<usize>> {
        let Kind::Layer(after) = &self.graph.nodes[next].kind else { return None };
        let fusible = after.fusible(&self.shapes.inputs(&self.graph.nodes[next]))?;
        let fits = layer.absorbs(fused, &fusible)
            && !self.is_head(next)
            && (self.mode == Mode::Inference || fusible.in_training())
            && self.are_side_by_side(last, next);
        let more = if fits { self.other_inputs(next, last)? } else { return None };
        fused.take(fusible);
        Some(more)
    }

    /// Whether no parameters lie between those of two nodes, if the second has any.
    fn are_side_by_side(&self, node: usize, next: usize) -> bool {
        self.block.nodes[next].is_none() || self.block.nodes[node + 1..next].iter().all(Option::is_none)
    }

    /// The values of a node's other inputs, if they are all computed before, and are not this input again.
    fn other_inputs(&self, node: usize, input: usize) -> Option<Vec<usize>> {
        let inputs = &self.graph.nodes[node].inputs;
        let others: Vec<_> = inputs.iter().filter(|edge| edge.node != input).collect();
        if others.len() + 1 != inputs.len() {
            return None;
        }
        others.into_iter().map(|edge| self.of_node[edge.node].get(edge.port).copied()).collect()
    }

    /// The one node that reads this one, if nothing else does and it has one output.
    fn only_reader(&self, node: usize) -> Option<usize> {
        let mut readers = (self.graph.nodes.iter().enumerate())
            .flat_map(|(reader, other)| other.inputs.iter().map(move |edge| (reader, edge.node)))
            .filter(|&(_, from)| from == node);
        let (reader, _) = readers.next()?;
        let is_output = self.graph.outputs.iter().any(|edge| edge.node == node);
        let alone = readers.next().is_none() && !is_output && self.shapes.node(node).len() == 1;
        alone.then_some(reader)
    }
}
