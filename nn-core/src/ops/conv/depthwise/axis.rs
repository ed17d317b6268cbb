//! Which sources a result sees along one axis, and through which taps.

use core::ops::Range;
use nn_sizes::Conv;

/// Along one axis, results that see sources through the same taps.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    /// Number of results.
    pub results: usize,
    /// The position of the first result, and from each to the next.
    pub places: [usize; 2],
    /// Number of taps.
    pub taps: usize,
    /// The first tap, and from each to the next.
    pub kernel: [isize; 2],
    /// Number of sources.
    sources: usize,
    /// The source that the first result sees through the first tap; what lies outside of the map is padding.
    begin: isize,
    /// From the source of a result to that of the next.
    pub step: usize,
    /// From the source of a tap to that of the next.
    pub reach: usize,
}

impl Axis {
    /// Outputs as results, inputs as sources.
    #[inline(always)]
    pub fn forward(d: &Conv, axis: usize) -> Self {
        Self {
            results: d.output[axis],
            places: [0, 1],
            taps: d.kernel[axis],
            kernel: [0, 1],
            sources: d.input[axis],
            begin: -(d.pad[axis] as isize),
            step: d.stride[axis],
            reach: d.dilation[axis],
        }
    }

    /// The inputs `phase`, `phase + stride`, … as results and outputs as sources, through the taps backwards.
    #[inline(always)]
    pub fn gradient(d: &Conv, axis: usize, phase: usize) -> Self {
        let (kernel, stride, dilation) = (d.kernel[axis], d.stride[axis], d.dilation[axis]);
        check!(stride > 0 && phase < d.input[axis]);
        let position = phase + d.pad[axis];
        let mut none = Self {
            results: (d.input[axis] - phase).div_ceil(stride),
            places: [phase, stride],
            taps: 0,
            kernel: [0, 0],
            sources: d.output[axis],
            begin: 0,
            step: 1,
            reach: 1,
        };
        // An output begins where the input's position less that of the tap is a multiple of the stride.
        let mut first = 0;
        while first < kernel && first * dilation % stride != position % stride {
            first += 1;
        }
        if first == kernel {
            return none;
        }
        let mut step = 1;
        while first + step < kernel && !(step * dilation).is_multiple_of(stride) {
            step += 1;
        }
        none.taps = (kernel - first).div_ceil(step);
        let last = first + (none.taps - 1) * step;
        none.kernel = [last as isize, -(step as isize)];
        none.begin = (position as isize - (last * dilation) as isize) / stride as isize;
        none.reach = (step * dilation / stride).max(1);
        none
    }

    /// The source of a result through its first tap, which may be padding.
    #[inline(always)]
    fn source(&self, result: usize) -> isize {
        self.begin + (result * self.step) as isize
    }

    /// The source of a result through the first of the taps through which it sees the map, or any where there are none.
    #[inline(always)]
    pub fn first_seen(&self, result: usize, taps: &Range<usize>) -> usize {
        if taps.is_empty() { 0 } else { (self.source(result) + (taps.start * self.reach) as isize) as usize }
    }

    /// The taps through which a result sees the map.
    #[inline(always)]
    pub fn seen(&self, result: usize) -> Range<usize> {
        check!(self.reach > 0);
        let source = self.source(result);
        let before = if source < 0 { source.unsigned_abs().div_ceil(self.reach) } else { 0 };
        let left = self.sources as isize - source;
        let end = if left > 0 { (left as usize).div_ceil(self.reach) } else { 0 };
        let end = if end < self.taps { end } else { self.taps };
        if before < end { before..end } else { 0..0 }
    }

    /// The results that see the map through all taps.
    #[inline(always)]
    pub fn inside(&self) -> Range<usize> {
        check!(self.step > 0);
        let start = if self.begin < 0 { self.begin.unsigned_abs().div_ceil(self.step) } else { 0 };
        let window = if self.taps > 0 { (self.taps - 1) * self.reach } else { 0 };
        let left = self.sources as isize - self.begin - window as isize;
        let end = if left > 0 { (left as usize).div_ceil(self.step) } else { 0 };
        let end = if end < self.results { end } else { self.results };
        if start < end { start..end } else { 0..0 }
    }
}
