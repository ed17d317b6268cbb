//! Normalisations.

use std::rc::Rc;

use nn_sizes::{Activation, Role, Rows};

use super::sizes::{map, rows, sample_axes, tokens};
use super::{
    Arguments, Description, Fused, Fusible, Layer, OnRows, Operation, Parameter, Problem, Reduction, Runs, Scratch,
    Shape,
};

/// `batch_norm(eps = 1e-5, momentum = 0.1)`, `layer_norm(eps = 1e-5)`, `rms_norm(eps = 1e-6)`, `group_norm(groups, eps = 1e-5)`,
/// `instance_norm(eps = 1e-5, affine = false)` and `local_response_norm(size, alpha = 1e-4, beta = 0.75, k = 1)`.
pub const LAYERS: &[Description] = &[
    Description { names: &["batch_norm", "bn"], build: |arguments| Rc::new(BatchNorm::from(arguments)) },
    Description {
        names: &["layer_norm"],
        build: |arguments| {
            arguments.follows_from_input("shape");
            Rc::new(LayerNorm { epsilon: epsilon(arguments, 1e-5) })
        },
    },
    Description {
        names: &["rms_norm"],
        build: |arguments| {
            arguments.follows_from_input("shape");
            Rc::new(RmsNorm { epsilon: epsilon(arguments, 1e-6) })
        },
    },
    Description { names: &["group_norm"], build: |arguments| Rc::new(GroupNorm::of_groups(arguments)) },
    Description { names: &["instance_norm"], build: |arguments| Rc::new(GroupNorm::of_channels(arguments)) },
    Description {
        names: &["local_response_norm", "lrn"],
        build: |arguments| Rc::new(LocalResponseNorm::from(arguments)),
    },
];

fn epsilon(arguments: &mut Arguments, default: f64) -> f64 {
    arguments.number_or("eps", default, "a number above 0 and below 1", |epsilon| 0.0 < epsilon && epsilon < 1.0)
}

#[derive(Debug)]
struct BatchNorm {
    epsilon: f64,
    momentum: f64,
}

impl From<&mut Arguments<'_>> for BatchNorm {
    fn from(arguments: &mut Arguments) -> Self {
        arguments.follows_from_input("channels");
        let epsilon = epsilon(arguments, 1e-5);
        let momentum = arguments.number_or("momentum", 0.1, "a number from 0 to 1", |m| (0.0..=1.0).contains(&m));
        Self { epsilon, momentum }
    }
}

impl Layer for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        match inputs[0].len() {
            1 | 3 => Ok(inputs[0].clone()),
            _ => {
                let message = "needs a row [n] or a map [channels, height, width], but its input here is";
                Err(Problem::new(format!("{message} {:?}", inputs[0])).help("`layer_norm` takes any shape"))
            }
        }
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let channels = inputs[0][0];
        let momentum = self.momentum;
        [
            ("weight", Role::Scale),
            ("bias", Role::Shift),
            ("running_mean", Role::RunningMean { momentum }),
            ("running_var", Role::RunningVariance { momentum }),
        ]
        .map(|(name, role)| Parameter::of_sample(name, &[channels], role))
        .into()
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], fused: &Fused) -> Operation {
        let rows = rows(&inputs[0]);
        let dimensions = nn_sizes::BatchNorm {
            pixels: rows.rows,
            channels: rows.len,
            epsilon: self.epsilon,
            activation: fused.activation,
        };
        let has_activation = fused.activation != Activation::Identity;
        Operation {
            backward_reads_inputs: true,
            backward_reads_outputs: has_activation,
            changes_gradient: has_activation,
            is_cheap: !fused.activation.is_costly(),
            ..Operation::new(tokens(&dimensions), Runs::Reduction(reduction(rows.len)))
        }
    }

    fn fusible(&self, _inputs: &[Shape]) -> Option<Fusible> {
        Some(Fusible::Norm(self.epsilon))
    }

    fn absorbs(&self, fused: &Fused, next: &Fusible) -> bool {
        *fused == Fused::default() && matches!(next, Fusible::Activation(_))
    }
}

/// Forward, each sample is mapped to the mean of each channel, what its rounding leaves out, and the squared distances; backward, to
/// the sums of its gradient, and of its gradient times what is normalised.
fn reduction(channels: usize) -> Reduction {
    Reduction {
        mapped: 3 * channels,
        reduced: 4 * channels,
        mapped_gradient: 2 * channels,
        reduced_gradient: 2 * channels,
    }
}

/// Over all numbers of a sample; of a sequence, over the features of each step.
#[derive(Debug)]
struct LayerNorm {
    epsilon: f64,
}

impl Layer for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let shape = normalised_shape(&inputs[0]);
        [("weight", Role::Scale), ("bias", Role::Shift)]
            .map(|(name, role)| Parameter::of_sample(name, shape, role))
            .into()
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let Rows { rows, len } = normalised(&inputs[0]);
        let dimensions = nn_sizes::LayerNorm { rows, len, epsilon: self.epsilon };
        Operation {
            backward_reads_inputs: true,
            scratch: Scratch { forward: 0, backward: 2 * dimensions.len },
            ..Operation::new(tokens(&dimensions), Runs::Sample)
        }
    }
}

/// The part of a shape that is normalised together: the features of a step, or the whole sample.
fn normalised_shape(shape: &[usize]) -> &[usize] {
    if shape.len() == 2 { &shape[1..] } else { shape }
}

