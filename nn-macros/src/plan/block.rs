//! The parameter block: what lies where.

use nn_sizes::{Init, Role};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::graph::{Graph, Kind, Node};
use crate::layers::Parameter;
use crate::shapes::Shapes;

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
    pub fn of(graph: &Graph, shapes: &Shapes) -> Self {
        let (mut end, inits) = (Count::default(), inits(graph));
        let nodes = (0..graph.nodes.len())
            .map(|node| {
                let placed = place(&graph.nodes[node], shapes, inits[node], &end)?;
                end = end.plus(&placed.len);
                Some(placed)
            })
            .collect();
        Self { nodes, len: end }
    }
}

fn place(node: &Node, shapes: &Shapes, init: Init, offset: &Count) -> Option<NodeParameters> {
    match &node.kind {
        Kind::Path { per_sample: true, .. } => None,
        Kind::Path { path, .. } => {
            let len = Count { number: 0, more: vec![quote!(<#path as __nn::Layer<f32>>::PARAMETERS)] };
            Some(NodeParameters { offset: offset.clone(), len, tensors: Vec::new() })
        }
        Kind::Layer(layer) => {
            let inputs = shapes.inputs(node);
            let mut end = offset.clone();
            let tensors: Vec<Tensor> = (layer.parameters(&inputs).into_iter())
                .map(|mut parameter| {
                    if let Role::Weight { init: weight_init, .. } = &mut parameter.role
                        && weight_init.is_drawn()
                    {
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

/// How the weights of each node start: as the activations after it ask for, which are looked for through layers without
/// weights. Every reader counts, and one that asks for the larger weights of He has its way; where nobody asks, Xavier's.
fn inits(graph: &Graph) -> Vec<Init> {
    let mut inits = vec![Init::Xavier; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        let init = match &node.kind {
            Kind::Layer(layer) if layer.init_hint() == Some(Init::He) => Init::He,
            Kind::Layer(layer) if layer.looks_through() => inits[index],
            Kind::Check(_) => inits[index],
            _ => Init::Xavier,
        };
        if init == Init::He {
            node.inputs.iter().for_each(|edge| inits[edge.node] = init);
        }
    }
    inits
}
