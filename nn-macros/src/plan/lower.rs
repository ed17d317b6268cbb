//! From the graph to a list of operations over values.
//!
//! Maps are `[height, width, channels]` inside and `[channels, height, width]` outside, so they are reordered where they
//! enter and leave the network or a path. What holds afterwards: every value is written by one operation, before all that
//! read it; no network output is also a network input, or the same value as another output.

use std::collections::HashSet;

use nn_sizes::{Activation, Reshape, Rows};
use proc_macro2::{Ident, Span, TokenStream};

use super::Mode;
use super::block::{Block, Count};
use crate::graph::{Edge, Graph, Kind};
use crate::layers::{Fused, Fusible, Kernel, Layer, Runs, Shape, tokens};

/// Operations over values.
#[derive(Debug, Default)]
pub struct Program {
    /// All values; an operand is an index into them.
    pub values: Vec<Value>,
    /// All operations, each after those it depends on.
    pub ops: Vec<Op>,
    /// The network's inputs.
    pub inputs: Vec<usize>,
    /// The network's outputs; while training, their logits.
    pub outputs: Vec<usize>,
    /// For each output the activation that training leaves to the loss.
    pub heads: Vec<Head>,
}

impl Program {
    /// The output of the dense layer that sums the network's only input in halves, if nothing else reads that input.
    pub fn halved_input(&self) -> Option<usize> {
        let [input] = self.inputs[..] else { return None };
        let mut readers = self.ops.iter().filter(|op| op.inputs.contains(&input));
        let (Some(op), None) = (readers.next(), readers.next()) else { return None };
        // A network within the network would take the pass's inputs for its own.
        let has_path = self.ops.iter().any(|op| matches!(op.action, Action::Path { .. }));
        (op.scratch.is_some() && !has_path && !self.outputs.contains(&input)).then_some(op.output)
    }
}

/// What an operation reads or writes.
#[derive(Debug)]
pub struct Value {
    /// Its name in the generated code.
    pub name: Ident,
    /// Its size.
    pub extent: Extent,
    /// The size of its gradient.
    pub gradient: Extent,
    /// When its gradient is computed.
    pub wanted: Wanted,
}

/// How many numbers a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many for each sample.
    Sample(usize),
    /// So many for the batch.
    Batch(usize),
}

/// When a gradient is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Always: parameters lie before it.
    Always,
    /// Only if the caller asks for the gradients of the inputs.
    WithInputs,
}

/// The trailing activation of an output.
#[derive(Clone, Debug)]
pub enum Head {
    /// None.
    Identity,
    /// `softmax`.
    Softmax,
    /// `log_softmax`.
    LogSoftmax,
    /// `sigmoid`.
    Sigmoid,
    /// That of the network or layer by path.
    OfPath(TokenStream),
}

/// One operation.
#[derive(Debug)]
pub struct Op {
    /// What is called.
    pub action: Action,
    /// The values it reads.
    pub inputs: Vec<usize>,
    /// The value it writes.
    pub output: usize,
    /// Scratch for the whole batch: a value that nothing else sees.
    pub scratch: Option<usize>,
    /// Where its parameters start in the block, and how many they are.
    pub parameters: Option<(Count, Count)>,
    /// Roughly the multiply–adds of one sample.
    pub cost: u64,
    /// The node it came from, and those fused into it.
    pub nodes: Vec<usize>,
}

/// What an operation calls.
#[derive(Clone, Debug)]
pub enum Action {
    /// `forward` and `backward` of an operation.
    Call(Kernel),
    /// The same with random draws, keyed by the number of the layer.
    Draw(Kernel, u64),
    /// The first part of batch normalisation: the moments of a sample.
    Gather {
        /// The dimensions.
        dimensions: TokenStream,
        /// The moments of the batch, which the second part makes.
        statistics: usize,
        /// What the third part makes.
        normalised: usize,
    },
    /// The second: the moments of the batch.
    Combine(TokenStream),
    /// The third: scale and shift.
    Normalise(Kernel),
    /// A network or layer by path.
    Path {
        /// The path.
        path: TokenStream,
        /// Whether it leaves its trailing activation to the loss, being the end of an output itself.
        logits: bool,
    },
}

