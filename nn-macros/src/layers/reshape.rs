//! Other shapes for the same numbers, in the order of the language: channels first.

use std::rc::Rc;

use super::sizes::{length, rows, tokens};
use super::{Description, Fused, Kernel, Layer, Problem, Runs, Shape};

/// `flatten` and `reshape([…])`.
pub const LAYERS: &[Description] = &[
    Description { names: &["flatten"], build: |_| Rc::new(Flatten) },
    Description { names: &["reshape"], build: |arguments| Rc::new(Reshape { shape: arguments.sizes("shape") }) },
];

#[derive(Debug)]
struct Flatten;

impl Layer for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(vec![inputs[0].iter().product()])
    }

    fn kernel(&self, inputs: &[Shape], _fused: &Fused) -> Kernel {
        reshape(&inputs[0], &[inputs[0].iter().product()])
    }
}

#[derive(Debug)]
struct Reshape {
    shape: Shape,
}

impl Layer for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let found: usize = inputs[0].iter().product();
        if length(&self.shape) == Some(found) {
            return Ok(self.shape.clone());
        }
        let wanted = length(&self.shape).map_or_else(|| "too many".to_owned(), |length| length.to_string());
        let message = format!("holds {wanted} numbers, but its input here is {:?} with {found}", inputs[0]);
        Err(Problem::new(message).help("a reshape keeps every number: the products of both shapes must be equal"))
    }

    fn kernel(&self, inputs: &[Shape], _fused: &Fused) -> Kernel {
        reshape(&inputs[0], &self.shape)
    }
}

/// Maps are stored channels last, so a new shape moves numbers unless it is a matter of names alone.
fn reshape(from: &[usize], to: &[usize]) -> Kernel {
    let reshape = nn_sizes::Reshape { from: rows(from), to: rows(to) };
    if reshape.is_identity() { Kernel::alias() } else { Kernel::new("reshape", tokens(&reshape), Runs::Sample) }
}
