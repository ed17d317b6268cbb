//! What the optimizers share: which numbers are trained, by which group's rate, and on how many threads.

use core::ops::Range;

use super::Rule;
use super::clip::Preparation;
use super::state::{Arrays, MOST_ARRAYS, State};
use crate::exec::pieces::in_parts;
use crate::exec::{Pieces, parts};
use crate::parameters::group::Kind;
use crate::{FlatSegment, Group, Real};

/// Numbers to update that are worth a thread's while: more than a microsecond.
const PIECE: usize = 1 << 13;

/// Numbers of a cache line, which no two threads share.
const LINE: usize = 16;

/// Gradients that are prepared together: on the stack, and not out of the nearest cache before they are used.
const PREPARED: usize = 2048;

/// How some numbers are moved in this step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The learning rate, by the schedule and the group.
    pub rate: f64,
    /// How often they have been moved, this time included.
    pub step: u64,
    /// Weight decay.
    pub(super) decay: f64,
}

/// What a step does to every number.
pub(super) struct Step<'a, R: ?Sized> {
    pub rule: &'a R,
    pub learning_rate: f64,
    /// That of weights whose group has none of its own.
    pub weight_decay: f64,
    pub preparation: Preparation,
}

impl<R: ?Sized> Step<'_, R> {
    /// The pace of a tensor, in the step of this number; none if it is not trained.
    fn pace(&self, segment: &FlatSegment, step: u64) -> Option<Pace> {
        let Group { trained, rate, decay } = segment.group;
        let usual = if Kind::of(segment.role) == Some(Kind::Weight) { self.weight_decay } else { 0.0 };
        let pace = Pace { rate: self.learning_rate * rate, step, decay: decay.unwrap_or(usual) };
        (trained && segment.statistics().is_none()).then_some(pace)
    }

    /// Moves some numbers.
    fn apply<T: Real>(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], mut arrays: Arrays<'_, T>)
    where
        R: Rule<T>,
    {
        let decoupled = self.rule.decouples_decay();
        if decoupled && pace.decay > 0.0 {
            T::decay_step(1.0 - pace.rate * pace.decay, parameters);
        }
        let decay = if decoupled { 0.0 } else { pace.decay };
        let Preparation { scale, limit } = self.preparation;
        if (scale, limit, decay) == (1.0, f64::INFINITY, 0.0) {
            return self.rule.update_on_best_isa(pace, parameters, gradients, arrays);
        }
        let mut prepared = [T::ZERO; PREPARED];
        for (parameters, gradients) in parameters.chunks_mut(PREPARED).zip(gradients.chunks(PREPARED)) {
            let prepared = &mut prepared[..gradients.len()];
            T::prepare_gradient(scale, limit, decay, parameters, gradients, prepared);
            self.rule.update_on_best_isa(pace, parameters, prepared, arrays.take_first(gradients.len()));
        }
    }
}

/// Moves all trained numbers.
pub(super) fn update<T: Real, R: Rule<T> + ?Sized>(
    step: &Step<'_, R>,
    segments: &[FlatSegment],
    parameters: &mut [T],
    gradients: &[T],
    state: &mut State<T>,
) {
    let drops = state.drops_subnormal();
    // What no tensor is known to hold is trained like everything else.
    let unknown = Some(Pace { rate: step.learning_rate, step: state.steps, decay: 0.0 });
    let mut runs = Runs { start: 0, pace: unknown };
    let mut move_range = |state: &mut State<T>, range: Range<usize>, pace: Option<Pace>| {
        let Some(pace) = pace.filter(|_| !range.is_empty()) else { return };
        let (lines, parts) = (range.len().div_ceil(LINE), parts(range.len(), PIECE));
        let parameters = Pieces::new(&mut parameters[range.clone()], LINE);
        let count = state.arrays.len();
        let mut arrays = state.arrays.iter_mut();
        let arrays: [Pieces<'_, T>; MOST_ARRAYS] = std::array::from_fn(|_| match arrays.next() {
            Some(numbers) => Pieces::new(&mut numbers[range.clone()], LINE),
            None => Pieces::new(&mut [], 0),
        });
        let gradients = &gradients[range];
        // Each number is updated on its own, so the cut changes no bit of the result.
        in_parts(lines, parts, (parameters, arrays), &|line, (parameters, arrays)| {
            let parameters = parameters.into_all();
            let gradients = &gradients[line * LINE..][..parameters.len()];
            let mut arrays = Arrays { slices: arrays.map(Pieces::into_all), count };
            if drops {
                arrays.slices.iter_mut().for_each(|numbers| T::drop_subnormal(numbers));
            }
            step.apply(&pace, parameters, gradients, arrays);
        });
    };
    let mut end = 0;
    for (index, segment) in segments.iter().enumerate() {
        let (range, pace) = (segment.range(), step.pace(segment, state.taken(index)));
        if range.start > end {
            let (range, pace) = runs.end_at(end, unknown, false);
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
    let (last, pace) = runs.end_at(end, unknown, false);
    move_range(state, last, pace);
    move_range(state, runs.start..gradients.len(), runs.pace);
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
