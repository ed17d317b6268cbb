//! From the graph to a list of operations over values.
//!
//! Maps are `[height, width, channels]` inside and `[channels, height, width]` outside, so they are reordered where they
//! enter and leave the network or a path. What holds afterwards: every value is written by one operation, before all that
//! read it; no network output is also a network input, or the same value as another output.

mod fuse;

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};

use self::fuse::Absorbed;
use super::Mode;
use super::block::Block;
use super::program::{Backward, Call, Condition, Extent, Head, Op, Part, Program, Value};
use crate::graph::{Edge, Graph, Kind};
use crate::layers::{self, Layer, Operation, Reduction, Runs, Shape};
use crate::shapes::Shapes;

/// Lowers a graph whose shapes are known.
pub fn lower(graph: &Graph, shapes: &Shapes, block: &Block, mode: Mode) -> Program {
    let mut lowering = Lowering {
        graph,
        shapes,
        block,
        mode,
        program: Program { conditions: vec![Condition::default()], ..Program::default() },
        of_node: vec![Vec::new(); graph.nodes.len()],
        // A parameter of `predict_one`, beside those named for the inputs.
        names: HashSet::from(["workspace".to_owned()]),
        absorbed: vec![false; graph.nodes.len()],
    };
    for node in 0..graph.nodes.len() {
        if !lowering.absorbed[node] {
            lowering.node(node);
        }
    }
    for edge in &graph.outputs {
        lowering.output(*edge);
    }
    lowering.program
}

struct Lowering<'a> {
    graph: &'a Graph,
    shapes: &'a Shapes,
    block: &'a Block,
    mode: Mode,
    program: Program,
    /// The values that each node's outputs became; none before it is lowered.
    of_node: Vec<Vec<usize>>,
    names: HashSet<String>,
    /// Nodes that run fused into an earlier one.
    absorbed: Vec<bool>,
}

