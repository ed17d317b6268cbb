//! Recurrent layers, on a whole batch at once.
//!
//! What comes in at all steps is one product, and so are the gradients of the weights. Between them a small product for each
//! step gives the gates what the state gives, and a kernel makes the gates and the next state of it. Samples go along their steps
//! side by side, some to each thread; those that are shorter leave the product when they end, so that no step is computed that
//! is not there.

pub(crate) mod kernels;
mod order;

use super::call::{Backward, Differentiable, Forward, Operation};
use crate::Real;
use crate::base::memory::{chunks_exact_mut, copy, part, part_mut, split, split_mut};
use crate::exec::pieces::{Divide as _, in_parts};
use crate::exec::sequences::Sequences;
use crate::exec::{Pass, Pieces, row};
use crate::gemm::dense::{Rows, affine};
use crate::gemm::product::Start;
use nn_sizes::{Affine, Cell, Recurrent};
use order::{MOST, Order};

/// A thread takes at least so many samples: their states share the loads of the weights.
const LEAST_SAMPLES: usize = 4;

/// `inputs`: the sequences, and the states that they start with, if not with zeros. `outputs`: the state after each step, and, if
/// asked for, the states after the last.
impl<'p, T: Real> Operation<T, &'p [T]> for Recurrent {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (pass, n) = (call.pass, call.pass.samples());
        let ((x, starts), (y, ends)) = (first(call.inputs), first_mut(call.outputs));
        let (spans, over) = (pass.spans(&self.steps), pass.over(&self.steps));
        let steps = over.samples();
        check!(call.parameters.len() == self.parameters());
        check!((x.len(), y.len()) == (steps * self.inputs, steps * self.size));
        check!(starts.len() <= self.cell.states());
        check!(starts.iter().all(|start| start.len() == n * self.size));
        let (of_input, of_state) = split(call.parameters, self.input().parameters());
        let is_saved = !call.saved.is_empty();
        let (scratch, shared) = split_mut(call.scratch, steps * self.gates());
        let (gates, kept) = match call.saved {
            [] => (scratch, &mut [][..]),
            saved => split_mut(saved, steps * self.gates()),
        };
        let forward = Forward { inputs: &[x], outputs: &mut [&mut *gates], ..Forward::new(&over, 0, of_input) };
        self.input().forward(forward);

        let (before, kept) = split_mut(kept, if is_saved { steps * self.size } else { 0 });
        let keep = |len| if is_saved { len } else { 0 };
        let by_step = [
            Pieces::new(gates, self.gates()),
            Pieces::new(before, keep(self.size)),
            Pieces::new(kept, keep(self.kept())),
            Pieces::new(y, self.size),
        ];
        let (given, states) = split_mut(shared, n * self.gates());
        let (state, cell) = split_mut(states, n * self.size);
        let [end, cell_end] = two(ends, self.size);
        let by_sample = [
            Pieces::new(given, self.gates()),
            Pieces::new(state, self.size),
            Pieces::new(cell, (self.cell.states() - 1) * self.size),
            end,
            cell_end,
        ];
        let along = Along { d: self, finite: pass.is_finite(), starts, parameters: of_state };
        side_by_side(pass, self, Sequences::new(spans, n, by_step, by_sample), &|some| along.forward(some));
    }
}

impl<T: Real> Differentiable<T> for Recurrent {
    /// The weights of the state the other way round.
    fn prepack_backward(&self, parameters: &[T], prepacked: &mut [T]) {
        let weights = part(parameters, self.input().parameters()..);
        T::transpose(self.size, self.gates(), part(weights, ..self.state().weights()), prepacked);
    }

    fn backward(&self, call: Backward<'_, T>) {
        let (pass, n) = (call.pass, call.pass.samples());
        let ((x, starts), (dy, d_ends)) = (first(call.inputs), first_mut(call.output_gradients));
        let (dx, d_starts) = first_mut(call.input_gradients);
        let (spans, over) = (pass.spans(&self.steps), pass.over(&self.steps));
        let steps = over.samples();
        check!(call.saved.len() >= steps * self.saved_per_step() && dy.len() == steps * self.size);
        check!(call.prepacked.len() == self.state_back().weights() && starts.len() == d_starts.len());
        let (gates, kept) = split_mut(call.saved, steps * self.gates());
        let (before, kept) = split_mut(kept, steps * self.size);
        let kept = part_mut(kept, ..steps * self.kept());
        let by_step = [
            Pieces::new(&mut *gates, self.gates()),
            Pieces::new(&mut *before, self.size),
            Pieces::new(&mut *kept, self.kept()),
            Pieces::new(dy, self.size),
        ];
        let (d_given, states) = split_mut(call.scratch, n * self.gates());
        let (d_state, past) = split_mut(states, n * self.size);
        let ([d_end, d_cell_end], [d_start, d_cell_start]) = (two(d_ends, self.size), two(d_starts, self.size));
        let by_sample = [
            Pieces::new(d_given, self.gates()),
            Pieces::new(d_state, self.size),
            Pieces::new(past, self.size),
            d_end,
            d_cell_end,
            d_start,
            d_cell_start,
        ];
        let along = Along { d: self, finite: pass.is_finite(), starts, parameters: call.prepacked };
        side_by_side(pass, self, Sequences::new(spans, n, by_step, by_sample), &|some| along.backward(some));

        let (of_input, of_state) = split(call.parameters, self.input().parameters());
        let middle = call.parameter_gradients.len().min(of_input.len());
        let (d_input, d_of_state) = split_mut(call.parameter_gradients, middle);
        let d_given = if self.cell == Cell::Gru { kept } else { &mut *gates };
        products(&self.state(), &over, before, of_state, d_given, &mut [], d_of_state);
        products(&self.input(), &over, x, of_input, gates, dx, d_input);
    }
}

