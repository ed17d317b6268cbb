//! Attention of the steps of a sequence to its own steps, or to those of another.

use crate::{Activation, Affine, Steps};

/// Multi-head attention (Vaswani et al., "Attention is all you need", 2017). Its parameters are those of two dense layers,
/// [`projection`](Self::projection) and [`output`](Self::output).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The steps of a sample, which ask.
    pub steps: Steps,
    /// The steps of the other sequence, which are asked; the sequence itself where there is none.
    pub memory: Option<Steps>,
    /// Numbers of a step, of either sequence.
    pub size: usize,
    /// Heads, which share these numbers among themselves.
    pub heads: usize,
    /// Whether a step sees itself and those before it alone.
    pub causal: bool,
}

impl Attention {
    /// The steps that are asked.
    pub const fn asked(&self) -> Steps {
        match self.memory {
            Some(memory) => memory,
            None => self.steps,
        }
    }

    /// Numbers of a head.
    pub const fn head(&self) -> usize {
        // Without heads none, rather than a division by zero.
        match self.size.checked_div(self.heads) {
            Some(size) => size,
            None => 0,
        }
    }

    /// The dense layer that makes queries, keys and values of a step: of another sequence the keys and values alone, and of the
    /// sequence itself then the queries.
    pub const fn projection(&self) -> Affine {
        Affine { inputs: self.size, outputs: 3 * self.size, bias: true, activation: Activation::Identity }
    }

    /// The dense layer behind the heads.
    pub const fn output(&self) -> Affine {
        Affine { inputs: self.size, outputs: self.size, bias: true, activation: Activation::Identity }
    }

    /// Number of parameters.
    pub const fn parameters(&self) -> usize {
        self.projection().parameters() + self.output().parameters()
    }

    /// Multiply–adds of one forward pass of one sample, within its heads.
    pub const fn head_multiply_adds(&self) -> u64 {
        2 * self.size as u64 * (self.steps.count as u64) * (self.asked().count as u64)
    }

    /// Multiply–adds of one forward pass of one sample.
    pub const fn multiply_adds(&self) -> u64 {
        let (steps, asked) = (self.steps.count as u64, self.asked().count as u64);
        let square = (self.size as u64) * (self.size as u64);
        self.head_multiply_adds() + square * (2 * steps + 2 * asked)
    }

    /// Numbers that the projection makes of a step of the sequence, and of one of the other.
    pub const fn projected(&self) -> [usize; 2] {
        if self.memory.is_some() { [self.size, 2 * self.size] } else { [3 * self.size, 0] }
    }

    /// Numbers saved for each sample, or for each step where [`per_step`](Self::per_step): what is projected, and what the
    /// heads make of it.
    pub const fn saved(&self) -> usize {
        self.per_unit(self.size)
    }

    /// Numbers of scratch likewise: those that are saved otherwise, and what a step pays to each of those asked, before it is a
    /// share of one and after.
    pub const fn scratch(&self) -> usize {
        self.per_unit(self.size + 2 * self.asked().count)
    }

    /// Numbers of scratch backward: the gradients of what is saved, and what a step pays, with its gradient.
    pub const fn scratch_backward(&self) -> usize {
        self.per_unit(self.size + 3 * self.asked().count)
    }

    /// Whether memory is counted by steps: those of one sequence alone, whose number varies.
    pub const fn per_step(&self) -> bool {
        self.memory.is_none() && self.steps.varies.is_some()
    }

    /// So many numbers for a step, and what is projected of both sequences.
    const fn per_unit(&self, more: usize) -> usize {
        let [own, other] = self.projected();
        let steps = if self.per_step() { 1 } else { self.steps.count };
        steps * (own + more) + self.asked().count * other
    }
}
