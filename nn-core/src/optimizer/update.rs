//! What the optimizers share: which numbers are trained, and on how many threads.

use core::ops::Range;

use nn_sizes::Role;

use super::state::State;
use crate::run::{join, parts};
use crate::{FlatSegment, Real};

/// Numbers to update that are worth a thread's while: more than a microsecond.
const PIECE: usize = 1 << 13;

/// Applies `rule` to all trained numbers and moves the running statistics.
pub(super) fn update<T: Real, const N: usize>(
    segments: &[FlatSegment],
    parameters: &mut [T],
    gradients: &[T],
    state: &mut State<T, N>,
    rule: impl Fn(&mut [T], &[T], [&mut [T]; N]) + Sync,
) {
    let drops = state.drops_subnormal();
    let rule = |parameters: &mut [T], gradients: &[T], mut state: [&mut [T]; N]| {
        if drops {
            state.iter_mut().for_each(|numbers| T::drop_subnormal(numbers));
        }
        rule(parameters, gradients, state);
    };
    for range in trained(segments, gradients.len()) {
        let state = state.numbers.each_mut().map(|numbers| &mut numbers[range.clone()]);
        in_parts(parts(range.len(), PIECE), &mut parameters[range.clone()], &gradients[range], state, &rule);
    }
    for segment in segments {
        if let Some(momentum) = momentum(segment) {
            T::follow_step(momentum, &mut parameters[segment.range()], &gradients[segment.range()]);
        }
    }
}

/// The trained numbers among the first `len`. Neighbours go together, but for large tensors: the half of one that a thread moves
/// is the half that it computes with, as far as that can be.
fn trained(segments: &[FlatSegment], len: usize) -> impl Iterator<Item = Range<usize>> {
    let apart = segments.iter().filter(|segment| segment.range().len() / 2 >= PIECE || momentum(segment).is_some());
    let apart = apart.map(|segment| (segment.range(), momentum(segment).is_none()));
    let mut start = 0;
    let ranges = apart.chain([(len..len, true)]).flat_map(move |(tensor, is_trained)| {
        let before = start..tensor.start;
        start = tensor.end;
        [before, if is_trained { tensor } else { 0..0 }]
    });
    ranges.filter(|range| !range.is_empty())
}

/// The momentum of running statistics.
fn momentum(segment: &FlatSegment) -> Option<f64> {
    match segment.role {
        Role::RunningMean { momentum } | Role::RunningVariance { momentum } => Some(momentum),
        Role::Weight { .. } | Role::Bias | Role::Scale | Role::Shift => None,
    }
}

/// Each number is updated on its own, so the cut changes no bit of the result.
fn in_parts<T: Real, const N: usize>(
    parts: usize,
    parameters: &mut [T],
    gradients: &[T],
    state: [&mut [T]; N],
    rule: &(impl Fn(&mut [T], &[T], [&mut [T]; N]) + Sync),
) {
    if parts == 1 {
        return rule(parameters, gradients, state);
    }
    // Where the halves meet, no two threads share a cache line.
    let half = parts / 2;
    let middle = (parameters.len() * half / parts).next_multiple_of(16);
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
    join(true, || in_parts(half, p0, g0, lower, rule), || in_parts(parts - half, p1, g1, upper, rule));
}
