//! Boxes around the regions that a picture falls into.

mod region;
mod segments;

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap, HashSet};

use crate::Rect;
use region::{Region, regions};
use segments::segments;

/// More segments than this are not joined: each may be the neighbour of every other.
const MOST_SEGMENTS: usize = 1000;

/// Proposals by selective search (Uijlings et al., "Selective Search for Object Recognition", 2013), as R-CNN takes them: a picture is cut
/// into segments, the two neighbours that are most alike become one region until all are one, and around every region on the way there
/// is a box.
///
/// ```
/// use nn_boxes::SelectiveSearch;
///
/// let mut picture = [0.0; 20 * 30];
/// for y in 5..15 {
///     picture[30 * y + 8..30 * y + 20].fill(1.0);
/// }
/// let boxes = SelectiveSearch::default().propose(&picture, [1, 20, 30]);
/// assert!(boxes.iter().any(|found| found.edges() == [8.0, 5.0, 20.0, 15.0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SelectiveSearch {
    /// How much pixels of a segment may differ, times its size: more gives larger segments. Default: 0.5, for numbers from 0 to 1.
    pub scale: f32,
    /// The deviation in pixels of the Gaussian that the picture is smoothed by, at most 10; none with 0. Default: 0.8.
    pub smoothing: f32,
    /// The fewest pixels of a segment. Default: 20. A picture is cut into a thousand segments at most, so in a large one they are larger.
    pub least: usize,
    /// The most proposals, of which those of large regions come first. Default: 2000.
    pub most: usize,
}

impl Default for SelectiveSearch {
    fn default() -> Self {
        Self { scale: 0.5, smoothing: 0.8, least: 20, most: 2000 }
    }
}

impl SelectiveSearch {
    /// Boxes in a picture `[channels, height, width]`, each once. They depend on nothing but the picture; numbers that are NaN differ from
    /// all others. An empty picture has none.
    ///
    /// # Panics
    ///
    /// When the picture has not as many numbers as its shape says.
    pub fn propose(&self, picture: &[f32], [channels, height, width]: [usize; 3]) -> Vec<Rect> {
        assert!(
            picture.len() == channels * height * width,
            "{} numbers for a picture of {channels}×{height}×{width}",
            picture.len()
        );
        if picture.is_empty() {
            return Vec::new();
        }
        let smooth = Map { numbers: picture, channels, height, width }.smooth(self.smoothing.clamp(0.0, 10.0));
        let map = Map { numbers: &smooth, channels, height, width };
        let least = self.least.max(map.pixels().div_ceil(MOST_SEGMENTS));
        let segments = segments(&map, self.scale, least);
        let all = join_all(regions(&map, &segments), neighbours(&map, &segments), map.pixels());
        let mut seen = HashSet::new();
        let boxes = all.iter().rev().filter(|region| seen.insert(region.edges));
        boxes.filter_map(|region| Rect::new(region.edges.map(|edge| edge as f32)).ok()).take(self.most).collect()
    }
}

/// A picture `[channels][height][width]`.
struct Map<'a> {
    numbers: &'a [f32],
    channels: usize,
    height: usize,
    width: usize,
}