impl Op {
    /// Whether it works on the whole batch at once.
    pub fn on_batch(&self) -> bool {
        match &self.action {
            Action::Call(kernel) => kernel.runs == Runs::Batch,
            Action::Combine(_) | Action::Path { .. } => true,
            Action::Draw(..) | Action::Gather { .. } | Action::Normalise(_) => false,
        }
    }

    /// The values that the backward pass reads, in the order of its arguments.
    pub fn backward_reads(&self) -> Vec<usize> {
        match &self.action {
            Action::Call(kernel) | Action::Draw(kernel, _) => {
                let inputs = self.inputs.iter().filter(|_| kernel.backward_reads_input);
                inputs.copied().chain(kernel.backward_reads_output.then_some(self.output)).collect()
            }
            Action::Gather { statistics, .. } => vec![self.inputs[0], *statistics],
            Action::Combine(_) => vec![self.output],
            Action::Normalise(kernel) => {
                let output = kernel.backward_reads_output.then_some(self.output);
                [self.inputs[0]].into_iter().chain(output).chain([self.inputs[1]]).collect()
            }
            Action::Path { .. } => vec![self.inputs[0], self.output],
        }
    }

    /// The inputs to whose gradients the backward pass contributes.
    pub fn contributes(&self) -> &[usize] {
        match &self.action {
            // The gradient of what is normalised comes from `Gather`, once the batch's sums are known.
            Action::Normalise(_) => &self.inputs[1..],
            _ => &self.inputs,
        }
    }

    /// The gradients that the backward pass reads or changes, besides those it contributes to.
    pub fn backward_gradients(&self) -> Vec<usize> {
        match &self.action {
            Action::Gather { normalised, .. } => vec![self.output, *normalised],
            _ => vec![self.output],
        }
    }

    /// Whether computing its output again costs little more than reading it would.
    pub fn is_cheap(&self) -> bool {
        matches!(&self.action, Action::Call(kernel) | Action::Normalise(kernel) if kernel.is_cheap)
    }

    /// Whether the gradients of its inputs are that of its output.
    pub fn passes_gradient(&self) -> bool {
        matches!(&self.action, Action::Call(kernel) if kernel.passes_gradient)
    }

    /// Whether the backward pass changes the gradient of its output: it does for an activation.
    pub fn changes_gradient(&self) -> bool {
        match &self.action {
            Action::Normalise(kernel) => kernel.backward_reads_output,
            Action::Call(kernel) if kernel.passes_gradient => kernel.backward_reads_output,
            _ => true,
        }
    }

    /// Indices kept for each sample.
    pub fn indices(&self) -> usize {
        match &self.action {
            Action::Call(kernel) => kernel.indices,
            _ => 0,
        }
    }

    /// The dimensions that it is called with.
    pub fn dimensions(&self) -> Option<&TokenStream> {
        match &self.action {
            Action::Call(kernel) | Action::Draw(kernel, _) | Action::Normalise(kernel) => Some(&kernel.dimensions),
            Action::Gather { dimensions, .. } | Action::Combine(dimensions) => Some(dimensions),
            Action::Path { .. } => None,
        }
    }

    /// The kernel of a plain call.
    pub fn kernel(&self) -> Option<&Kernel> {
        match &self.action {
            Action::Call(kernel) | Action::Draw(kernel, _) => Some(kernel),
            _ => None,
        }
    }
}