/// Lets samples go along their steps, some to each thread and as many of these as [`Order`] takes at a time.
fn side_by_side<T: Real, const R: usize, const S: usize>(
    pass: &Pass<'_>,
    d: &Recurrent,
    sequences: Sequences<'_, T, R, S>,
    along: &(impl Fn(Sequences<'_, T, R, S>) + Sync),
) {
    let n = pass.samples();
    let parts = pass.parts(n as u64 * d.multiply_adds(), n, LEAST_SAMPLES);
    in_parts(n, parts, sequences, &|_, mut sequences| {
        while !sequences.samples().is_empty() {
            let count = sequences.samples().len().min(MOST);
            along(sequences.take_first(count));
        }
    });
}

/// The backward pass of a dense layer over all steps.
fn products<T: Real>(d: &Affine, over: &Pass<'_>, x: &[T], p: &[T], dy: &mut [T], dx: &mut [T], dp: &mut [T]) {
    d.backward(Backward {
        inputs: &[x],
        outputs: &[&[]],
        output_gradients: &mut [dy],
        input_gradients: &mut [dx],
        parameter_gradients: dp,
        ..Backward::new(over, 0, p)
    });
}

/// The sequences, and what is beside them.
fn first<'a, T>(operands: &'a [&'a [T]]) -> (&'a [T], &'a [&'a [T]]) {
    match operands {
        [first, more @ ..] => (first, more),
        [] => crate::base::check::failed("an operand"),
    }
}

/// The same of operands that are written.
fn first_mut<'a, 'b, T>(operands: &'a mut [&'b mut [T]]) -> (&'a mut [T], &'a mut [&'b mut [T]]) {
    match operands {
        [first, more @ ..] => (first, more),
        [] => crate::base::check::failed("an operand"),
    }
}

/// Two states of all samples, as far as they are there.
fn two<'a, T>(operands: &'a mut [&mut [T]], len: usize) -> [Pieces<'a, T>; 2] {
    let mut operands = operands.iter_mut();
    [(); 2].map(|()| {
        let state: &mut [T] = operands.next().map_or(&mut [], |state| state);
        let len = if state.is_empty() { 0 } else { len };
        Pieces::new(state, len)
    })
}

/// What all samples of a pass share on their way along the steps.
struct Along<'a, T> {
    d: &'a Recurrent,
    finite: bool,
    /// The states that samples start with, if they are given.
    starts: &'a [&'a [T]],
    /// Those of the dense layer that goes from state to gates, or of the way back.
    parameters: &'a [T],
}

