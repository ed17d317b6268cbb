//! Segments of a picture: pixels that differ less from each other than from what is around them (Felzenszwalb and Huttenlocher,
//! "Efficient Graph-Based Image Segmentation", 2004).

use super::Map;

/// Neighbouring pixels and how much they differ.
struct Edge {
    difference: f32,
    pixels: [usize; 2],
}

/// Sets of pixels that grow together.
struct Sets {
    parents: Vec<usize>,
    sizes: Vec<usize>,
    /// Up to this difference a set takes in others.
    limits: Vec<f32>,
}

impl Sets {
    fn new(pixels: usize, scale: f32) -> Self {
        Self { parents: (0..pixels).collect(), sizes: vec![1; pixels], limits: vec![scale; pixels] }
    }

    fn root(&mut self, mut pixel: usize) -> usize {
        while self.parents[pixel] != pixel {
            self.parents[pixel] = self.parents[self.parents[pixel]];
            pixel = self.parents[pixel];
        }
        pixel
    }

    fn join(&mut self, a: usize, b: usize) -> usize {
        let [small, large] = if self.sizes[a] < self.sizes[b] { [a, b] } else { [b, a] };
        self.parents[small] = large;
        self.sizes[large] += self.sizes[small];
        large
    }
}

/// The segment of each pixel, counted from 0 in the order of their first pixels. A larger `scale` gives larger segments, none of which
/// has fewer than `least` pixels.
pub(super) fn segments(map: &Map<'_>, scale: f32, least: usize) -> Vec<usize> {
    let mut edges = edges(map);
    edges.sort_by(|a, b| a.difference.total_cmp(&b.difference));
    let mut sets = Sets::new(map.pixels(), scale);
    for Edge { difference, pixels } in &edges {
        let [a, b] = pixels.map(|pixel| sets.root(pixel));
        if a != b && *difference <= sets.limits[a].min(sets.limits[b]) {
            let joined = sets.join(a, b);
            sets.limits[joined] = difference + scale / sets.sizes[joined] as f32;
        }
    }
    for Edge { pixels, .. } in &edges {
        let [a, b] = pixels.map(|pixel| sets.root(pixel));
        if a != b && sets.sizes[a].min(sets.sizes[b]) < least {
            sets.join(a, b);
        }
    }
    numbered(&mut sets)
}

fn numbered(sets: &mut Sets) -> Vec<usize> {
    let mut numbers = vec![usize::MAX; sets.parents.len()];
    let mut next = 0;
    let segments = (0..sets.parents.len()).map(|pixel| {
        let number = &mut numbers[sets.root(pixel)];
        if *number == usize::MAX {
            *number = next;
            next += 1;
        }
        *number
    });
    segments.collect()
}

/// Each pixel with those to its right, below, and at both corners below.
fn edges(map: &Map<'_>) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(4 * map.pixels());
    for y in 0..map.height {
        for x in 0..map.width {
            for (right, down) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
                let (Some(x2), y2) = (x.checked_add_signed(right), y + down) else { continue };
                if x2 < map.width && y2 < map.height {
                    let pixels = [y * map.width + x, y2 * map.width + x2];
                    edges.push(Edge { difference: map.difference(pixels), pixels });
                }
            }
        }
    }
    edges
}
