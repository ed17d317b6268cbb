//! Sequences: rows of a sample in their order, and layers that go along them.

use crate::{Activation, Affine};
use core::fmt;

/// How many steps a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// So many at most, and exactly where that does not vary.
    pub count: usize,
    /// If it varies, the input whose samples have as many rows.
    pub varies: Option<usize>,
}

impl Steps {
    /// What memory is counted by: one step where their number varies, else all of them.
    pub const fn per_unit(&self) -> usize {
        if self.varies.is_some() { 1 } else { self.count }
    }
}

/// What a recurrent layer computes at a step.
#[derive(Clone, Copy, PartialEq)]
pub enum Cell {
    /// An activation of the sum of both products (Elman, 1990).
    Plain(Activation),
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997; with forget gate: Gers et al., 1999).
    Lstm,
    /// Gated recurrent unit (Cho et al., 2014).
    Gru,
}

impl Cell {
    /// Gates, each as wide as the state, in PyTorch's order.
    pub const fn gates(&self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// States that go from step to step.
    pub const fn states(&self) -> usize {
        if matches!(self, Self::Lstm) { 2 } else { 1 }
    }
}

/// As a Rust expression, which a derived form would print without `Cell::`.
impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(activation) => write!(f, "Cell::Plain({activation:?})"),
            Self::Lstm => f.write_str("Cell::Lstm"),
            Self::Gru => f.write_str("Cell::Gru"),
        }
    }
}

/// A recurrent layer. Its parameters are those of two dense layers, [`input`](Self::input) and [`state`](Self::state).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrent {
    /// What it computes at a step.
    pub cell: Cell,
    /// The steps of a sample.
    pub steps: Steps,
    /// Numbers that come in at a step.
    pub inputs: usize,
    /// Numbers of a state.
    pub size: usize,
    /// Whether it goes from the last step to the first.
    pub reverse: bool,
}

impl Recurrent {
    /// Numbers of all gates at a step.
    pub const fn gates(&self) -> usize {
        self.cell.gates() * self.size
    }

    /// The dense layer that gives the gates what comes in.
    pub const fn input(&self) -> Affine {
        Affine { inputs: self.inputs, outputs: self.gates(), bias: true, activation: Activation::Identity }
    }

    /// The dense layer that gives them the state before.
    pub const fn state(&self) -> Affine {
        Affine { inputs: self.size, outputs: self.gates(), bias: true, activation: Activation::Identity }
    }

    /// The way back through [`state`](Self::state), by the same weights transposed.
    pub const fn state_back(&self) -> Affine {
        Affine { inputs: self.gates(), outputs: self.size, bias: false, activation: Activation::Identity }
    }

    /// Number of parameters.
    pub const fn parameters(&self) -> usize {
        self.input().parameters() + self.state().parameters()
    }

    /// Multiply–adds of one forward pass of one sample with all its steps.
    pub const fn multiply_adds(&self) -> u64 {
        self.steps.count as u64 * self.step_multiply_adds()
    }

    /// Multiply–adds of one step.
    pub const fn step_multiply_adds(&self) -> u64 {
        self.input().multiply_adds() + self.state().multiply_adds()
    }

    /// Numbers that the backward pass wants of a step besides its gates and the state before it: the cell before it, or the part
    /// of the new state that comes from the old one, in the place of whose gate's gradient it lies.
    pub const fn kept(&self) -> usize {
        match self.cell {
            Cell::Plain(_) => 0,
            Cell::Lstm => self.size,
            Cell::Gru => self.gates(),
        }
    }

    /// Numbers saved for a step.
    pub const fn saved_per_step(&self) -> usize {
        self.gates() + self.size + self.kept()
    }

    /// Numbers of a sample that its steps share forward: what the state gives the gates, and the states.
    pub const fn shared(&self) -> usize {
        self.gates() + self.cell.states() * self.size
    }

    /// Numbers of a sample that its steps share backward: the gradient of what the state gave the gates, that of the state, and
    /// that of the cell or of what goes past the gates.
    pub const fn shared_backward(&self) -> usize {
        self.gates() + 2 * self.size
    }

    /// Numbers saved for each sample, or for each step where their number varies.
    pub const fn saved(&self) -> usize {
        self.steps.per_unit() * self.saved_per_step()
    }

    /// Numbers of scratch for each, likewise.
    pub const fn scratch(&self) -> usize {
        self.steps.per_unit() * self.gates() + self.shared()
    }
}

/// The last step alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastStep {
    /// The steps of a sample.
    pub steps: Steps,
    /// Numbers of a step.
    pub len: usize,
}

/// The mean of all steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeanStep {
    /// The steps of a sample.
    pub steps: Steps,
    /// Numbers of a step.
    pub len: usize,
}