impl<T: Real> Along<'_, T> {
    fn forward(&self, mut sequences: Sequences<'_, T, 4, 5>) {
        let d = self.d;
        let order = Order::of(sequences.samples().len(), |sample| sequences.len(sample));
        let from = sequences.samples().start;
        let [_, state, cell, ..] = sequences.shared();
        self.start(0, &order, from, state);
        self.start(1, &order, from, cell);
        for step in 0..order.steps() {
            let active = order.active(step);
            let [given, state, ..] = sequences.shared();
            self.give(step, active, state, given);
            for (place, at) in order.places().take(active).enumerate() {
                let ([gates, before, kept, y], [given, state, cell, ..]) =
                    sequences.step(at.sample, at.at(step, d.reverse));
                let (given, state) = (row_mut(given, place, d.gates()), row_mut(state, place, d.size));
                if !before.is_empty() {
                    copy(state, before);
                }
                match d.cell {
                    Cell::Plain(activation) => T::plain_step(activation, gates, given, state),
                    Cell::Lstm => {
                        let cell = row_mut(cell, place, d.size);
                        if !kept.is_empty() {
                            copy(cell, kept);
                        }
                        T::lstm_step(gates, given, cell, state);
                    }
                    Cell::Gru => {
                        T::gru_step(gates, given, state);
                        if !kept.is_empty() {
                            copy(given, kept);
                        }
                    }
                }
                copy(state, y);
            }
        }
        let [_, state, cell, end, cell_end] = sequences.shared();
        spread(&order, d.size, state, end);
        spread(&order, d.size, cell, cell_end);
    }

    /// The states that samples start with, in their places.
    fn start(&self, which: usize, order: &Order, from: usize, states: &mut [T]) {
        states.fill(T::ZERO);
        let Some(starts) = self.starts.get(which) else { return };
        for (at, state) in order.places().zip(chunks_exact_mut(states, self.d.size)) {
            copy(row(starts, from + at.sample, self.d.size), state);
        }
    }

    /// What the states give the gates: the biases alone, where the states are zeros.
    fn give(&self, step: usize, active: usize, state: &[T], given: &mut [T]) {
        let d = self.d.state();
        let given = part_mut(given, ..active * d.outputs);
        if step == 0 && self.starts.is_empty() {
            let biases = part(self.parameters, d.weights()..);
            chunks_exact_mut(given, d.outputs).for_each(|given| copy(biases, given));
            return;
        }
        let states = Rows::of(part(state, ..active * d.inputs), d.inputs);
        let (weights, biases) = split(self.parameters, d.weights());
        affine(&d, [0, d.outputs], self.finite, states, weights, Start::bias(d.bias, biases), given);
    }

    fn backward(&self, mut sequences: Sequences<'_, T, 4, 7>) {
        let d = self.d;
        let order = Order::of(sequences.samples().len(), |sample| sequences.len(sample));
        let [_, d_state, past, d_end, d_cell_end, ..] = sequences.shared();
        gather(&order, d.size, d_end, d_state);
        gather(&order, d.size, d_cell_end, past);
        for step in (0..order.steps()).rev() {
            let active = order.active(step);
            for (place, at) in order.places().take(active).enumerate() {
                let ([gates, before, kept, dy], [d_given, d_state, past, ..]) =
                    sequences.step(at.sample, at.at(step, d.reverse));
                let (d_state, past) = (row_mut(d_state, place, d.size), row_mut(past, place, d.size));
                T::accumulate(d_state, dy);
                let d_gates = match d.cell {
                    Cell::Plain(activation) => {
                        T::differentiate(activation, gates, d_state);
                        copy(d_state, gates);
                        gates
                    }
                    Cell::Lstm => {
                        T::lstm_step_gradient(gates, kept, d_state, past);
                        gates
                    }
                    Cell::Gru => {
                        T::gru_step_gradient(gates, kept, before, d_state, past);
                        kept
                    }
                };
                copy(d_gates, row_mut(d_given, place, d.gates()));
            }
            let [d_given, d_state, past, ..] = sequences.shared();
            if step > 0 || !self.starts.is_empty() {
                self.give_back(active, d_given, d_state);
                if d.cell == Cell::Gru {
                    T::accumulate(part_mut(d_state, ..active * d.size), part(past, ..active * d.size));
                }
            }
        }
        let [_, d_state, past, _, _, d_start, d_cell_start] = sequences.shared();
        spread(&order, d.size, d_state, d_start);
        spread(&order, d.size, past, d_cell_start);
    }

    /// The gradients of the states, from those of what they gave the gates.
    fn give_back(&self, active: usize, d_given: &[T], d_state: &mut [T]) {
        let d = self.d.state_back();
        let d_given = Rows::of(part(d_given, ..active * d.inputs), d.inputs);
        let d_state = part_mut(d_state, ..active * d.outputs);
        affine(&d, [0, d.outputs], self.finite, d_given, self.parameters, Start::Zero, d_state);
    }
}

/// Takes a row for each sample to its place; zeros, where there are none.
fn gather<T: Real>(order: &Order, len: usize, of_samples: &[T], in_places: &mut [T]) {
    in_places.fill(T::ZERO);
    if !of_samples.is_empty() {
        for (at, place) in order.places().zip(chunks_exact_mut(in_places, len)) {
            copy(row(of_samples, at.sample, len), place);
        }
    }
}

/// Takes the row in each place to its sample, where rows are asked for.
fn spread<T: Copy>(order: &Order, len: usize, in_places: &[T], of_samples: &mut [T]) {
    if !of_samples.is_empty() {
        for (place, at) in order.places().enumerate() {
            copy(row(in_places, place, len), row_mut(of_samples, at.sample, len));
        }
    }
}

/// A row of a buffer.
fn row_mut<T>(rows: &mut [T], number: usize, len: usize) -> &mut [T] {
    part_mut(rows, number * len..(number + 1) * len)
}

#[cfg(all(test, feature = "std"))]
mod tests;
