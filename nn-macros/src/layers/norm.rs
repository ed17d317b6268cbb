//! Normalisations.

use std::rc::Rc;

use nn_sizes::{Activation, Role};

use super::sizes::{rows, sample_axes, tokens};
use super::{
    Arguments, Description, Fused, Fusible, Layer, OnRows, Operation, Parameter, Problem, Reduction, Runs, Scratch,
    Shape,
};

/// `batch_norm(eps = 1e-5, momentum = 0.1)` and `layer_norm(eps = 1e-5)`.
pub const LAYERS: &[Description] = &[
    Description { names: &["batch_norm", "bn"], build: |arguments| Rc::new(BatchNorm::from(arguments)) },
    Description {
        names: &["layer_norm"],
        build: |arguments| {
            arguments.follows_from_input("shape");
            Rc::new(LayerNorm { epsilon: epsilon(arguments) })
        },
    },
];

fn epsilon(arguments: &mut Arguments) -> f64 {
    arguments.number_or("eps", 1e-5, "a number above 0 and below 1", |epsilon| 0.0 < epsilon && epsilon < 1.0)
}

#[derive(Debug)]
struct BatchNorm {
    epsilon: f64,
    momentum: f64,
}

impl From<&mut Arguments<'_>> for BatchNorm {
    fn from(arguments: &mut Arguments) -> Self {
        arguments.follows_from_input("channels");
        let epsilon = epsilon(arguments);
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
        [("weight", Role::Scale), ("bias", Role::Shift)]
            .map(|(name, role)| match inputs[0][..] {
                [_, features] => Parameter::of_sample(name, &[features], role),
                ref shape => Parameter::of_sample(name, shape, role),
            })
            .into()
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let (rows, len) = match inputs[0][..] {
            [steps, features] => (steps, features),
            ref shape => (1, shape.iter().product()),
        };
        let dimensions = nn_sizes::LayerNorm { rows, len, epsilon: self.epsilon };
        Operation {
            backward_reads_inputs: true,
            scratch: Scratch { forward: 0, backward: 2 * dimensions.len },
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
