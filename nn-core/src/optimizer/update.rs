//! What the optimizers share: which numbers are trained, and on how many threads.

use core::ops::Range;

use nn_sizes::Role;

use crate::memory::Buffer;
use crate::run::{join, worth_halving};
use crate::{Error, FlatSegment, Real};

/// Numbers to update that are worth a thread's while: some microseconds.
const PIECE: usize = 1 << 14;

pub(super) fn check_lengths<T>(parameters: &[T], gradients: &[T]) -> Result<(), Error> {
    if parameters.len() == gradients.len() {
        return Ok(());
    }
    Err(Error::size("gradients given to the optimizer", parameters.len(), gradients.len()))
}

/// Creates the state at the first step; later it must fit.
pub(super) fn check_state<T: Real>(state: &mut Buffer<T>, parameters: &[T]) -> Result<(), Error> {
    if state.is_empty() {
        *state = Buffer::zeroed(parameters.len());
    }
    if state.len() == parameters.len() {
        return Ok(());
    }
    let expected = format!("{}, as in its first step (an optimizer belongs to one network)", state.len());
    Err(Error::size("parameters given to the optimizer", expected, parameters.len()))
}

/// Applies `rule` to all trained numbers and moves the running statistics.
pub(super) fn update<T: Real, const N: usize>(
    segments: &[FlatSegment],
    parameters: &mut [T],
    gradients: &[T],
    mut state: [&mut Buffer<T>; N],
    rule: impl Fn(&mut [T], &[T], [&mut [T]; N]) + Sync,
) {
    let mut train = |range: Range<usize>| {
        if !range.is_empty() {
            let state = state.each_mut().map(|state| &mut state[range.clone()]);
            in_pieces(&mut parameters[range.clone()], &gradients[range], state, &rule);
        }
    };
    // Neighbours are trained together: a run ends only at a running statistic.
    let mut start = 0;
    for (segment, _) in running(segments) {
        train(start..segment.offset);
        start = segment.range().end;
    }
    train(start..gradients.len());
    for (segment, momentum) in running(segments) {
        T::follow_step(momentum, &mut parameters[segment.range()], &gradients[segment.range()]);
    }
}

fn running(segments: &[FlatSegment]) -> impl Iterator<Item = (&FlatSegment, f64)> {
    segments.iter().filter_map(|segment| match segment.role {
        Role::RunningMean { momentum } | Role::RunningVariance { momentum } => Some((segment, momentum)),
        Role::Weight { .. } | Role::Bias | Role::Scale | Role::Shift => None,
    })
}

/// Each number is updated on its own, so the cut changes no bit of the result.
fn in_pieces<T: Real, const N: usize>(
    parameters: &mut [T],
    gradients: &[T],
    state: [&mut [T]; N],
    rule: &(impl Fn(&mut [T], &[T], [&mut [T]; N]) + Sync),
) {
    if !worth_halving(parameters.len(), PIECE) {
        return rule(parameters, gradients, state);
    }
    // Where the halves meet, no two threads share a cache line.
    let middle = (parameters.len() / 2).next_multiple_of(16);
    let (p0, p1) = parameters.split_at_mut(middle);
    let (g0, g1) = gradients.split_at(middle);
    let mut upper: [&mut [T]; N] = std::array::from_fn(|_| &mut [][..]);
    let mut i = 0;
    let lower = state.map(|state| {
        let (lower, rest) = state.split_at_mut(middle);
        upper[i] = rest;
        i += 1;
        lower
    });
    join(true, || in_pieces(p0, g0, lower, rule), || in_pieces(p1, g1, upper, rule));
}
