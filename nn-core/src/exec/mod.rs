//! How the generated code runs a stage: which samples go together, on which thread, with which pieces of memory.
//!
//! A stage that works sample by sample is cut into *groups* of neighbouring samples. The cut depends on the batch alone,
//! never on the number of threads, and each group has a partial sum of gradients of its own. These are added up in halves of
//! the batch, and halves of halves. So one thread or sixty-four give the same bits.
//!
//! Where samples are few and threads are many, the samples of a prediction go by one after the other, and each operation that
//! can be [cut](nn_sizes::Cut) is done in pieces.

pub(crate) mod draw;
pub(crate) mod memory_need;
mod one_sample;
pub(crate) mod pieces;
mod pool;
pub(crate) mod sequences;
pub(crate) mod sums;

pub use pieces::Pieces;

use crate::base::memory::{part, part_mut};
use crate::base::number::Number;
#[cfg(feature = "parallel")]
use core::hint::spin_loop;
use core::ops::Range;
#[cfg(feature = "parallel")]
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use draw::{Draw, mix};
use memory_need::MemoryNeed;
use nn_sizes::GROUPS;
use pieces::Divide;
use pool::Pool;
use sums::Summed;

/// Multiply–adds under which entering the pool of threads costs more than it saves: about ten microseconds of one core.
const PARALLEL_WORK: u64 = 1 << 19;

/// The same on a thread of the pool, as in a training loop, where the others are still awake after the last stage.
pub(crate) const PARALLEL_WORK_INSIDE: u64 = 1 << 16;

/// How often to look whether another thread is done before rayon is asked: some microseconds.
#[cfg(feature = "parallel")]
const SPINS: usize = 256;

/// One pass over a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass<'a> {
    samples: usize,
    /// Place of the first sample in the whole batch, where this is a pass over a part of it.
    first: usize,
    seed: u64,
    step: u64,
    help: Help,
    /// Whether the workspace holds what operations prepack from the parameters.
    prepacked: bool,
    /// The parameters that are not trained, in order, as they lie in the block of the whole network.
    frozen: &'a [Range<usize>],
    /// Where in that block the parameters of this network lie.
    offset: usize,
    /// Which part of the whole network this one is, so that two of a kind draw apart; the whole is zero.
    part: u64,
    /// Whether dropout drops anything.
    drops: bool,
    /// For each input whose number of rows varies the row that each sample begins with, and where the last one ends.
    starts: &'a [&'a [usize]],
    /// Whether all parameters are known to be finite.
    finite: bool,
}

/// What other threads do in a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Help {
    /// Nothing: nobody asks for them, nor whether there are any.
    None,
    /// They take other samples.
    Samples,
    /// They take pieces of the same sample.
    Pieces,
}

impl<'a> Pass<'a> {
    /// A prediction of `samples` samples.
    pub const fn inference(samples: usize) -> Self {
        Self::training(samples, 0, 0)
    }

    /// A prediction of `samples` samples for which no other thread is asked, nor whether there is one.
    pub const fn alone(samples: usize) -> Self {
        Self { help: Help::None, ..Self::inference(samples) }
    }

    /// A prediction of fewer samples than threads: one after the other, each of them cut into pieces.
    pub const fn in_pieces(samples: usize) -> Self {
        Self { help: Help::Pieces, ..Self::inference(samples) }
    }

    /// A training pass over `samples` samples; `seed` and `step` key the random draws of dropout.
    pub const fn training(samples: usize, seed: u64, step: u64) -> Self {
        Self {
            samples,
            first: 0,
            seed,
            step,
            help: Help::Samples,
            prepacked: false,
            frozen: &[],
            offset: 0,
            part: 0,
            drops: true,
            starts: &[],
            finite: false,
        }
    }

