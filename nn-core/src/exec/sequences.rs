//! Samples that are sequences: where the steps of each lie, and how buffers with numbers for each step are cut between samples.

use core::ops::Range;

use nn_sizes::Steps;

use super::pieces::Divide;
use super::{Pass, Pieces};

/// Where the steps of each sample of a pass lie among those of all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans<'a> {
    /// How many each sample has, where that does not vary.
    count: usize,
    /// The step that each sample begins with, and where the last one ends; empty where their number does not vary.
    starts: &'a [usize],
}

impl<'a> Pass<'a> {
    /// Where the steps of each sample lie.
    pub(crate) fn spans(&self, steps: &Steps) -> Spans<'a> {
        let starts = steps.varies.and_then(|input| self.starts.get(input)).copied().unwrap_or_default();
        Spans { count: steps.count, starts }
    }

    /// The pass over all steps of all samples.
    pub(crate) fn over(self, steps: &Steps) -> Self {
        match steps.varies {
            Some(input) => self.rows_of(input),
            None => self.rows(steps.count),
        }
    }
}

impl Spans<'_> {
    /// The step that a sample begins with; of the sample behind the last, where that ends.
    pub(crate) fn start(&self, sample: usize) -> usize {
        match self.starts {
            [] => sample * self.count,
            [first, ..] => self.starts.get(sample).map_or(0, |start| start - first),
        }
    }

    /// The steps of a sample.
    pub(crate) fn of(&self, sample: usize) -> Range<usize> {
        self.start(sample)..self.start(sample + 1)
    }
}

/// Neighbouring samples with their pieces of some buffers: for each step, and for each sample.
pub(crate) struct Sequences<'a, T, const R: usize, const S: usize> {
    spans: Spans<'a>,
    samples: Range<usize>,
    by_step: [Pieces<'a, T>; R],
    by_sample: [Pieces<'a, T>; S],
}

impl<'a, T, const R: usize, const S: usize> Sequences<'a, T, R, S> {
    /// So many samples with all of the buffers.
    pub(crate) fn new(
        spans: Spans<'a>,
        samples: usize,
        by_step: [Pieces<'a, T>; R],
        by_sample: [Pieces<'a, T>; S],
    ) -> Self {
        Self { spans, samples: 0..samples, by_step, by_sample }
    }

    /// Which samples these are.
    pub(crate) fn samples(&self) -> Range<usize> {
        self.samples.clone()
    }

    /// How many steps one of them has, counted from the first of these samples.
    pub(crate) fn len(&self, sample: usize) -> usize {
        self.spans.of(self.samples.start + sample).len()
    }

    /// All pieces of the samples.
    pub(crate) fn shared(&mut self) -> [&mut [T]; S] {
        self.by_sample.each_mut().map(Pieces::all)
    }

    /// The pieces of all steps of one of them.
    pub(crate) fn sample(&mut self, sample: usize) -> [&mut [T]; R] {
        let from = self.spans.start(self.samples.start);
        let steps = self.spans.of(self.samples.start + sample);
        self.by_step.each_mut().map(|pieces| pieces.some(steps.start - from..steps.end - from))
    }

    /// The pieces of a step of one of them, and all of the samples.
    pub(crate) fn step(&mut self, sample: usize, step: usize) -> ([&mut [T]; R], [&mut [T]; S]) {
        let row = self.spans.start(self.samples.start + sample) - self.spans.start(self.samples.start) + step;
        (self.by_step.each_mut().map(|pieces| pieces.get(row)), self.by_sample.each_mut().map(Pieces::all))
    }
}

impl<T: Send, const R: usize, const S: usize> Divide for Sequences<'_, T, R, S> {
    fn take_first(&mut self, pieces: usize) -> Self {
        let middle = self.samples.start + pieces;
        let steps = self.spans.start(middle) - self.spans.start(self.samples.start);
        let first = self.samples.start..middle;
        self.samples.start = middle;
        Self {
            spans: self.spans,
            samples: first,
            by_step: self.by_step.take_first(steps),
            by_sample: self.by_sample.take_first(pieces),
        }
    }
}
