//! Convolution.

use std::rc::Rc;

use nn_sizes::{Activation, Axis, ConvNorm, ConvPool, Init, Role, Window};

use super::sizes::{Padding, channels_last, check_weights, map, tokens, windows};
use super::{Arguments, Description, Fused, Fusible, Layer, Operation, Parameter, Problem, Runs, Scratch, Shape};

/// `conv(out, kernel, stride = 1, pad = 0, dilation = 1, groups = 1, bias = true)`
pub const LAYERS: &[Description] =
    &[Description { names: &["conv"], build: |arguments| Rc::new(Conv::from(arguments)) }];

#[derive(Debug)]
struct Conv {
    out: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: Padding,
    dilation: [usize; 2],
    groups: usize,
    bias: bool,
}

impl From<&mut Arguments<'_>> for Conv {
    fn from(arguments: &mut Arguments) -> Self {
        arguments.follows_from_input("input channels");
        let conv = Self {
            out: arguments.size("out"),
            kernel: arguments.pair("kernel"),
            stride: arguments.pair_or("stride", [1, 1], "1"),
            pad: arguments.window_padding("pad"),
            dilation: arguments.pair_or("dilation", [1, 1], "1"),
            groups: arguments.size_or("groups", 1),
            bias: arguments.flag_or("bias", true),
        };
        conv.check_groups(arguments);
        conv
    }
}

impl Conv {
    fn check_groups(&self, arguments: &mut Arguments) {
        if !self.out.is_multiple_of(self.groups) {
            let message = format!("`groups` of conv must divide its {} output channels", self.out);
            arguments.wrong("groups", message, "change `groups` or `out`");
        }
    }

    fn windows(&self, input: &Shape) -> [Window; 2] {
        let window = |i: usize| Window { dilation: self.dilation[i], ..Window::new(self.kernel[i], self.stride[i]) };
        self.pad.of([0, 1].map(window), input)
    }

    /// Only for shapes that `output` accepted.
    fn dimensions(&self, inputs: &[Shape], activation: Activation) -> nn_sizes::Conv {
        let input = channels_last(&inputs[0]);
        let windows = self.windows(&inputs[0]);
        let [height, width] = [0, 1].map(|i| windows[i].output(input[i]).unwrap_or(1));
        nn_sizes::Conv {
            input,
            output: [height, width, self.out],
            kernel: self.kernel,
            stride: self.stride,
            pad: windows.map(|window| window.pad[0]),
            dilation: self.dilation,
            groups: self.groups,
            bias: self.bias,
            activation,
        }
    }
}

impl Layer for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, ..] = map(&inputs[0])?;
        if !channels.is_multiple_of(self.groups) {
            let message = format!("has {} groups, which do not divide the channels of its input", self.groups);
            return Err(Problem::new(format!("{message} {:?}", inputs[0])).help("`groups` must divide both"));
        }
        let [height, width] = windows("pad it, or take a smaller kernel", &inputs[0], self.windows(&inputs[0]))?;
        check_weights(&[self.kernel[0], self.kernel[1], channels / self.groups, self.out], height * width)?;
        Ok(vec![self.out, height, width].into())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let channels = inputs[0][0] / self.groups;
        let [kh, kw] = self.kernel;
        let mut parameters = vec![Parameter {
            name: "weight",
            file_shape: vec![self.out, channels, kh, kw],
            axes: vec![
                Axis { len: self.out, stride: 1 },
                Axis { len: channels, stride: self.out },
                Axis { len: kh, stride: kw * channels * self.out },
                Axis { len: kw, stride: channels * self.out },
            ],
            role: Role::Weight {
                fan_in: channels * kh * kw,
                fan_out: self.out / self.groups * kh * kw,
                init: Init::Xavier,
            },
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
        let conv = self.dimensions(inputs, fused.activation);
        let (dimensions, scratch, cut, indices) = match (fused.norm, fused.pool) {
            (None, None) => {
                let scratch = Scratch { forward: conv.forward_scratch(), backward: conv.backward_scratch() };
                (tokens(&conv), scratch, conv.cut(), 0)
            }
            (Some(epsilon), _) => {
                let both = ConvNorm { conv, epsilon };
                (tokens(&both), Scratch { forward: both.forward_scratch(), backward: 0 }, both.cut(), 0)
            }
            (None, Some(pool)) => {
                let both = ConvPool { conv, pool };
                let scratch = Scratch { forward: both.forward_scratch(), backward: both.backward_scratch() };
                (tokens(&both), scratch, both.cut(), pool.output.iter().product())
            }
        };
        Operation {
            kernel: conv.algorithm().name(),
            backward_reads_inputs: true,
            backward_reads_outputs: fused.activation != Activation::Identity,
            indices,
            scratch,
            prepacked: conv.prepacked(),
            prepacked_backward: conv.prepacked(),
            cut: Some(cut),
            ..Operation::new(dimensions, Runs::Sample)
        }
    }

    fn absorbs(&self, fused: &Fused, next: &Fusible) -> bool {
        let Fused { norm, skip, activation, pool } = *fused;
        match next {
            Fusible::Norm(_) => *fused == Fused::default(),
            Fusible::Add => norm.is_some() && !skip && activation == Activation::Identity,
            Fusible::Activation(_) => activation == Activation::Identity && pool.is_none(),
            Fusible::MaxPool(_) => norm.is_none() && pool.is_none(),
        }
    }
}
