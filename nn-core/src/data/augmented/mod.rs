//! Images that look different at every visit.

mod geometry;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use super::{Source, Visit, check_gather};
use crate::base::random::{below, uniform};
use crate::exec::draw::Draw;
use crate::{Error, Real};
use geometry::Geometry;
pub use geometry::Motion;

/// Tells these draws from those of a network's layers.
const LAYER: u64 = u64::MAX;

/// Images of any source, changed at random whenever a network learns from them, and left as they are when it is evaluated.
///
/// What is drawn depends on the seed, the step and the place in the mini-batch alone: it is the same on any number of threads, and
/// when a run is resumed. All changes of place are made in one, by bilinear interpolation, and beyond its edge an image goes on as it
/// is there. Masks are moved with their images.
///
/// ```
/// use nn_core::data::{Augmented, Dataset};
/// use nn_core::{Adam, Network, Trainer, network};
///
/// network! {
///     struct Small = [1, 8, 8] -> conv(4, 3) -> relu -> affine(2) -> softmax;
/// }
///
/// let data = Dataset::new((0..=255).collect(), [1, 8, 8], vec![0, 1, 0, 1], 2)?;
/// let augmented = Augmented::new(&data, data.shape()).shift(1).flip().rotate(10.0).scale(0.9..=1.1).noise(0.02).cut_out(3);
/// let mut net = Small::new(1);
/// Trainer::new(Adam::new(0.001)).epochs(2).read_ahead(2).fit(&mut net, &augmented)?;
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Augmented<'a, D: ?Sized> {
    data: &'a D,
    shape: [usize; 3],
    seed: u64,
    shift: usize,
    flip: bool,
    degrees: f64,
    scale: RangeInclusive<f64>,
    noise: f64,
    cut_out: usize,
}

impl<'a, D: ?Sized> Augmented<'a, D> {
    /// The images of `data`, of shape `[channels, height, width]`, without any change yet.
    pub fn new(data: &'a D, shape: [usize; 3]) -> Self {
        Self { data, shape, seed: 0, shift: 0, flip: false, degrees: 0.0, scale: 1.0..=1.0, noise: 0.0, cut_out: 0 }
    }

    /// Keys all draws.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Shifts by up to so many pixels up or down, and left or right: what others call a random crop of the padded image.
    #[doc(alias = "crop")]
    pub fn shift(mut self, pixels: usize) -> Self {
        self.shift = pixels;
        self
    }

    /// Mirrors every other image, left to right.
    pub fn flip(mut self) -> Self {
        self.flip = true;
        self
    }

    /// Turns about the centre by up to so many degrees, either way.
    pub fn rotate(mut self, degrees: f64) -> Self {
        self.degrees = degrees;
        self
    }

    /// Enlarges from the centre by a factor of this range; below 1 it shrinks.
    pub fn scale(mut self, factors: RangeInclusive<f64>) -> Self {
        self.scale = factors;
        self
    }

    /// Adds noise of the normal distribution, with this deviation, to every number.
    pub fn noise(mut self, deviation: f64) -> Self {
        self.noise = deviation;
        self
    }

    /// Zeroes a square of so many pixels each way somewhere, of which a part may lie beyond the edge (DeVries and Taylor, "Improved
    /// regularization of convolutional neural networks with cutout", 2017).
    pub fn cut_out(mut self, pixels: usize) -> Self {
        self.cut_out = pixels;
        self
    }

    fn check<T: Real>(&self) -> Result<(), Error>
    where
        D: Source<T>,
    {
        if self.shape.iter().try_fold(1, |len: usize, &dim| len.checked_mul(dim)) != Some(self.data.sample_len()) {
            let expected = format!("{} numbers, as each sample has", self.data.sample_len());
            return Err(Error::size("shape of images to be augmented", expected, format!("{:?}", self.shape)));
        }
        let (least, most) = (*self.scale.start(), *self.scale.end());
        let degrees = (0.0..=360.0).contains(&self.degrees);
        Error::check_setting("degrees of a rotation", self.degrees, degrees, "from 0 to 360")?;
        Error::check_setting("least factor of a scale", least, least > 0.0, "a positive, finite number")?;
        Error::check_setting("largest factor of a scale", most, most >= least, "finite, and not below the least")?;
        Error::check_setting("deviation of noise", self.noise, self.noise >= 0.0, "a finite number, not negative")
    }

