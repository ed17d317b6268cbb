//! Layers along a sequence, `[steps, features]`: recurrent ones, and those that make one row of all steps.

use std::rc::Rc;

use nn_sizes::{Activation, Axis, Cell, Init, LastStep, MeanStep, Recurrent as Dimensions, Role, Steps};
use proc_macro2::TokenStream;

use super::sizes::{check_weights, tokens};
use super::{Arguments, Description, Fused, Layer, OnRows, Operation, Parameter, Problem, Rows, Runs, Scratch, Shape};

/// `rnn(h)`, `lstm(h)`, `gru(h)`, `last` and `mean`.
pub const LAYERS: &[Description] = &[
    Description { names: &["rnn"], build: rnn },
    Description { names: &["lstm"], build: |arguments| recurrent("lstm", arguments, |_| Cell::Lstm) },
    Description { names: &["gru"], build: |arguments| recurrent("gru", arguments, |_| Cell::Gru) },
    Description { names: &["last"], build: |_| Rc::new(OneOfSteps { is_mean: false }) },
    Description { names: &["mean"], build: |_| Rc::new(OneOfSteps { is_mean: true }) },
];

fn rnn(arguments: &mut Arguments) -> Rc<dyn Layer> {
    recurrent("rnn", arguments, |arguments| match arguments.word("nonlinearity", ["tanh", "relu"]) {
        "relu" => Cell::Plain(Activation::Relu),
        _ => Cell::Plain(Activation::Tanh),
    })
}

fn recurrent(
    name: &'static str,
    arguments: &mut Arguments,
    cell: impl FnOnce(&mut Arguments) -> Cell,
) -> Rc<dyn Layer> {
    arguments.follows_from_input("count of features");
    let size = arguments.size("h");
    let cell = cell(arguments);
    arguments.values("start", cell.states(), "zeros");
    Rc::new(Recurrent { name, cell, size, reverse: arguments.flag_or("reverse", false), ports: 1 })
}

#[derive(Clone, Debug)]
struct Recurrent {
    name: &'static str,
    cell: Cell,
    size: usize,
    reverse: bool,
    /// The sequence, and as many of the states after the last step.
    ports: usize,
}

impl Recurrent {
    /// Only for a sequence.
    fn dimensions(&self, inputs: &[Shape]) -> Dimensions {
        let Self { cell, size, reverse, .. } = *self;
        Dimensions { cell, steps: steps(&inputs[0]), inputs: inputs[0][1], size, reverse }
    }
}

impl Layer for Recurrent {
    fn name(&self) -> &'static str {
        self.name
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Along
    }

    fn ports(&self) -> usize {
        self.ports
    }

    fn with_ports(&self, ports: usize) -> Option<Rc<dyn Layer>> {
        let fits = (1..=1 + self.cell.states()).contains(&ports);
        fits.then(|| -> Rc<dyn Layer> { Rc::new(Self { ports, ..self.clone() }) })
    }

    /// The sequence of states.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        check_sequence(&inputs[0])?;
        let d = self.dimensions(inputs);
        check_weights(&[d.inputs + d.size, d.gates()], d.steps.count)?;
        for start in &inputs[1..] {
            if start[..] != [self.size] || start.below.is_some() {
                let message = format!("starts with a state [{}], but the value given here is {start:?}", self.size);
                let help = format!("`affine({})` makes one of it", self.size);
                return Err(Problem::new(message).help(help));
            }
        }
        Ok(Shape::from(vec![inputs[0][0], self.size]).varying(inputs[0].varies))
    }

    fn outputs(&self, inputs: &[Shape]) -> Result<Vec<Shape>, Problem> {
        let state = Shape::from(vec![self.size]);
        let states = std::iter::repeat_n(state, self.ports - 1);
        Ok([self.output(inputs)?].into_iter().chain(states).collect())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let d = self.dimensions(inputs);
        let weight = |name, fan_in| Parameter {
            name,
            file_shape: vec![d.gates(), fan_in],
            axes: vec![Axis { len: d.gates(), stride: 1 }, Axis { len: fan_in, stride: d.gates() }],
            role: Role::Weight { fan_in, fan_out: d.size, init: Init::Xavier },
            may_be_narrow: false,
        };
        let bias = |name| Parameter::of_sample(name, &[d.gates()], Role::Bias);
        vec![weight("weight_ih_l0", d.inputs), bias("bias_ih_l0"), weight("weight_hh_l0", d.size), bias("bias_hh_l0")]
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> u64 {
        self.dimensions(inputs).multiply_adds()
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let d = self.dimensions(inputs);
        Operation {
            kernel: "GEMV/tiles",
            backward_reads_inputs: true,
            saved: d.saved(),
            scratch: Scratch { forward: d.scratch(), backward: d.shared_backward() },
            prepacked_backward: d.state_back().weights(),
            ..along(&inputs[0], tokens(&d))
        }
    }
}

/// The last step, or the mean of all.
#[derive(Debug)]
struct OneOfSteps {
    is_mean: bool,
}

impl Layer for OneOfSteps {
    fn name(&self) -> &'static str {
        if self.is_mean { "mean" } else { "last" }
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Along
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        check_sequence(&inputs[0])?;
        Ok(vec![inputs[0][1]].into())
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let (steps, len) = (steps(&inputs[0]), inputs[0][1]);
        let dimensions = if self.is_mean { tokens(&MeanStep { steps, len }) } else { tokens(&LastStep { steps, len }) };
        along(&inputs[0], dimensions)
    }
}

/// An operation along the steps of all samples.
fn along(sequence: &Shape, dimensions: TokenStream) -> Operation {
    let rows = Rows { count: sequence[0], varies: sequence.varies };
    Operation { along: sequence.varies.map(|_| rows), ..Operation::new(dimensions, Runs::Batch) }
}

/// The steps of a sequence.
pub(super) fn steps(sequence: &Shape) -> Steps {
    Steps { count: sequence[0], varies: sequence.varies }
}

/// Refuses what is no sequence.
pub(super) fn check_sequence(input: &Shape) -> Result<(), Problem> {
    if input.len() == 2 {
        return Ok(());
    }
    let message = format!("needs a sequence [steps, features], but its input here is {input:?}");
    let of_line = "the channels along a length become the features of steps by `transpose`";
    Err(Problem::new(message).help(if input.is_line {
        of_line
    } else {
        "`reshape([steps, features])` makes one of it"
    }))
}
