//! The constant tables of a network: its tensors, its layers, the memory it wants.

use nn_sizes::Axis;
use proc_macro2::TokenStream;
use quote::quote;

use crate::graph::{Graph, Kind, Node};
use crate::layers::{self, OnRows, Shape};
use crate::plan::{Block, Call, Count, Extent, Head, MemoryNeed, Op, Plan, Program, Scheduled, Tensor, slots_memory};
use crate::shapes::Shapes;

/// `&[Entry, …]`: what lies where in the parameter block.
pub fn entries(graph: &Graph, block: &Block) -> TokenStream {
    let entries = graph.nodes.iter().zip(&block.nodes).filter_map(|(node, placed)| {
        let placed = placed.as_ref()?;
        Some(match &node.kind {
            Kind::Path { path, .. } => {
                let (label, offset) = (&node.label, &placed.offset);
                quote!(__nn::Entry::Nested {
                    label: #label,
                    offset: #offset,
                    entries: <#path as __nn::Layer<f32>>::ENTRIES,
                },)
            }
            _ => placed.tensors.iter().map(segment).collect(),
        })
    });
    quote!(&[#(#entries)*])
}

fn segment(tensor: &Tensor) -> TokenStream {
    let Tensor { label, offset, parameter } = tensor;
    let shape = &parameter.file_shape;
    let axes =
        parameter.axes.iter().map(|Axis { len, stride }| quote!(__nn::sizes::Axis { len: #len, stride: #stride }));
    let role: TokenStream = literal(&format!("{:?}", parameter.role));
    quote!(__nn::Entry::Segment(__nn::Segment {
        label: #label,
        offset: #offset,
        shape: &[#(#shape),*],
        axes: &[#(#axes),*],
        role: __nn::sizes::Role::#role,
    }),)
}

/// The tokens of a literal that is known to be Rust.
fn literal(text: &str) -> TokenStream {
    let text = text.replace("init: ", "init: __nn::sizes::Init::");
    text.parse().expect("the Debug form of a description is Rust")
}

/// `&[LayerInfo, …]`: the rows of the network's summary.
pub fn layers(graph: &Graph, shapes: &Shapes, plan: &Plan) -> TokenStream {
    let rows = rows(graph, shapes, plan).into_iter().map(|row| {
        let Row { label, text, inputs, output, parameters, multiply_adds, kernel, fused } = row;
        let output = output.iter();
        quote!(__nn::LayerInfo {
            label: #label,
            text: #text,
            inputs: &[#(#inputs),*],
            output: &[#(#output),*],
            parameters: #parameters,
            multiply_adds: #multiply_adds,
            kernel: #kernel,
            fused: #fused,
        },)
    });
    quote!(&[#(#rows)*])
}

/// One row of the table of layers.
pub struct Row {
    pub label: String,
    pub text: String,
    /// The rows that it reads.
    pub inputs: Vec<usize>,
    pub output: Shape,
    pub parameters: Count,
    pub multiply_adds: Count,
    /// The algorithm of a prediction; empty where there is no choice.
    pub kernel: &'static str,
    /// Whether it runs in one pass with the row before it.
    pub fused: bool,
}

/// The table of layers, in the order of the graph; checks are no layers.
pub fn rows(graph: &Graph, shapes: &Shapes, plan: &Plan) -> Vec<Row> {
    let ops = &plan.inference.program.ops;
    let fused = |node: usize| ops.iter().any(|op| op.nodes[1..].contains(&node));
    let kernel = |node: usize| {
        let op = ops.iter().find(|op| op.nodes.first() == Some(&node));
        op.and_then(Op::operation).map_or("", |operation| operation.kernel)
    };
    let has_row = |node: &Node| match &node.kind {
        Kind::Check(_) => false,
        Kind::Layer(layer) => layer.on_rows() != OnRows::End,
        Kind::Input { .. } | Kind::Path { .. } => true,
    };
    // Of what has none, the row of what it passes on.
    let mut places: Vec<usize> = Vec::new();
    let mut count = 0;
    for node in &graph.nodes {
        places.push(if has_row(node) { count } else { node.inputs.first().map_or(0, |edge| places[edge.node]) });
        count += usize::from(has_row(node));
    }
    (graph.nodes.iter().enumerate())
        .filter(|(_, node)| has_row(node))
        .map(|(index, node)| Row {
            label: node.label.clone(),
            text: node.text.clone(),
            inputs: node.inputs.iter().map(|edge| places[edge.node]).collect(),
            output: shapes.node(index)[0].clone(),
            parameters: plan.block.nodes[index].as_ref().map(|placed| placed.len.clone()).unwrap_or_default(),
            multiply_adds: plan.costs.multiply_adds[index].clone(),
            kernel: kernel(index),
            fused: fused(index),
        })
        .collect()
}

/// `&[Head, …]`, one for each output.
pub fn heads(plan: &Plan) -> TokenStream {
    let heads = plan.training.program.heads.iter().map(|head| match head {
        Head::Identity => quote!(__nn::Head::Identity),
        Head::Of(layers::Head::Softmax) => quote!(__nn::Head::Softmax),
        Head::Of(layers::Head::LogSoftmax) => quote!(__nn::Head::LogSoftmax),
        Head::Of(layers::Head::Sigmoid) => quote!(__nn::Head::Sigmoid),
        Head::OfPath(path) => quote!(<#path as __nn::Layer<f32>>::HEAD),
    });
    quote!(&[#(#heads),*])
}

/// The memory that a network wants for a batch, as a constant expression.
pub fn memory_needs(plan: &Plan) -> TokenStream {
    let Scheduled { program, memory, .. } = &plan.training;
    let own = |ops: &[usize], len: fn(&Op) -> usize| -> Vec<Extent> {
        ops.iter().map(|&op| &program.ops[op]).map(|op| op.own_extent(len(op))).collect()
    };
    let values = memory.saved.iter().map(|&value| program.values[value].extent);
    let saved: Vec<Extent> = values.chain(own(&memory.own, Op::saved)).collect();
    let saved = need(&slots_memory(&saved), program, "saved");
    let indices = need(&slots_memory(&own(&memory.indices, Op::indices)), program, "indices");
    let inference = need(&plan.inference.memory.forward_memory(), &plan.inference.program, "inference");
    let (forward, backward) = (memory.forward_memory(), memory.backward_memory());
    let training = MemoryNeed {
        per_sample: forward.per_sample.max(backward.per_sample),
        per_group: forward.per_group.max(backward.per_group),
        groups: forward.groups.max(backward.groups),
        fixed: forward.fixed.max(backward.fixed),
        pieces: 0,
    };
    let training = need(&training, program, "training");
    quote!(__nn::MemoryNeeds { inference: #inference, saved: #saved, indices: #indices, training: #training })
}

fn need(need: &MemoryNeed, program: &Program, name: &str) -> TokenStream {
    let &MemoryNeed { per_sample, mut per_group, groups, mut fixed, pieces } = need;
    if program.has_rows() {
        // However few samples there are, their rows may make all groups.
        fixed += groups * std::mem::take(&mut per_group);
    }
    let field = super::names::ident(name);
    let paths = program.ops.iter().filter_map(|op| match &op.call {
        Call::Path { path, per_sample: false, .. } => Some(quote!(.plus(<#path as __nn::Layer<f32>>::MEMORY.#field))),
        _ => None,
    });
    quote!(__nn::MemoryNeed {
        per_sample: #per_sample,
        per_group: #per_group,
        groups: #groups,
        fixed: #fixed,
        pieces: #pieces,
    } #(#paths)*)
}
