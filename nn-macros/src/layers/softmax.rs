//! Softmax and its logarithm, over the channels of each pixel of a map, else over the last axis.

use std::rc::Rc;

use super::sizes::{last_axis, tokens};
use super::{Description, Fused, Kernel, Layer, Problem, Runs, Shape};

/// `softmax` and `log_softmax`.
pub const LAYERS: &[Description] = &[
    Description { names: &["softmax"], build: |_| Rc::new(Softmax { name: "softmax" }) },
    Description { names: &["log_softmax"], build: |_| Rc::new(Softmax { name: "log_softmax" }) },
];

#[derive(Debug)]
struct Softmax {
    name: &'static str,
}

impl Layer for Softmax {
    fn name(&self) -> &'static str {
        self.name
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn kernel(&self, inputs: &[Shape], _fused: &Fused) -> Kernel {
        let rows = tokens(&last_axis(&inputs[0]));
        Kernel { backward_reads_output: true, ..Kernel::new(self.name, rows, Runs::Sample) }
    }
}
