//! Three networks, one after the other, each surer than the one before.

use std::path::Path;

use nn_core::boxes::{Among, Detection, Rect, suppress};
use nn_core::shape::Shape;
use nn_core::weights::Weights;
use nn_core::{Batch, Network, network};

use crate::Failure;
use crate::picture::{Part, Picture};

network! {
    // Two numbers of no face and a face, then four by which the edges of the box move.
    block proposes = conv1: conv(10, 3) -> prelu1: prelu -> pool(2, ceil = true) -> conv2: conv(16, 3) -> prelu2: prelu
        -> conv3: conv(32, 3) -> prelu3: prelu -> concat(conv4_1: conv(2, 1) | conv4_2: conv(4, 1));
    struct EvenEven = [3, 128, 128] -> pnet: proposes;
    struct EvenOdd = [3, 128, 127] -> pnet: proposes;
    struct OddEven = [3, 127, 128] -> pnet: proposes;
    struct OddOdd = [3, 127, 127] -> pnet: proposes;

    // The package flattens width first.
    block refines = conv1: conv(28, 3) -> prelu1: prelu -> pool(3, stride = 2, ceil = true) -> conv2: conv(48, 3) -> prelu2: prelu
        -> pool(3, stride = 2, ceil = true) -> conv3: conv(64, 2) -> prelu3: prelu
        -> transpose([2, 1, 0]) -> dense4: affine(128) -> prelu4: prelu -> concat(dense5_1: affine(2) | dense5_2: affine(4));
    struct Refine = [3, 24, 24] -> rnet: refines;

    // And ten of landmarks.
    block decides = conv1: conv(32, 3) -> prelu1: prelu -> pool(3, stride = 2, ceil = true) -> conv2: conv(64, 3) -> prelu2: prelu
        -> pool(3, stride = 2, ceil = true) -> conv3: conv(64, 3) -> prelu3: prelu -> pool(2, ceil = true)
        -> conv4: conv(128, 2) -> prelu4: prelu -> transpose([2, 1, 0]) -> dense5: affine(256) -> prelu5: prelu
        -> concat(dense6_1: affine(2) | dense6_2: affine(4) | dense6_3: affine(10));
    struct Decide = [3, 48, 48] -> onet: decides;
}

/// The first network's window in pixels, and those from one place to the next.
const WINDOW: usize = 12;
const STRIDE: usize = 2;
/// Height and width of its map of a tile, of 127 pixels and of 128.
const GRID: usize = 59;
/// Tiles predicted at once.
const TILES: usize = 16;
/// The smallest face in pixels, and from one size of the pyramid to the next. All settings are the package's.
const SMALLEST: f64 = 20.0;
const FACTOR: f64 = 0.709;
/// How sure each network must be.
const THRESHOLDS: [f32; 3] = [0.6, 0.7, 0.7];

/// What was found.
pub struct Face {
    /// Left, top, right and bottom.
    pub edges: [f32; 4],
    /// Its probability.
    pub score: f32,
    /// Eyes, nose and corners of the mouth: `[x, y]`.
    pub points: [[f32; 2]; 5],
}

/// A box that may be a face's, and by how much of its size its edges are to move.
#[derive(Clone, Copy)]
struct Candidate {
    edges: [f32; 4],
    score: f32,
    moves: [f32; 4],
    points: [[f32; 2]; 5],
}

impl Candidate {
    /// The box and what a network's first six numbers say of it.
    fn new(edges: [f32; 4], said: [f32; 6]) -> Self {
        let [none, face, moves @ ..] = said;
        Self { edges, score: 1.0 / (1.0 + (none - face).exp()), moves, points: [[0.0; 2]; 5] }
    }

    /// Its edges moved by parts of its size, which the second and third network count in pixels from the first to the last.
    fn moved(mut self, more: f32) -> Self {
        let [left, top, right, bottom] = self.edges;
        let size = [right - left + more, bottom - top + more];
        for (i, edge) in self.edges.iter_mut().enumerate() {
            *edge += self.moves[i] * size[i % 2];
        }
        self
    }

    /// The square around its middle.
    fn squared(mut self) -> Self {
        let [left, top, right, bottom] = self.edges;
        let (width, height) = (right - left, bottom - top);
        let side = width.max(height);
        let (left, top) = (left + width * 0.5 - side * 0.5, top + height * 0.5 - side * 0.5);
        self.edges = [left, top, left + side, top + side];
        self
    }

