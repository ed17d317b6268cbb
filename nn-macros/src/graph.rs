//! The second step: syntax to a graph, with blocks, repeats and merges expanded.

use std::rc::Rc;

use proc_macro2::{Span, TokenStream};

use crate::layers::{Layer, Shape};

/// A network as a directed acyclic graph. Nodes stand in an order in which every node follows its inputs.
#[derive(Debug)]
pub struct Graph {
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The networks' outputs, in order.
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

/// An operation and where its inputs come from.
#[derive(Debug)]
pub struct Node {
    /// What it does.
    pub kind: Kind,
    /// Where its inputs come from.
    pub inputs: Vec<Edge>,
    /// The dotted name of its parameters in a weights file: `layer1.0.conv1`. Empty for an input or a check.
    pub label: String,
    /// The words of the language it came from: `conv(30, 5)`, for tables and errors.
    pub text: String,
    /// The token it came from.
    pub span: Span,
}

/// What a node does.
#[derive(Debug)]
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
    Path(TokenStream),
    /// A shape check; passes its input on.
    Check(Shape),
}
