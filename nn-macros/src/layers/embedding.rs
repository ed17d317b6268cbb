//! Whole numbers to rows of real ones.

use std::rc::Rc;

use nn_sizes::{Axis, Init, Role};

use super::sizes::{check_weights, tokens};
use super::{Arguments, Description, Fused, Layer, OnRows, Operation, Parameter, Problem, Runs, Shape};

/// `embedding(size)`; how many words there are is in the shape of its input: `[12 of 40]`.
pub const LAYERS: &[Description] = &[Description {
    names: &["embedding"],
    build: |arguments: &mut Arguments| {
        arguments.follows_from_input("count of words");
        Rc::new(Embedding { size: arguments.size("size") })
    },
}];

#[derive(Debug)]
struct Embedding {
    size: usize,
}

impl Embedding {
    /// Only for whole numbers.
    fn dimensions(&self, inputs: &[Shape]) -> nn_sizes::Embedding {
        let words = inputs[0].below.unwrap_or(1);
        nn_sizes::Embedding { count: inputs[0].iter().product(), words, size: self.size }
    }
}

impl Layer for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn takes_whole_numbers(&self) -> bool {
        true
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        if inputs[0].len() > 1 {
            let message =
                format!("needs a row of whole numbers like [12 of 40], but its input here is {:?}", inputs[0]);
            return Err(Problem::new(message));
        }
        check_weights(&[self.dimensions(inputs).words, self.size], 1)?;
        let sizes = inputs[0].iter().copied().chain([self.size]);
        Ok(sizes.collect::<Vec<_>>().into())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let nn_sizes::Embedding { words, size, .. } = self.dimensions(inputs);
        vec![Parameter {
            name: "weight",
            file_shape: vec![words, size],
            axes: vec![Axis { len: words * size, stride: 1 }],
            // A word gives one row, so that the numbers in it are spread as if nothing were summed.
            role: Role::Weight { fan_in: 1, fan_out: 1, init: Init::Xavier },
            may_be_narrow: false,
        }]
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        Operation::new(tokens(&self.dimensions(inputs)), Runs::Batch)
    }
}