    /// The pixels in it, counted from 1 as the package does; `None` if there are none in the picture.
    fn part(&self, picture: &Picture) -> Option<Part> {
        let [left, top, right, bottom] = self.edges.map(|edge| edge as i64);
        let first = |edge: i64| edge.max(1) as usize - 1;
        let end = |edge: i64, size: usize| (edge.max(0) as usize).min(size);
        let part = [first(left), first(top), end(right, picture.width), end(bottom, picture.height)];
        (part[0] < part[2] && part[1] < part[3]).then_some(part)
    }
}

/// Of boxes that share more than `limit` the surest. What is no box is dropped.
fn surest(candidates: &[Candidate], limit: f32) -> Vec<Candidate> {
    // The class is the place in the list: among all, suppression does not look at it.
    let detection = |(i, found): (usize, &Candidate)| {
        Some(Detection { rect: Rect::new(found.edges).ok()?, class: i, score: found.score })
    };
    let mut list: Vec<Detection> = candidates.iter().enumerate().filter_map(detection).collect();
    let kept = suppress(&mut list, limit, Among::All);
    list[..kept].iter().map(|found| candidates[found.class]).collect()
}

/// Of boxes of which more than `limit` of the smaller one is shared the surest: one face within another is none. Boxes are counted in
/// pixels from the first to the last.
fn outermost(mut candidates: Vec<Candidate>, limit: f32) -> Vec<Candidate> {
    let extent = |low: f32, high: f32| (high - low + 1.0).max(0.0);
    let area = |[left, top, right, bottom]: [f32; 4]| extent(left, right) * extent(top, bottom);
    let shared = |a: [f32; 4], b: [f32; 4]| {
        area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]) / area(a).min(area(b))
    };
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if kept.iter().all(|other| shared(other.edges, candidate.edges) <= limit) {
            kept.push(candidate);
        }
    }
    kept
}

/// Where tiles begin along an axis of so many places: the last ends where the picture does, and the first may begin before it.
fn starts(places: usize) -> impl Iterator<Item = isize> {
    let before = places.saturating_sub(GRID).div_ceil(GRID - 1);
    let last = places as isize - GRID as isize;
    (0..=before).rev().map(move |tiles| last - (tiles * (GRID - 1)) as isize)
}

/// The places at which the first network looks along so many pixels. The last window of its pooling may be half a window.
fn places(pixels: usize) -> usize {
    (pixels - 2).div_ceil(2) - 4
}

/// What the first network says at each place of a picture of any size: `[6][height][width]`.
///
/// The network is declared for a tile, and the picture is laid out with tiles. A number of its map depends on a window of pixels and on
/// where pooling begins, no more. So it is the same in a tile as in the whole picture if the tile begins at an even pixel, and at the
/// right and lower edge, where half a window of pooling may be left, if it ends where the picture does. Hence a tile has an odd size
/// where the picture has; elsewhere its last place sees that half window wrongly, and the next tile writes over it. Before the picture
/// a tile is filled with zeros, and what is said there is dropped.
fn map_of<N, In, Out>(net: &N, picture: &Picture) -> Result<Vec<f32>, Failure>
where
    In: Shape<Element<f32> = f32>,
    Out: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (In,), Outputs = (Out,)>,
{
    let [height, width] = [picture.height, picture.width].map(places);
    let [tall, wide] = [picture.height, picture.width].map(|pixels| 128 - pixels % 2);
    let mut map = vec![0.0; 6 * height * width];
    let all: Vec<[isize; 2]> = starts(height).flat_map(|y| starts(width).map(move |x| [y, x])).collect();
    for corners in all.chunks(TILES) {
        let mut tiles = Batch::<In>::zeros(corners.len());
        for (tile, corner) in tiles.iter_mut().zip(corners) {
            for (i, number) in tile.iter_mut().enumerate() {
                let (c, y, x) = (i / (tall * wide), i / wide % tall, i % wide);
                let [y, x] =
                    [(corner[0], y), (corner[1], x)].map(|(at, i)| (at * STRIDE as isize).checked_add_unsigned(i));
                if let [Some(y @ 0..), Some(x @ 0..)] = [y, x] {
                    *number = picture.at(c, y as usize, x as usize);
                }
            }
        }
        let said = net.predict(&tiles)?;
        for (said, corner) in said.iter().zip(corners) {
            for (i, &number) in said.iter().enumerate() {
                let (c, y, x) = (i / (GRID * GRID), i / GRID % GRID, i % GRID);
                if let [Some(y), Some(x)] = [y.checked_add_signed(corner[0]), x.checked_add_signed(corner[1])] {
                    map[(c * height + y) * width + x] = number;
                }
            }
        }
    }
    Ok(map)
}

/// The three networks.
pub struct Cascade {
    even_even: EvenEven,
    even_odd: EvenOdd,
    odd_even: OddEven,
    odd_odd: OddOdd,
    refine: Refine,
    decide: Decide,
}

