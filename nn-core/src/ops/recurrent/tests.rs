//! Against the definition, step by step, and gradients against central differences.

use super::*;
use crate::ops::testing::{Failures, activate, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::{Activation, Steps};
use std::format;
use std::vec;
use std::vec::Vec;

const CELLS: [Cell; 4] = [Cell::Plain(Activation::Tanh), Cell::Plain(Activation::Relu), Cell::Lstm, Cell::Gru];

/// A batch with all that goes into a layer and comes out of it.
#[derive(Clone)]
struct Batch<T> {
    d: Recurrent,
    /// The step that each sample begins with, and the end.
    starts: Vec<usize>,
    x: Vec<T>,
    p: Vec<T>,
    /// The states to start with, if not with zeros.
    states: Vec<Vec<T>>,
}

/// Outputs, or the gradients of what goes in: the sequence, the states, and the parameters.
struct Found<T> {
    sequence: Vec<T>,
    states: Vec<Vec<T>>,
    parameters: Vec<T>,
}

impl<T: Real> Batch<T> {
    fn new(cell: Cell, [inputs, size]: [usize; 2], lens: &[usize], reverse: bool, starts: bool) -> Self {
        let is_fixed = lens.iter().all(|len| *len == lens[0]);
        let steps = Steps { count: lens[0], varies: (!is_fixed).then_some(0) };
        let d = Recurrent { cell, steps, inputs, size, reverse };
        let mut ends = vec![0];
        lens.iter().for_each(|len| ends.push(ends[ends.len() - 1] + len));
        let states = if starts { cell.states() } else { 0 };
        Self {
            d,
            x: numbers(ends[lens.len()] * inputs, 1),
            starts: ends,
            p: numbers(d.parameters(), 2),
            states: (0..states).map(|state| numbers(lens.len() * size, 3 + state as u64)).collect(),
        }
    }

    fn samples(&self) -> usize {
        self.starts.len() - 1
    }

    fn steps(&self) -> usize {
        self.starts[self.samples()]
    }

    fn pass<'a>(&self, starts: &'a [&'a [usize]]) -> Pass<'a> {
        let pass = Pass::training(self.samples(), 0, 0);
        if self.d.steps.varies.is_some() { pass.starts(starts) } else { pass }
    }

    /// The layer's outputs, and what it saves if `saves`.
    fn forward(&self, saves: bool) -> (Found<T>, Vec<T>) {
        let (d, n, steps) = (&self.d, self.samples(), self.steps());
        let nine = T::from_f64(9.0);
        let mut sequence = vec![nine; steps * d.size];
        let mut states = vec![vec![nine; n * d.size]; d.cell.states()];
        let mut saved = vec![nine; if saves { steps * d.saved_per_step() } else { 0 }];
        let mut outputs: Vec<&mut [T]> = vec![&mut sequence];
        outputs.extend(states.iter_mut().map(Vec::as_mut_slice));
        let inputs: Vec<&[T]> = [&self.x].into_iter().chain(&self.states).map(Vec::as_slice).collect();
        let (starts, mut scratch) = ([&self.starts[..]], vec![nine; steps * d.gates() + n * d.shared()]);
        d.forward(Forward {
            inputs: &inputs,
            outputs: &mut outputs,
            saved: &mut saved,
            scratch: &mut scratch,
            ..Forward::new(&self.pass(&starts), 0, &self.p[..])
        });
        (Found { sequence, states, parameters: Vec::new() }, saved)
    }

    /// The gradients of a loss whose gradients with respect to the outputs are these.
    fn backward(&self, of: &Found<T>) -> Found<T> {
        let (d, n, nine) = (&self.d, self.samples(), T::from_f64(9.0));
        let (_, mut saved) = self.forward(true);
        let mut prepacked = vec![nine; d.state_back().weights()];
        d.prepack_backward(&self.p, &mut prepacked);
        let mut found = Found {
            sequence: vec![nine; self.x.len()],
            states: self.states.iter().map(|state| vec![nine; state.len()]).collect(),
            parameters: vec![nine; self.p.len()],
        };
        let mut gradients = [&of.sequence].into_iter().chain(&of.states).cloned().collect::<Vec<_>>();
        let mut output_gradients: Vec<&mut [T]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
        let mut input_gradients: Vec<&mut [T]> = vec![&mut found.sequence];
        input_gradients.extend(found.states.iter_mut().map(Vec::as_mut_slice));
        let inputs: Vec<&[T]> = [&self.x].into_iter().chain(&self.states).map(Vec::as_slice).collect();
        let (starts, mut scratch) = ([&self.starts[..]], vec![nine; n * d.shared_backward()]);
        d.backward(Backward {
            inputs: &inputs,
            output_gradients: &mut output_gradients,
            input_gradients: &mut input_gradients,
            parameter_gradients: &mut found.parameters,
            saved: &mut saved,
            prepacked: &prepacked,
            scratch: &mut scratch,
            ..Backward::new(&self.pass(&starts), 0, &self.p)
        });
        found
    }

    fn wide(&self) -> Batch<f64> {
        let Self { d, starts, x, p, states } = self;
        let states = states.iter().map(|state| wide(state)).collect();
        Batch { d: *d, starts: starts.clone(), x: wide(x), p: wide(p), states }
    }
}

/// Gradients that look random for all outputs.
fn gradients<T: Real>(batch: &Batch<T>) -> Found<T> {
    let (n, d) = (batch.samples(), &batch.d);
    let states = (0..d.cell.states()).map(|state| numbers(n * d.size, 20 + state as u64)).collect();
    Found { sequence: numbers(batch.steps() * d.size, 10), states, parameters: Vec::new() }
}

impl Found<f64> {
    /// The sum of all products with the other's numbers.
    fn dot(&self, other: &Self) -> f64 {
        let states: f64 = self.states.iter().zip(&other.states).map(|(a, b)| dot(a, b)).sum();
        dot(&self.sequence, &other.sequence) + states
    }
}

/// Sample by sample, step by step, gate by gate, as the textbook has it.
fn naive(batch: &Batch<f64>) -> Found<f64> {
    let Recurrent { cell, inputs, size, reverse, .. } = batch.d;
    let gates = batch.d.gates();
    let (of_input, of_state) = batch.p.split_at((inputs + 1) * gates);
    let dense = |x: &[f64], p: &[f64], gate: usize| {
        let sum: f64 = x.iter().enumerate().map(|(i, x)| x * p[i * gates + gate]).sum();
        sum + p[x.len() * gates + gate]
    };
    let sigmoid = |x| activate(Activation::Sigmoid, x);
    let mut sequence = vec![0.0; batch.steps() * size];
    let mut ends = vec![Vec::new(); cell.states()];
    for sample in 0..batch.samples() {
        let start = |state: usize| match batch.states.get(state) {
            Some(states) => states[sample * size..][..size].to_vec(),
            None => vec![0.0; size],
        };
        let (mut h, mut c) = (start(0), start(1));
        let rows = batch.starts[sample]..batch.starts[sample + 1];
        let order: Vec<usize> = if reverse { rows.rev().collect() } else { rows.collect() };
        for row in order {
            let x = &batch.x[row * inputs..][..inputs];
            let of = |gate: usize, unit: usize| {
                [dense(x, of_input, gate * size + unit), dense(&h, of_state, gate * size + unit)]
            };
            let both = |gate: usize, unit: usize| of(gate, unit).iter().sum::<f64>();
            let mut new = vec![0.0; size];
            for unit in 0..size {
                new[unit] = match cell {
                    Cell::Plain(activation) => activate(activation, both(0, unit)),
                    Cell::Lstm => {
                        c[unit] = sigmoid(both(1, unit)) * c[unit] + sigmoid(both(0, unit)) * both(2, unit).tanh();
                        sigmoid(both(3, unit)) * c[unit].tanh()
                    }
                    Cell::Gru => {
                        let [from_input, from_state] = of(2, unit);
                        let (reset, update) = (sigmoid(both(0, unit)), sigmoid(both(1, unit)));
                        (1.0 - update) * (from_input + reset * from_state).tanh() + update * h[unit]
                    }
                };
            }
            h = new;
            sequence[row * size..][..size].copy_from_slice(&h);
        }
        for (end, state) in ends.iter_mut().zip([h, c]) {
            end.extend(state);
        }
    }
    Found { sequence, states: ends, parameters: Vec::new() }
}

/// Lengths, inputs and sizes: one step, one sample, whole vectors and some more, more samples than go side by side.
fn shapes() -> Vec<([usize; 2], Vec<usize>)> {
    let many = (0..70).map(|i| 1 + i * 5 % 4).collect();
    vec![
        ([1, 1], vec![1]),
        ([3, 5], vec![4; 3]),
        ([2, 17], vec![3, 1, 5, 2, 5]),
        ([16, 16], vec![6]),
        ([4, 3], vec![2; 70]),
        ([2, 3], many),
    ]
}

fn each_case(mut body: impl FnMut(&str, Cell, [usize; 2], &[usize], bool, bool)) {
    for cell in CELLS {
        for (sizes, lens) in shapes() {
            for [reverse, starts] in [[false, false], [true, false], [false, true], [true, true]] {
                let what = format!("{cell:?} of {sizes:?}, {} samples, {reverse}, {starts}", lens.len());
                body(&what, cell, sizes, &lens, reverse, starts);
            }
        }
    }
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        each_case(|what, cell, sizes, lens, reverse, starts| {
            let batch = Batch::<f32>::new(cell, sizes, lens, reverse, starts);
            let (found, _) = batch.forward(false);
            let expected = naive(&batch.wide());
            // A state of 17 rectified numbers grows from step to step.
            let tolerance = 1e-5;
            failures.compare(&format!("{what} on {isa:?}"), &found.sequence, &expected.sequence, tolerance);
            for (found, expected) in found.states.iter().zip(&expected.states) {
                failures.compare(&format!("end of {what} on {isa:?}"), found, expected, tolerance);
            }
            let (saving, _) = batch.forward(true);
            failures.require(saving.sequence == found.sequence, &format!("{what}: training changes bits on {isa:?}"));
            let alone = Batch { starts: batch.starts.iter().copied().take(2).collect(), ..batch.clone() };
            let alone = Batch { x: alone.x[..alone.steps() * sizes[0]].to_vec(), ..alone };
            let alone = Batch { states: alone.states.iter().map(|s| s[..sizes[1]].to_vec()).collect(), ..alone };
            let (alone, _) = alone.forward(false);
            failures.require(found.sequence.starts_with(&alone.sequence), &format!("{what}: alone, on {isa:?}"));
        });
    });
    failures.report();
}

