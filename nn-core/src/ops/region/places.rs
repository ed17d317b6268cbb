//! Where the bins of a region lie in the map.

use crate::base::memory::part;
use crate::base::number::Number;
use core::ops::Range;
use nn_sizes::{Regions, RoiAlign};

/// The edges of a box, `[[top, bottom], [left, right]]`, in pixels of the map; `None` if one is not finite.
#[inline(always)]
fn edges<T: Number>(scale: f64, edges: &[T]) -> Option<[[T; 2]; 2]> {
    let edge = |i: usize| *part(edges, i) * T::from_f64(scale);
    let edges = [[edge(1), edge(3)], [edge(0), edge(2)]];
    edges.iter().flatten().all(|edge| edge.is_finite()).then_some(edges)
}

/// The places of samples along one axis.
#[derive(Clone, Copy)]
struct Line<T> {
    /// Where the region begins.
    start: T,
    /// The length of a bin.
    bin: T,
    /// Pixels of the map.
    pixels: usize,
}

impl<T: Number> Line<T> {
    /// `None` where a length is beyond the numbers.
    #[inline(always)]
    fn new(d: &RoiAlign, [first, last]: [T; 2], bins: usize, pixels: usize) -> Option<Self> {
        let half = T::from_f64(if d.aligned { 0.5 } else { 0.0 });
        let (start, length) = (first - half, (last - half) - (first - half));
        // What is not aligned counts both edges as pixels, so that there is one at least.
        let length = if d.aligned { length } else { length.max(T::ONE) };
        length.is_finite().then(|| Self { start, bin: length / T::from_usize(bins), pixels })
    }

    /// The two pixels beside a sample of a bin, each with its share; `None` for one that lies more than a pixel outside the map.
    #[inline(always)]
    fn beside(&self, bin: usize, sample: usize, samples: usize) -> Option<[(usize, T); 2]> {
        let half = T::from_f64(0.5);
        let within = (T::from_usize(sample) + half) * self.bin / T::from_usize(samples);
        let place = self.start + T::from_usize(bin) * self.bin + within;
        if !(place >= -T::ONE && place <= T::from_usize(self.pixels)) {
            return None;
        }
        let place = place.max(T::ZERO);
        let first = place.to_f64() as usize;
        if first + 1 >= self.pixels {
            return Some([(self.pixels - 1, T::ONE), (self.pixels - 1, T::ZERO)]);
        }
        let share = place - T::from_usize(first);
        Some([(first, T::ONE - share), (first + 1, share)])
    }
}

/// The places that a region is sampled at, bin by bin and row by row. Each is the number of its bin, and the four pixels
/// around it with their shares: none for a place outside the map.
pub(super) struct Places<T> {
    down: Line<T>,
    across: Line<T>,
    /// Bins across, and samples of one down and across.
    wide: usize,
    samples: usize,
    /// The share of a sample in its bin.
    share: T,
    /// How many places are left, and where the next one is.
    left: usize,
    bin: [usize; 2],
    number: usize,
    sample: [usize; 2],
}

impl<T: Number> Places<T> {
    /// `None` for a box that is not finite.
    #[inline(always)]
    pub(super) fn new(d: &RoiAlign, region: &[T]) -> Option<Self> {
        let Regions { input, output, scale, .. } = d.regions;
        let [down, across] = edges(scale, region)?;
        Some(Self {
            down: Line::new(d, down, output[0], input[0])?,
            across: Line::new(d, across, output[1], input[1])?,
            wide: output[1],
            samples: d.samples,
            share: T::ONE / T::from_usize(d.samples * d.samples),
            left: d.places(),
            bin: [0, 0],
            number: 0,
            sample: [0, 0],
        })
    }

    /// The pixels around the place.
    #[inline(always)]
    fn around(&self) -> Option<[(usize, T); 4]> {
        let [top, bottom] = self.down.beside(self.bin[0], self.sample[0], self.samples)?;
        let [left, right] = self.across.beside(self.bin[1], self.sample[1], self.samples)?;
        let width = self.across.pixels;
        let corner = |row: (usize, T), column: (usize, T)| (row.0 * width + column.0, row.1 * column.1 * self.share);
        Some([corner(top, left), corner(top, right), corner(bottom, left), corner(bottom, right)])
    }

    /// Goes on to the next place.
    #[inline(always)]
    fn step(&mut self) {
        self.left -= 1;
        self.sample = next(self.sample, self.samples);
        if self.sample == [self.samples, 0] {
            self.sample = [0, 0];
            self.bin = next(self.bin, self.wide);
            self.number += 1;
        }
    }
}

/// The place after this one, along rows of a width.
#[inline(always)]
fn next([row, column]: [usize; 2], width: usize) -> [usize; 2] {
    if column + 1 < width { [row, column + 1] } else { [row + 1, 0] }
}

impl<T: Number> Iterator for Places<T> {
    type Item = (usize, Option<[(usize, T); 4]>);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let place = (self.number, self.around());
        self.step();
        Some(place)
    }
}

/// The pixels of a region along both axes, by whole numbers: `[first, count]`, which may lie outside the map.
pub(super) struct Windows([[f64; 2]; 2]);

impl Windows {
    /// `None` for a box that is not finite.
    pub(super) fn new<T: Number>(d: &Regions, region: &[T]) -> Option<Self> {
        let whole = |[first, last]: [T; 2]| {
            let [first, last] = [first, last].map(|edge| libm::round(edge.to_f64()));
            [first, (last - first + 1.0).max(1.0)]
        };
        edges(d.scale, region).map(|edges| Self(edges.map(whole)))
    }

    /// The rows and the columns of the map that a bin touches; either may be none.
    pub(super) fn of_bin(&self, d: &Regions, [row, column]: [usize; 2]) -> [Range<usize>; 2] {
        let ([tall, wide], [height, width, _], [down, across]) = (d.output, d.input, self.0);
        [along(down, row, tall, height), along(across, column, wide, width)]
    }
}

/// The pixels that one of `bins` touches, whose edges are rounded outwards, as far as they lie in the map.
fn along([first, count]: [f64; 2], bin: usize, bins: usize, pixels: usize) -> Range<usize> {
    let edge = |bin: usize| bin as f64 * count / bins as f64;
    let inside = |place: f64| place.max(0.0).min(pixels as f64) as usize;
    inside(first + libm::floor(edge(bin)))..inside(first + libm::ceil(edge(bin + 1)))
}
