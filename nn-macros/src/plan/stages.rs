//! Which operations run together.
//!
//! Operations on single samples run depth-first: all that can follow one another for the same sample do, while it is in
//! the cache. An operation on the whole batch is a stage of its own.

use super::program::Program;

/// A pass over the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// These operations, in this order, for each sample, or for each of the rows that all of them work on.
    Samples(Vec<usize>),
    /// One operation on the whole batch.
    Batch(usize),
}

impl Stage {
    /// Its operations in the order in which they run.
    pub fn ops(&self) -> &[usize] {
        match self {
            Self::Samples(ops) => ops,
            Self::Batch(op) => std::slice::from_ref(op),
        }
    }
}

/// Cuts a program into stages.
pub fn stages(program: &Program) -> Vec<Stage> {
    let mut ready = vec![false; program.values.len()];
    for &input in &program.inputs {
        ready[input] = true;
    }
    let mut waiting: Vec<usize> = (0..program.ops.len()).collect();
    let mut stages = Vec::new();
    while !waiting.is_empty() {
        let samples = take_samples(program, &mut waiting, &mut ready);
        if !samples.is_empty() {
            stages.push(Stage::Samples(samples));
        } else {
            let runnable = |&op: &usize| program.ops[op].inputs.iter().all(|&input| ready[input]);
            let next = waiting.iter().position(runnable).expect("operations stand after what they read");
            let op = waiting.remove(next);
            mark(program, op, &mut ready);
            stages.push(Stage::Batch(op));
        }
    }
    stages
}

/// Takes all operations on single samples that need nothing but each other and what is ready, or those on the same rows.
fn take_samples(program: &Program, waiting: &mut Vec<usize>, ready: &mut [bool]) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::new();
    waiting.retain(|&index| {
        let op = &program.ops[index];
        let alike = taken.first().is_none_or(|&first| program.ops[first].rows == op.rows);
        let runs = alike && !op.on_batch() && op.inputs.iter().all(|&input| ready[input]);
        if runs {
            mark(program, index, ready);
            taken.push(index);
        }
        !runs
    });
    taken
}

/// Notes that what an operation gives is there.
fn mark(program: &Program, op: usize, ready: &mut [bool]) {
    for &output in &program.ops[op].outputs {
        ready[output] = true;
    }
}