impl Map<'_> {
    fn pixels(&self) -> usize {
        self.height * self.width
    }

    fn channel(&self, channel: usize) -> &[f32] {
        &self.numbers[channel * self.pixels()..][..self.pixels()]
    }

    /// The number nearest to a place that may lie outside.
    fn at(&self, channel: usize, [x, y]: [isize; 2]) -> f32 {
        let inside = |place: isize, size: usize| place.clamp(0, size as isize - 1) as usize;
        self.channel(channel)[inside(y, self.height) * self.width + inside(x, self.width)]
    }

    /// The distance between the colours of two pixels.
    fn difference(&self, [a, b]: [usize; 2]) -> f32 {
        let squares = (0..self.channels).map(|channel| (self.channel(channel)[a] - self.channel(channel)[b]).powi(2));
        squares.sum::<f32>().sqrt()
    }

    /// How a channel changes to the right and downwards.
    fn gradient(&self, channel: usize, pixel: usize) -> [f32; 2] {
        let [x, y] = [pixel % self.width, pixel / self.width].map(|place| place as isize);
        let change = |right, down| self.at(channel, [x + right, y + down]) - self.at(channel, [x - right, y - down]);
        [change(1, 0) / 2.0, change(0, 1) / 2.0]
    }

    /// Smoothed by a Gaussian, along rows and then along columns; beyond the edge the picture goes on as it is there.
    fn smooth(&self, deviation: f32) -> Vec<f32> {
        if deviation == 0.0 {
            return self.numbers.to_vec();
        }
        let reach = (3.0 * deviation).ceil() as isize;
        let weights: Vec<f32> = (-reach..=reach).map(|i| (-0.5 * (i as f32 / deviation).powi(2)).exp()).collect();
        let total: f32 = weights.iter().sum();
        let along = |map: &Map<'_>, [right, down]: [isize; 2]| -> Vec<f32> {
            let sum = |channel, x: usize, y: usize| {
                let places = (-reach..=reach).map(|i| [x as isize + i * right, y as isize + i * down]);
                places.zip(&weights).map(|(place, weight)| weight * map.at(channel, place)).sum::<f32>() / total
            };
            let rows = (0..self.channels).flat_map(|channel| (0..self.height).map(move |y| (channel, y)));
            rows.flat_map(|(channel, y)| (0..self.width).map(move |x| sum(channel, x, y))).collect()
        };
        let rows = along(self, [1, 0]);
        along(&Map { numbers: &rows, ..*self }, [0, 1])
    }
}

/// The segments that touch each segment.
fn neighbours(map: &Map<'_>, segments: &[usize]) -> Vec<BTreeSet<usize>> {
    let count = segments.iter().max().map_or(0, |last| last + 1);
    let mut neighbours = vec![BTreeSet::new(); count];
    for pixel in 0..map.pixels() {
        let right = (pixel % map.width + 1 < map.width).then_some(pixel + 1);
        let below = Some(pixel + map.width).filter(|&below| below < map.pixels());
        for other in [right, below].into_iter().flatten() {
            let [a, b] = [segments[pixel], segments[other]];
            if a != b {
                neighbours[a].insert(b);
                neighbours[b].insert(a);
            }
        }
    }
    neighbours
}

/// Two regions that touch. The most alike is the greatest; of several, those that were there first.
struct Pair {
    similarity: f32,
    regions: [usize; 2],
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.similarity.total_cmp(&other.similarity).then_with(|| other.regions.cmp(&self.regions))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pair {}

/// The regions and all that they become, joined two by two, in this order.
fn join_all(mut regions: Vec<Region>, mut neighbours: Vec<BTreeSet<usize>>, pixels: usize) -> Vec<Region> {
    let pair = |regions: &[Region], a: usize, b: usize| Pair {
        similarity: regions[a].similarity(&regions[b], pixels),
        regions: [a, b],
    };
    let mut pairs: BinaryHeap<Pair> = BinaryHeap::new();
    for (a, others) in neighbours.iter().enumerate() {
        pairs.extend(others.range(a + 1..).map(|&b| pair(&regions, a, b)));
    }
    let mut is_whole = vec![true; regions.len()];
    while let Some(Pair { regions: [a, b], .. }) = pairs.pop() {
        if !is_whole[a] || !is_whole[b] {
            continue;
        }
        let joined = regions.len();
        regions.push(regions[a].joined(&regions[b]));
        (is_whole[a], is_whole[b]) = (false, false);
        is_whole.push(true);
        let others: BTreeSet<usize> = neighbours[a].union(&neighbours[b]).copied().filter(|&i| is_whole[i]).collect();
        for &other in &others {
            neighbours[other].insert(joined);
            pairs.push(pair(&regions, other, joined));
        }
        neighbours.push(others);
    }
    regions
}

#[cfg(test)]
mod tests;
