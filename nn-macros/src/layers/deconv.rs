//! Transposed convolution.

use std::rc::Rc;

use nn_sizes::{Activation, Axis, Init, Role};

use super::sizes::{channels_last, check_weights, map, tokens};
use super::{Arguments, Description, Fused, Fusible, Layer, Operation, Parameter, Problem, Runs, Scratch, Shape};

/// `deconv(out, kernel, stride = 1, pad = 0, output_pad = 0, dilation = 1, groups = 1, bias = true, init = drawn)`
pub const LAYERS: &[Description] =
    &[Description { names: &["deconv", "conv_transpose"], build: |arguments| Rc::new(Deconv::from(arguments)) }];

#[derive(Debug)]
struct Deconv {
    out: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
    output_pad: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    bias: bool,
    init: Init,
}

impl From<&mut Arguments<'_>> for Deconv {
    fn from(arguments: &mut Arguments) -> Self {
        arguments.follows_from_input("input channels");
        let deconv = Self {
            out: arguments.size("out"),
            kernel: arguments.pair("kernel"),
            stride: arguments.pair_or("stride", [1, 1], "1"),
            pad: arguments.padding("pad"),
            output_pad: arguments.padding("output_pad"),
            dilation: arguments.pair_or("dilation", [1, 1], "1"),
            groups: arguments.size_or("groups", 1),
            bias: arguments.flag_or("bias", true),
            init: if arguments.word("init", ["drawn", "bilinear"]) == "drawn" { Init::Xavier } else { Init::Bilinear },
        };
        deconv.check(arguments);
        deconv
    }
}

impl Deconv {
    fn check(&self, arguments: &mut Arguments) {
        if !self.out.is_multiple_of(self.groups) {
            let message = format!("`groups` of deconv must divide its {} output channels", self.out);
            arguments.wrong("groups", message, "change `groups` or `out`");
        }
        if (0..2).any(|i| self.output_pad[i] >= self.stride[i]) {
            let message = "`output_pad` of deconv is smaller than its stride".to_owned();
            arguments.wrong(
                "output_pad",
                message,
                "it chooses among the sizes that a convolution of that stride makes one of",
            );
        }
    }

    /// The size that an axis of so many pixels becomes, if it is at least one.
    fn size(&self, axis: usize, input: usize) -> Option<usize> {
        let reach = self.kernel[axis].checked_sub(1)?.checked_mul(self.dilation[axis])?;
        let full =
            (input - 1).checked_mul(self.stride[axis])?.checked_add(reach)?.checked_add(self.output_pad[axis])?;
        full.checked_add(1)?.checked_sub(self.pad[axis].checked_mul(2)?).filter(|&size| size > 0)
    }

    /// Only for shapes that `output` accepted.
    fn dimensions(&self, inputs: &[Shape], activation: Activation) -> nn_sizes::Deconv {
        let input = channels_last(&inputs[0]);
        let [height, width] = [0, 1].map(|axis| self.size(axis, input[axis]).unwrap_or(1));
        nn_sizes::Deconv {
            conv: nn_sizes::Conv {
                input: [height, width, self.out],
                output: input,
                kernel: self.kernel,
                stride: self.stride,
                pad: self.pad,
                dilation: self.dilation,
                groups: self.groups,
                bias: false,
                activation: Activation::Identity,
            },
            bias: self.bias,
            activation,
        }
    }
}

impl Layer for Deconv {
    fn name(&self) -> &'static str {
        "deconv"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, height, width] = map(&inputs[0])?;
        if !channels.is_multiple_of(self.groups) {
            let message = format!("has {} groups, which do not divide the channels of its input", self.groups);
            return Err(Problem::new(format!("{message} {:?}", inputs[0])).help("`groups` must divide both"));
        }
        if self.init == Init::Bilinear && channels != self.out {
            let message = format!("starts by enlarging each channel, but makes {} channels of its input", self.out);
            let help =
                "`init = bilinear` needs as many channels as there are: `conv(out, 1)` before it changes their number";
            return Err(Problem::new(format!("{message} {:?}", inputs[0])).help(help));
        }
        let sizes = (self.size(0, height), self.size(1, width));
        let (Some(tall), Some(wide)) = sizes else {
            let message = format!("pads away all that it makes of its input {:?}", inputs[0]);
            return Err(Problem::new(message).help("pad less: `pad` is cut off all around the output"));
        };
        check_weights(&[self.kernel[0], self.kernel[1], channels, self.out / self.groups], height * width)?;
        Ok(vec![self.out, tall, wide].into())
    }

    /// In the layout of PyTorch, `[in, out / groups, kh, kw]`, which is that of the convolution it is the transpose of.
    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let (channels, outputs) = (inputs[0][0], self.out / self.groups);
        let [kh, kw] = self.kernel;
        // An output sees as many taps as the stride leaves it, of all input channels of its group.
        let taps = (kh * kw).div_ceil(self.stride[0] * self.stride[1]);
        let (fan_in, fan_out) = (channels / self.groups * taps, outputs * kh * kw);
        let mut parameters = vec![Parameter {
            name: "weight",
            file_shape: vec![channels, outputs, kh, kw],
            axes: vec![
                Axis { len: channels, stride: 1 },
                Axis { len: outputs, stride: channels },
                Axis { len: kh, stride: kw * outputs * channels },
                Axis { len: kw, stride: outputs * channels },
            ],
            role: Role::Weight { fan_in, fan_out, init: self.init },
            may_be_narrow: false,
        }];
        if self.bias {
            parameters.push(Parameter::bias(self.out));
        }
        parameters
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> u64 {
        self.dimensions(inputs, Activation::Identity).conv.multiply_adds()
    }

    fn operation(&self, inputs: &[Shape], fused: &Fused) -> Operation {
        let deconv = self.dimensions(inputs, fused.activation);
        Operation {
            backward_reads_inputs: true,
            backward_reads_outputs: fused.activation != Activation::Identity,
            scratch: Scratch { forward: deconv.forward_scratch(), backward: deconv.backward_scratch() },
            prepacked: deconv.conv.prepacked_backward(),
            prepacked_backward: deconv.conv.prepacked(),
            kernel: deconv.conv.input_gradient_algorithm().name(),
            ..Operation::new(tokens(&deconv), Runs::Sample)
        }
    }

    fn absorbs(&self, fused: &Fused, next: &Fusible) -> bool {
        *fused == Fused::default() && matches!(next, Fusible::Activation(_))
    }
}
