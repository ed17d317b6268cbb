//! Embeddings: a row of a table for each whole number, on the whole batch.

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut};
use crate::Real;
use crate::base::memory::{chunks_exact_mut, copy, part};
use nn_sizes::Embedding;

/// Each row of `y` is the row of the table that its number names. A number out of its bound is refused before a pass begins.
impl<'p, T: Real> Operation<T, &'p [T]> for Embedding {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (words, table, y) = (one(call.whole), call.parameters, one_mut(call.outputs));
        check!((words.len(), y.len()) == (call.pass.samples() * self.count, words.len() * self.size));
        check!(table.len() == self.words * self.size);
        for (&word, y) in words.iter().zip(chunks_exact_mut(y, self.size)) {
            copy(part(table, row(self, word)), y);
        }
    }
}

/// The rows that were named get the gradients of their outputs, in the order of the batch; all others get zeros.
impl<T: Real> Differentiable<T> for Embedding {
    fn backward(&self, call: Backward<'_, T>) {
        let (words, dy) = (one(call.whole), one_mut(call.output_gradients));
        let table = call.parameter_gradients;
        check!((words.len(), dy.len()) == (call.pass.samples() * self.count, words.len() * self.size));
        if table.is_empty() {
            return;
        }
        check!(table.len() == self.words * self.size);
        table.fill(T::ZERO);
        for (&word, dy) in words.iter().zip(dy.chunks_exact(self.size)) {
            T::accumulate(&mut table[row(self, word)], dy);
        }
    }
}

/// Where the row of a number lies in the table.
fn row(d: &Embedding, word: u32) -> core::ops::Range<usize> {
    let start = word as usize * d.size;
    start..start + d.size
}

#[cfg(all(test, feature = "std"))]
mod tests;
