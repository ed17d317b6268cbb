//! What is known of a region while regions are joined.

use super::Map;

/// Bins of a channel's numbers.
const COLOURS: usize = 25;
/// Directions of a gradient, and bins of how much of it points there.
const DIRECTIONS: usize = 8;
const STEPS: usize = 10;

/// Some pixels that are taken together.
#[derive(Clone, Debug)]
pub(super) struct Region {
    /// `[left, top, right, bottom]`, the latter two just beyond.
    pub edges: [usize; 4],
    pixels: usize,
    /// Shares of its numbers in each bin; the sum is 1, as is that of the next.
    colours: Vec<f32>,
    textures: Vec<f32>,
}

impl Region {
    fn empty(channels: usize) -> Self {
        Self {
            edges: [usize::MAX, usize::MAX, 0, 0],
            pixels: 0,
            colours: vec![0.0; COLOURS * channels],
            textures: vec![0.0; DIRECTIONS * STEPS * channels],
        }
    }

    fn add(&mut self, [x, y]: [usize; 2]) {
        let [left, top, right, bottom] = self.edges;
        self.edges = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
        self.pixels += 1;
    }

    /// Both together.
    pub fn joined(&self, other: &Self) -> Self {
        let pixels = self.pixels + other.pixels;
        let share = self.pixels as f32 / pixels as f32;
        let mix = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| share * a + (1.0 - share) * b).collect();
        Self {
            edges: around(self.edges, other.edges),
            pixels,
            colours: mix(&self.colours, &other.colours),
            textures: mix(&self.textures, &other.textures),
        }
    }

    /// From 0 to 4: how alike they are in colour and texture, how small, and how well they fill the box around both.
    pub fn similarity(&self, other: &Self, picture: usize) -> f32 {
        let shared = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a.min(*b)).sum::<f32>();
        let pixels = self.pixels + other.pixels;
        let [left, top, right, bottom] = around(self.edges, other.edges);
        let gap = (right - left) * (bottom - top) - pixels;
        shared(&self.colours, &other.colours) + shared(&self.textures, &other.textures) + 2.0
            - (pixels + gap) as f32 / picture as f32
    }
}

fn around(a: [usize; 4], b: [usize; 4]) -> [usize; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// The region of each segment.
pub(super) fn regions(map: &Map<'_>, segments: &[usize]) -> Vec<Region> {
    let count = segments.iter().max().map_or(0, |last| last + 1);
    let mut regions = vec![Region::empty(map.channels); count];
    for (pixel, &segment) in segments.iter().enumerate() {
        regions[segment].add([pixel % map.width, pixel / map.width]);
    }
    for channel in 0..map.channels {
        let numbers = map.channel(channel);
        let [least, most] = range(numbers.iter().copied());
        let gradients: Vec<[f32; 2]> = (0..map.pixels()).map(|pixel| map.gradient(channel, pixel)).collect();
        let [_, steepest] = range(gradients.iter().map(|[x, y]| x.hypot(*y)));
        for (pixel, &segment) in segments.iter().enumerate() {
            let region = &mut regions[segment];
            let share = 1.0 / (region.pixels * map.channels) as f32;
            region.colours[channel * COLOURS + bin((numbers[pixel] - least) / (most - least), COLOURS)] += share;
            for direction in 0..DIRECTIONS {
                let (sin, cos) = (core::f32::consts::TAU * direction as f32 / DIRECTIONS as f32).sin_cos();
                let [x, y] = gradients[pixel];
                let place = (channel * DIRECTIONS + direction) * STEPS + bin((x * cos + y * sin) / steepest, STEPS);
                region.textures[place] += share / DIRECTIONS as f32;
            }
        }
    }
    regions
}

/// The least and the largest number.
fn range(numbers: impl Iterator<Item = f32>) -> [f32; 2] {
    numbers.fold([f32::INFINITY, f32::NEG_INFINITY], |[least, most], number| [least.min(number), most.max(number)])
}

/// The bin of a number from 0 to 1; what is less is in the first, as is NaN.
fn bin(number: f32, count: usize) -> usize {
    ((number * count as f32) as usize).min(count - 1)
}
