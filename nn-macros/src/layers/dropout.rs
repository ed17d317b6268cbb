//! Dropout.

use std::rc::Rc;

use super::sizes::tokens;
use super::{Description, Fused, Layer, Oddity, OnRows, Operation, Problem, Runs, Shape};

/// `dropout(p = 0.5)`
pub const LAYERS: &[Description] = &[Description {
    names: &["dropout"],
    build: |arguments| {
        let rate = arguments.placed_number_or("p", 0.5, "a number from 0 to below 1", |p| (0.0..1.0).contains(&p));
        Rc::new(Dropout { rate })
    },
}];

#[derive(Debug)]
struct Dropout {
    rate: f64,
}

impl Layer for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn operation(&self, _inputs: &[Shape], _fused: &Fused) -> Operation {
        let dimensions = nn_sizes::Dropout { rate: self.rate };
        Operation { random: true, ..Operation::new(tokens(&dimensions), Runs::Sample) }
    }

    fn oddity_at_end(&self) -> Option<Oddity> {
        let reason = "the loss sees numbers of which some are left out at random: put dropout before the last layer";
        Some(Oddity { name: "dropout_of_output", reason })
    }

    fn looks_through(&self) -> bool {
        true
    }
}