impl Lowering<'_> {
    fn node(&mut self, node: usize) {
        self.of_node[node] = match &self.graph.nodes[node].kind {
            Kind::Input { name, .. } => vec![self.input(node, name)],
            Kind::Check(_) => vec![self.operand(node)],
            Kind::Path { path, per_sample: false } => vec![self.path(node, path)],
            Kind::Path { path, per_sample: true } => vec![self.per_sample(node, path)],
            Kind::Layer(_) if self.is_head(node) && self.readers(node) == 0 => vec![self.operand(node)],
            Kind::Layer(layer) => self.layer(node, layer.as_ref()),
        };
    }

    /// The value that an edge carries.
    fn value_of(&self, edge: Edge) -> usize {
        self.of_node[edge.node][edge.port]
    }

    /// The value that is a node's first input.
    fn operand(&self, node: usize) -> usize {
        self.value_of(self.graph.nodes[node].inputs[0])
    }

    fn input(&mut self, node: usize, name: &str) -> usize {
        let shape = self.shapes.of(Edge { node, port: 0 });
        let is_whole = shape.below.is_some();
        let value = self.value(name, shape, Program::INPUTS);
        self.program.values[value].is_whole = is_whole;
        self.program.inputs.push(value);
        if is_whole { value } else { self.enter(value, node) }
    }

    fn path(&mut self, node: usize, path: &TokenStream) -> usize {
        let from = self.graph.nodes[node].inputs[0];
        let input = self.operand(node);
        // Whole numbers never left the order in which they came.
        let input = if self.program.values[input].is_whole { input } else { self.leave(input, from) };
        let logits = self.mode == Mode::Training && self.is_output(node) && self.readers(node) == 0;
        let output = self.op(Call::Path { path: path.clone(), logits, per_sample: false }, vec![input], &[node]);
        let op = &mut self.program.ops[output.op];
        op.backward.inputs = vec![Some(input)];
        op.backward.outputs = vec![Some(output.values[0])];
        self.enter(output.values[0], node)
    }

    /// A layer by path that works sample by sample, on maps as they lie inside: with their channels last.
    fn per_sample(&mut self, node: usize, path: &TokenStream) -> usize {
        let input = self.operand(node);
        let call = Call::Path { path: path.clone(), logits: false, per_sample: true };
        let output = self.op(call, vec![input], &[node]);
        let op = &mut self.program.ops[output.op];
        op.backward.inputs = vec![Some(input)];
        op.backward.outputs = vec![Some(output.values[0])];
        output.values[0]
    }

    fn layer(&mut self, node: usize, layer: &dyn Layer) -> Vec<usize> {
        let inputs = self.shapes.inputs(&self.graph.nodes[node]);
        let Absorbed { fused, nodes, more } = self.absorb(node, layer);
        let operation = layer.operation(&inputs, &fused);
        let edges = self.graph.nodes[node].inputs.clone();
        let operands: Vec<usize> = edges.into_iter().map(|edge| self.input_of(layer, edge)).chain(more).collect();
        let training = self.mode == Mode::Training;
        let outputs = match operation.runs {
            Runs::Alias => operands,
            _ if operation.random && !training => operands,
            Runs::Reduction(reduction) if training => vec![self.reduction(operation, reduction, operands[0], &nodes)],
            Runs::Sample | Runs::Batch | Runs::Reduction(_) => self.call(operation, operands, &nodes),
        };
        for &fused in &nodes {
            self.of_node[fused].clone_from(&outputs);
        }
        outputs
    }

    /// What a layer is given: a line as a map, with its channels last.
    fn input_of(&mut self, layer: &dyn Layer, edge: Edge) -> usize {
        let (value, shape) = (self.value_of(edge), self.shapes.of(edge));
        match layers::enter(&shape.as_map()).filter(|_| layer.takes_map() && shape.as_map() != *shape) {
            Some(operation) => self.synthetic(operation, value, edge, "channels_last"),
            None => value,
        }
    }

    /// A call of a whole operation.
    fn call(&mut self, operation: Operation, inputs: Vec<usize>, nodes: &[usize]) -> Vec<usize> {
        let op = self.op(Call::Operation(operation.clone(), Part::Whole), inputs.clone(), nodes);
        self.read_backward(&operation, &inputs, &op);
        op.values
    }

    /// Says what the backward pass of a whole operation reads.
    fn read_backward(&mut self, operation: &Operation, inputs: &[usize], op: &Added) {
        let backward = &mut self.program.ops[op.op].backward;
        let read = |values: &[usize], is_read: bool| values.iter().map(|&value| is_read.then_some(value)).collect();
        backward.inputs = read(inputs, operation.backward_reads_inputs);
        backward.outputs = read(&op.values, operation.backward_reads_outputs);
        backward.passes_gradient = operation.passes_gradient;
        backward.changes_gradient = operation.changes_gradient;
    }

    /// A reduction over the batch while training, in three parts: map, reduce, apply.
    fn reduction(&mut self, operation: Operation, sizes: Reduction, x: usize, nodes: &[usize]) -> usize {
        let part = |part| Call::Operation(operation.clone(), part);
        let name = self.name_of(nodes[0]);
        let trained = Some(self.program.ops.len());
        let wanted = self.condition(&[x], trained);
        let map = self.op_as(part(Part::Map), vec![x], nodes, &[format!("{name}_mapped")], wanted);
        let mapped = map.values[0];
        let reduce = self.op_as(part(Part::Reduce), vec![mapped], nodes, &[format!("{name}_reduced")], wanted);
        let reduced = reduce.values[0];
        let apply = self.op_as(part(Part::Apply), vec![x, reduced], nodes, &[name], wanted);
        let output = apply.values[0];

        let Program { values, ops, .. } = &mut self.program;
        let rows = ops[map.op].rows;
        values[mapped].extent = Extent::of_units(rows, sizes.mapped);
        values[mapped].gradient = Extent::Batch(sizes.reduced_gradient);
        values[reduced].extent = Extent::Batch(sizes.reduced);
        values[reduced].gradient = Extent::of_units(rows, sizes.mapped_gradient);

        // Backward, the first of the three is the last: it is given the reduced gradients and that of each sample.
        ops[map.op].backward = Backward {
            inputs: vec![Some(x), Some(reduced)],
            output_gradients: vec![mapped, output],
            input_gradients: vec![x],
            ..Backward::default()
        };
        ops[reduce.op].backward = Backward {
            outputs: vec![Some(reduced)],
            output_gradients: vec![reduced],
            input_gradients: vec![mapped],
            learns: true,
            ..Backward::default()
        };
        // What it contributes to the input itself waits for the reduction.
        ops[apply.op].backward = Backward {
            inputs: vec![operation.backward_reads_inputs.then_some(x), Some(reduced)],
            outputs: vec![operation.backward_reads_outputs.then_some(output)],
            output_gradients: vec![output],
            input_gradients: vec![reduced],
            changes_gradient: operation.changes_gradient,
            ..Backward::default()
        };
        output
    }

    fn output(&mut self, edge: Edge) {
        let edge = self.through_checks(edge);
        let end = if self.is_head(edge.node) { self.operand(edge.node) } else { self.value_of(edge) };
        let mut value = self.leave(end, edge);
        if self.program.inputs.contains(&value) || self.program.outputs.contains(&value) {
            value = self.synthetic(layers::copy(), value, edge, "output");
        }
        self.program.outputs.push(value);
        self.program.heads.push(self.head(edge.node));
    }

    /// A value that comes from outside, with the channels of a map last.
    fn enter(&mut self, value: usize, node: usize) -> usize {
        let edge = Edge { node, port: 0 };
        match Some(self.shapes.of(edge)).filter(is_whole).and_then(|shape| layers::enter(shape)) {
            Some(operation) => self.synthetic(operation, value, edge, "channels_last"),
            None => value,
        }
    }

    /// A value that goes outside, with the channels of a map first.
    fn leave(&mut self, value: usize, edge: Edge) -> usize {
        match Some(self.shapes.of(edge)).filter(is_whole).and_then(|shape| layers::leave(shape)) {
            Some(operation) => self.synthetic(operation, value, edge, "channels_first"),
            None => value,
        }
    }

    /// An operation that no layer asked for, without parameters.
    fn synthetic(&mut self, operation: Operation, input: usize, edge: Edge, name: &str) -> usize {
        let wanted = self.program.values[input].wanted;
        let output = self.value(name, self.shapes.of(edge), wanted);
        let added = Added { op: self.program.ops.len(), values: vec![output] };
        self.program.ops.push(Op {
            call: Call::Operation(operation.clone(), Part::Whole),
            inputs: vec![input],
            outputs: vec![output],
            backward: Backward { output_gradients: vec![output], input_gradients: vec![input], ..Backward::default() },
            parameters: None,
            rows: Extent::of(self.shapes.of(edge)).rows(),
            cost: self.cost(edge.node),
            nodes: vec![edge.node],
        });
        self.read_backward(&operation, &[input], &added);
        output
    }

    /// Adds an operation; its outputs are those of the last of its nodes.
    fn op(&mut self, call: Call, inputs: Vec<usize>, nodes: &[usize]) -> Added {
        let name = self.name_of(nodes[0]);
        let ports = self.shapes.node(nodes[nodes.len() - 1]).len();
        let names: Vec<String> = match ports {
            1 => vec![name],
            _ => (0..ports).map(|port| format!("{name}_{port}")).collect(),
        };
        let learns = nodes.iter().any(|&node| self.block.nodes[node].is_some());
        let wanted = self.condition(&inputs, learns.then_some(self.program.ops.len()));
        self.op_as(call, inputs, nodes, &names, wanted)
    }

    /// The same with names of its outputs, and the condition of their gradients. The parameters of all nodes lie side by side.
    fn op_as(&mut self, call: Call, inputs: Vec<usize>, nodes: &[usize], names: &[String], wanted: usize) -> Added {
        let op = self.program.ops.len();
        let placed = nodes.iter().filter_map(|&node| self.block.nodes[node].as_ref());
        let parameters = placed.map(|placed| (placed.offset.clone(), placed.len.clone()));
        let parameters = parameters.reduce(|(offset, len), (_, more)| (offset, len.plus(&more)));
        let shapes = self.shapes.node(nodes[nodes.len() - 1]);
        let values: Vec<usize> =
            names.iter().zip(shapes).map(|(name, shape)| self.value(name, shape, wanted)).collect();
        let backward = Backward {
            output_gradients: values.clone(),
            input_gradients: inputs.iter().copied().filter(|&input| !self.program.values[input].is_whole).collect(),
            learns: parameters.is_some(),
            changes_gradient: true,
            ..Backward::default()
        };
        let cost = nodes.iter().map(|&node| self.cost(node)).sum();
        let rows = self.shapes.rows(&self.graph.nodes[nodes[0]]);
        let (outputs, nodes) = (values.clone(), nodes.to_vec());
        self.program.ops.push(Op { call, inputs, outputs, backward, parameters, rows, cost, nodes });
        Added { op, values }
    }

    /// The condition of what is computed from these values, by an operation with parameters if there is one.
    fn condition(&mut self, inputs: &[usize], trained: Option<usize>) -> usize {
        let mut any: Vec<usize> = Vec::new();
        for &input in inputs {
            let Value { wanted, is_whole, .. } = self.program.values[input];
            if !is_whole && !any.contains(&wanted) {
                any.push(wanted);
            }
        }
        if let ([condition], None) = (&any[..], trained) {
            return *condition;
        }
        self.program.conditions.push(Condition { any, trained });
        self.program.conditions.len() - 1
    }

    fn value(&mut self, name: &str, shape: &Shape, wanted: usize) -> usize {
        let name = self.unique(name);
        let extent = Extent::of(shape);
        self.program.values.push(Value { name, extent, gradient: extent, wanted, is_whole: false });
        self.program.values.len() - 1
    }

    /// A name that no other value has, and that may be an identifier.
    fn unique(&mut self, name: &str) -> String {
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        let is_free = |name: &str| syn::parse_str::<Ident>(name).is_ok();
        let mut unique = plain.clone();
        let mut suffix = 2;
        while !is_free(&unique) || !self.names.insert(unique.clone()) {
            unique = format!("{plain}_{suffix}");
            suffix += 1;
        }
        unique
    }

    fn name_of(&self, node: usize) -> String {
        let node = &self.graph.nodes[node];
        match &node.kind {
            Kind::Layer(layer) if node.label.is_empty() => layer.name().to_string(),
            _ => node.label.clone(),
        }
    }

    fn cost(&self, node: usize) -> u64 {
        let rows = self.shapes.rows(&self.graph.nodes[node]);
        let outputs = self.shapes.node(node).iter().map(Extent::of);
        let elements: usize = outputs.filter_map(|extent| extent.unit(rows)).sum();
        match &self.graph.nodes[node].kind {
            Kind::Layer(layer) => elements as u64 + layer.multiply_adds(&self.shapes.inputs(&self.graph.nodes[node])),
            _ => elements as u64,
        }
    }

    fn through_checks(&self, mut edge: Edge) -> Edge {
        while matches!(self.graph.nodes[edge.node].kind, Kind::Check(_)) {
            edge = self.graph.nodes[edge.node].inputs[0];
        }
        edge
    }

    /// The head that a node is as the end of an output.
    fn head(&self, node: usize) -> Head {
        match &self.graph.nodes[node].kind {
            Kind::Path { path, per_sample: false } if self.readers(node) == 0 => Head::OfPath(path.clone()),
            Kind::Layer(layer) => {
                layer.head(&self.shapes.inputs(&self.graph.nodes[node])).map_or(Head::Identity, Head::Of)
            }
            _ => Head::Identity,
        }
    }

    /// Whether training leaves this node, as the end of an output, to the loss.
    fn is_head(&self, node: usize) -> bool {
        self.mode == Mode::Training && matches!(self.head(node), Head::Of(_)) && self.is_output(node)
    }

    fn is_output(&self, node: usize) -> bool {
        self.graph.outputs.iter().any(|&edge| self.through_checks(edge).node == node)
    }

    /// How many nodes but checks read this one, perhaps after checks.
    fn readers(&self, node: usize) -> usize {
        let readers = self.graph.nodes.iter().filter(|other| !matches!(other.kind, Kind::Check(_)));
        readers.flat_map(|other| &other.inputs).filter(|&&edge| self.through_checks(edge).node == node).count()
    }
}

/// Whether a sample is no number of rows that varies, each of which is no channel of a map.
fn is_whole(shape: &&Shape) -> bool {
    shape.varies.is_none()
}

/// An operation that was added, and the values that it writes.
struct Added {
    op: usize,
    values: Vec<usize>,
}
