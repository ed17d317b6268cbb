//! Multi-head attention, on a whole batch at once.
//!
//! The dense layers before and behind the heads are products of all steps. Between them each sample is by itself: its heads go by
//! one after another, and samples share the threads. What a step sees of each other is not saved, but computed again.

mod heads;
pub(crate) mod kernels;
mod projection;

use super::call::{Backward, Differentiable, Forward, Operation, one_mut};
use crate::Real;
use crate::base::memory::{part, part_mut, split, split_mut};
use crate::exec::pieces::in_parts;
use crate::exec::sequences::{Sequences, Spans};
use crate::exec::{Pass, Pieces};
use heads::Heads;
use nn_sizes::Attention;
use projection::Projection;

/// `inputs`: the sequence that asks, and the one that is asked where it is another.
impl<'p, T: Real> Operation<T, &'p [T]> for Attention {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (batch, y) = (Inputs::of(self, call.pass, call.inputs), one_mut(call.outputs));
        let (steps, [own_len, other_len]) = (batch.own.samples(), batch.lens());
        check!(call.parameters.len() == self.parameters() && y.len() == steps * self.size);
        let all = own_len + other_len + steps * self.size;
        let (projected, scratch) = match call.saved {
            [] => split_mut(call.scratch, all),
            saved => (part_mut(saved, ..all), call.scratch),
        };
        let (own, rest) = split_mut(projected, own_len);
        let (other, mixed) = split_mut(rest, other_len);
        let (of_projection, of_output) = split(call.parameters, self.projection().parameters());
        batch.projections().into_iter().zip([&mut *own, &mut *other]).for_each(|(p, z)| p.forward(of_projection, z));

        let seen = 2 * self.asked().count;
        let by_step = [Pieces::new(&mut *mixed, self.size), Pieces::new(part_mut(scratch, ..steps * seen), seen)];
        batch.each_sample([own, other], by_step, Pieces::new(&mut [], 0), &|heads, [mixed, scratch], _| {
            heads.forward(scratch, mixed);
        });
        let forward = Forward { inputs: &[mixed], outputs: &mut [y], ..Forward::new(&batch.own, 0, of_output) };
        self.output().forward(forward);
    }
}

impl<T: Real> Differentiable<T> for Attention {
    fn backward(&self, call: Backward<'_, T>) {
        let (batch, dy) = (Inputs::of(self, call.pass, call.inputs), one_mut(call.output_gradients));
        let (steps, [own_len, other_len]) = (batch.own.samples(), batch.lens());
        check!(call.parameters.len() == self.parameters() && dy.len() == steps * self.size);
        check!(call.input_gradients.len() == call.inputs.len());
        check!(call.parameter_gradients.is_empty() || call.parameter_gradients.len() == self.parameters());
        let (own, rest) = split(call.saved, own_len);
        let (other, mixed) = split(rest, other_len);
        let (d_own, rest) = split_mut(call.scratch, own_len);
        let (d_other, rest) = split_mut(rest, other_len);
        let (d_mixed, scratch) = split_mut(rest, steps * self.size);
        let (of_projection, of_output) = split(call.parameters, self.projection().parameters());
        let middle = call.parameter_gradients.len().min(of_projection.len());
        let (d_projection, d_output) = split_mut(call.parameter_gradients, middle);
        self.output().backward(Backward {
            inputs: &[part(mixed, ..steps * self.size)],
            outputs: &[&[]],
            output_gradients: &mut [dy],
            input_gradients: &mut [&mut *d_mixed],
            parameter_gradients: d_output,
            ..Backward::new(&batch.own, 0, of_output)
        });

        let ([own_width, other_width], seen) = (self.projected(), 3 * self.asked().count);
        let scratch = Pieces::new(part_mut(scratch, ..steps * seen), seen);
        let by_step = [Pieces::new(d_mixed, self.size), Pieces::new(&mut *d_own, own_width), scratch];
        let by_asked = Pieces::new(&mut *d_other, other_width);
        batch.each_sample([own, other], by_step, by_asked, &|heads, [d_mixed, d_own, scratch], d_other| {
            heads.backward(scratch, d_mixed, [d_own, d_other]);
        });
        let gradients = [&*d_own, &*d_other].into_iter().zip(call.input_gradients);
        for (projection, (dz, dx)) in batch.projections().into_iter().zip(gradients) {
            projection.backward(of_projection, dz, dx, d_projection);
        }
    }
}

/// The sequences of a batch.
struct Inputs<'a, T> {
    d: &'a Attention,
    /// The passes over all steps of the sequence that asks, and of the one that is asked.
    own: Pass<'a>,
    other: Pass<'a>,
    pass: &'a Pass<'a>,
    x: &'a [T],
    /// The other sequence; empty where there is none.
    memory: &'a [T],
}

impl<'a, T: Real> Inputs<'a, T> {
    fn of(d: &'a Attention, pass: &'a Pass<'a>, inputs: &'a [&'a [T]]) -> Self {
        let (x, memory) = match (inputs, d.memory) {
            ([x], None) => (*x, &[][..]),
            ([x, memory], Some(_)) => (*x, *memory),
            _ => crate::base::check::failed("one sequence, or two"),
        };
        let (own, other) = (pass.over(&d.steps), pass.over(&d.asked()));
        check!(x.len() == own.samples() * d.size);
        check!(memory.len() == if d.memory.is_some() { other.samples() * d.size } else { 0 });
        Self { d, own, other, pass, x, memory }
    }

    /// Numbers projected of each sequence.
    fn lens(&self) -> [usize; 2] {
        let [own, other] = self.d.projected();
        [self.own.samples() * own, self.other.samples() * other]
    }

    /// What is projected of each sequence; of one that is not there nothing.
    fn projections(&self) -> [Projection<'_, T>; 2] {
        let (d, [own, other]) = (self.d, self.d.projected());
        let projection = |pass, x, columns| Projection { d: d.projection(), pass, x, columns };
        [projection(&self.own, self.x, [0, own]), projection(&self.other, self.memory, [own, own + other])]
    }

    /// Calls `body` for each sample with its heads, over what was projected of both sequences, and with its pieces of the other
    /// buffers.
    fn each_sample<const R: usize>(
        &self,
        [own, other]: [&[T]; 2],
        by_step: [Pieces<'_, T>; R],
        by_asked: Pieces<'_, T>,
        body: &(impl Fn(Heads<'_, T>, [&mut [T]; R], &mut [T]) + Sync),
    ) {
        let (d, n) = (self.d, self.pass.samples());
        let [spans, asked]: [Spans<'_>; 2] = [self.pass.spans(&d.steps), self.pass.spans(&d.asked())];
        let parts = self.pass.parts(n as u64 * d.head_multiply_adds(), n, 1);
        let sequences = (Sequences::new(spans, n, by_step, []), Sequences::new(asked, n, [by_asked], []));
        in_parts(n, parts, sequences, &|first, (mut steps, mut asked_steps)| {
            for sample in 0..steps.samples().len() {
                let heads = Heads::of(d, [own, other], [spans.of(first + sample), asked.of(first + sample)]);
                let [by_asked] = asked_steps.sample(sample);
                body(heads, steps.sample(sample), by_asked);
            }
        });
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
