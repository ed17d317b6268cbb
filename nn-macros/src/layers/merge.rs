//! Merges of branches.

use std::rc::Rc;

use nn_sizes::Activation;
use quote::quote;

use super::sizes::{positions, rows, tokens};
use super::{Fused, Fusible, Layer, OnRows, Operation, Problem, Runs, Shape};

/// The merge of this name: `add`, `sub`, `mul`, `max`, `concat` or `residual`.
pub fn merge(name: &str) -> Rc<dyn Layer> {
    match name {
        "concat" => Rc::new(Concat),
        "sub" => Rc::new(OfOneShape::Sub),
        "mul" => Rc::new(Mul),
        "max" => Rc::new(OfOneShape::Max),
        "residual" => Rc::new(Add { residual: true }),
        _ => Rc::new(Add { residual: false }),
    }
}

#[derive(Debug)]
struct Add {
    residual: bool,
}

impl Layer for Add {
    fn name(&self) -> &'static str {
        if self.residual { "residual" } else { "add" }
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        match inputs {
            [chain, input] if self.residual && chain.written() == input.written() && chain != input => {
                Err(lie_otherwise(chain))
            }
            [chain, input] if self.residual && chain != input => {
                let message = format!("adds its input {input:?} to what its chain makes of it, which is {chain:?}");
                let help =
                    format!("let the chain end in {input:?}, or write `add(chain | other)` with a branch that fits");
                Err(Problem::new(message).help(help))
            }
            _ => same_shape(inputs),
        }
    }

    fn operation(&self, _inputs: &[Shape], fused: &Fused) -> Operation {
        sum(fused.activation)
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn fusible(&self, inputs: &[Shape]) -> Option<Fusible> {
        (inputs.len() == 2).then_some(Fusible::Add)
    }

    fn absorbs(&self, fused: &Fused, next: &Fusible) -> bool {
        *fused == Fused::default() && matches!(next, Fusible::Activation(_))
    }
}

/// A copy of a value, for an output that is also something else.
pub fn copy() -> Operation {
    sum(Activation::Identity)
}

fn sum(activation: Activation) -> Operation {
    let has_activation = activation != Activation::Identity;
    Operation {
        is_cheap: !activation.is_costly(),
        passes_gradient: true,
        backward_reads_outputs: has_activation,
        changes_gradient: has_activation,
        ..Operation::new(tokens(&nn_sizes::Add { activation }), Runs::Sample)
    }
}

/// What needs branches of one shape, and nothing else.
#[derive(Debug)]
enum OfOneShape {
    /// The first branch less the others.
    Sub,
    /// The largest of the branches, number by number.
    Max,
}

impl Layer for OfOneShape {
    fn name(&self) -> &'static str {
        match self {
            Self::Sub => "sub",
            Self::Max => "max",
        }
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        same_shape(inputs)
    }

    fn operation(&self, _inputs: &[Shape], _fused: &Fused) -> Operation {
        match self {
            Self::Sub => Operation::new(tokens(&nn_sizes::Sub), Runs::Sample),
            Self::Max => Operation {
                backward_reads_inputs: true,
                backward_reads_outputs: true,
                ..Operation::new(tokens(&nn_sizes::Max), Runs::Sample)
            },
        }
    }

    fn looks_through(&self) -> bool {
        true
    }
}

/// The product of branches of one shape, or of a map and a row with a factor for each of its channels.
#[derive(Debug)]
struct Mul;

impl Layer for Mul {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        match factors(inputs) {
            Some(factors) => Ok(inputs[1 - factors].clone()),
            None => same_shape(inputs),
        }
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let dimensions = match factors(inputs) {
            Some(factors) => tokens(&nn_sizes::MulChannels { rows: rows(&inputs[1 - factors]), factors }),
            None => tokens(&nn_sizes::Mul),
        };
        Operation { backward_reads_inputs: true, ..Operation::new(dimensions, Runs::Sample) }
    }

    fn looks_through(&self) -> bool {
        true
    }
}

/// Which of two branches is a factor for each channel of the other: `[c]`, or `[c, 1, 1]`, beside `[c, height, width]`.
fn factors(inputs: &[Shape]) -> Option<usize> {
    let [a, b] = inputs else { return None };
    let scales = |factors: &[usize], map: &[usize]| match (factors, map) {
        ([factors] | [factors, 1, 1], [channels, height, width]) => factors == channels && height * width > 1,
        _ => false,
    };
    if scales(b, a) { Some(1) } else { scales(a, b).then_some(0) }
}

/// One after another along the first axis, the channels of maps; of sequences the features.
#[derive(Debug)]
struct Concat;

impl Layer for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn on_rows(&self) -> OnRows {
        OnRows::Each
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let first = &inputs[0];
        if first.is_empty() {
            return Err(Problem::new("needs rows of several numbers, but here each row is one number"));
        }
        let axis = usize::from(first.len() == 2);
        let others = |input: &Shape| {
            let mut others = input.to_vec();
            others.remove(axis.min(input.len() - 1));
            others
        };
        let differs = |input: &Shape| input.len() != first.len() || others(input) != others(first);
        if let Some(i) = inputs.iter().position(differs) {
            let which = if axis == 0 { "first size" } else { "features" };
            let message = format!("needs branches that differ in their {which} alone, but {}", differ(inputs, i));
            let help = match inputs[i].len() == first.len() {
                true if axis == 1 => "the steps of all must be equal",
                true => "the other sizes must be equal: pad or stride one of the branches",
                false if [inputs[i].len(), first.len()].contains(&2) => "`last` or `mean` makes a row of a sequence",
                false => {
                    "a map and a row do not join: `flatten` or `global_avg_pool` makes a row of a map, `reshape` a map of a row"
                }
            };
            return Err(Problem::new(message).help(help));
        }
        let mut output = first.to_vec();
        output[axis] = inputs.iter().map(|input| input[axis]).sum();
        Ok(first.with_sizes(output))
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let parts = inputs.iter().map(|input| tokens(&positions(input)));
        Operation::new(quote!(Concat { inputs: &[#(#parts),*] }), Runs::Sample)
    }

    fn looks_through(&self) -> bool {
        true
    }
}

fn same_shape(inputs: &[Shape]) -> Result<Shape, Problem> {
    match inputs.iter().position(|input| *input != inputs[0]) {
        None => Ok(inputs[0].clone()),
        Some(i) if inputs[i].written() == inputs[0].written() => Err(lie_otherwise(&inputs[0])),
        Some(i) => {
            let message = format!("needs branches of one shape, but {}", differ(inputs, i));
            Err(Problem::new(message).help("let every branch end in the same shape"))
        }
    }
}

/// A sequence, and channels along a length.
fn lie_otherwise(shape: &Shape) -> Problem {
    let message = format!("joins {shape:?} from a convolution or pooling and {shape:?} of steps, which lie otherwise");
    Problem::new(message).help("put a convolution before both, or `transpose` one of them")
}

fn differ(inputs: &[Shape], i: usize) -> String {
    format!("branch 1 gives {:?} and branch {} gives {:?}", inputs[0], i + 1, inputs[i])
}
