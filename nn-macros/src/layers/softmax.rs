//! Softmax and its logarithm, over the channels of each pixel of a map, else over the last axis.

use std::rc::Rc;

use nn_sizes::Init;

use super::sizes::{last_axis, tokens};
use super::{Description, Fused, Head, Layer, Oddity, OnRows, Operation, Problem, Runs, Shape};

/// `softmax` and `log_softmax`.
pub const LAYERS: &[Description] = &[
    Description { names: &["softmax"], build: |_| Rc::new(Softmax { name: "softmax", head: Head::Softmax }) },
    Description {
        names: &["log_softmax"],
        build: |_| Rc::new(Softmax { name: "log_softmax", head: Head::LogSoftmax }),
    },
];

#[derive(Debug)]
struct Softmax {
    name: &'static str,
    head: Head,
}

impl Layer for Softmax {
    fn name(&self) -> &'static str {
        self.name
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        if inputs[0].is_empty() {
            return Err(Problem::new("needs rows of several numbers, but here each row is one number"));
        }
        Ok(inputs[0].clone())
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let rows = last_axis(&inputs[0]);
        let dimensions = match self.head {
            Head::LogSoftmax => tokens(&nn_sizes::LogSoftmax { rows }),
            _ => tokens(&nn_sizes::Softmax { rows }),
        };
        Operation { backward_reads_outputs: true, ..Operation::new(dimensions, Runs::Sample) }
    }

    fn init_hint(&self) -> Option<Init> {
        Some(Init::Xavier)
    }

    fn oddity(&self, before: &dyn Layer, inputs: &[Shape]) -> Option<Oddity> {
        if before.head(inputs).is_some() {
            let reason = "what comes here is the result of a softmax or sigmoid already: leave one of them out";
            return Some(Oddity { name: "softmax_of_probabilities", reason });
        }
        let reason = "a rectifier before softmax makes all scores below zero alike: leave it out";
        (before.init_hint() == Some(Init::He)).then_some(Oddity { name: "softmax_of_rectified", reason })
    }

    /// Over the channels of many pixels it is no head: a sample has many of them. Over the steps of a sequence it is.
    fn head(&self, inputs: &[Shape]) -> Option<Head> {
        let is_row = last_axis(&inputs[0]).rows == 1 && !inputs[0].is_line;
        (inputs[0].len() == 2 || is_row).then_some(self.head)
    }
}