/// Lowers a graph whose shapes are known.
pub fn lower(graph: &Graph, shapes: &[Shape], block: &Block, mode: Mode) -> Program {
    let mut lowering = Lowering {
        graph,
        shapes,
        block,
        mode,
        program: Program::default(),
        of_node: vec![usize::MAX; graph.nodes.len()],
        names: HashSet::new(),
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
    shapes: &'a [Shape],
    block: &'a Block,
    mode: Mode,
    program: Program,
    /// The value that each node's output became.
    of_node: Vec<usize>,
    names: HashSet<String>,
    /// Nodes that run fused into an earlier one.
    absorbed: Vec<bool>,
}

/// What a layer takes over from the nodes after it.
struct Absorbed {
    fused: Fused,
    /// The layer's node, then the others.
    nodes: Vec<usize>,
    /// The value that is added, if one is.
    skip: Option<usize>,
}

impl Lowering<'_> {
    fn node(&mut self, node: usize) {
        self.of_node[node] = match &self.graph.nodes[node].kind {
            Kind::Input { name, .. } => self.input(node, name),
            Kind::Check(_) => self.operand(node),
            Kind::Path(path) => self.path(node, path),
            Kind::Layer(_) if self.is_head(node) && self.readers(node) == 0 => self.operand(node),
            Kind::Layer(layer) => self.layer(node, layer.as_ref()),
        };
    }

    /// The value that is a node's first input.
    fn operand(&self, node: usize) -> usize {
        self.of_node[self.graph.nodes[node].inputs[0].node]
    }

    fn input(&mut self, node: usize, name: &str) -> usize {
        let value = self.value(name, node, Wanted::WithInputs);
        self.program.inputs.push(value);
        self.enter(value, node)
    }

    fn path(&mut self, node: usize, path: &TokenStream) -> usize {
        let from = self.graph.nodes[node].inputs[0].node;
        let input = self.leave(self.operand(node), from);
        let name = self.name_of(node);
        let logits = self.mode == Mode::Training && self.is_output(node) && self.readers(node) == 0;
        let output = self.op(Action::Path { path: path.clone(), logits }, vec![input], &[node], &name);
        self.enter(output, node)
    }

    fn layer(&mut self, node: usize, layer: &dyn Layer) -> usize {
        let inputs = self.input_shapes(node);
        let Absorbed { fused, nodes, skip } = self.absorb(node, layer);
        let kernel = layer.kernel(&inputs, &fused);
        let edges = &self.graph.nodes[node].inputs;
        let operands: Vec<usize> = edges.iter().map(|edge| self.of_node[edge.node]).chain(skip).collect();
        let name = self.name_of(node);
        let training = self.mode == Mode::Training;
        let output = match kernel.runs {
            Runs::Alias => operands[0],
            Runs::RandomSample if !training => operands[0],
            Runs::RandomSample => self.op(Action::Draw(kernel, node as u64), operands, &nodes, &name),
            Runs::Seam if training => self.seam(kernel, operands[0], &nodes, &name),
            Runs::Sample | Runs::Batch | Runs::Seam => self.op(Action::Call(kernel), operands, &nodes, &name),
        };
        for &fused in &nodes {
            self.of_node[fused] = output;
        }
        output
    }

    /// What the layer takes over from the nodes after it.
    fn absorb(&mut self, node: usize, layer: &dyn Layer) -> Absorbed {
        let mut absorbed = Absorbed { fused: Fused::default(), nodes: vec![node], skip: None };
        let Absorbed { fused, nodes, skip } = &mut absorbed;
        let mut last = node;
        while let Some(next) = self.only_reader(last) {
            match &self.graph.nodes[next].kind {
                Kind::Check(_) => {}
                Kind::Layer(after) if !self.is_head(next) => match after.fusible(&self.input_shapes(next)) {
                    Some(fusible) if layer.absorbs(fused, &fusible) => match fusible {
                        Fusible::Activation(activation) => fused.activation = activation,
                        Fusible::MaxPool(pool) => fused.pool = Some(pool),
                        // While training these need the batch, or keep what is before them.
                        _ if self.mode == Mode::Training => break,
                        Fusible::Norm(epsilon) if self.are_neighbours(last, next) => fused.norm = Some(epsilon),
                        Fusible::Add if self.other_input(next, last).is_some() => {
                            (fused.skip, *skip) = (true, self.other_input(next, last));
                        }
                        Fusible::Norm(_) | Fusible::Add => break,
                    },
                    _ => break,
                },
                _ => break,
            }
            nodes.push(next);
            last = next;
        }
        for &node in &nodes[1..] {
            self.absorbed[node] = true;
        }
        absorbed
    }

    /// Whether no parameters lie between those of two nodes.
    fn are_neighbours(&self, node: usize, next: usize) -> bool {
        self.block.nodes[node + 1..next].iter().all(Option::is_none)
    }

    /// The value of the other of a node's two inputs, if that is computed before.
    fn other_input(&self, node: usize, input: usize) -> Option<usize> {
        let other = self.graph.nodes[node].inputs.iter().find(|edge| edge.node != input)?;
        Some(self.of_node[other.node]).filter(|&value| value != usize::MAX)
    }

    /// Batch normalisation while training, as a seam between two stages.
    fn seam(&mut self, kernel: Kernel, x: usize, nodes: &[usize], name: &str) -> usize {
        let channels = self.shapes[nodes[0]][0];
        let dimensions = kernel.dimensions.clone();
        let gather = self.program.ops.len();
        let combine = Action::Combine(dimensions.clone());
        let moments = self.op(combine.clone(), vec![x], nodes, &format!("{name}_moments"));
        let statistics = self.op(combine, vec![moments], nodes, &format!("{name}_statistics"));
        let output = self.op(Action::Normalise(kernel), vec![x, statistics], nodes, name);
        self.program.ops[gather].action = Action::Gather { dimensions, statistics, normalised: output };
        let values = &mut self.program.values;
        values[moments].extent = Extent::Sample(2 * channels);
        values[moments].gradient = Extent::Batch(2 * channels);
        values[statistics].extent = Extent::Batch(4 * channels);
        values[statistics].gradient = Extent::Sample(2 * channels);
        for value in [moments, statistics] {
            values[value].wanted = Wanted::Always;
        }
        output
    }

    fn output(&mut self, edge: Edge) {
        let node = self.through_checks(edge.node);
        let end = if self.is_head(node) { self.operand(node) } else { self.of_node[node] };
        let mut value = self.leave(end, node);
        if self.program.inputs.contains(&value) || self.program.outputs.contains(&value) {
            value = self.copy(value, node);
        }
        self.program.outputs.push(value);
        self.program.heads.push(self.head(node));
    }

    /// A copy under another name, for an output that is also something else.
    fn copy(&mut self, value: usize, node: usize) -> usize {
        let kernel = Kernel {
            takes_list: true,
            has_epilogue: true,
            ..Kernel::new("add", tokens(&Activation::Identity), Runs::Sample)
        };
        self.synthetic(kernel, value, node, "output")
    }

    /// A value that comes from outside, with the channels of a map last.
    fn enter(&mut self, value: usize, node: usize) -> usize {
        self.reordered(value, node, |row, map| Reshape { from: row, to: map }, "channels_last")
    }

    /// A value that goes outside, with the channels of a map first.
    fn leave(&mut self, value: usize, node: usize) -> usize {
        self.reordered(value, node, |row, map| Reshape { from: map, to: row }, "channels_first")
    }

    fn reordered(&mut self, value: usize, node: usize, reshape: fn(Rows, Rows) -> Reshape, name: &str) -> usize {
        let &[channels, height, width] = &self.shapes[node][..] else { return value };
        let pixels = height * width;
        let reshape = reshape(Rows { rows: 1, len: pixels * channels }, Rows { rows: pixels, len: channels });
        if reshape.is_identity() {
            return value;
        }
        let kernel = Kernel { is_cheap: true, ..Kernel::new("reshape", tokens(&reshape), Runs::Sample) };
        self.synthetic(kernel, value, node, name)
    }

    /// An operation that no layer asked for, without parameters.
    fn synthetic(&mut self, kernel: Kernel, input: usize, node: usize, name: &str) -> usize {
        let output = self.op(Action::Call(kernel), vec![input], &[node], name);
        let op = self.program.ops.len() - 1;
        self.program.ops[op].parameters = None;
        self.program.values[output].wanted = self.program.values[input].wanted;
        output
    }

    /// Adds an operation; its output has the shape of the last of its nodes, and their parameters lie side by side.
    fn op(&mut self, action: Action, inputs: Vec<usize>, nodes: &[usize], name: &str) -> usize {
        let placed = nodes.iter().filter_map(|&node| self.block.nodes[node].as_ref());
        let parameters = placed.map(|placed| (placed.offset.clone(), placed.len.clone()));
        let parameters = parameters.reduce(|(offset, len), (_, more)| (offset, len.plus(&more)));
        let learned =
            parameters.is_some() || inputs.iter().any(|&input| self.program.values[input].wanted == Wanted::Always);
        let output =
            self.value(name, nodes[nodes.len() - 1], if learned { Wanted::Always } else { Wanted::WithInputs });
        let in_halves = matches!(&action, Action::Call(kernel) if kernel.in_halves && self.mode == Mode::Training);
        let scratch = in_halves.then(|| self.value(&format!("{name}_sums"), nodes[nodes.len() - 1], Wanted::Always));
        let cost = nodes.iter().map(|&node| self.cost(node)).sum();
        self.program.ops.push(Op { action, inputs, output, scratch, parameters, cost, nodes: nodes.to_vec() });
        output
    }

    fn value(&mut self, name: &str, node: usize, wanted: Wanted) -> usize {
        let name = self.unique(name);
        let extent = Extent::Sample(self.shapes[node].iter().product());
        self.program.values.push(Value { name, extent, gradient: extent, wanted });
        self.program.values.len() - 1
    }

    /// An identifier that no other value has, and that means nothing else in the generated code.
    fn unique(&mut self, name: &str) -> Ident {
        const TAKEN: &str =
            "n s p g run kept indices workspace prepared scratch partial partials sums work wanted first piece";
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        let is_free = |name: &str| syn::parse_str::<Ident>(name).is_ok() && TAKEN.split(' ').all(|taken| taken != name);
        let mut unique = plain.clone();
        let mut suffix = 2;
        while !is_free(&unique) || !self.names.insert(unique.clone()) {
            unique = format!("{plain}_{suffix}");
            suffix += 1;
        }
        Ident::new(&unique, Span::call_site())
    }

    fn name_of(&self, node: usize) -> String {
        let node = &self.graph.nodes[node];
        match &node.kind {
            Kind::Layer(layer) if node.label.is_empty() => layer.name().to_string(),
            _ => node.label.clone(),
        }
    }

    fn input_shapes(&self, node: usize) -> Vec<Shape> {
        self.graph.nodes[node].inputs.iter().map(|edge| self.shapes[edge.node].clone()).collect()
    }

    fn cost(&self, node: usize) -> u64 {
        let elements = self.shapes[node].iter().product::<usize>() as u64;
        match &self.graph.nodes[node].kind {
            Kind::Layer(layer) => elements + layer.multiply_adds(&self.input_shapes(node)),
            _ => elements,
        }
    }

    /// The one node that reads this one, if nothing else does.
    fn only_reader(&self, node: usize) -> Option<usize> {
        let mut readers =
            (self.graph.nodes.iter().enumerate()).flat_map(|(i, n)| n.inputs.iter().map(move |edge| (i, edge.node)));
        let readers: Vec<usize> = readers.by_ref().filter(|&(_, from)| from == node).map(|(i, _)| i).collect();
        let is_output = self.graph.outputs.iter().any(|edge| edge.node == node);
        match readers[..] {
            [reader] if !is_output => Some(reader),
            _ => None,
        }
    }

    fn through_checks(&self, mut node: usize) -> usize {
        while matches!(self.graph.nodes[node].kind, Kind::Check(_)) {
            node = self.graph.nodes[node].inputs[0].node;
        }
        node
    }

    /// The head that a node is as the end of an output.
    fn head(&self, node: usize) -> Head {
        match &self.graph.nodes[node].kind {
            Kind::Path(path) if self.readers(node) == 0 => Head::OfPath(path.clone()),
            // Over the channels of a map they are no heads: a sample has many of them.
            Kind::Layer(layer) => match (layer.name(), self.shapes[node].len()) {
                ("softmax", 1) => Head::Softmax,
                ("log_softmax", 1) => Head::LogSoftmax,
                ("sigmoid", _) => Head::Sigmoid,
                _ => Head::Identity,
            },
            _ => Head::Identity,
        }
    }

    /// Whether training leaves this node, as the end of an output, to the loss.
    fn is_head(&self, node: usize) -> bool {
        let is_head = matches!(self.head(node), Head::Softmax | Head::LogSoftmax | Head::Sigmoid);
        self.mode == Mode::Training && is_head && self.is_output(node)
    }

    fn is_output(&self, node: usize) -> bool {
        self.graph.outputs.iter().any(|edge| self.through_checks(edge.node) == node)
    }

    /// How many nodes but checks read this one, perhaps after checks.
    fn readers(&self, node: usize) -> usize {
        let readers = self.graph.nodes.iter().filter(|other| !matches!(other.kind, Kind::Check(_)));
        readers.flat_map(|other| &other.inputs).filter(|edge| self.through_checks(edge.node) == node).count()
    }
}
