//! What the optimizers share: which numbers are trained, and on how many threads.

use core::ops::Range;

use nn_sizes::Role;

use super::state::State;
use crate::exec::pieces::in_parts;
use crate::exec::{Pieces, parts};
use crate::{FlatSegment, Real};

/// Numbers to update that are worth a thread's while: more than a microsecond.
const PIECE: usize = 1 << 13;

/// Numbers of a cache line, which no two threads share.
const LINE: usize = 16;

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
        let (lines, parts) = (range.len().div_ceil(LINE), parts(range.len(), PIECE));
        let parameters = Pieces::new(&mut parameters[range.clone()], LINE);
        let state = state.numbers.each_mut().map(|numbers| Pieces::new(&mut numbers[range.clone()], LINE));
        let gradients = &gradients[range];
        // Each number is updated on its own, so the cut changes no bit of the result.
        in_parts(lines, parts, (parameters, state), &|line, (parameters, state)| {
            let parameters = parameters.into_all();
            let gradients = &gradients[line * LINE..][..parameters.len()];
            rule(parameters, gradients, state.map(Pieces::into_all));
        });
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
        Role::Weight { .. } | Role::Bias | Role::Scale | Role::Shift | Role::Slope => None,
    }
}
