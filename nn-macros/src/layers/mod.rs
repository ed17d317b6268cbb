//! What each layer is: its arguments, shape rule, parameters, cost, and the operation of `nn-core` that runs it.
//!
//! A layer is described in one file here and nowhere else in the compiler.

mod activation;
mod affine;
mod arguments;
mod attention;
mod conv;
mod deconv;
mod dropout;
mod each;
mod embedding;
mod foreign;
mod merge;
mod norm;
mod permute;
mod pool;
mod recurrent;
mod region;
mod reshape;
mod resize;
mod shape;
mod sizes;
mod softmax;
mod split;
#[cfg(test)]
mod tests;
mod wrong;

use std::rc::Rc;

use nn_sizes::{Activation, Axis, Cut, Init, Pool, Role};
use proc_macro2::TokenStream;

pub use arguments::{Arguments, Given};
pub use each::each;
pub use foreign::meant;
pub use merge::{copy, merge};
pub use reshape::{enter, flatten, leave};
pub use shape::{Rows, Shape};
pub use sizes::{LIMIT, length};
pub use wrong::Wrong;

/// A layer with its arguments, as a node of the graph holds it.
pub trait Layer: std::fmt::Debug {
    /// The layer's name in the language.
    fn name(&self) -> &'static str;

    /// The shape rule of a layer with one output.
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem>;

    /// How many outputs it has, known from its arguments.
    fn ports(&self) -> usize {
        1
    }

    /// The same layer with so many outputs, where that many are given names and it has them if asked for.
    fn with_ports(&self, _ports: usize) -> Option<Rc<dyn Layer>> {
        None
    }

    /// The shape rule: one shape for each of its [`ports`](Self::ports).
    fn outputs(&self, inputs: &[Shape]) -> Result<Vec<Shape>, Problem> {
        self.output(inputs).map(|shape| vec![shape])
    }

    /// Whether `[channels, length]` is a map to it, one pixel high, and no sequence.
    fn takes_map(&self) -> bool {
        false
    }

    /// What it makes of a sample that is a number of rows, `[..64, 3]`.
    fn on_rows(&self) -> OnRows {
        OnRows::Whole
    }

    /// Whether it takes whole numbers, rather than real ones.
    fn takes_whole_numbers(&self) -> bool {
        false
    }

    /// The learned (and running) parameters, in the order of their block.
    fn parameters(&self, _inputs: &[Shape]) -> Vec<Parameter> {
        Vec::new()
    }

    /// Multiply–adds of one forward pass of one sample.
    fn multiply_adds(&self, _inputs: &[Shape]) -> u64 {
        0
    }

    /// The operation that runs it, with what the plan fused into it. Only asked for shapes that `output` accepted.
    fn operation(&self, inputs: &[Shape], fused: &Fused) -> Operation;

    /// How the weights before it start best: every activation has an opinion, and nothing else.
    fn init_hint(&self) -> Option<Init> {
        None
    }

    /// Whether the hint of what comes after it holds for the weights before it too: it has no weights of its own.
    fn looks_through(&self) -> bool {
        false
    }

    /// What the loss takes over from it when it ends an output.
    fn head(&self, _inputs: &[Shape]) -> Option<Head> {
        None
    }

    /// What is odd about it behind the layer `before`, which takes these inputs.
    fn oddity(&self, _before: &dyn Layer, _inputs: &[Shape]) -> Option<Oddity> {
        None
    }

    /// What is odd about it as the last layer.
    fn oddity_at_end(&self) -> Option<Oddity> {
        None
    }

    /// Whether it stands for a mistake that is reported.
    fn is_wrong(&self) -> bool {
        false
    }

    /// What the operation before this layer may take over.
    fn fusible(&self, _inputs: &[Shape]) -> Option<Fusible> {
        None
    }

    /// Whether this layer's operation can take over `next`, given what it has taken over already.
    fn absorbs(&self, _fused: &Fused, _next: &Fusible) -> bool {
        false
    }
}

/// What is harmless, but hardly what is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// A name for it.
    pub name: &'static str,
    /// Why it is odd, and what to do.
    pub reason: &'static str,
}

/// What a layer makes of a sample that is a number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRows {
    /// It takes the sample as a whole, which must have a fixed number of rows then.
    Whole,
    /// Where their number varies, it does the same to every row.
    Each,
    /// It takes the sample as a whole, however many rows that has: it goes along them.
    Along,
    /// It hands on one row: the layers after it are within `each`.
    Begin,
    /// It makes a whole of the rows: the end of `each`.
    End,
}

