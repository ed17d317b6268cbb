//! What each layer is: its arguments, shape rule, parameters, cost, and the operation of `nn-core` that runs it.
//!
//! A layer is described in one file here and nowhere else in the compiler.

use nn_sizes::{Activation, Axis, Pool, Role};
use proc_macro2::TokenStream;

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

/// A wrong shape, in the words of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong: `pool(2) needs a map of at least 2×2, but its input here is [64, 1, 1]`.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
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
}

/// What the plan fused into an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fused {
    /// The activation after it.
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
    /// Indices it keeps from forward to backward, per sample.
    pub indices: usize,
    /// Whether its functions take a list of inputs (`&[a, b]`) instead of one.
    pub takes_list: bool,
    /// What its functions want as their `scratch` argument; `None` where they have none.
    pub scratch: Option<Scratch>,
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
