//! What each layer is: its arguments, shape rule, parameters, cost, and the operation of `nn-core` that runs it.
//!
//! A layer is described in one file here and nowhere else in the compiler.

mod activation;
mod affine;
mod arguments;
mod conv;
mod dropout;
mod foreign;
mod merge;
mod norm;
mod pool;
mod reshape;
mod sizes;
mod softmax;
#[cfg(test)]
mod tests;
mod wrong;

use std::rc::Rc;

use nn_sizes::{Activation, Axis, Cut, Pool, Role};
use proc_macro2::TokenStream;

pub use arguments::{Arguments, Given};
pub use foreign::meant;
pub use merge::merge;
pub use sizes::{LIMIT, length, tokens};
pub use wrong::Wrong;

/// Sizes as the language writes them: `[channels, height, width]`, or a list of another length.
pub type Shape = Vec<usize>;

/// A layer with its arguments, as a node of the graph holds it.
pub trait Layer: std::fmt::Debug {
    /// The layer's name in the language.
    fn name(&self) -> &'static str;

    /// The shape rule.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem>;

    /// The learned (and running) parameters, in the order of their block.
    fn parameters(&self, _inputs: &[Shape]) -> Vec<Parameter> {
        Vec::new()
    }

    /// Multiply–adds of one forward pass of one sample.
    fn multiply_adds(&self, _inputs: &[Shape]) -> u64 {
        0
    }

    /// The operation that runs it, with what the plan fused into it. Only asked for shapes that `output` accepted.
    fn kernel(&self, inputs: &[Shape], fused: &Fused) -> Kernel;

    /// What the operation before this layer may take over.
    fn fusible(&self, _inputs: &[Shape]) -> Option<Fusible> {
        None
    }

    /// Whether this layer's kernel can take over `next`, given what it has taken over already.
    fn absorbs(&self, _fused: &Fused, _next: &Fusible) -> bool {
        false
    }
}

/// A layer of the language: its names, and how its arguments make one.
pub struct Description {
    /// Its name, then its aliases.
    pub names: &'static [&'static str],
    /// Asks for its arguments, in their order, and makes the layer.
    pub build: fn(&mut Arguments) -> Rc<dyn Layer>,
}

/// Every family of layers. A new layer is one more line here, and its file.
const FAMILIES: &[&[Description]] = &[
    conv::LAYERS,
    pool::LAYERS,
    affine::LAYERS,
    activation::LAYERS,
    softmax::LAYERS,
    norm::LAYERS,
    dropout::LAYERS,
    reshape::LAYERS,
];

fn all() -> impl Iterator<Item = &'static Description> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The layer of this name or alias.
pub fn find(name: &str) -> Option<&'static Description> {
    all().find(|description| description.names.contains(&name))
}

/// All names and aliases.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().flat_map(|description| description.names.iter().copied())
}

/// A wrong shape, in the words of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong, to stand behind the layer's words: `needs a map of at least 2×2, but its input here is [64, 1, 1]`.
    /// Empty when the reason is reported already.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Says what to do about it.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// No shape, for a reason that is reported already.
    pub fn reported() -> Self {
        Self::new("")
    }

    /// Whether the reason is reported already.
    pub fn is_reported(&self) -> bool {
        self.message.is_empty()
    }
}

/// One tensor of a layer's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The last part of its name in a weights file: `weight`.
    pub name: &'static str,
    /// Its shape in a weights file: PyTorch's, `[out, in, kh, kw]`.
    pub file_shape: Vec<usize>,
    /// The file's axes split so that each has a stride in the block; their product is that of `file_shape`.
    pub axes: Vec<Axis>,
    /// What it is. A weight's `init` is set by the plan, which sees the activation after it.
    pub role: Role,
}

/// An operation that the one before it may take over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fusible {
    /// An element-wise activation whose derivative follows from its output.
    Activation(Activation),
    /// A max pooling.
    MaxPool(Pool),
    /// A batch normalisation by the running statistics, with its epsilon.
    Norm(f64),
    /// A sum with another value.
    Add,
}

/// What the plan fused into an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fused {
    /// The epsilon of the batch normalisation after it, which goes by the running statistics.
    pub norm: Option<f64>,
    /// Whether it takes another input and adds it after that.
    pub skip: bool,
    /// The activation after that.
    pub activation: Activation,
    /// The max pooling after that.
    pub pool: Option<Pool>,
}

/// A call of one operation of `nn-core`, apart from its slices.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The module of `nn_core::ops` with the operation's `forward` and `backward`.
    pub module: &'static str,
    /// Its dimensions: an expression over the types of `nn-sizes`.
    pub dimensions: TokenStream,
    /// What it works on.
    pub runs: Runs,
    /// Whether `backward` reads the input.
    pub backward_reads_input: bool,
    /// Whether `backward` reads the output.
    pub backward_reads_output: bool,
    /// Whether `backward` takes the output even if it does not read it, and is then given an empty slice: it does where an
    /// activation may run in the epilogue.
    pub has_epilogue: bool,
    /// Whether computing the output again for the backward pass costs little more than reading it would.
    pub is_cheap: bool,
    /// Whether the gradient of every input is that of the output, once `backward` has seen to the activation.
    pub passes_gradient: bool,
    /// Indices it keeps from forward to backward, per sample.
    pub indices: usize,
    /// Whether its functions take a list of inputs (`&[a, b]`) instead of one.
    pub takes_list: bool,
    /// Whether `forward_in_halves` takes the place of `forward` while training, and wants scratch like the output.
    pub in_halves: bool,
    /// What its functions want as their `scratch` argument; `None` where they have none.
    pub scratch: Option<Scratch>,
    /// How many numbers `prepare` and `prepare_backward` compute from the parameters, once for all samples; `None` where there
    /// are no such functions.
    pub prepared: Option<usize>,
    /// How the output of a prediction is cut into pieces, which `forward_rows` computes; `None` where it is not.
    pub cut: Option<Cut>,
}

impl Kernel {
    /// An operation over one input, without scratch or indices, whose `backward` reads neither input nor output.
    pub fn new(module: &'static str, dimensions: TokenStream, runs: Runs) -> Self {
        Self {
            module,
            dimensions,
            runs,
            backward_reads_input: false,
            backward_reads_output: false,
            has_epilogue: false,
            is_cheap: false,
            passes_gradient: false,
            indices: 0,
            takes_list: false,
            in_halves: false,
            scratch: None,
            prepared: None,
            cut: None,
        }
    }

    /// No operation: the output is the input under another shape.
    pub fn alias() -> Self {
        Self::new("", TokenStream::new(), Runs::Alias)
    }
}

/// Scratch numbers of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scratch {
    /// Of `forward`.
    pub forward: usize,
    /// Of `backward`.
    pub backward: usize,
}

/// How an operation is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// On one sample at a time.
    Sample,
    /// On one sample at a time, with random draws, and only while training.
    RandomSample,
    /// On the whole batch.
    Batch,
    /// As a seam between two stages while training, on one sample at a time else: batch normalisation.
    Seam,
    /// Not at all: the output is the input under another shape.
    Alias,
}
