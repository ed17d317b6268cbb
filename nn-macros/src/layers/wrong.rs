//! What stands for a layer whose mistake is reported already.

use super::{Fused, Layer, Operation, Problem, Shape};

/// A layer that could not be made sense of. A graph with one is never planned.
#[derive(Debug)]
pub struct Wrong;

impl Wrong {
    /// What it is called; no layer of the language is called so.
    pub const NAME: &str = "?";
}

impl Layer for Wrong {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn is_wrong(&self) -> bool {
        true
    }

    fn output(&self, _inputs: &[Shape]) -> Result<Shape, Problem> {
        Err(Problem::reported())
    }

    fn operation(&self, _inputs: &[Shape], _fused: &Fused) -> Operation {
        Operation::alias()
    }
}
