//! Where the pixels of a changed image come from.

use crate::Real;

/// An image mirrored, enlarged and turned about its centre, then shifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::data) struct Geometry {
    /// Pixels down and to the right.
    pub shift: [i64; 2],
    /// Left to right.
    pub flip: bool,
    /// In radians, from the axis that points right to the one that points down.
    pub angle: f64,
    /// Above 1 it enlarges.
    pub scale: f64,
}

impl Default for Geometry {
    /// Nothing changes.
    fn default() -> Self {
        Self { shift: [0, 0], flip: false, angle: 0.0, scale: 1.0 }
    }
}

impl Geometry {
    /// Changes an image of this shape, channels first.
    pub fn apply<T: Real>(&self, [_, height, width]: [usize; 3], from: &[T], to: &mut [T]) {
        let pixels = height * width;
        for (pixel, place) in (0..height).flat_map(|y| (0..width).map(move |x| [y, x])).enumerate() {
            let [y, x] = self.origin(place, [height, width]);
            let ([top, bottom], down) = neighbours(y, height);
            let ([left, right], across) = neighbours(x, width);
            let (down, across) = (T::from_f64(down), T::from_f64(across));
            for (from, to) in from.chunks_exact(pixels).zip(to.chunks_exact_mut(pixels)) {
                let row = |y: usize| between(from[y * width + left], from[y * width + right], across);
                to[pixel] = between(row(top), row(bottom), down);
            }
        }
    }

    /// Where the pixel at a place comes from, row and column.
    pub fn origin(&self, place: [usize; 2], size: [usize; 2]) -> [f64; 2] {
        let centre = size.map(|len| (len as f64 - 1.0) / 2.0);
        let [y, x] = [0, 1].map(|axis| place[axis] as f64 - centre[axis] - self.shift[axis] as f64);
        let (sin, cos) = self.angle.sin_cos();
        let [y, x] = [(cos * y - sin * x) / self.scale, (cos * x + sin * y) / self.scale];
        [y + centre[0], if self.flip { -x } else { x } + centre[1]]
    }
}

/// How an image was moved, for what lies in it.
#[derive(Clone, Copy, Debug)]
pub struct Motion {
    pub(super) geometry: Geometry,
    /// Height and width of the image.
    pub(super) size: [usize; 2],
}

impl Motion {
    /// Height and width of the image.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Where a point of the image, `[down, right]` from its upper left corner in pixels, has gone. It may have left the image.
    pub fn moved(&self, point: [f64; 2]) -> [f64; 2] {
        let Geometry { shift, flip, angle, scale } = self.geometry;
        let middle = self.size.map(|len| len as f64 / 2.0);
        let [y, x] = [point[0] - middle[0], point[1] - middle[1]];
        let (y, x) = (scale * y, scale * if flip { -x } else { x });
        let (sin, cos) = angle.sin_cos();
        [cos * y + sin * x + middle[0] + shift[0] as f64, cos * x - sin * y + middle[1] + shift[1] as f64]
    }

    /// Moves a mask of the image, a byte for each pixel: each pixel is the nearest of where it comes from, or `beyond` if that is
    /// beyond the edge.
    ///
    /// # Panics
    ///
    /// When the mask has not a byte for each pixel.
    pub fn move_mask(&self, mask: &mut [u8], beyond: u8) {
        let [height, width] = self.size;
        assert!(mask.len() == height * width, "a mask of {} bytes for {height}×{width} pixels", mask.len());
        let before = mask.to_vec();
        for (pixel, to) in mask.iter_mut().enumerate() {
            let [y, x] = self.geometry.origin([pixel / width, pixel % width], self.size).map(f64::round);
            let is_inside = y >= 0.0 && x >= 0.0 && y < height as f64 && x < width as f64;
            *to = if is_inside { before[y as usize * width + x as usize] } else { beyond };
        }
    }
}

/// The two pixels beside a place on an axis, and how far it lies from the first to the second; beyond the edge both are the last.
fn neighbours(place: f64, len: usize) -> ([usize; 2], f64) {
    let place = place.clamp(0.0, len as f64 - 1.0);
    let first = place as usize;
    ([first, (first + 1).min(len - 1)], place - first as f64)
}

fn between<T: Real>(a: T, b: T, share: T) -> T {
    a + (b - a) * share
}
