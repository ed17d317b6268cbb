//! Element-wise activations.

use std::rc::Rc;

use nn_sizes::Activation;
use quote::quote;

use super::sizes::tokens;
use super::{Arguments, Description, Fused, Fusible, Kernel, Layer, Problem, Runs, Shape};

/// Those whose derivative follows from their output, then those that need their input.
pub const LAYERS: &[Description] = &[
    Description { names: &["relu"], build: |_| Rc::new(FromOutput { name: "relu", activation: Activation::Relu }) },
    Description { names: &["leaky_relu"], build: |arguments| Rc::new(leaky_relu(arguments)) },
    Description {
        names: &["sigmoid"],
        build: |_| Rc::new(FromOutput { name: "sigmoid", activation: Activation::Sigmoid }),
    },
    Description { names: &["tanh"], build: |_| Rc::new(FromOutput { name: "tanh", activation: Activation::Tanh }) },
    Description { names: &["gelu"], build: |_| Rc::new(FromInput { name: "gelu" }) },
    Description { names: &["silu"], build: |_| Rc::new(FromInput { name: "silu" }) },
];

fn leaky_relu(arguments: &mut Arguments) -> FromOutput {
    let slope = arguments.number_or("a", 0.01, "a number above 0 and below 1", |a| 0.0 < a && a < 1.0);
    FromOutput { name: "leaky_relu", activation: Activation::LeakyRelu(slope) }
}

#[derive(Debug)]
struct FromOutput {
    name: &'static str,
    activation: Activation,
}

impl Layer for FromOutput {
    fn name(&self) -> &'static str {
        self.name
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn kernel(&self, _inputs: &[Shape], _fused: &Fused) -> Kernel {
        let dimensions = tokens(&self.activation);
        Kernel { backward_reads_output: true, ..Kernel::new("activation", dimensions, Runs::Sample) }
    }

    fn fusible(&self, _inputs: &[Shape]) -> Option<Fusible> {
        Some(Fusible::Activation(self.activation))
    }
}

#[derive(Debug)]
struct FromInput {
    name: &'static str,
}

impl Layer for FromInput {
    fn name(&self) -> &'static str {
        self.name
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn kernel(&self, _inputs: &[Shape], _fused: &Fused) -> Kernel {
        Kernel { backward_reads_input: true, ..Kernel::new(self.name, quote!(()), Runs::Sample) }
    }
}
