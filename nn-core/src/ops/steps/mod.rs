//! One row of all steps of a sequence: the last, or the mean.

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, copy, part, part_mut};
use crate::exec::Pass;
use nn_sizes::{LastStep, MeanStep, Steps};

/// `y` is the row of the last step.
impl<'p, T: Real> Operation<T, &'p [T]> for LastStep {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        each_sample(call.pass, &self.steps, self.len, x.len(), y.len(), |sample, steps| {
            copy(part(x, steps.end - self.len..steps.end), part_mut(y, sample));
        });
    }
}

impl<T: Real> Differentiable<T> for LastStep {
    fn backward(&self, call: Backward<'_, T>) {
        let (dy, Some(dx)) = (one_mut(call.output_gradients), wanted(call.input_gradients)) else { return };
        each_sample(call.pass, &self.steps, self.len, dx.len(), dy.len(), |sample, steps| {
            part_mut(dx, steps.clone()).fill(T::ZERO);
            copy(part(dy, sample), part_mut(dx, steps.end - self.len..steps.end));
        });
    }
}

/// `y` is the mean of the rows of all steps.
impl<'p, T: Real> Operation<T, &'p [T]> for MeanStep {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        each_sample(call.pass, &self.steps, self.len, x.len(), y.len(), |sample, steps| {
            let (share, y) = (share::<T>(steps.len(), self.len), part_mut(y, sample));
            y.fill(T::ZERO);
            chunks_exact(part(x, steps), self.len).for_each(|x| T::accumulate(y, x));
            y.iter_mut().for_each(|y| *y *= share);
        });
    }
}

impl<T: Real> Differentiable<T> for MeanStep {
    fn backward(&self, call: Backward<'_, T>) {
        let (dy, Some(dx)) = (one_mut(call.output_gradients), wanted(call.input_gradients)) else { return };
        each_sample(call.pass, &self.steps, self.len, dx.len(), dy.len(), |sample, steps| {
            let (share, dy) = (share::<T>(steps.len(), self.len), part_mut(dy, sample));
            dy.iter_mut().for_each(|dy| *dy *= share);
            chunks_exact_mut(part_mut(dx, steps), self.len).for_each(|dx| copy(dy, dx));
        });
    }
}

/// One over the count of rows.
fn share<T: Real>(numbers: usize, len: usize) -> T {
    T::ONE / T::from_usize(numbers.checked_div(len).unwrap_or(0))
}

/// Calls `body` with where each sample's row lies, and where its steps do.
fn each_sample(
    pass: &Pass<'_>,
    steps: &Steps,
    len: usize,
    x_len: usize,
    y_len: usize,
    mut body: impl FnMut(core::ops::Range<usize>, core::ops::Range<usize>),
) {
    let (n, spans) = (pass.samples(), pass.spans(steps));
    check!((x_len, y_len) == (spans.start(n) * len, n * len));
    for sample in 0..n {
        let steps = spans.of(sample);
        body(sample * len..(sample + 1) * len, steps.start * len..steps.end * len);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