#[test]
fn gradient() {
    let mut failures = Failures::default();
    each_case(|what, cell, sizes, lens, reverse, starts| {
        // Once is enough of many samples; among so many rectified numbers some lie at the bend.
        if lens.len() > 10 && (cell != Cell::Lstm || reverse || !starts) {
            return;
        }
        let batch = Batch::<f64>::new(cell, sizes, lens, reverse, starts);
        let of = gradients(&batch);
        let found = batch.backward(&of);
        let loss = |batch: &Batch<f64>| naive(batch).dot(&of);
        let mut other = batch.clone();
        failures.check_gradient(&format!("dx of {what}"), &found.sequence, &batch.x, |x| {
            other.x.copy_from_slice(x);
            loss(&other)
        });
        let mut other = batch.clone();
        failures.check_gradient(&format!("dp of {what}"), &found.parameters, &batch.p, |p| {
            other.p.copy_from_slice(p);
            loss(&other)
        });
        for (which, gradient) in found.states.iter().enumerate() {
            let mut other = batch.clone();
            failures.check_gradient(&format!("start {which} of {what}"), gradient, &batch.states[which], |start| {
                other.states[which].copy_from_slice(start);
                loss(&other)
            });
        }
    });
    failures.report();
}

#[test]
fn single_precision_is_near() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        each_case(|what, cell, sizes, lens, reverse, starts| {
            let batch = Batch::<f32>::new(cell, sizes, lens, reverse, starts);
            let (found, expected) =
                (batch.backward(&gradients(&batch)), batch.wide().backward(&gradients(&batch.wide())));
            failures.compare(&format!("dx of {what} on {isa:?}"), &found.sequence, &expected.sequence, 2e-5);
            failures.compare(&format!("dp of {what} on {isa:?}"), &found.parameters, &expected.parameters, 2e-5);
        });
    });
    failures.report();
}

#[test]
fn threads_change_no_bit() {
    let lens: Vec<usize> = (0..150).map(|i| 1 + i * 7 % 12).collect();
    for cell in CELLS {
        let batch = Batch::<f32>::new(cell, [8, 40], &lens, false, false);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| (batch.forward(false).0.sequence, batch.backward(&gradients(&batch)).parameters))
        };
        let one = on(1);
        assert!(one == on(2) && one == on(3), "{cell:?}");
    }
}

#[test]
fn no_samples_leave_no_gradient() {
    let batch =
        Batch::<f32> { starts: vec![0], x: Vec::new(), ..Batch::new(Cell::Lstm, [2, 3], &[4, 1], false, false) };
    assert!(batch.backward(&gradients(&batch)).parameters.iter().all(|number| *number == 0.0));
}
