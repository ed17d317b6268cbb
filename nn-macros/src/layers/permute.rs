//! The same numbers in another order.

use std::rc::Rc;

use nn_sizes::Axis;
use quote::quote;

use super::sizes::{map, rows, tokens};
use super::{Description, Fused, Layer, Operation, Problem, Runs, Shape};

/// `transpose(axes = the last two exchanged)` and `channel_shuffle(groups)`.
pub const LAYERS: &[Description] = &[
    Description {
        names: &["transpose", "permute"],
        build: |arguments| Rc::new(Transpose { axes: arguments.axes("axes", "the last two exchanged") }),
    },
    Description {
        names: &["channel_shuffle"],
        build: |arguments| Rc::new(ChannelShuffle { groups: arguments.size("groups") }),
    },
];

/// Axis `i` of the output is axis `axes[i]` of the input.
#[derive(Debug)]
struct Transpose {
    axes: Option<Vec<usize>>,
}

impl Transpose {
    /// The axes that are given, or the last two exchanged.
    fn axes(&self, of: usize) -> Vec<usize> {
        self.axes.clone().unwrap_or_else(|| {
            let mut axes: Vec<usize> = (0..of).collect();
            axes[of - 2..].reverse();
            axes
        })
    }

    /// Channels along a length as the features of steps, and the other way round, where the numbers lie alike.
    fn other_reading(&self, input: &Shape) -> Option<Shape> {
        match input[..] {
            [channels, _, length] if input.is_line && self.axes(2) == [1, 0] => Some(vec![length, channels].into()),
            [steps, features] if self.axes.is_none() => Some(Shape::line(features, steps)),
            _ => None,
        }
    }
}

impl Layer for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let input = &inputs[0];
        if let Some(other) = self.other_reading(input) {
            return Ok(other);
        }
        if input.len() < 2 || input.is_line {
            let message = format!("needs at least two axes to exchange, but its input here is {input:?}");
            return Err(Problem::new(message).help("`reshape` makes more of one"));
        }
        let axes = self.axes(input.len());
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..input.len()) {
            let message = format!("exchanges the axes {axes:?}, but its input here is {input:?}");
            let last = input.len() - 1;
            return Err(Problem::new(message).help(format!("name each of its axes once, from 0 to {last}")));
        }
        Ok(axes.into_iter().map(|axis| input[axis]).collect::<Vec<_>>().into())
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        if self.other_reading(&inputs[0]).is_some() {
            return Operation::alias();
        }
        let (strides, axes) = (strides(&inputs[0]), self.axes(inputs[0].len()));
        let moved: Vec<Axis> = axes.iter().map(|&axis| Axis { len: inputs[0][axis], stride: strides[axis] }).collect();
        let in_order: Vec<Axis> = stored(axes.len()).into_iter().map(|axis| moved[axis]).collect();
        permute(&in_order)
    }

    fn looks_through(&self) -> bool {
        true
    }
}

/// The axes of a shape in the order in which they are stored: channels last of a map.
fn stored(axes: usize) -> Vec<usize> {
    if axes == 3 { vec![1, 2, 0] } else { (0..axes).collect() }
}

/// How far apart neighbours along each axis are stored.
fn strides(shape: &[usize]) -> Vec<usize> {
    let (mut strides, mut stride) = (vec![0; shape.len()], 1);
    for axis in stored(shape.len()).into_iter().rev() {
        strides[axis] = stride;
        stride *= shape[axis];
    }
    strides
}

/// Channel `i` of group `j` becomes channel `j` of group `i` (Zhang et al., ShuffleNet, 2018).
#[derive(Debug)]
struct ChannelShuffle {
    groups: usize,
}

impl Layer for ChannelShuffle {
    fn name(&self) -> &'static str {
        "channel_shuffle"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, ..] = map(&inputs[0])?;
        if channels.is_multiple_of(self.groups) {
            return Ok(inputs[0].clone());
        }
        let message =
            format!("has {} groups, which do not divide the channels of its input {:?}", self.groups, inputs[0]);
        Err(Problem::new(message).help("change `groups`"))
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let (rows, size) = (rows(&inputs[0]), inputs[0][0] / self.groups);
        permute(&[
            Axis { len: rows.rows, stride: rows.len },
            Axis { len: size, stride: 1 },
            Axis { len: self.groups, stride: size },
        ])
    }

    fn looks_through(&self) -> bool {
        true
    }
}

fn permute(axes: &[Axis]) -> Operation {
    let axes = axes.iter().map(tokens);
    Operation::new(quote!(Permute { axes: &[#(#axes),*] }), Runs::Sample)
}
