//! The second step: syntax to a graph, with blocks, repeats and merges expanded.

mod expand;
mod items;
mod labels;
mod limits;
mod link;
#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use labels::snake_case;
pub use limits::Limit;

use proc_macro2::{Span, TokenStream};

use crate::layers::{Layer, Shape};
use crate::report::{Report, Site};
use crate::syntax;

/// A network of the invocation.
#[derive(Debug)]
pub struct Network {
    /// Its attributes.
    pub attributes: syntax::Attributes,
    /// What it may cost at most.
    pub budget: Vec<Limit>,
    /// Its visibility.
    pub visibility: syn::Visibility,
    /// Its name.
    pub name: syn::Ident,
    /// What it computes. `None` when there was a mistake, which is reported: the struct is to be emitted nevertheless.
    pub graph: Option<Graph>,
    /// What could be made of it when there was: the plan never sees it, but what else is wrong with its shapes is to be known.
    pub sketch: Option<Graph>,
    /// What goes in and comes out, known also where a mistake stands in between.
    pub signature: Option<Signature>,
}

/// The outside of a network.
#[derive(Debug)]
pub struct Signature {
    /// The shapes of its inputs.
    pub inputs: Vec<Shape>,
    /// Count of its outputs.
    pub outputs: usize,
}

impl Network {
    /// The names of the networks of the same file that may be its parts.
    pub fn parts(&self) -> impl Iterator<Item = String> {
        self.graph.iter().flat_map(|graph| &graph.nodes).filter_map(|node| match &node.kind {
            Kind::Path { path, .. } => Some(path.to_string()),
            _ => None,
        })
    }
}

/// A network as a directed acyclic graph. Nodes stand in an order in which every node follows its inputs.
#[derive(Clone, Debug)]
pub struct Graph {
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The network's outputs, in order.
    pub outputs: Vec<Edge>,
}

/// One output of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Index of the node.
    pub node: usize,
    /// Which of its outputs.
    pub port: usize,
}

impl Edge {
    /// In the place of a port: all outputs of a layer that has several, until each has its name.
    const ALL: usize = usize::MAX;
}

/// An operation and where its inputs come from.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub kind: Kind,
    /// Where its inputs come from.
    pub inputs: Vec<Edge>,
    /// The dotted name of its parameters in a weights file: `layer1.0.conv1`. Empty for an input or a check.
    pub label: String,
    /// The words of the language it came from: `conv(30, 5)`, for tables and errors.
    pub text: String,
    /// The token it came from, or the first of them.
    pub span: Span,
    /// The last token it came from.
    pub end: Span,
}

impl Node {
    /// Where it stands in the source.
    pub fn site(&self) -> Site {
        Site { start: self.span, end: self.end }
    }
}

/// What a node does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An input of the network.
    Input {
        /// The name it was given; `input` for the unnamed one.
        name: String,
        /// Its shape.
        shape: Shape,
    },
    /// A built-in layer or merge.
    Layer(Rc<dyn Layer>),
    /// Another network or a user's own layer, by path. Its output shape is that of the check that follows it.
    Path {
        /// The path.
        path: TokenStream,
        /// Whether it works sample by sample.
        per_sample: bool,
    },
    /// A shape check; passes its input on.
    Check(Shape),
}

impl Graph {
    /// The shapes of the inputs, in order, and the count of outputs.
    pub fn signature(&self) -> Signature {
        let inputs = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Input { shape, .. } => Some(shape.clone()),
            Kind::Layer(_) | Kind::Path { .. } | Kind::Check(_) => None,
        });
        Signature { inputs: inputs.collect(), outputs: self.outputs.len() }
    }

    /// The names of the inputs, in order.
    pub fn input_names(&self) -> Vec<&str> {
        let names = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Input { name, .. } => Some(name.as_str()),
            Kind::Layer(_) | Kind::Path { .. } | Kind::Check(_) => None,
        });
        names.collect()
    }
}

/// Every network of a file, in order; the first of a name alone. What holds of a network with a graph: each node follows its inputs, each label is
/// unique, each `let` and each input is used.
pub fn build(file: &syntax::File, report: &mut Report) -> Vec<Network> {
    let items = items::Items::collect(file, report);
    let networks = file.items.iter().enumerate().filter_map(|(i, item)| match item {
        syntax::Item::Network(network) if items.is_first(i, &network.name.to_string()) => Some((i, network)),
        _ => None,
    });
    networks
        .map(|(i, network)| {
            let expanded = expand::expand(network, &items, items.numbers(i), report);
            let signature = expanded.as_ref().map(|(graph, _)| graph.signature());
            let (graph, sketch) = match expanded {
                Some((graph, true)) => (Some(graph), None),
                Some((sketch, false)) => (None, Some(sketch)),
                None => (None, None),
            };
            let limits = network.attributes.budget.as_deref().unwrap_or_default();
            Network {
                budget: limits::read(limits, items.numbers(i), report),
                attributes: network.attributes.clone(),
                visibility: network.visibility.clone(),
                name: network.name.clone(),
                graph,
                sketch,
                signature,
            }
        })
        .collect()
}
