//! One value cut into several.

use std::rc::Rc;

use quote::quote;

use super::sizes::{positions, tokens};
use super::{Arguments, Description, Fused, Layer, Operation, Problem, Runs, Shape};

/// `split(parts)`: along the first axis, the channels of a map, and of sequences the features; as PyTorch's `chunk`.
pub const LAYERS: &[Description] = &[Description {
    names: &["split"],
    build: |arguments: &mut Arguments| {
        let parts = arguments.size("parts");
        if parts < 2 {
            arguments.wrong("parts", "`split` makes at least two parts".to_owned(), "leave it out");
        }
        Rc::new(Split { parts: parts.max(2) })
    },
}];

#[derive(Debug)]
struct Split {
    parts: usize,
}

impl Layer for Split {
    fn name(&self) -> &'static str {
        "split"
    }

    fn ports(&self) -> usize {
        self.parts
    }

    /// The shape of each part.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let mut part = inputs[0].to_vec();
        let axis = usize::from(part.len() == 2);
        if !part[axis].is_multiple_of(self.parts) {
            let which = if axis == 0 { "first size" } else { "features" };
            let message =
                format!("cuts the {which} into {} equal parts, but its input here is {:?}", self.parts, inputs[0]);
            return Err(Problem::new(message).help("the count of parts must divide it"));
        }
        part[axis] /= self.parts;
        Ok(inputs[0].with_sizes(part))
    }

    fn outputs(&self, inputs: &[Shape]) -> Result<Vec<Shape>, Problem> {
        self.output(inputs).map(|part| vec![part; self.parts])
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let nn_sizes::Rows { rows, len } = positions(&inputs[0]);
        let part = tokens(&nn_sizes::Rows { rows, len: len / self.parts });
        let parts = vec![part; self.parts];
        Operation::new(quote!(Split { outputs: &[#(#parts),*] }), Runs::Sample)
    }
}