    /// The same over a part of a batch, whose first sample has this place in the whole: random draws are those of the whole.
    #[must_use]
    pub const fn starting_at(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// The same, in a workspace that still holds what operations prepacked from the same parameters.
    #[must_use]
    pub const fn prepacked(self, prepacked: bool) -> Self {
        Self { prepacked, ..self }
    }

    /// Whether operations must prepack what they compute from the parameters alone.
    pub const fn prepacks(&self) -> bool {
        !self.prepacked
    }

    /// The same, where it is known whether all parameters are finite: what zero is multiplied by need not be read then.
    #[must_use]
    pub const fn finite(self, finite: bool) -> Self {
        Self { finite, ..self }
    }

    /// Whether all parameters are known to be finite.
    pub(crate) const fn is_finite(&self) -> bool {
        self.finite
    }

    /// The same with parameters that are not trained: ranges of the block, in order, none of which touches another.
    #[must_use]
    pub const fn frozen(self, frozen: &'a [Range<usize>]) -> Self {
        Self { frozen, ..self }
    }

    /// The same, with or without dropout.
    #[must_use]
    pub const fn dropout(self, drops: bool) -> Self {
        Self { drops, ..self }
    }

    /// The same of samples whose number of rows varies: for each input the row that each sample begins with, and where the last one
    /// ends; empty where it does not vary.
    #[must_use]
    pub const fn starts(self, starts: &'a [&'a [usize]]) -> Self {
        Self { starts, ..self }
    }

    /// The pass over the rows of an input, each of which is then a sample: operations that treat all rows alike know none.
    #[must_use]
    pub fn rows_of(self, input: usize) -> Self {
        let starts = self.starts.get(input).copied().unwrap_or_default();
        let samples = match starts {
            [first, .., end] => end - first,
            _ => 0,
        };
        Self { samples, starts: &[], ..self }
    }

    /// The same where every sample has so many rows.
    #[must_use]
    pub const fn rows(self, rows: usize) -> Self {
        Self { samples: self.samples * rows, first: self.first * rows, starts: &[], ..self }
    }

    /// Whether dropout drops anything.
    pub(crate) const fn drops(&self) -> bool {
        self.drops
    }

    /// The pass of a network that is this one's layer of some number, and whose parameters lie in its block from `offset` on.
    #[must_use]
    pub const fn within(self, offset: usize, layer: u64) -> Self {
        Self { offset: self.offset + offset, part: mix(self.part ^ (layer + 1)), ..self }
    }

    /// The pass of one of its samples alone.
    #[must_use]
    pub const fn one_sample(self) -> Self {
        Self { samples: 1, help: Help::None, ..self }
    }

    /// Whether any of these parameters are trained.
    #[inline]
    pub fn trains(&self, parameters: Range<usize>) -> bool {
        let (start, end) = (self.offset + parameters.start, self.offset + parameters.end);
        start < end && !self.frozen.iter().any(|frozen| frozen.start <= start && end <= frozen.end)
    }

    /// These parameters' part of a block of gradients; nothing if they are not trained.
    #[inline]
    pub fn trained<'g, T>(&self, gradients: &'g mut [T], parameters: Range<usize>) -> &'g mut [T] {
        if self.trains(parameters.clone()) { part_mut(gradients, parameters) } else { &mut [] }
    }

    /// The batch size.
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// Whether so much work is worth more than one thread, and the pass may have more than one.
    pub fn is_parallel(&self, multiply_adds: u64) -> bool {
        self.help != Help::None && is_parallel(multiply_adds)
    }

    /// How many parts to cut `len` into, `multiply_adds` altogether: one for each thread, if that pays, but none under `least`.
    pub(crate) fn parts(&self, multiply_adds: u64, len: usize, least: usize) -> usize {
        if self.is_parallel(multiply_adds) { parts(len, least) } else { 1 }
    }

    /// The key of a layer's random draws for one sample.
    pub const fn draw(&self, sample: usize, layer: u64) -> Draw {
        let sample = (self.first + sample) as u64;
        Draw { seed: self.seed, step: self.step, sample, layer: layer ^ self.part }
    }

    /// Samples in each group but perhaps the last, when there are at most `groups`.
    const fn group_len(&self, groups: usize) -> usize {
        let groups = if groups < GROUPS { groups } else { GROUPS };
        let len = if self.is_in_pieces() { self.samples } else { self.samples.div_ceil(groups) };
        if len == 0 { 1 } else { len }
    }

    const fn is_in_pieces(&self) -> bool {
        matches!(self.help, Help::Pieces)
    }

    /// How many numbers a need for memory comes to in this pass.
    pub const fn numbers(&self, room: &MemoryNeed) -> usize {
        self.with_pieces(room.at(self.samples), room.pieces)
    }

    /// The scratch of a group: `len` numbers, and `more` where a sample is cut into pieces.
    pub const fn with_pieces(&self, len: usize, more: usize) -> usize {
        if self.is_in_pieces() { len + more } else { len }
    }

    /// How many groups the batch makes when there may be at most `groups`; never more than [`GROUPS`].
    pub const fn groups(&self, groups: usize) -> usize {
        self.samples.div_ceil(self.group_len(groups))
    }

    /// Calls `body` once for every sample, `work` multiply–adds each.
    ///
    /// `body` gets the sample's index, its piece of everything in `rows` and `indices`, and the scratch and the partial
    /// sum of its group, which is zero before the first sample. Returns the sum of all partial sums.
    pub fn each_sample<'g, T: Summed, const V: usize, const I: usize>(
        &self,
        groups: usize,
        work: u64,
        rows: [Pieces<'_, T>; V],
        indices: [Pieces<'_, u32>; I],
        group: Group<'g, T>,
        body: impl Fn(usize, [&mut [T]; V], [&mut [u32]; I], &mut [T], &mut [T]) + Sync,
    ) -> &'g mut [T] {
        let count = self.groups(groups);
        // Behind a reference of one type, so that what follows is compiled once and not for every stage of every network.
        let body: &Body<'_, T, V, I> = &body;
        if count <= 1 {
            let (scratch, partial) = (group.scratch.into_first(count), group.partial.into_first(1));
            samples(0..self.samples, (rows, indices), scratch, partial, body);
            return partial;
        }
        let stage = Stage {
            pass: self,
            group_len: self.group_len(groups),
            parallel: self.is_parallel(work.saturating_mul(self.samples as u64)),
            scratch: Pool::new(group.scratch),
            partials: Pool::new(group.partial),
            body,
        };
        stage.groups(0, count, (rows, indices))
    }
}

