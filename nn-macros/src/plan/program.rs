//! The operations of a network over its values: what every later pass of the plan works on.
//!
//! An operation says which values and gradients its forward and its backward pass read, write and change. The passes go by
//! these lists alone: none of them knows a layer.

use proc_macro2::TokenStream;

use super::block::Count;
use crate::layers::{self, Operation, Rows, Runs, Shape};

/// Operations over values.
#[derive(Debug, Default)]
pub struct Program {
    /// All values; an operand is an index into them.
    pub values: Vec<Value>,
    /// All operations, each after those it depends on.
    pub ops: Vec<Op>,
    /// The network's inputs.
    pub inputs: Vec<usize>,
    /// The network's outputs; while training, their logits.
    pub outputs: Vec<usize>,
    /// For each output the activation that training leaves to the loss.
    pub heads: Vec<Head>,
    /// When gradients are computed; the first is that the caller asks for those of the inputs.
    pub conditions: Vec<Condition>,
}

/// What an operation reads or writes.
#[derive(Debug)]
pub struct Value {
    /// Its name, which no other value has.
    pub name: String,
    /// Its size.
    pub extent: Extent,
    /// The size of its gradient.
    pub gradient: Extent,
    /// When its gradient is computed: an index into the program's conditions.
    pub wanted: usize,
    /// Whether it consists of whole numbers, which have no gradient.
    pub is_whole: bool,
}

/// How many numbers a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many for each sample.
    Sample(usize),
    /// So many for each row, where their number varies.
    Row(Rows, usize),
    /// So many for the batch.
    Batch(usize),
}

impl Extent {
    /// Of a value of this shape.
    pub fn of(shape: &Shape) -> Self {
        let row = if shape.varies.is_some() { &shape.row() } else { shape };
        Self::of_units(row.row_of, row.iter().product())
    }

    /// So many numbers for each unit that an operation works on: a sample, or one of these rows.
    pub fn of_units(rows: Option<Rows>, len: usize) -> Self {
        match rows {
            None => Self::Sample(len),
            Some(rows) if rows.varies.is_some() => Self::Row(rows, len),
            Some(rows) => Self::Sample(rows.count * len),
        }
    }

    /// How many numbers an operation over these rows, or over samples, sees at a time; `None` if it always sees all of them.
    pub fn unit(self, rows: Option<Rows>) -> Option<usize> {
        match (self, rows) {
            (Self::Batch(_), _) => None,
            (Self::Sample(len), Some(Rows { count, varies: None })) => Some(len / count),
            (Self::Sample(len) | Self::Row(_, len), _) => Some(len),
        }
    }

    /// The larger of two that grow alike; `None` where they do not, or live as long as the batch.
    pub fn larger(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Sample(len), Self::Sample(more)) => Some(Self::Sample(len.max(more))),
            (Self::Row(rows, len), Self::Row(others, more)) if rows == others => Some(Self::Row(rows, len.max(more))),
            _ => None,
        }
    }

    /// The rows that it has numbers for, where their number varies.
    pub fn rows(self) -> Option<Rows> {
        match self {
            Self::Row(rows, _) => Some(rows),
            Self::Sample(_) | Self::Batch(_) => None,
        }
    }

    /// The most numbers of a sample; those of the batch count as of one.
    pub fn most(self) -> usize {
        match self {
            Self::Sample(len) | Self::Batch(len) => len,
            Self::Row(rows, len) => rows.count * len,
        }
    }
}

/// When a gradient is computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// If one of these conditions holds,
    pub any: Vec<usize>,
    /// or if the parameters of this operation are trained.
    pub trained: Option<usize>,
}

impl Program {
    /// The condition of what the caller asks for: the gradients of the inputs.
    pub const INPUTS: usize = 0;

    /// Whether some operations work on rows.
    pub fn has_rows(&self) -> bool {
        self.ops.iter().any(|op| op.rows.is_some())
    }

    /// The condition under which the backward pass of an operation has something to do.
    pub fn is_wanted(&self, op: &Op) -> usize {
        self.values[op.outputs[0]].wanted
    }
}

