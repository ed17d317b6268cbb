//! Which gradients lie in the same place.
//!
//! The gradients of a sum's inputs are those of the sum itself, so that they need not be copied: all along a chain of residual
//! blocks there is one. What holds afterwards: nothing that is in such a place is changed while another value's gradient is
//! still to be read there.

use super::program::Program;
use super::stages::Stage;

/// For each value, the value in the place of whose gradient its own lies: itself, or a later one.
pub fn aliases(program: &Program, stages: &[Stage]) -> Vec<usize> {
    let order: Vec<usize> = stages.iter().flat_map(Stage::ops).rev().copied().collect();
    let lives = lives(program, &order);
    let mut place: Vec<usize> = (0..program.values.len()).collect();
    let with_caller = |value: usize| program.inputs.contains(&value) || program.outputs.contains(&value);
    for (now, &op) in order.iter().enumerate() {
        let op = &program.ops[op];
        let output = op.outputs[0];
        if !op.backward.passes_gradient || with_caller(output) {
            continue;
        }
        for &input in &op.backward.input_gradients {
            let fits = |other: usize| place[other] != place[output] || lives[input].suits(&lives[other], now);
            let begins = lives[input].start == Some(now) && place[input] == input;
            if begins && !with_caller(input) && (0..place.len()).all(fits) {
                place[input] = place[output];
            }
        }
    }
    place
}

/// When a gradient is used, in steps of the backward pass.
#[derive(Clone, Debug, Default)]
struct Life {
    start: Option<usize>,
    end: usize,
    /// When it is changed, once it is there.
    changes: Vec<usize>,
}

/// The lives of the gradients of all values, the backward pass taking the operations in this order.
fn lives(program: &Program, order: &[usize]) -> Vec<Life> {
    let mut lives = vec![Life::default(); program.values.len()];
    for (now, &op) in order.iter().enumerate() {
        let op = &program.ops[op];
        for &value in &op.backward.output_gradients {
            lives[value].end = now;
            if op.backward.changes_gradient {
                lives[value].changes.push(now);
            }
        }
        for &value in &op.backward.input_gradients {
            let life = &mut lives[value];
            life.end = now;
            match life.start {
                None => life.start = Some(now),
                Some(_) => life.changes.push(now),
            }
        }
    }
    lives
}

impl Life {
    /// Whether this one may begin in the place of another at the step `now`.
    fn suits(&self, other: &Self, now: usize) -> bool {
        let mut later = other.changes.iter().filter(|&&time| time > now);
        other.end <= now || self.changes.iter().all(|&time| time > other.end) && later.all(|&time| time > self.end)
    }
}
