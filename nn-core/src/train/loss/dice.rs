//! How much of each class is found where it is.

use super::pixels::Pixels;
use super::{Hits, Loss, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number.
const WORK: u64 = 40;

/// One less the mean Dice coefficient of the classes of a map, averaged over the batch (Milletari, Navab and Ahmadi, "V-Net", 2016): with
/// the probabilities `p` of the pixels, and `t` which is 1 at the pixels of a class,
///
/// ```text
/// 1 - mean over classes of (2 Σ p t + s) / (Σ p + Σ t + s)
/// ```
///
/// A class counts as much if it has few pixels as if it has many. The network and the masks are those of
/// [`PixelCrossEntropy`](super::PixelCrossEntropy).
#[derive(Clone, Debug)]
pub struct Dice {
    pixels: Pixels,
    smoothing: f64,
}

impl Dice {
    /// Of pixels of so many classes, at most 255, with a smoothing of 1.
    pub fn new(classes: usize) -> Self {
        Self { pixels: Pixels::new(classes), smoothing: 1.0 }
    }

    /// With another `s`, which is above zero: a class without pixels that nobody finds has a coefficient of 1 by it.
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// Passes over pixels with this label, 255 unless told otherwise.
    pub fn ignore(mut self, label: u8) -> Self {
        self.pixels.ignored = label;
        self
    }

    /// The loss of a sample, whose probabilities are in `p`; these become the gradient of the logits, times `scale`.
    fn sample<T: Real>(&self, scale: f64, labels: &[u8], p: &mut [T]) -> f64 {
        let (classes, pixels) = (self.pixels.classes, labels.len());
        // The derivative by a probability is `everywhere`, and `own` more at the pixels of the class.
        let (mut everywhere, mut own, mut loss) = ([0.0; 255], [0.0; 255], 1.0);
        for class in 0..classes {
            let (mut both, mut either) = (0.0, 0.0);
            for (p, &label) in p[class * pixels..][..pixels].iter().zip(labels).filter(|(_, l)| self.pixels.counts(**l))
            {
                let is_own = f64::from(u8::from(usize::from(label) == class));
                both += is_own * p.to_f64();
                either += is_own + p.to_f64();
            }
            let (above, below) = (2.0 * both + self.smoothing, either + self.smoothing);
            loss -= above / below / classes as f64;
            everywhere[class] = scale * above / (below * below) / classes as f64;
            own[class] = scale * -2.0 / below / classes as f64;
        }
        for (pixel, &label) in labels.iter().enumerate() {
            let counts = f64::from(u8::from(self.pixels.counts(label)));
            let derivative = |class: usize| {
                counts * (everywhere[class] + if usize::from(label) == class { own[class] } else { 0.0 })
            };
            let shared: f64 = (0..classes).map(|class| p[class * pixels + pixel].to_f64() * derivative(class)).sum();
            for class in 0..classes {
                let p = &mut p[class * pixels + pixel];
                *p = T::from_f64(p.to_f64() * (derivative(class) - counts * shared));
            }
        }
        loss
    }
}

impl<T: Real> Loss<T> for Dice {
    type Target = u8;

    fn evaluate(&self, head: Head, len: usize, outputs: &[T], targets: &[u8], gradients: &mut [T]) -> Result<T, Error> {
        let classes = self.pixels.classes;
        self.pixels.check_output(&[classes, 1, 1])?;
        let n = samples(self, len, outputs, targets, gradients)?;
        self.pixels.check(head, len, targets)?;
        let smoothing = self.smoothing;
        Error::check_setting(
            "smoothing of the Dice coefficient",
            smoothing,
            smoothing > 0.0,
            "a positive, finite number",
        )?;
        let (scale, per_sample) = (1.0 / n as f64, self.pixels.per_sample(len));
        let sum = total(WORK, len, outputs, targets, gradients, &|x, labels, dx| {
            let maps = x.chunks_exact(len).zip(labels.chunks_exact(per_sample)).zip(dx.chunks_exact_mut(len));
            let losses = maps.map(|((x, labels), dx)| {
                T::pixel_softmax(classes, x, dx);
                self.sample(scale, labels, dx)
            });
            T::from_f64(losses.sum())
        });
        Ok(sum * T::from_f64(scale))
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        self.pixels.check_output(shape)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        self.pixels.per_sample(len)
    }

    fn correct(&self, _head: Head, len: usize, outputs: &[T], targets: &[u8]) -> Option<Hits> {
        Some(self.pixels.hits(len, outputs, targets))
    }
}
