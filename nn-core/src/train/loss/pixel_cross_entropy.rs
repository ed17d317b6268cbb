//! Cross-entropy of every pixel of a map.

use super::pixels::Pixels;
use super::{Hits, Loss, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number: an exponential, and what is around it.
const WORK: u64 = 32;

/// Cross-entropy of one label per pixel, `-ln p(label)` over the channels of a map: PyTorch's `CrossEntropyLoss` of a map, with class
/// weights and a label that is ignored. The mean is over the pixels that are not ignored, by the weights of their classes; where all
/// are ignored it is zero.
///
/// The network ends in its logits, `[classes, height, width]`, without a softmax. The targets of a sample are its mask: a byte for each
/// pixel, row by row, 255 where a pixel is of no class. [`Masked`](crate::data::Masked) has such targets; so has a source with a
/// vector of bytes beside it, `(&source, &masks)`. What counts as accuracy is the share of the pixels.
///
/// ```
/// use nn_core::data::{Masked, Dataset};
/// use nn_core::train::loss::PixelCrossEntropy;
/// use nn_core::{Adam, Network, Trainer, network};
///
/// network! {
///     struct Halves = [1, 2, 4] -> conv(4, 3, pad = same) -> relu -> conv(2, 1);
/// }
///
/// // The bright pixels of a picture are of class 1, but nobody knows about the last.
/// let pictures = Dataset::new(vec![0, 0, 255, 255, 0, 255, 255, 0], [1, 2, 4], vec![0], 1)?;
/// let data = Masked::new(pictures, vec![0, 0, 1, 1, 0, 1, 1, 255], 2)?;
/// let loss = PixelCrossEntropy::new(2).weights([1.0, 2.0]);
/// let history = Trainer::new(Adam::new(0.05)).loss(loss).epochs(60).fit(&mut Halves::new(1), &data)?;
/// assert_eq!(history[59].train_accuracy, Some(1.0));
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PixelCrossEntropy {
    pixels: Pixels,
    weights: Vec<f64>,
}

impl PixelCrossEntropy {
    /// Of pixels of so many classes, at most 255, that weigh the same.
    pub fn new(classes: usize) -> Self {
        Self { pixels: Pixels::new(classes), weights: Vec::new() }
    }

    /// With these weights, one for each class, finite and not negative.
    pub fn weights(mut self, weights: impl Into<Vec<f64>>) -> Self {
        self.weights = weights.into();
        self
    }

    /// Passes over pixels with this label, 255 unless told otherwise, which may be that of a class.
    pub fn ignore(mut self, label: u8) -> Self {
        self.pixels.ignored = label;
        self
    }

    fn weight_of(&self, label: u8) -> f64 {
        if self.pixels.counts(label) { self.weights.get(usize::from(label)).copied().unwrap_or(1.0) } else { 0.0 }
    }

    fn check_weights(&self) -> Result<(), Error> {
        if !self.weights.is_empty() && self.weights.len() != self.pixels.classes {
            let expected = format!("{}, one for each class", self.pixels.classes);
            return Err(Error::size("class weights", expected, self.weights.len()));
        }
        let check =
            |&weight| Error::check_setting("class weight", weight, weight >= 0.0, "a finite number, 0 or above");
        self.weights.iter().try_for_each(check)
    }
}

impl<T: Real> Loss<T> for PixelCrossEntropy {
    type Target = u8;

    fn evaluate(&self, head: Head, len: usize, outputs: &[T], targets: &[u8], gradients: &mut [T]) -> Result<T, Error> {
        let classes = self.pixels.classes;
        self.pixels.check_output(&[classes, 1, 1])?;
        samples(self, len, outputs, targets, gradients)?;
        self.pixels.check(head, len, targets)?;
        self.check_weights()?;
        let mut weights = [T::ZERO; 255];
        weights.iter_mut().zip(0..).for_each(|(weight, label)| *weight = T::from_f64(self.weight_of(label)));
        let sum = Loss::<T>::weight(self, len, targets);
        let scale = T::from_f64(if sum > 0.0 { 1.0 / sum } else { 0.0 });
        let per_sample = self.pixels.per_sample(len);
        let cost = total(WORK, len, outputs, targets, gradients, &|x, labels, dx| {
            let maps = x.chunks_exact(len).zip(labels.chunks_exact(per_sample)).zip(dx.chunks_exact_mut(len));
            maps.map(|((x, labels), dx)| T::pixel_cross_entropy(scale, &weights[..classes], x, labels, dx)).sum()
        });
        Ok(cost * scale)
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        self.pixels.check_output(shape)
    }

    fn targets_per_sample(&self, len: usize) -> usize {
        self.pixels.per_sample(len)
    }

    fn weight(&self, _len: usize, targets: &[u8]) -> f64 {
        let mut counts = [0_u64; 256];
        targets.iter().for_each(|&label| counts[usize::from(label)] += 1);
        (0..=255).zip(counts).map(|(label, count)| self.weight_of(label) * count as f64).sum()
    }

    fn correct(&self, _head: Head, len: usize, outputs: &[T], targets: &[u8]) -> Option<Hits> {
        Some(self.pixels.hits(len, outputs, targets))
    }
}
