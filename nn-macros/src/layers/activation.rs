//! Element-wise activations.

use std::rc::Rc;

use nn_sizes::{Activation, Init, InputActivation, Role};

use super::sizes::{rows, tokens};
use super::{Arguments, Description, Fused, Fusible, Head, Layer, OnRows, Operation, Parameter, Problem, Runs, Shape};

/// Those whose derivative follows from their output, then those that need their input.
pub const LAYERS: &[Description] = &[
    Description { names: &["relu"], build: |_| output("relu", Activation::Relu) },
    Description { names: &["relu6"], build: |_| output("relu6", Activation::Clamp(0.0, 6.0)) },
    Description { names: &["leaky_relu"], build: leaky_relu },
    Description { names: &["elu"], build: elu },
    Description { names: &["selu"], build: |_| output("selu", Activation::Elu { alpha: SELU[0], scale: SELU[1] }) },
    Description { names: &["softplus"], build: |_| output("softplus", Activation::Softplus) },
    Description { names: &["sigmoid"], build: |_| output("sigmoid", Activation::Sigmoid) },
    Description { names: &["hard_sigmoid"], build: |_| output("hard_sigmoid", Activation::HardSigmoid) },
    Description { names: &["tanh"], build: |_| output("tanh", Activation::Tanh) },
    Description { names: &["hard_tanh"], build: |_| output("hard_tanh", Activation::Clamp(-1.0, 1.0)) },
    Description { names: &["gelu"], build: gelu },
    Description { names: &["silu"], build: |_| input("silu", InputActivation::Silu) },
    Description { names: &["hard_swish"], build: |_| input("hard_swish", InputActivation::HardSwish) },
    Description { names: &["mish"], build: |_| input("mish", InputActivation::Mish) },
    Description { names: &["prelu"], build: |arguments| Rc::new(Prelu { shared: arguments.flag_or("shared", false) }) },
];

/// `alpha` and `scale` that keep mean 0 and variance 1 (Klambauer et al., 2017, appendix).
const SELU: [f64; 2] = [1.673_263_242_354_377_2, 1.050_700_987_355_480_5];

fn output(name: &'static str, activation: Activation) -> Rc<dyn Layer> {
    Rc::new(FromOutput { name, activation })
}

fn input(name: &'static str, activation: InputActivation) -> Rc<dyn Layer> {
    Rc::new(FromInput { name, activation })
}

/// A slope that is not positive hides the input's sign.
fn leaky_relu(arguments: &mut Arguments) -> Rc<dyn Layer> {
    let slope = arguments.placed_number_or("a", 0.01, "a number", |_| true);
    if slope > 0.0 {
        output("leaky_relu", Activation::LeakyRelu(slope))
    } else {
        input("leaky_relu", InputActivation::LeakyRelu(slope))
    }
}

fn elu(arguments: &mut Arguments) -> Rc<dyn Layer> {
    let alpha = arguments.placed_number_or("alpha", 1.0, "a number above 0", |alpha| alpha > 0.0);
    output("elu", Activation::Elu { alpha, scale: 1.0 })
}

fn gelu(arguments: &mut Arguments) -> Rc<dyn Layer> {
    let by_tanh = arguments.word("approximate", ["none", "tanh"]) == "tanh";
    input("gelu", if by_tanh { InputActivation::GeluByTanh } else { InputActivation::Gelu })
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
        let bends_both_ways = match self.activation {
            Activation::Clamp(low, _) => low < 0.0,
            Activation::Relu | Activation::LeakyRelu(_) | Activation::Elu { .. } | Activation::Softplus => false,
            Activation::Identity | Activation::Sigmoid | Activation::HardSigmoid | Activation::Tanh => true,
        };
        Some(if bends_both_ways { Init::Xavier } else { Init::He })
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