    /// Changes one image by what is drawn for it; `before` has room for another.
    fn change<T: Real>(&self, random: &mut Random, image: &mut [T], before: &mut [T]) {
        let geometry = self.geometry(random);
        if geometry != Geometry::default() {
            before.copy_from_slice(image);
            geometry.apply(self.shape, before, image);
        }
        if self.noise > 0.0 {
            image.iter_mut().for_each(|number| *number += T::from_f64(self.noise * random.normal()));
        }
        if self.cut_out > 0 {
            self.cut(random, image);
        }
    }

    fn geometry(&self, random: &mut Random) -> Geometry {
        let shift = self.shift as i64;
        Geometry {
            shift: [0; 2].map(|_: i32| random.below(2 * self.shift + 1) as i64 - shift),
            flip: self.flip && random.below(2) == 1,
            angle: (self.degrees * (2.0 * random.uniform() - 1.0)).to_radians(),
            scale: self.scale.start() + (self.scale.end() - self.scale.start()) * random.uniform(),
        }
    }

    fn cut<T: Real>(&self, random: &mut Random, image: &mut [T]) {
        let [_, height, width] = self.shape;
        let (rows, columns) = (self.hole(random, height), self.hole(random, width));
        for map in image.chunks_exact_mut(height * width) {
            for row in map.chunks_exact_mut(width).skip(rows.start).take(rows.len()) {
                row[columns.clone()].fill(T::ZERO);
            }
        }
    }

    /// Where a hole lies along an axis: its centre may be anywhere.
    fn hole(&self, random: &mut Random, len: usize) -> std::ops::Range<usize> {
        let end = random.below(len) + self.cut_out.div_ceil(2);
        end.saturating_sub(self.cut_out)..end.min(len)
    }
}

impl<T: Real, D: Source<T> + ?Sized> Source<T> for Augmented<'_, D> {
    type Target = D::Target;

    fn len(&self) -> usize {
        self.data.len()
    }

    fn sample_len(&self) -> usize {
        self.data.sample_len()
    }

    fn targets_per_sample(&self) -> usize {
        self.data.targets_per_sample()
    }

    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        self.data.gather(indices, inputs)
    }

    fn gather_for(&self, visit: Visit, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        self.check::<T>()?;
        let len = self.sample_len();
        check_gather("inputs of a mini-batch", indices, self.len(), len, inputs.len())?;
        self.data.gather_for(visit, indices, inputs)?;
        let mut before = vec![T::ZERO; len];
        for (image, place) in inputs.chunks_exact_mut(len.max(1)).zip(visit.place..) {
            self.change(&mut Random::new(self.seed, visit.step, place), image, &mut before);
        }
        Ok(())
    }

    fn targets(&self, indices: &[usize], targets: &mut [Self::Target]) -> Result<(), Error> {
        self.data.targets(indices, targets)
    }

    fn targets_for(&self, visit: Visit, indices: &[usize], targets: &mut [Self::Target]) -> Result<(), Error> {
        self.check::<T>()?;
        self.data.targets_for(visit, indices, targets)?;
        for (targets, place) in targets.chunks_exact_mut(self.targets_per_sample().max(1)).zip(visit.place..) {
            // What is drawn first for an image.
            let geometry = self.geometry(&mut Random::new(self.seed, visit.step, place));
            if geometry != Geometry::default() {
                let [_, height, width] = self.shape;
                self.data.move_targets(&Motion { geometry, size: [height, width] }, targets);
            }
        }
        Ok(())
    }

    fn move_targets(&self, motion: &Motion, targets: &mut [Self::Target]) {
        self.data.move_targets(motion, targets);
    }
}

/// What is drawn for one visit of one sample.
struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64, step: u64, place: usize) -> Self {
        let [low, high] = Draw { seed, step, sample: place as u64, layer: LAYER }.key();
        Self(ChaCha8Rng::seed_from_u64(u64::from(high) << 32 | u64::from(low)))
    }

    /// From 0 to below 1.
    fn uniform(&mut self) -> f64 {
        uniform(self.0.next_u64())
    }

    fn below(&mut self, count: usize) -> usize {
        below(self.0.next_u64(), count as u128)
    }

    /// With mean 0 and deviation 1 (Box and Muller, "A note on the generation of random normal deviates", 1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}