impl Cascade {
    /// From a file with the weights of all three under the package's names.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let weights = Weights::open(path)?;
        Ok(Self {
            even_even: part(&weights)?,
            even_odd: part(&weights)?,
            odd_even: part(&weights)?,
            odd_odd: part(&weights)?,
            refine: part(&weights)?,
            decide: part(&weights)?,
        })
    }

    /// The faces in a picture; none in one that is smaller than the smallest face.
    pub fn find(&self, picture: &Picture) -> Result<Vec<Face>, Failure> {
        let proposed = self.propose(picture)?;
        let refined = self.refine(picture, &proposed)?;
        self.decide(picture, &refined)
    }

    /// The first network, over a pyramid of sizes.
    fn propose(&self, picture: &Picture) -> Result<Vec<Candidate>, Failure> {
        let whole = [0, 0, picture.width, picture.height];
        let mut scale = WINDOW as f64 / SMALLEST;
        let mut side = picture.height.min(picture.width) as f64 * scale;
        let mut all = Vec::new();
        while side >= WINDOW as f64 {
            let size = [picture.height, picture.width].map(|pixels| (pixels as f64 * scale + 1.0) as usize);
            let smaller = picture.resized(whole, size).scaled();
            all.extend(surest(&self.propose_at(&smaller, scale as f32)?, 0.5));
            scale *= FACTOR;
            side *= FACTOR;
        }
        Ok(surest(&all, 0.7).into_iter().map(|found| found.moved(0.0).squared()).collect())
    }

    fn propose_at(&self, picture: &Picture, scale: f32) -> Result<Vec<Candidate>, Failure> {
        let map = match [picture.height % 2, picture.width % 2] {
            [0, 0] => map_of(&self.even_even, picture)?,
            [0, _] => map_of(&self.even_odd, picture)?,
            [_, 0] => map_of(&self.odd_even, picture)?,
            _ => map_of(&self.odd_odd, picture)?,
        };
        let (width, area) = (places(picture.width), map.len() / 6);
        let candidate = |place: usize| {
            let [x, y] = [place % width, place / width].map(|at| STRIDE * at);
            let edges = [x + 1, y + 1, x + WINDOW, y + WINDOW].map(|edge| (edge as f32 / scale).floor());
            Candidate::new(edges, [0, 1, 2, 3, 4, 5].map(|c| map[c * area + place]))
        };
        Ok((0..area).map(candidate).filter(|found| found.score >= THRESHOLDS[0]).collect())
    }

    fn refine(&self, picture: &Picture, proposed: &[Candidate]) -> Result<Vec<Candidate>, Failure> {
        let said = look(&self.refine, picture, proposed, 24, |edges, said: [f32; 6]| Candidate::new(edges, said))?;
        let sure: Vec<Candidate> = said.into_iter().filter(|found| found.score > THRESHOLDS[1]).collect();
        Ok(surest(&sure, 0.7).into_iter().map(|found| found.moved(1.0).squared()).collect())
    }

    fn decide(&self, picture: &Picture, refined: &[Candidate]) -> Result<Vec<Face>, Failure> {
        let said = look(&self.decide, picture, refined, 48, |edges, said: [f32; 16]| {
            let [none, face, a, b, c, d, points @ ..] = said;
            let ([left, top, right, bottom], [xs, ys]) = (edges, [0, 5].map(|from| &points[from..from + 5]));
            let place = |i| [left + (right - left + 1.0) * xs[i] - 1.0, top + (bottom - top + 1.0) * ys[i] - 1.0];
            Candidate { points: [0, 1, 2, 3, 4].map(place), ..Candidate::new(edges, [none, face, a, b, c, d]) }
        })?;
        let sure = said.into_iter().filter(|found| found.score > THRESHOLDS[2]).map(|found| found.moved(1.0)).collect();
        let face = |found: Candidate| Face { edges: found.edges, score: found.score, points: found.points };
        Ok(outermost(sure, 0.7).into_iter().map(face).collect())
    }
}

/// A network from a file that also has others.
fn part<N: Network<Scalar = f32>>(weights: &Weights) -> Result<N, Failure> {
    let mut net = N::new(1);
    let loaded = weights.load_part_into(&mut net)?;
    match loaded.missing.first() {
        None => Ok(net),
        Some(name) => Err(format!("the weights lack {name}; reference.py writes them").into()),
    }
}