/// As many rows as are normalised, each by itself.
fn normalised(shape: &[usize]) -> Rows {
    let len: usize = normalised_shape(shape).iter().product();
    Rows { rows: shape.iter().product::<usize>() / len, len }
}

/// By the root mean square of what [`LayerNorm`] normalises together.
#[derive(Debug)]
struct RmsNorm {
    epsilon: f64,
}

impl Layer for RmsNorm {
    fn name(&self) -> &'static str {
        "rms_norm"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        Ok(inputs[0].clone())
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        vec![Parameter::of_sample("weight", normalised_shape(&inputs[0]), Role::Scale)]
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let Rows { rows, len } = normalised(&inputs[0]);
        let dimensions = nn_sizes::RmsNorm { rows, len, epsilon: self.epsilon };
        Operation { backward_reads_inputs: true, ..Operation::new(tokens(&dimensions), Runs::Sample) }
    }
}

/// Over the pixels and channels of each group; of as many groups as channels where no number is given.
#[derive(Debug)]
struct GroupNorm {
    groups: Option<usize>,
    epsilon: f64,
    affine: bool,
}

impl GroupNorm {
    fn of_groups(arguments: &mut Arguments) -> Self {
        arguments.follows_from_input("channels");
        let groups = Some(arguments.size("groups"));
        Self { groups, epsilon: epsilon(arguments, 1e-5), affine: arguments.flag_or("affine", true) }
    }

    fn of_channels(arguments: &mut Arguments) -> Self {
        arguments.follows_from_input("channels");
        Self { groups: None, epsilon: epsilon(arguments, 1e-5), affine: arguments.flag_or("affine", false) }
    }

    /// Only for shapes that `output` accepted.
    fn dimensions(&self, inputs: &[Shape]) -> nn_sizes::GroupNorm {
        let Rows { rows: pixels, len: channels } = rows(&inputs[0]);
        let groups = self.groups.unwrap_or(channels);
        nn_sizes::GroupNorm { pixels, channels, groups, epsilon: self.epsilon, affine: self.affine }
    }
}

impl Layer for GroupNorm {
    fn name(&self) -> &'static str {
        if self.groups.is_some() { "group_norm" } else { "instance_norm" }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let shape = &inputs[0];
        match (self.groups, &shape[..]) {
            (Some(groups), [channels] | [channels, _, _]) if channels.is_multiple_of(groups) => Ok(shape.clone()),
            (Some(groups), [_] | [_, _, _]) => {
                let message = format!("has {groups} groups, which do not divide the channels of its input {shape:?}");
                Err(Problem::new(message).help("change `groups`"))
            }
            (None, [_, height, width]) if height * width > 1 => Ok(shape.clone()),
            (None, [_, 1, 1]) => {
                let message = format!("needs more than one pixel, but its input here is {shape:?}");
                Err(Problem::new(message).help("each channel would become zero; `layer_norm` takes all of them"))
            }
            (None, _) => map(shape).map(|_| shape.clone()),
            (Some(_), _) => {
                let message = "needs a row [n] or a map [channels, height, width], but its input here is";
                Err(Problem::new(format!("{message} {shape:?}")).help("`layer_norm` takes any shape"))
            }
        }
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        if !self.affine {
            return Vec::new();
        }
        let channels = &inputs[0][..1];
        [("weight", Role::Scale), ("bias", Role::Shift)]
            .map(|(name, role)| Parameter::of_sample(name, channels, role))
            .into()
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let dimensions = self.dimensions(inputs);
        let scratch = Scratch { forward: dimensions.forward_scratch(), backward: dimensions.backward_scratch() };
        Operation { backward_reads_inputs: true, scratch, ..Operation::new(tokens(&dimensions), Runs::Sample) }
    }
}

#[derive(Debug)]
struct LocalResponseNorm {
    size: usize,
    alpha: f64,
    beta: f64,
    k: f64,
}

impl From<&mut Arguments<'_>> for LocalResponseNorm {
    fn from(arguments: &mut Arguments) -> Self {
        let not_negative = "a number of at least 0";
        Self {
            size: arguments.size("size"),
            alpha: arguments.number_or("alpha", 1e-4, not_negative, |alpha| alpha >= 0.0),
            beta: arguments.number_or("beta", 0.75, not_negative, |beta| beta >= 0.0),
            k: arguments.number_or("k", 1.0, "a number above 0", |k| k > 0.0),
        }
    }
}

impl Layer for LocalResponseNorm {
    fn name(&self) -> &'static str {
        "local_response_norm"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        map(&inputs[0]).map(|_| inputs[0].clone())
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let Rows { rows: pixels, len: channels } = rows(&inputs[0]);
        let &Self { size, alpha, beta, k } = self;
        let dimensions = nn_sizes::LocalResponseNorm { pixels, channels, size, alpha, beta, k };
        Operation {
            backward_reads_inputs: true,
            scratch: Scratch { forward: 0, backward: dimensions.backward_scratch() },
            ..Operation::new(tokens(&dimensions), Runs::Sample)
        }
    }
}

impl Parameter {
    /// A parameter with the shape of a sample, or of a row.
    pub(super) fn of_sample(name: &'static str, shape: &[usize], role: Role) -> Self {
        Self { name, file_shape: shape.to_vec(), axes: sample_axes(shape, 1), role, may_be_narrow: false }
    }

    /// One number per output.
    pub(super) fn bias(outputs: usize) -> Self {
        Self::of_sample("bias", &[outputs], Role::Bias)
    }
}
