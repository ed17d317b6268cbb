//! Layers that work on every row of a sample by itself: `each(chain)`.

use std::rc::Rc;

use super::reshape::{enter, leave};
use super::{Fused, Layer, OnRows, Operation, Problem, Shape};

/// What stands before and after the chain of `each`: they give its layers one row, and make a whole of the rows again.
pub fn each() -> [Rc<dyn Layer>; 2] {
    [Rc::new(Begin), Rc::new(End)]
}

#[derive(Debug)]
struct Begin;

impl Layer for Begin {
    fn name(&self) -> &'static str {
        "each"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Begin
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    /// A row that is a map has its channels last within.
    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        enter(&inputs[0]).unwrap_or_else(Operation::alias)
    }

    fn looks_through(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct End;

impl Layer for End {
    fn name(&self) -> &'static str {
        "each"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::End
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        leave(&inputs[0]).unwrap_or_else(Operation::alias)
    }

    fn looks_through(&self) -> bool {
        true
    }
}
