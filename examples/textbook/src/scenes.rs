//! Clothes scattered over a larger picture, for detection and segmentation.
//!
//! A scene is made of whole numbers alone, by one stream of random numbers for each: it is the same in every language, byte for byte.

use nn_core::data::Dataset;

/// Height and width of a scene.
pub const SIDE: usize = 96;

/// A garment's pixels are those above this level.
const LEVEL: u8 = 24;

/// What the pixels of a scene are: the ground, and the classes of clothes.
pub const CLASSES: usize = 11;

/// A garment in a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garment {
    /// The box around its pixels, `[left, top, right, bottom]`; the last two are outside.
    pub edges: [usize; 4],
    /// Its class.
    pub class: usize,
}

/// A picture of some clothes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Brightness, row by row.
    pub picture: Vec<u8>,
    /// What each pixel is: 0 the ground, else a class and one.
    pub mask: Vec<u8>,
    /// The clothes, those in front last.
    pub garments: Vec<Garment>,
}

/// Makes scenes of clothes.
#[derive(Clone, Debug)]
pub struct Scenes<'a> {
    pub(crate) clothes: &'a Dataset,
    pub(crate) stream: u64,
    side: usize,
}

impl<'a> Scenes<'a> {
    /// Of clothes to train with.
    pub fn train(clothes: &'a Dataset) -> Self {
        Self { clothes, stream: 1, side: SIDE }
    }

    /// Of clothes to test with.
    pub fn test(clothes: &'a Dataset) -> Self {
        Self { clothes, stream: 2, side: SIDE }
    }

    /// Of another height and width, at least 40.
    pub fn side(self, side: usize) -> Self {
        Self { side, ..self }
    }

    /// The first `count` scenes.
    pub fn take(&self, count: usize) -> impl Iterator<Item = Scene> {
        (0..count as u64).map(|index| self.scatter(index))
    }

    /// One to four clothes at random places, none of which hides much of another.
    pub fn scatter(&self, index: u64) -> Scene {
        let mut random = Random((self.stream << 32) + index);
        let mut scene = self.empty(&mut random);
        let mut squares: Vec<[usize; 3]> = Vec::new();
        for _ in 0..1 + random.below(4) {
            let (which, size) = (random.below(self.clothes.len()), 24 + random.below(17));
            for _ in 0..20 {
                let [x, y] = [(); 2].map(|()| random.below(self.side - size + 1));
                if squares.iter().all(|other| 10 * shared([x, y, size], *other) <= size.min(other[2]).pow(2)) {
                    squares.push([x, y, size]);
                    self.paste(&mut scene, which, [x, y, size]);
                    break;
                }
            }
        }
        scene
    }

    /// A ground without clothes.
    pub(crate) fn empty(&self, random: &mut Random) -> Scene {
        Scene { picture: self.ground(random), mask: vec![0; self.side * self.side], garments: Vec::new() }
    }

    /// A slope of grey with noise.
    fn ground(&self, random: &mut Random) -> Vec<u8> {
        let [base, right, down] = [(20, 41), (-30, 61), (-30, 61)].map(|(least, n)| least + random.below(n) as i64);
        let side = self.side as i64;
        let places = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        places
            .map(|(x, y)| {
                let slope = (right * (2 * x - side) + down * (2 * y - side)).div_euclid(2 * side);
                (base + slope + random.below(25) as i64 - 12).clamp(0, 255) as u8
            })
            .collect()
    }

    /// Puts a garment in, by its nearest pixels.
    pub(crate) fn paste(&self, scene: &mut Scene, which: usize, [left, top, size]: [usize; 3]) {
        let (garment, class) = (self.clothes.image(which), self.clothes.label(which));
        let mut edges = [usize::MAX, usize::MAX, 0, 0];
        for (y, x) in (0..size).flat_map(|y| (0..size).map(move |x| (y, x))) {
            let brightness = garment[y * 28 / size * 28 + x * 28 / size];
            if brightness > LEVEL {
                let (x, y) = (left + x, top + y);
                scene.picture[y * self.side + x] = brightness;
                scene.mask[y * self.side + x] = class as u8 + 1;
                edges = [edges[0].min(x), edges[1].min(y), edges[2].max(x + 1), edges[3].max(y + 1)];
            }
        }
        scene.garments.push(Garment { edges, class });
    }
}

/// Pixels that two squares share.
fn shared([x, y, size]: [usize; 3], [a, b, other]: [usize; 3]) -> usize {
    let along = |p: usize, q: usize| (p + size).min(q + other).saturating_sub(p.max(q));
    along(x, a) * along(y, b)
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = (z ^ (z >> 31)) >> 32;
        ((bits * count as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use nn_core::data::fashion_mnist;
    use nn_examples::location::Location;

    use super::*;

    /// FNV-1a over pictures, masks, and the edges and classes of the clothes, as the same scenes made by a program in Python have it.
    fn digest(scenes: &Scenes) -> u64 {
        let mut digest = 0xcbf2_9ce4_8422_2325;
        for Scene { picture, mask, garments } in scenes.take(20) {
            let of = |garment: &Garment| {
                garment.edges.into_iter().chain([garment.class]).map(|n| n as u8).collect::<Vec<_>>()
            };
            let garments: Vec<u8> = garments.iter().flat_map(of).collect();
            for byte in [picture, mask, garments].concat() {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        digest
    }

    #[test]
    fn scenes_are_those_of_the_reference() {
        let (train, test) = fashion_mnist(Location::shipped().folder()).expect("the part that ships");
        assert_eq!(digest(&Scenes::train(&train)), 0xbbad_4a0c_26d8_a024);
        assert_eq!(digest(&Scenes::test(&test)), 0x02d4_b65a_9fa4_1bbf);
        let last = Scenes::test(&test).scatter(19).garments[3];
        assert_eq!(last, Garment { edges: [66, 55, 85, 79], class: 6 });
    }

    #[test]
    fn larger_scenes_have_room() {
        let (train, _) = fashion_mnist(Location::shipped().folder()).expect("the part that ships");
        for scene in Scenes::train(&train).side(128).take(50) {
            assert_eq!((scene.picture.len(), scene.mask.len()), (128 * 128, 128 * 128));
            assert!(scene.garments.iter().all(|garment| garment.edges[2] <= 128 && garment.edges[3] <= 128));
        }
    }
}
