//! The parameter block: what lies where.

use nn_sizes::{Init, Role};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::graph::{Graph, Kind};
use crate::layers::{Parameter, Shape};

/// A number plus what the paths among the layers add, which only the compiler proper can see.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// The part known here.
    pub number: u64,
    /// Constant expressions to add.
    pub more: Vec<TokenStream>,
}

impl Count {
    /// A number alone.
    pub fn of(number: u64) -> Self {
        Self { number, more: Vec::new() }
    }

    /// The sum of two.
    pub fn plus(&self, other: &Self) -> Self {
        let more = self.more.iter().chain(&other.more).cloned().collect();
        Self { number: self.number + other.number, more }
    }

    /// So many times as much.
    pub fn times(&self, factor: u64) -> Self {
        let factor_token = proc_macro2::Literal::u64_unsuffixed(factor);
        let more = self.more.iter().map(|more| quote!(#factor_token * #more)).collect();
        Self { number: self.number.saturating_mul(factor), more }
    }

    /// The number, if it is all.
    pub fn known(&self) -> Option<u64> {
        self.more.is_empty().then_some(self.number)
    }
}

impl ToTokens for Count {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let number = proc_macro2::Literal::u64_unsuffixed(self.number);
        let more = &self.more;
        match (self.number, more.is_empty()) {
            (_, true) => number.to_tokens(tokens),
            (0, false) => tokens.extend(quote!(#(#more)+*)),
            _ => tokens.extend(quote!(#number #(+ #more)*)),
        }
    }
}

/// One tensor in the block.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its full name: `conv1.weight`.
    pub label: String,
    /// Where it starts.
    pub offset: Count,
    /// What it is.
    pub parameter: Parameter,
}

/// The parameters of one node.
#[derive(Clone, Debug)]
pub struct NodeParameters {
    /// Where they start.
    pub offset: Count,
    /// How many there are.
    pub len: Count,
    /// Its tensors; none for a path.
    pub tensors: Vec<Tensor>,
}

/// All parameters of a network.
#[derive(Debug)]
pub struct Block {
    /// The parameters of each node of the graph, where it has any.
    pub nodes: Vec<Option<NodeParameters>>,
    /// Count of all numbers.
    pub len: Count,
}

impl Block {
    /// Lays the parameters of all nodes out in the order of the graph.
    pub fn of(graph: &Graph, shapes: &[Shape]) -> Self {
        let mut end = Count::default();
        let nodes = (0..graph.nodes.len())
            .map(|node| {
                let placed = place(graph, shapes, node, &end)?;
                end = end.plus(&placed.len);
                Some(placed)
            })
            .collect();
        Self { nodes, len: end }
    }
}

fn place(graph: &Graph, shapes: &[Shape], index: usize, offset: &Count) -> Option<NodeParameters> {
    let node = &graph.nodes[index];
    match &node.kind {
        Kind::Path(path) => {
            let len = Count { number: 0, more: vec![quote!(<#path as __nn::Layer<f32>>::PARAMETERS)] };
            Some(NodeParameters { offset: offset.clone(), len, tensors: Vec::new() })
        }
        Kind::Layer(layer) => {
            let inputs: Vec<Shape> = node.inputs.iter().map(|edge| shapes[edge.node].clone()).collect();
            let init = init_before(graph, index);
            let mut end = offset.clone();
            let tensors: Vec<Tensor> = (layer.parameters(&inputs).into_iter())
                .map(|mut parameter| {
                    if let Role::Weight { init: weight_init, .. } = &mut parameter.role {
                        *weight_init = init;
                    }
                    let label = format!("{}.{}", node.label, parameter.name);
                    let start = end.clone();
                    end = end.plus(&Count::of(parameter.file_shape.iter().product::<usize>() as u64));
                    Tensor { label, offset: start, parameter }
                })
                .collect();
            let len = Count::of(end.number - offset.number);
            (!tensors.is_empty()).then_some(NodeParameters { offset: offset.clone(), len, tensors })
        }
        Kind::Input { .. } | Kind::Check(_) => None,
    }
}

/// He before rectifiers, Xavier before everything else: what the first activation after a layer asks for, looked for
/// through normalisation, pooling, dropout and merges up to the next layer with weights.
fn init_before(graph: &Graph, index: usize) -> Init {
    let mut node = index;
    while let Some(next) = graph.nodes.iter().position(|n| n.inputs.iter().any(|edge| edge.node == node)) {
        if let Kind::Layer(layer) = &graph.nodes[next].kind {
            match layer.name() {
                "relu" | "leaky_relu" | "gelu" | "silu" => return Init::He,
                "batch_norm" | "layer_norm" | "pool" | "avg_pool" | "global_avg_pool" | "dropout" | "add"
                | "concat" | "flatten" | "reshape" | "id" => {}
                _ => return Init::Xavier,
            }
        }
        node = next;
    }
    Init::Xavier
}
