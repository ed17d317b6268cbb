//! The dense layer.

use std::rc::Rc;

use nn_sizes::{Activation, Axis, Init, Role};

use super::sizes::{check_weights, sample_axes, tokens};
use super::{Arguments, Description, Fused, Fusible, Layer, Operation, Parameter, Problem, Runs, Shape};

/// `affine(out, bias = true)`; it flattens by itself.
pub const LAYERS: &[Description] = &[Description {
    names: &["affine", "linear", "dense"],
    build: |arguments: &mut Arguments| {
        arguments.follows_from_input("count of inputs");
        Rc::new(Affine { out: arguments.size("out"), bias: arguments.flag_or("bias", true) })
    },
}];

#[derive(Debug)]
struct Affine {
    out: usize,
    bias: bool,
}

impl Affine {
    fn dimensions(&self, inputs: &[Shape], activation: Activation) -> nn_sizes::Affine {
        nn_sizes::Affine { inputs: inputs[0].iter().product(), outputs: self.out, bias: self.bias, activation }
    }
}

impl Layer for Affine {
    fn name(&self) -> &'static str {
        "affine"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        check_weights(&[inputs[0].iter().product(), self.out], 1)?;
        Ok(vec![self.out].into())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let fan_in = inputs[0].iter().product();
        let mut axes = vec![Axis { len: self.out, stride: 1 }];
        axes.extend(sample_axes(&inputs[0], self.out));
        let mut parameters = vec![Parameter {
            name: "weight",
            file_shape: vec![self.out, fan_in],
            axes,
            role: Role::Weight { fan_in, fan_out: self.out, init: Init::Xavier },
            may_be_narrow: true,
        }];
        if self.bias {
            parameters.push(Parameter::bias(self.out));
        }
        parameters
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> u64 {
        self.dimensions(inputs, Activation::Identity).multiply_adds()
    }

    fn operation(&self, inputs: &[Shape], fused: &Fused) -> Operation {
        let dimensions = self.dimensions(inputs, fused.activation);
        Operation {
            kernel: "GEMV/tiles",
            backward_reads_inputs: true,
            backward_reads_outputs: fused.activation != Activation::Identity,
            ..Operation::new(tokens(&dimensions), Runs::Batch)
        }
    }

    fn absorbs(&self, fused: &Fused, next: &Fusible) -> bool {
        *fused == Fused::default() && matches!(next, Fusible::Activation(_))
    }
}
