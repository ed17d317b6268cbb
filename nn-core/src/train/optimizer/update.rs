//! What the optimizers share: which numbers are trained, by which group's rate, and on how many threads.

use core::ops::Range;

use nn_sizes::Role;

use super::state::State;
use crate::exec::pieces::in_parts;
use crate::exec::{Pieces, parts};
use crate::{FlatSegment, Group, Real};

/// Numbers to update that are worth a thread's while: more than a microsecond.
const PIECE: usize = 1 << 13;

/// Numbers of a cache line, which no two threads share.
const LINE: usize = 16;

/// How some numbers are moved in this step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    /// The learning rate.
    pub rate: f64,
    /// How often they have been moved, this time included.
    pub step: u64,
    /// Weight decay.
    decay: f64,
}

/// Applies `rule` to all trained numbers.
pub(super) fn update<T: Real, const N: usize>(
    segments: &[FlatSegment],
    learning_rate: f64,
    parameters: &mut [T],
    gradients: &[T],
    state: &mut State<T, N>,
    rule: impl Fn(Pace, &mut [T], &[T], [&mut [T]; N]) + Sync,
) {
    let drops = state.drops_subnormal();
    let rule = |pace: Pace, parameters: &mut [T], gradients: &[T], mut state: [&mut [T]; N]| {
        if drops {
            state.iter_mut().for_each(|numbers| T::drop_subnormal(numbers));
        }
        if pace.decay > 0.0 {
            T::decay_step(1.0 - pace.rate * pace.decay, parameters);
        }
        rule(pace, parameters, gradients, state);
    };
    let paces = Paces { learning_rate, steps: state.steps() };
    let mut runs = Runs { start: 0, pace: Some(paces.of_unknown()) };
    let mut move_range = |state: &mut State<T, N>, range: Range<usize>, pace: Option<Pace>| {
        let Some(pace) = pace.filter(|_| !range.is_empty()) else { return };
        let (lines, parts) = (range.len().div_ceil(LINE), parts(range.len(), PIECE));
        let parameters = Pieces::new(&mut parameters[range.clone()], LINE);
        let state = state.numbers.each_mut().map(|numbers| Pieces::new(&mut numbers[range.clone()], LINE));
        let gradients = &gradients[range];
        // Each number is updated on its own, so the cut changes no bit of the result.
        in_parts(lines, parts, (parameters, state), &|line, (parameters, state)| {
            let parameters = parameters.into_all();
            let gradients = &gradients[line * LINE..][..parameters.len()];
            rule(pace, parameters, gradients, state.map(Pieces::into_all));
        });
    };
    let mut end = 0;
    for (index, segment) in segments.iter().enumerate() {
        let (range, pace) = (segment.range(), paces.of(segment, state.taken(index)));
        // What no tensor is known to hold is trained like everything else.
        if range.start > end {
            let (range, pace) = runs.end_at(end, Some(paces.of_unknown()), false);
            move_range(state, range, pace);
        }
        let is_large = range.len() / 2 >= PIECE;
        let (before, before_pace) = runs.end_at(range.start, pace, is_large);
        move_range(state, before, before_pace);
        if is_large {
            let (all, pace) = runs.end_at(range.end, pace, true);
            move_range(state, all, pace);
        }
        end = range.end;
    }
    let (last, pace) = runs.end_at(end, Some(paces.of_unknown()), false);
    move_range(state, last, pace);
    move_range(state, runs.start..gradients.len(), runs.pace);
}

/// The paces of a step.
struct Paces {
    learning_rate: f64,
    steps: u64,
}

impl Paces {
    /// That of numbers that the table does not name.
    fn of_unknown(&self) -> Pace {
        Pace { rate: self.learning_rate, step: self.steps, decay: 0.0 }
    }

    /// That of a tensor, in the step of this number; none if it is not trained.
    fn of(&self, segment: &FlatSegment, step: u64) -> Option<Pace> {
        let Group { trained, rate, decay } = segment.group;
        let decay = if matches!(segment.role, Role::Weight { .. }) { decay } else { 0.0 };
        let pace = Pace { rate: self.learning_rate * rate, step, decay };
        (trained && segment.statistics().is_none()).then_some(pace)
    }
}

/// Neighbouring tensors of the same pace, which are moved together, but for large ones: the half of one that a thread moves is
/// the half that it computes with, as far as that can be.
struct Runs {
    start: usize,
    pace: Option<Pace>,
}

impl Runs {
    /// Ends a run if another pace begins here, or if it must end: where it was, and its pace.
    fn end_at(&mut self, end: usize, pace: Option<Pace>, must: bool) -> (Range<usize>, Option<Pace>) {
        if !must && pace == self.pace {
            return (self.start..self.start, None);
        }
        let ended = (self.start..end, self.pace);
        (self.start, self.pace) = (end, pace);
        ended
    }
}