/// What a network says of each box that has pixels, cut out and brought to its size.
fn look<N, In, Out, const NUMBERS: usize>(
    net: &N,
    picture: &Picture,
    candidates: &[Candidate],
    side: usize,
    of: impl Fn([f32; 4], [f32; NUMBERS]) -> Candidate,
) -> Result<Vec<Candidate>, Failure>
where
    In: Shape<Element<f32> = f32>,
    Out: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (In,), Outputs = (Out,)>,
{
    let parts: Vec<(&Candidate, Part)> = candidates.iter().filter_map(|c| Some((c, c.part(picture)?))).collect();
    let mut crops = Batch::<In>::zeros(parts.len());
    for (crop, (_, part)) in crops.iter_mut().zip(&parts) {
        crop.copy_from_slice(picture.resized(*part, [side, side]).scaled().numbers());
    }
    let said = net.predict(&crops)?;
    let numbers = said.as_slice().as_chunks().0;
    Ok(parts.iter().zip(numbers).map(|((candidate, _), said)| of(candidate.edges, *said)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    network! {
        block proposes = conv1: conv(10, 3) -> prelu1: prelu -> pool(2, ceil = true) -> conv2: conv(16, 3) -> prelu2: prelu
            -> conv3: conv(32, 3) -> prelu3: prelu -> concat(conv4_1: conv(2, 1) | conv4_2: conv(4, 1));
        struct Smallest = [3, 12, 13] -> pnet: proposes;
        struct OneTile = [3, 127, 128] -> pnet: proposes;
        struct Larger = [3, 251, 129] -> pnet: proposes;
        struct Wide = [3, 128, 300] -> pnet: proposes;
    }

    /// Whether tiles say the same as the network declared for the whole picture.
    fn is_as_whole<N, T, In, Out, A, B>([height, width]: [usize; 2])
    where
        In: Shape<Element<f32> = f32>,
        Out: Shape<Element<f32> = f32>,
        A: Shape<Element<f32> = f32>,
        B: Shape<Element<f32> = f32>,
        N: Network<Scalar = f32, Inputs = (In,), Outputs = (Out,)>,
        T: Network<Scalar = f32, Inputs = (A,), Outputs = (B,)>,
    {
        let numbers = (0..3 * height * width).map(|i| (i * 7919 % 251) as f32);
        let picture = Picture::new(numbers.collect(), [height, width]).scaled();
        let (whole, mut tiled) = (N::new(3), T::new(3));
        tiled.block_mut().copy_from_slice(whole.block());
        let expected = whole.predict(&Batch::<In>::from_slice(picture.numbers()).expect("a picture")).expect("a map");
        let found = map_of(&tiled, &picture).expect("a map");
        assert_eq!(found.len(), expected.as_slice().len());
        let most = found.iter().zip(expected.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(most < 1e-5, "{height}×{width}: {most}");
    }

    #[test]
    fn tiles_say_what_the_whole_picture_says() {
        is_as_whole::<Smallest, EvenOdd, _, _, _, _>([12, 13]);
        is_as_whole::<OneTile, OddEven, _, _, _, _>([127, 128]);
        is_as_whole::<Larger, OddOdd, _, _, _, _>([251, 129]);
        is_as_whole::<Wide, EvenEven, _, _, _, _>([128, 300]);
    }

    #[test]
    fn one_face_within_another_is_none() {
        let found = |edges, score| Candidate { score, ..Candidate::new(edges, [0.0; 6]) };
        let all = vec![
            found([2.0, 2.0, 6.0, 6.0], 0.8),
            found([0.0, 0.0, 19.0, 19.0], 0.9),
            found([15.0, 0.0, 34.0, 19.0], 0.7),
        ];
        let scores: Vec<f32> = outermost(all, 0.7).iter().map(|found| found.score).collect();
        assert_eq!(scores, [0.9, 0.7]);
    }

    #[test]
    fn parts_lie_in_the_picture() {
        let picture = Picture::new(vec![0.0; 3 * 10 * 20], [10, 20]);
        let part = |edges| Candidate::new(edges, [0.0; 6]).part(&picture);
        assert_eq!(part([-3.0, 2.5, 30.0, 8.9]), Some([0, 1, 20, 8]));
        assert_eq!(part([25.0, 2.0, 30.0, 8.0]), None);
        assert_eq!(part([f32::NAN, -9.0, -1.0, -2.0]), None);
    }

    #[test]
    fn each_pixel_is_the_mean_of_those_it_touches() {
        let picture = Picture::new((0..3 * 5).map(|i| i as f32).collect(), [1, 5]);
        // Spans 0..2, 1..4 and 3..5.
        assert_eq!(picture.resized([0, 0, 5, 1], [1, 3]).numbers()[..3], [0.5, 2.0, 3.5]);
        assert_eq!(picture.resized([1, 0, 3, 1], [2, 2]).numbers()[..4], [1.0, 2.0, 1.0, 2.0]);
    }
}