/// Adds `more` to `sum`, number by number.
pub fn accumulate<T: Summed>(sum: &mut [T], more: &[T]) {
    T::accumulate(sum, more);
}

/// The numbers of one sample in a buffer of `len` a sample.
#[inline]
pub fn row<T>(buffer: &[T], sample: usize, len: usize) -> &[T] {
    part(part(buffer, sample * len..), ..len)
}

/// What every group has for itself: scratch, and a partial sum of gradients.
#[derive(Debug)]
pub struct Group<'a, T> {
    /// Scratch, of any content.
    pub scratch: Pieces<'a, T>,
    /// Partial sums.
    pub partial: Pieces<'a, T>,
}

/// The pieces of a run of samples.
type Rows<'r, T, const V: usize, const I: usize> = ([Pieces<'r, T>; V], [Pieces<'r, u32>; I]);

struct Stage<'s, 'a, T, const V: usize, const I: usize> {
    pass: &'s Pass<'s>,
    group_len: usize,
    parallel: bool,
    scratch: Pool<'a, T>,
    partials: Pool<'a, T>,
    body: &'s Body<'s, T, V, I>,
}

impl<'a, T: Summed, const V: usize, const I: usize> Stage<'_, 'a, T, V, I> {
    /// Runs the groups `first..end`, halving them until one is left, and returns the sum of their partial sums.
    fn groups(&self, first: usize, end: usize, mut rows: Rows<'_, T, V, I>) -> &'a mut [T] {
        if end - first <= 1 {
            return self.group(first, rows);
        }
        let middle = first + (end - first) / 2;
        let left = rows.take_first((middle - first) * self.group_len);
        let (sum, more) = join(self.parallel, || self.groups(first, middle, left), || self.groups(middle, end, rows));
        accumulate(sum, more);
        self.partials.give(more);
        sum
    }

    fn group(&self, group: usize, rows: Rows<'_, T, V, I>) -> &'a mut [T] {
        let (scratch, partial) = (self.scratch.take(), self.partials.take());
        let first = group * self.group_len;
        let end = (first + self.group_len).min(self.pass.samples);
        samples(first..end, rows, scratch, partial, self.body);
        self.scratch.give(scratch);
        partial
    }
}

/// What is done for a sample, given its index, its pieces, and the scratch and the partial sum of its group.
type Body<'b, T, const V: usize, const I: usize> =
    dyn Fn(usize, [&mut [T]; V], [&mut [u32]; I], &mut [T], &mut [T]) + Sync + 'b;

/// Runs a group of samples, its partial sum being zero at first.
fn samples<T: Number, const V: usize, const I: usize>(
    group: Range<usize>,
    (mut rows, mut indices): Rows<'_, T, V, I>,
    scratch: &mut [T],
    partial: &mut [T],
    body: &Body<'_, T, V, I>,
) {
    partial.fill(T::ZERO);
    for (index, sample) in group.enumerate() {
        let rows = rows.each_mut().map(|rows| rows.get(index));
        let indices = indices.each_mut().map(|indices| indices.get(index));
        body(sample, rows, indices, scratch, partial);
    }
}

/// Threads at hand.
pub fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    return 1;
}

/// Whether this is one of those threads.
fn in_pool() -> bool {
    #[cfg(feature = "parallel")]
    return rayon::current_thread_index().is_some();
    #[cfg(not(feature = "parallel"))]
    return false;
}

/// Whether so much work is worth more than one thread, and there is more than one.
pub(crate) fn is_parallel(multiply_adds: u64) -> bool {
    let least = if in_pool() { PARALLEL_WORK_INSIDE } else { PARALLEL_WORK };
    multiply_adds >= least && threads() > 1
}

/// How many equal parts to cut `len` into: one for each thread, but none under `least`. A thread that is done takes no part of
/// another's, whose memory is in the other's cache.
pub(crate) fn parts(len: usize, least: usize) -> usize {
    (len / least).clamp(1, threads())
}

/// Runs both, at the same time if `parallel`.
#[cfg(feature = "parallel")]
pub(crate) fn join<A: Send, B: Send>(
    parallel: bool,
    left: impl FnOnce() -> A + Send,
    right: impl FnOnce() -> B + Send,
) -> (A, B) {
    if !parallel {
        return (left(), right());
    }
    let is_running = AtomicBool::new(false);
    rayon::join(
        || {
            let left = left();
            // What another thread has begun is likely to end soon, while rayon would ask the system for other work.
            let mut spins = 0;
            while is_running.load(Relaxed) && spins < SPINS {
                spin_loop();
                spins += 1;
            }
            left
        },
        || {
            is_running.store(true, Relaxed);
            let right = right();
            is_running.store(false, Relaxed);
            right
        },
    )
}

/// Runs both.
#[cfg(not(feature = "parallel"))]
pub(crate) fn join<A, B>(_parallel: bool, left: impl FnOnce() -> A, right: impl FnOnce() -> B) -> (A, B) {
    (left(), right())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// Sums of a few numbers over a batch, by groups.
    fn sums(samples: usize, groups: usize) -> (Vec<f32>, Vec<f32>) {
        let pass = Pass::training(samples, 0, 0);
        let mut squares = vec![0.0; samples * 2];
        let mut partials = vec![7.0; groups * 3];
        let group = Group { scratch: Pieces::new(&mut [], 0), partial: Pieces::new(&mut partials, 3) };
        let rows = [Pieces::new(&mut squares, 2)];
        let total = pass.each_sample(groups, 1 << 20, rows, [], group, |s, [row], [], _, partial| {
            row[0] = (s * s) as f32;
            row[1] = -row[0];
            partial[1] += 1.0 / (s + 1) as f32;
        });
        let total = total.to_vec();
        (squares, total)
    }

    #[test]
    fn every_sample_is_seen_once() {
        for samples in [1, 2, 7, 15, 16, 17, 33, 100] {
            let (squares, total) = sums(samples, 8);
            let expected: Vec<f32> = (0..samples).flat_map(|s| [(s * s) as f32, -((s * s) as f32)]).collect();
            assert_eq!(squares, expected, "{samples} samples");
            let exact: f64 = (1..=samples).map(|s| 1.0 / s as f64).sum();
            assert!((f64::from(total[1]) - exact).abs() < 1e-5, "{samples} samples: {total:?} for {exact}");
        }
    }

    #[test]
    fn parts_are_all_pieces_in_their_places() {
        for pieces in [1, 2, 5, 24, 785] {
            for parts in 1..=5 {
                let (mut buffer, count) = (vec![0; pieces * 3], AtomicUsize::new(0));
                Pieces::new(&mut buffer, 3).in_parts(parts, &|first, part| {
                    let numbers = part.iter_mut().enumerate();
                    numbers.for_each(|(i, number)| *number += first * 3 + i);
                    count.fetch_add(1, Relaxed);
                });
                assert_eq!(buffer, (0..pieces * 3).collect::<Vec<_>>(), "{parts} parts");
                assert_eq!(count.into_inner(), parts, "parts of {pieces} pieces");
            }
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn threads_change_no_bit() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| sums(1001, 8))
        };
        let one = on(1);
        for threads in [2, 3, 8] {
            assert_eq!(one, on(threads), "{threads} threads");
        }
    }
}
