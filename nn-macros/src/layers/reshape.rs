//! Other shapes for the same numbers, in the order of the language: channels first.

use std::rc::Rc;

use nn_sizes::Rows;

use super::sizes::{length, rows, tokens};
use super::{Description, Fused, Layer, Operation, Problem, Runs, Shape};

/// `flatten`, `reshape([…])` and `transpose`.
pub const LAYERS: &[Description] = &[
    Description { names: &["flatten"], build: |_| Rc::new(Flatten) },
    Description { names: &["reshape"], build: |arguments| Rc::new(Reshape { shape: arguments.sizes("shape").into() }) },
    Description { names: &["transpose"], build: |_| Rc::new(Transpose) },
];

/// The layer that makes one row of everything.
pub fn flatten() -> Rc<dyn Layer> {
    Rc::new(Flatten)
}

#[derive(Debug)]
struct Flatten;

impl Layer for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(vec![inputs[0].iter().product()].into())
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        reshape(rows(&inputs[0]), rows(&[inputs[0].iter().product()]))
    }

    fn looks_through(&self) -> bool {
        true
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

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        reshape(rows(&inputs[0]), rows(&self.shape))
    }

    fn looks_through(&self) -> bool {
        true
    }
}

/// Channels along a length as the features of steps, and the other way round: the numbers lie alike.
#[derive(Debug)]
struct Transpose;

impl Layer for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        match inputs[0][..] {
            [channels, _, length] if inputs[0].is_line => Ok(vec![length, channels].into()),
            [steps, features] => Ok(Shape::line(features, steps)),
            _ => {
                let message =
                    "needs a sequence [steps, features], or [channels, length] behind a convolution, but its input";
                Err(Problem::new(format!("{message} here is {:?}", inputs[0])))
            }
        }
    }

    fn operation(&self, _inputs: &[Shape], _fused: &Fused) -> Operation {
        Operation::alias()
    }

    fn looks_through(&self) -> bool {
        true
    }
}

/// A map that comes from outside, with its channels last inside. `None` where that is the same.
pub fn enter(shape: &[usize]) -> Option<Operation> {
    Some(reordered(row(shape), rows(shape))).filter(is_needed)
}

/// A map that goes outside, with its channels first again. `None` where that is the same.
pub fn leave(shape: &[usize]) -> Option<Operation> {
    Some(reordered(rows(shape), row(shape))).filter(is_needed)
}

fn is_needed(operation: &Operation) -> bool {
    operation.runs != Runs::Alias
}

/// It is recomputed for the backward pass rather than saved: one pass over the input.
fn reordered(from: Rows, to: Rows) -> Operation {
    Operation { is_cheap: true, ..reshape(from, to) }
}

/// The numbers as they lie outside: one row, whatever the shape.
fn row(shape: &[usize]) -> Rows {
    Rows { rows: 1, len: shape.iter().product() }
}

/// Maps are stored channels last, so a new shape moves numbers unless it is a matter of names alone.
fn reshape(from: Rows, to: Rows) -> Operation {
    let reshape = nn_sizes::Reshape { from, to };
    if reshape.is_identity() { Operation::alias() } else { Operation::new(tokens(&reshape), Runs::Sample) }
}
