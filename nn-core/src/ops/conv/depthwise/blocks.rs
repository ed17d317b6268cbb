//! A row of results, block by block: pixels side by side, for one or two vectors of channels.

use super::axis::Axis;
use crate::simd::vector::Vector;
use core::ops::Range;

/// Pixels side by side where there are 32 registers, two vectors each beside a row of taps; half as many where there are 16.
const PIXELS: usize = 8;

/// Pixels of the most blocks.
pub(super) const LEAST_PIXELS: usize = PIXELS / 2;

/// Some taps of a window, and what they see; steps are in numbers.
pub(super) struct Taps {
    /// Rows and columns of taps.
    pub counts: [usize; 2],
    /// Where the source of the first result and tap lies.
    pub source: usize,
    /// From tap to tap, down and right, among the sources.
    pub steps: [usize; 2],
    /// From a result's source to the next one's.
    pub step: usize,
    /// Where the weights of the first tap lie.
    pub weight: usize,
    /// From tap to tap, down and right, among the weights.
    pub weight_steps: [isize; 2],
}

/// What is done to a block of results.
pub(super) trait Block<V: Vector> {
    /// `N` results at `[first, step]` in the row, for `M` vectors of channels from `c` on, or what there is of one. `TAPS` is
    /// the number of taps in a row if the sources of both taps and results lie side by side, or 0.
    ///
    /// # Safety
    /// The results, the taps and their sources are there, and the channels.
    unsafe fn block<const N: usize, const M: usize, const TAPS: usize, const WHOLE: bool>(
        &mut self,
        taps: &Taps,
        places: [usize; 2],
        c: usize,
    );
}

/// A row of results.
pub(super) struct Row<'a> {
    pub rows: &'a Axis,
    /// Which of the rows.
    pub row: usize,
    pub columns: &'a Axis,
    /// Width of the map of sources.
    pub width: usize,
    /// Width of the kernel.
    pub kernel: usize,
    pub channels: usize,
}

impl Row<'_> {
    /// Calls `block` for all results of the row.
    ///
    /// # Safety
    /// The results and sources that the axes speak of are there, as are a weight for each tap and channel.
    #[inline(always)]
    pub unsafe fn for_each_block<V: Vector>(&self, block: &mut impl Block<V>) {
        let columns = self.columns;
        let down = self.rows.seen(self.row);
        let inside = columns.inside();
        // SAFETY: the caller's; the taps are those that see the map.
        unsafe {
            for pixel in (0..inside.start).chain(inside.end..columns.results) {
                self.channels::<V, 1, 0>(pixel, self.taps(pixel, &down, columns.seen(pixel)), block);
            }
            let mut pixel = inside.start;
            while pixel < inside.end {
                let taps = self.taps(pixel, &down, 0..columns.taps);
                let left = inside.end - pixel;
                if const { V::ROWS > 6 } && left >= PIXELS {
                    self.side_by_side::<V, PIXELS>(pixel, taps, block);
                    pixel += PIXELS;
                } else if left >= PIXELS / 2 {
                    self.side_by_side::<V, { PIXELS / 2 }>(pixel, taps, block);
                    pixel += PIXELS / 2;
                } else {
                    self.channels::<V, 1, 0>(pixel, taps, block);
                    pixel += 1;
                }
            }
        }
    }

    /// A block of pixels that see the map through all taps.
    ///
    /// # Safety
    /// As for [`for_each_block`](Self::for_each_block).
    #[inline(always)]
    unsafe fn side_by_side<V: Vector, const N: usize>(&self, pixel: usize, taps: Taps, block: &mut impl Block<V>) {
        let columns = self.columns;
        // SAFETY: the caller's.
        unsafe {
            match (columns.taps, columns.step, columns.reach) {
                (3, 1, 1) => self.channels::<V, N, 3>(pixel, taps, block),
                (5, 1, 1) => self.channels::<V, N, 5>(pixel, taps, block),
                _ => self.channels::<V, N, 0>(pixel, taps, block),
            }
        }
    }

    /// These taps, as the results from `pixel` on see the map through them.
    #[inline(always)]
    fn taps(&self, pixel: usize, down: &Range<usize>, right: Range<usize>) -> Taps {
        let (rows, columns, channels) = (self.rows, self.columns, self.channels);
        let tap = |axis: &Axis, tap: usize| (axis.kernel[0] + tap as isize * axis.kernel[1]) as usize;
        Taps {
            counts: [down.end - down.start, right.end - right.start],
            source: (rows.first_seen(self.row, down) * self.width + columns.first_seen(pixel, &right)) * channels,
            steps: [rows.reach * self.width * channels, columns.reach * channels],
            step: columns.step * channels,
            weight: (tap(rows, down.start) * self.kernel + tap(columns, right.start)) * channels,
            weight_steps: [rows.kernel[1] * (self.kernel * channels) as isize, columns.kernel[1] * channels as isize],
        }
    }

    /// A block of pixels, vector after vector of channels.
    ///
    /// # Safety
    /// As for [`for_each_block`](Self::for_each_block).
    #[inline(always)]
    unsafe fn channels<V: Vector, const N: usize, const TAPS: usize>(
        &self,
        pixel: usize,
        taps: Taps,
        block: &mut impl Block<V>,
    ) {
        let [first, every] = self.columns.places;
        let places = [(first + pixel * every) * self.channels, every * self.channels];
        let mut c = 0;
        // SAFETY: the caller's.
        unsafe {
            while c + 2 * V::LANES <= self.channels {
                block.block::<N, 2, TAPS, true>(&taps, places, c);
                c += 2 * V::LANES;
            }
            if c + V::LANES <= self.channels {
                block.block::<N, 1, TAPS, true>(&taps, places, c);
                c += V::LANES;
            }
            if c < self.channels {
                block.block::<N, 1, TAPS, false>(&taps, places, c);
            }
        }
    }
}

/// `a * b + sum`, vector by vector.
#[inline(always)]
pub(super) fn mul_add<V: Vector, const M: usize>(a: [V; M], b: [V; M], mut sum: [V; M]) -> [V; M] {
    for m in 0..M {
        sum[m] = a[m].mul_add(b[m], sum[m]);
    }
    sum
}