/// The trailing activation of an output.
#[derive(Clone, Debug)]
pub enum Head {
    /// None.
    Identity,
    /// That of a layer.
    Of(layers::Head),
    /// That of the network or layer by path.
    OfPath(TokenStream),
}

/// One operation.
#[derive(Debug)]
pub struct Op {
    /// What is called.
    pub call: Call,
    /// The values it reads.
    pub inputs: Vec<usize>,
    /// The values it writes.
    pub outputs: Vec<usize>,
    /// What its backward pass reads and writes.
    pub backward: Backward,
    /// Where its parameters start in the block, and how many they are.
    pub parameters: Option<(Count, Count)>,
    /// The rows that it works on one by one, or all at once; `None` where it works on samples.
    pub rows: Option<Rows>,
    /// Roughly the multiply–adds of one sample, or of one row.
    pub cost: u64,
    /// The node it came from, and those fused into it.
    pub nodes: Vec<usize>,
}

/// What an operation calls.
#[derive(Clone, Debug)]
pub enum Call {
    /// An operation of `nn-core`, or a part of one.
    Operation(Operation, Part),
    /// A network or layer by path.
    Path {
        /// The path.
        path: TokenStream,
        /// Whether it leaves its trailing activation to the loss, being the end of an output itself.
        logits: bool,
        /// Whether it works sample by sample, without parameters or memory of its own.
        per_sample: bool,
    },
}

/// The parts of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Of a reduction over the batch: each sample to some numbers. Backward, it is what is applied to each sample last.
    Map,
    /// Those of all samples to some for the batch; backward likewise.
    Reduce,
    /// Each sample by these. Backward, it maps the gradient of each sample.
    Apply,
}

/// The operands of a backward pass. What is `None` is not read.
#[derive(Clone, Debug, Default)]
pub struct Backward {
    /// Values in the place of the inputs.
    pub inputs: Vec<Option<usize>>,
    /// Values in the place of the outputs.
    pub outputs: Vec<Option<usize>>,
    /// Values whose gradients it reads, and may change.
    pub output_gradients: Vec<usize>,
    /// Values to whose gradients it contributes.
    pub input_gradients: Vec<usize>,
    /// Whether it writes gradients of the parameters.
    pub learns: bool,
    /// Whether the gradients of the inputs are that of the output.
    pub passes_gradient: bool,
    /// Whether it changes the gradient of the output.
    pub changes_gradient: bool,
}

impl Op {
    /// Whether it works on the whole batch at once.
    pub fn on_batch(&self) -> bool {
        match &self.call {
            Call::Operation(operation, Part::Whole) => operation.runs == Runs::Batch,
            Call::Operation(_, Part::Reduce) | Call::Path { per_sample: false, .. } => true,
            Call::Operation(_, Part::Map | Part::Apply) | Call::Path { per_sample: true, .. } => false,
        }
    }

    /// The operation of `nn-core` that it is, wholly or in part.
    pub fn operation(&self) -> Option<&Operation> {
        match &self.call {
            Call::Operation(operation, _) => Some(operation),
            Call::Path { .. } => None,
        }
    }

    /// The same, if it is all of it.
    pub fn whole(&self) -> Option<&Operation> {
        match &self.call {
            Call::Operation(operation, Part::Whole) => Some(operation),
            _ => None,
        }
    }

    /// Whether recomputing its output costs little more than reading it would.
    pub fn is_cheap(&self) -> bool {
        matches!(&self.call, Call::Operation(operation, Part::Whole | Part::Apply) if operation.is_cheap)
    }

    /// The values that the backward pass reads.
    pub fn backward_reads(&self) -> impl Iterator<Item = usize> {
        self.backward.inputs.iter().chain(&self.backward.outputs).filter_map(|value| *value)
    }

    /// The size of what is its own, so many numbers for each unit that it is counted by.
    pub fn own_extent(&self, len: usize) -> Extent {
        let along = self.whole().and_then(|operation| operation.along);
        Extent::of_units(self.rows.or(along), len)
    }

    /// Indices saved for each sample.
    pub fn indices(&self) -> usize {
        self.whole().map_or(0, |operation| operation.indices)
    }

    /// Numbers of its own that it saves for each sample.
    pub fn saved(&self) -> usize {
        self.whole().map_or(0, |operation| operation.saved)
    }
}
