//! Element-wise activations.

use std::rc::Rc;

use nn_sizes::{Activation, Init, InputActivation, Role};

use super::sizes::{rows, tokens};
use super::{Arguments, Description, Fused, Fusible, Head, Layer, OnRows, Operation, Parameter, Problem, Runs, Shape};

/// Those whose derivative follows from their output, then those that need their input.
pub const LAYERS: &[Description] = &[
    Description { names: &["relu"], build: |_| Rc::new(FromOutput { name: "relu", activation: Activation::Relu }) },
    Description { names: &["leaky_relu"], build: |arguments| Rc::new(leaky_relu(arguments)) },
    Description {
        names: &["sigmoid"],
        build: |_| Rc::new(FromOutput { name: "sigmoid", activation: Activation::Sigmoid }),
    },
    Description { names: &["tanh"], build: |_| Rc::new(FromOutput { name: "tanh", activation: Activation::Tanh }) },
    Description { names: &["gelu"], build: |_| Rc::new(FromInput { name: "gelu", activation: InputActivation::Gelu }) },
    Description { names: &["silu"], build: |_| Rc::new(FromInput { name: "silu", activation: InputActivation::Silu }) },
    Description {
        names: &["hard_swish"],
        build: |_| Rc::new(FromInput { name: "hard_swish", activation: InputActivation::HardSwish }),
    },
    Description { names: &["prelu"], build: |arguments| Rc::new(Prelu { shared: arguments.flag_or("shared", false) }) },
];

fn leaky_relu(arguments: &mut Arguments) -> FromOutput {
    let slope = arguments.placed_number_or("a", 0.01, "a number above 0 and below 1", |a| 0.0 < a && a < 1.0);
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

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn operation(&self, _inputs: &[Shape], _fused: &Fused) -> Operation {
        Operation { backward_reads_outputs: true, ..Operation::new(tokens(&self.activation), Runs::Sample) }
    }

    fn init_hint(&self) -> Option<Init> {
        Some(match self.activation {
            Activation::Relu | Activation::LeakyRelu(_) => Init::He,
            Activation::Identity | Activation::Sigmoid | Activation::Tanh => Init::Xavier,
        })
    }

    fn head(&self, _inputs: &[Shape]) -> Option<Head> {
        (self.activation == Activation::Sigmoid).then_some(Head::Sigmoid)
    }

    fn fusible(&self, _inputs: &[Shape]) -> Option<Fusible> {
        Some(Fusible::Activation(self.activation))
    }
}

#[derive(Debug)]
struct FromInput {
    name: &'static str,
    activation: InputActivation,
}

impl Layer for FromInput {
    fn name(&self) -> &'static str {
        self.name
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn operation(&self, _inputs: &[Shape], _fused: &Fused) -> Operation {
        Operation { backward_reads_inputs: true, ..Operation::new(tokens(&self.activation), Runs::Sample) }
    }

    /// They let through what is positive, as rectifiers do.
    fn init_hint(&self) -> Option<Init> {
        Some(Init::He)
    }
}

/// A rectifier whose slope is learned: one for each channel, or one for all.
#[derive(Debug)]
struct Prelu {
    shared: bool,
}

impl Prelu {
    fn dimensions(&self, inputs: &[Shape]) -> nn_sizes::Prelu {
        nn_sizes::Prelu { rows: rows(&inputs[0]), shared: self.shared }
    }
}

impl Layer for Prelu {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        match inputs[0].len() {
            1 | 3 => Ok(inputs[0].clone()),
            _ if self.shared => Ok(inputs[0].clone()),
            _ => {
                let message = "has a slope for each channel of a row [n] or a map [channels, height, width], but its input here is";
                Err(Problem::new(format!("{message} {:?}", inputs[0])).help("`prelu(shared = true)` takes any shape"))
            }
        }
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        vec![Parameter::of_sample("weight", &[self.dimensions(inputs).parameters()], Role::Slope)]
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        Operation { backward_reads_inputs: true, ..Operation::new(tokens(&self.dimensions(inputs)), Runs::Sample) }
    }

    fn init_hint(&self) -> Option<Init> {
        Some(Init::He)
    }
}
