//! Layers that work on every row of a sample by itself: `each(chain)`.

use std::rc::Rc;

use super::reshape::{enter, leave};
use super::{Fused, Layer, OnRows, Operation, Problem, Shape};

/// What stands before and after the chain of `each`: they give its layers one row, and make a whole of the rows again.
pub fn each() -> [Rc<dyn Layer>; 2] {
    [OnRows::Begin, OnRows::End].map(|end| -> Rc<dyn Layer> { Rc::new(Each(end)) })
}

/// Its beginning or its end.
#[derive(Debug)]
struct Each(OnRows);

impl Layer for Each {
    fn name(&self) -> &'static str {
        "each"
    }

    fn on_rows(&self) -> OnRows {
        self.0
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    /// A row that is a map has its channels last within.
    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let reordered = if self.0 == OnRows::Begin { enter(&inputs[0]) } else { leave(&inputs[0]) };
        reordered.unwrap_or_else(Operation::alias)
    }

    fn looks_through(&self) -> bool {
        true
    }
}