/// A trailing activation that training leaves to the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// `softmax`.
    Softmax,
    /// `log_softmax`.
    LogSoftmax,
    /// `sigmoid`.
    Sigmoid,
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
    deconv::LAYERS,
    pool::LAYERS,
    affine::LAYERS,
    recurrent::LAYERS,
    attention::LAYERS,
    activation::LAYERS,
    softmax::LAYERS,
    norm::LAYERS,
    dropout::LAYERS,
    reshape::LAYERS,
    permute::LAYERS,
    resize::LAYERS,
    region::LAYERS,
    split::LAYERS,
    embedding::LAYERS,
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
    /// Whether its operation takes it in fewer bits.
    pub may_be_narrow: bool,
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

impl Fusible {
    /// Whether it can be fused while training too. A normalisation then needs the batch, and a sum keeps what is before it.
    pub fn in_training(&self) -> bool {
        matches!(self, Self::Activation(_) | Self::MaxPool(_))
    }
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

impl Fused {
    /// Takes one more over.
    pub fn take(&mut self, next: Fusible) {
        match next {
            Fusible::Activation(activation) => self.activation = activation,
            Fusible::MaxPool(pool) => self.pool = Some(pool),
            Fusible::Norm(epsilon) => self.norm = Some(epsilon),
            Fusible::Add => self.skip = true,
        }
    }
}

/// An operation of `nn-core`, as the plan sees it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its dimensions: an expression over the types of `nn-sizes`, which implement the operations.
    pub dimensions: TokenStream,
    /// What it works on.
    pub runs: Runs,
    /// The algorithm that computes it, in a few words; empty where there is no choice.
    pub kernel: &'static str,
    /// Whether it draws random numbers. Such an operation runs only while training.
    pub random: bool,
    /// Whether the backward pass reads the inputs.
    pub backward_reads_inputs: bool,
    /// Whether the backward pass reads the outputs.
    pub backward_reads_outputs: bool,
    /// Whether recomputing the output for the backward pass costs little more than reading it would.
    pub is_cheap: bool,
    /// Whether the gradient of every input is that of the output, once the backward pass has seen to the activation.
    pub passes_gradient: bool,
    /// Whether the backward pass changes the gradient of its output, as it does for an activation.
    pub changes_gradient: bool,
    /// For one on the batch that goes along rows whose number varies, these rows: what it saves, and its scratch, are counted by
    /// them rather than by samples.
    pub along: Option<Rows>,
    /// Numbers it saves from forward to backward, per sample.
    pub saved: usize,
    /// Indices it saves likewise.
    pub indices: usize,
    /// Scratch numbers it wants: once for all that it works on at a time, and of one on the batch per sample.
    pub scratch: Scratch,
    /// Numbers it computes from the parameters alone, once for all samples, before the forward pass.
    pub prepacked: usize,
    /// The same before the backward pass.
    pub prepacked_backward: usize,
    /// How the output of a prediction is cut into pieces; `None` where it is not.
    pub cut: Option<Cut>,
}

impl Operation {
    /// An operation without scratch or indices, whose backward pass reads neither inputs nor outputs.
    pub fn new(dimensions: TokenStream, runs: Runs) -> Self {
        Self {
            dimensions,
            runs,
            kernel: "",
            random: false,
            backward_reads_inputs: false,
            backward_reads_outputs: false,
            is_cheap: false,
            passes_gradient: false,
            changes_gradient: true,
            along: None,
            saved: 0,
            indices: 0,
            scratch: Scratch::default(),
            prepacked: 0,
            prepacked_backward: 0,
            cut: None,
        }
    }

    /// No operation: the output is the input under another shape.
    pub fn alias() -> Self {
        Self::new(TokenStream::new(), Runs::Alias)
    }
}

/// Scratch numbers of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scratch {
    /// Of the forward pass.
    pub forward: usize,
    /// Of the backward pass.
    pub backward: usize,
}

/// How an operation is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// On one sample at a time.
    Sample,
    /// On the whole batch.
    Batch,
    /// While training as a reduction over the batch, on one sample at a time else.
    Reduction(Reduction),
    /// Not at all: the output is the input under another shape.
    Alias,
}

/// The sizes of a reduction over the batch: each sample is mapped to some numbers, these are reduced to others for the whole
/// batch, and by those each sample is computed. The backward pass does the same with gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// Numbers that each sample is mapped to.
    pub mapped: usize,
    /// Numbers that they are reduced to.
    pub reduced: usize,
    /// Numbers that the gradient of each sample is mapped to.
    pub mapped_gradient: usize,
    /// Numbers that those are reduced to.
    pub reduced_gradient: usize,
}
