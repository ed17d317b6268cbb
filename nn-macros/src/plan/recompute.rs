//! What the backward pass reads: saved by the forward pass, or recomputed.
//!
//! A normalised map, a sum of maps or an input in another order follows in one cheap pass from what is saved anyway, and is
//! then read while it is cached. What holds afterwards: every value that a stage of the backward pass reads is saved, lies
//! with the caller, or is recomputed in that stage.

use std::collections::BTreeSet;

use super::program::{Extent, Op, Program};
use super::stages::Stage;

/// A value is recomputed in so many passes over as many numbers as it has, at most: a residual block's output follows
/// from its input, from a normalisation and from that of the way around it.
const PASSES: usize = 3;

/// How the backward pass comes by what it reads.
#[derive(Debug, Default)]
pub struct Recompute {
    /// Values that are saved by the forward pass.
    pub saved: BTreeSet<usize>,
    /// For each stage the operations that run again before its backward pass, in order.
    pub ops: Vec<Vec<usize>>,
}

impl Recompute {
    /// Decides for each value of a program that is trained.
    pub fn of(program: &Program, stages: &[Stage]) -> Self {
        let mut recompute = Self { ops: vec![Vec::new(); stages.len()], ..Self::default() };
        let readers = readers(program, stages, &recompute.ops);
        // How many numbers are computed before the backward pass has a value; `None` where it cannot have it.
        let mut costs: Vec<Option<usize>> = vec![None; program.values.len()];
        for &given in program.inputs.iter().chain(&program.outputs) {
            costs[given] = Some(0);
        }
        for (index, op) in program.ops.iter().enumerate() {
            for &value in op.outputs.iter().filter(|value| !program.outputs.contains(value)) {
                costs[value] = cost(program, op, value, &costs);
                match (&readers[value][..], costs[value]) {
                    ([], _) => {}
                    (&[stage], Some(cost)) if fits(program, &stages[stage], value, cost) => {
                        run(program, &costs, index, &mut recompute.ops[stage]);
                    }
                    _ => {
                        recompute.saved.insert(value);
                        costs[value] = Some(0);
                    }
                }
            }
        }
        recompute.ops.iter_mut().for_each(|ops| ops.sort_unstable());
        recompute
    }
}

/// Numbers to compute for the one output of an operation, if it is cheap and its inputs can be had.
fn cost(program: &Program, op: &Op, value: usize, costs: &[Option<usize>]) -> Option<usize> {
    let (Extent::Sample(len), None) = (program.values[value].extent, op.rows) else { return None };
    let inputs: Option<usize> = op.inputs.iter().map(|&input| costs[input]).sum();
    inputs.filter(|_| op.is_cheap() && op.outputs.len() == 1).map(|inputs| inputs + len)
}

/// For each value the stages whose backward pass reads it, or recomputes what does.
pub fn readers(program: &Program, stages: &[Stage], recomputed: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); program.values.len()];
    for (index, (stage, recomputed)) in stages.iter().zip(recomputed).enumerate() {
        let reads = stage.ops().iter().flat_map(|&op| program.ops[op].backward_reads());
        for value in reads.chain(recomputed.iter().flat_map(|&op| program.ops[op].inputs.iter().copied())) {
            if readers[value].last() != Some(&index) {
                readers[value].push(index);
            }
        }
    }
    readers
}

/// Whether a value is recomputed in a stage, rather than saved.
fn fits(program: &Program, stage: &Stage, value: usize, cost: usize) -> bool {
    let Extent::Sample(len) = program.values[value].extent else { return false };
    matches!(stage, Stage::Samples(ops) if program.ops[ops[0]].rows.is_none()) && cost <= PASSES * len
}

/// Adds an operation, and before it those whose outputs it reads and that are not saved.
fn run(program: &Program, costs: &[Option<usize>], op: usize, ops: &mut Vec<usize>) {
    if ops.contains(&op) {
        return;
    }
    ops.push(op);
    for &input in program.ops[op].inputs.iter().filter(|&&input| costs[input] != Some(0)) {
        if let Some(writer) = program.ops.iter().position(|op| op.outputs.contains(&input)) {
            run(program, costs, writer, ops);
        }
    }
}
