//! Convolution.

use std::rc::Rc;

use nn_sizes::{Activation, Axis, ConvNorm, ConvPool, Init, Role, Window};

use super::sizes::{Padding, channels_last, check_along, check_weights, map_or_line, tokens, windows};
use super::{Arguments, Description, Fused, Fusible, Layer, Operation, Parameter, Problem, Runs, Scratch, Shape};

/// `conv(out, kernel, stride = 1, pad = 0, dilation = 1, groups = 1, bias = true)`, over maps or along `[channels, length]`.
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

    /// The windows as they are told, without their padding.
    fn told(&self) -> [Window; 2] {
        [0, 1].map(|i| Window { dilation: self.dilation[i], ..Window::new(self.kernel[i], self.stride[i]) })
    }

    /// Those over a map.
    fn windows(&self, map: &Shape) -> [Window; 2] {
        self.pad.of(self.told(), map)
    }

    /// Only for shapes that `output` accepted.
    fn dimensions(&self, inputs: &[Shape], activation: Activation) -> nn_sizes::Conv {
        let map = inputs[0].as_map();
        let (input, windows) = (channels_last(&map), self.windows(&map));
        let [height, width] = [0, 1].map(|i| windows[i].output(input[i]).unwrap_or(1));
        nn_sizes::Conv {
            input,
            output: [height, width, self.out],
            kernel: windows.map(|window| window.kernel),
            stride: windows.map(|window| window.stride),
            pad: windows.map(|window| window.pad[0]),
            dilation: windows.map(|window| window.dilation),
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

    fn takes_map(&self) -> bool {
        true
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, ..] = map_or_line(&inputs[0])?;
        let input = inputs[0].as_map();
        check_along(&input, self.told(), &self.pad)?;
        if !channels.is_multiple_of(self.groups) {
            let message = format!("has {} groups, which do not divide the channels of its input", self.groups);
            return Err(Problem::new(format!("{message} {:?}", inputs[0])).help("`groups` must divide both"));
        }
        let seen @ [down, right] = self.windows(&input);
        let [height, width] = windows("pad it, or take a smaller kernel", &input, seen)?;
        check_weights(&[down.kernel, right.kernel, channels / self.groups, self.out], height * width)?;
        Ok(input.with_sizes(vec![self.out, height, width]))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let channels = inputs[0][0] / self.groups;
        let input = inputs[0].as_map();
        let [kh, kw] = self.windows(&input).map(|window| window.kernel);
        let down = Axis { len: kh, stride: kw * channels * self.out };
        let axes = [
            Axis { len: self.out, stride: 1 },
            Axis { len: channels, stride: self.out },
            down,
            Axis { len: kw, stride: channels * self.out },
        ];
        let axes: Vec<Axis> = axes.into_iter().filter(|axis| !input.is_line || *axis != down).collect();
        let mut parameters = vec![Parameter {
            name: "weight",
            file_shape: axes.iter().map(|axis| axis.len).collect(),
            axes,
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
            prepacked_backward: conv.prepacked_backward(),
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
