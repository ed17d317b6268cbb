//! What the backward pass reads: kept since the forward pass, or computed again.
//!
//! A normalised map, a sum of maps or an input in another order follows in one cheap pass from what is kept anyway, and is
//! then read while it is cached. What holds afterwards: every value that a stage of the backward pass reads is kept, lies
//! with the caller, or is computed again in that stage.

use std::collections::BTreeSet;

use super::lower::{Extent, Op, Program};
use super::stages::Stage;

/// A value is computed again in so many passes over as many numbers as it has, at most: a residual block's output follows
/// from its input, from a normalisation and from that of the way around it.
const PASSES: usize = 3;

/// How the backward pass comes by what it reads.
#[derive(Debug, Default)]
pub struct Again {
    /// Values that are kept from the forward pass.
    pub kept: BTreeSet<usize>,
    /// For each stage the operations that run again before its backward pass, in order.
    pub ops: Vec<Vec<usize>>,
}

impl Again {
    /// Decides for each value of a program that is trained.
    pub fn of(program: &Program, stages: &[Stage]) -> Self {
        let mut again = Self { ops: vec![Vec::new(); stages.len()], ..Self::default() };
        let readers = readers(program, stages, &again.ops);
        // How many numbers are computed before the backward pass has a value; `None` where it cannot have it.
        let mut costs: Vec<Option<usize>> = vec![None; program.values.len()];
        for &given in program.inputs.iter().chain(&program.outputs) {
            costs[given] = Some(0);
        }
        for (index, op) in program.ops.iter().enumerate() {
            let value = op.output;
            if program.outputs.contains(&value) {
                continue;
            }
            costs[value] = cost(program, op, &costs);
            match (&readers[value][..], costs[value]) {
                ([], _) => {}
                (&[stage], Some(cost)) if fits(program, &stages[stage], value, cost) => {
                    run(program, &costs, index, &mut again.ops[stage]);
                }
                _ => {
                    again.kept.insert(value);
                    costs[value] = Some(0);
                }
            }
        }
        again.ops.iter_mut().for_each(|ops| ops.sort_unstable());
        again
    }
}

/// Numbers to compute for the output of an operation, if it is cheap and its inputs can be had.
fn cost(program: &Program, op: &Op, costs: &[Option<usize>]) -> Option<usize> {
    let Extent::Sample(len) = program.values[op.output].extent else { return None };
    let inputs: Option<usize> = op.inputs.iter().map(|&input| costs[input]).sum();
    inputs.filter(|_| op.is_cheap()).map(|inputs| inputs + len)
}

/// For each value the stages whose backward pass reads it, or runs operations `again` that do.
pub fn readers(program: &Program, stages: &[Stage], again: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); program.values.len()];
    for (index, (stage, again)) in stages.iter().zip(again).enumerate() {
        let reads = stage.ops().iter().flat_map(|&op| program.ops[op].backward_reads());
        for value in reads.chain(again.iter().flat_map(|&op| program.ops[op].inputs.iter().copied())) {
            if readers[value].last() != Some(&index) {
                readers[value].push(index);
            }
        }
    }
    readers
}

/// Whether a value is computed again in a stage, rather than kept.
fn fits(program: &Program, stage: &Stage, value: usize, cost: usize) -> bool {
    let Extent::Sample(len) = program.values[value].extent else { return false };
    matches!(stage, Stage::Samples(_)) && cost <= PASSES * len
}

/// Adds an operation, and before it those whose outputs it reads and that are not kept.
fn run(program: &Program, costs: &[Option<usize>], op: usize, ops: &mut Vec<usize>) {
    if ops.contains(&op) {
        return;
    }
    ops.push(op);
    for &input in program.ops[op].inputs.iter().filter(|&&input| costs[input] != Some(0)) {
        if let Some(writer) = program.ops.iter().position(|op| op.output == input) {
            run(program, costs, writer, ops);
        }
    }
}
