//! Every tensor of a network with those of its parts, and the layers they belong to.

use super::{Unseen, Whole};
use crate::graph::Kind;
use crate::layers::Parameter;
use crate::report::Site;

/// A tensor with its place in the block of the whole network.
pub struct Placed {
    /// Its name in a weights file.
    pub label: String,
    /// Where it starts in the block.
    pub offset: usize,
    /// What it is.
    pub parameter: Parameter,
    /// The words of its layer.
    pub text: String,
    /// Where its layer stands.
    pub site: Site,
}

impl Placed {
    /// As it is looked for in a file.
    pub fn tensor(&self) -> nn_files::Tensor<'_> {
        let Parameter { file_shape, axes, .. } = &self.parameter;
        nn_files::Tensor { label: &self.label, shape: file_shape, axes, offset: self.offset }
    }
}

/// The tensors of a network, in the order of its block.
#[derive(Default)]
pub struct Tensors {
    pub placed: Vec<Placed>,
    /// Where other networks take part.
    pub parts: Vec<Site>,
    /// Layers that were declared elsewhere.
    pub unseen: Vec<Unseen>,
    /// Count of all numbers.
    pub len: usize,
}

impl Tensors {
    /// Those of a network whose parts are among `all`, or have no parameters.
    pub fn of(whole: &Whole, all: &[&Whole]) -> Self {
        let mut tensors = Self::default();
        tensors.add(whole, all, "");
        tensors
    }

    fn add(&mut self, whole: &Whole, all: &[&Whole], prefix: &str) {
        for (node, parameters) in whole.graph.nodes.iter().zip(&whole.plan.block.nodes) {
            if let Kind::Path { path, .. } = &node.kind {
                let name = path.to_string();
                match all.iter().find(|part| part.network.name == name) {
                    Some(part) => {
                        self.parts.push(node.site());
                        self.add(part, all, &format!("{prefix}{}.", node.label));
                    }
                    None => {
                        self.unseen.push(Unseen { path: path.clone(), text: node.text.clone(), span: node.span });
                    }
                }
            }
            for tensor in parameters.iter().flat_map(|parameters| &parameters.tensors) {
                let label = format!("{prefix}{}", tensor.label);
                let (parameter, text, site) = (tensor.parameter.clone(), node.text.clone(), node.site());
                let len = parameter.file_shape.iter().product::<usize>();
                self.placed.push(Placed { label, offset: self.len, parameter, text, site });
                self.len += len;
            }
        }
    }
}
