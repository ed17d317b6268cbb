//! Attention along a sequence, `[steps, features]`.

use std::rc::Rc;

use nn_sizes::{Attention as Dimensions, Axis, Init, Role};

use super::recurrent::{check_sequence, steps};
use super::sizes::{check_weights, tokens};
use super::{Arguments, Description, Fused, Layer, OnRows, Operation, Parameter, Problem, Rows, Runs, Scratch, Shape};

/// `attention(heads, over = itself, causal = false)`
pub const LAYERS: &[Description] = &[Description { names: &["attention"], build: attention }];

fn attention(arguments: &mut Arguments) -> Rc<dyn Layer> {
    arguments.follows_from_input("features");
    let heads = arguments.size("heads");
    let has_memory = arguments.values("over", 1, "itself") > 0;
    let causal = arguments.flag_or("causal", false);
    if causal && has_memory {
        let message = "`causal` goes with steps of one sequence, but `over` names another".to_owned();
        arguments.wrong("causal", message, "leave out one of them");
    }
    Rc::new(Attention { heads, causal })
}

#[derive(Debug)]
struct Attention {
    heads: usize,
    causal: bool,
}

impl Attention {
    /// Only for sequences.
    fn dimensions(&self, inputs: &[Shape]) -> Dimensions {
        let Self { heads, causal } = *self;
        Dimensions { steps: steps(&inputs[0]), memory: inputs.get(1).map(steps), size: inputs[0][1], heads, causal }
    }
}

impl Layer for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Along
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        check_sequence(&inputs[0])?;
        let size = inputs[0][1];
        if !size.is_multiple_of(self.heads) {
            let message = format!("has {} heads, which do not divide the {size} features", self.heads);
            let help = "let the heads share them equally: change the heads, or what is before";
            return Err(Problem::new(format!("{message} of its input {:?}", inputs[0])).help(help));
        }
        if let Some(memory) = inputs.get(1)
            && (memory.len() != 2 || memory[1] != size || memory.below.is_some())
        {
            let message = format!("goes over a sequence of {size} features, but the value given here is {memory:?}");
            return Err(Problem::new(message).help(format!("`each(affine({size}))` makes one of a sequence")));
        }
        let d = self.dimensions(inputs);
        check_weights(&[d.size, 4 * d.size], d.steps.count.max(d.asked().count))?;
        check_weights(&[d.steps.count, d.asked().count, 3], d.size)?;
        Ok(inputs[0].clone())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let size = inputs[0][1];
        let weight = |name, out| Parameter {
            name,
            file_shape: vec![out, size],
            axes: vec![Axis { len: out, stride: 1 }, Axis { len: size, stride: out }],
            role: Role::Weight { fan_in: size, fan_out: out, init: Init::Xavier },
            may_be_narrow: false,
        };
        let bias = |name, out| Parameter::of_sample(name, &[out], Role::Bias);
        vec![
            weight("in_proj_weight", 3 * size),
            bias("in_proj_bias", 3 * size),
            weight("out_proj.weight", size),
            bias("out_proj.bias", size),
        ]
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> u64 {
        self.dimensions(inputs).multiply_adds()
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let d = self.dimensions(inputs);
        let rows = Rows { count: inputs[0][0], varies: inputs[0].varies };
        Operation {
            kernel: "GEMV/tiles",
            backward_reads_inputs: true,
            along: d.per_step().then_some(rows),
            saved: d.saved(),
            scratch: Scratch { forward: d.scratch(), backward: d.scratch_backward() },
            ..Operation::new(tokens(&d), Runs::Batch)
        }
    }
}
