//! Which classes are taken for which.

use core::fmt;

use crate::data::{Feed, VOID};
use crate::shape::Shape;
use crate::train::loss::largest;
use crate::train::trainer::predict_batches;
use crate::{Error, Network, Real};

/// How often each class was taken for each. Printed, it is a table with a row for each true class.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Confusion {
    /// The names of the classes: their numbers unless [`named`](Self::named) gives others.
    pub names: Vec<String>,
    /// For each true class, one after another, how often it was taken for each.
    pub counts: Vec<usize>,
}

impl Confusion {
    /// Of so many classes, with no samples yet.
    pub fn new(classes: usize) -> Self {
        Self { names: (0..classes).map(|class| class.to_string()).collect(), counts: vec![0; classes * classes] }
    }

    /// With these names for the first classes.
    pub fn named<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names.iter_mut().zip(names).for_each(|(own, name)| *own = name.into());
        self
    }

    /// Count of classes.
    pub fn classes(&self) -> usize {
        self.names.len()
    }

    /// Counts a sample.
    ///
    /// # Panics
    ///
    /// When there is no such class.
    pub fn add(&mut self, class: usize, taken_for: usize) {
        let classes = self.classes();
        assert!(class < classes && taken_for < classes, "classes {class} and {taken_for} of {classes}");
        self.counts[class * classes + taken_for] += 1;
    }

    /// Counts the pixels of a map of logits or probabilities, which has a channel for each class, by its mask. Those labelled
    /// [`VOID`] do not count.
    ///
    /// # Errors
    ///
    /// When the map has not as many numbers, or a label names no class.
    pub fn add_pixels<T: Real>(&mut self, map: &[T], mask: &[u8]) -> Result<(), Error> {
        let classes = self.classes();
        if map.len() != classes * mask.len() || map.is_empty() {
            let expected = format!("{classes} for each of {} pixels", mask.len());
            return Err(Error::size("numbers of a map to be measured", expected, map.len()));
        }
        if let Some(&label) = mask.iter().find(|&&label| usize::from(label) >= classes && label != VOID) {
            return Err(Error::Label { from: "a mask".into(), index: 0, label: label.into(), classes });
        }
        largest(classes, map, |pixel, class| {
            if mask[pixel] != VOID {
                self.add(mask[pixel].into(), class);
            }
        });
        Ok(())
    }

    /// Of the pixels of a data set with masks, how often each class was taken for each by a network that ends in a map with a channel
    /// for each class. No output is kept.
    ///
    /// # Errors
    ///
    /// When there are no samples, `batch_size` is zero, or the samples or masks are not those of the network.
    pub fn of_pixels<T, S, N, D>(net: &N, data: D, batch_size: usize) -> Result<Self, Error>
    where
        T: Real,
        S: Shape,
        N: Network<Scalar = T, Outputs = (S,)>,
        D: Feed<N::Inputs, T, Targets = Vec<u8>>,
    {
        data.check("the data set")?;
        let &[classes, height, width] = S::DIMS else {
            let expected = "a map [classes, height, width]";
            return Err(Error::size("output whose pixels are measured", expected, format!("{:?}", S::DIMS)));
        };
        let mut confusion = Self::new(classes);
        predict_batches(net, &data, batch_size, |outputs, batch| {
            let pixels = height * width;
            if batch.targets().len() != batch.samples() * pixels {
                let expected = format!("{height}×{width} for each of {} samples", batch.samples());
                return Err(Error::size("bytes of masks", expected, batch.targets().len()));
            }
            let mut maps = outputs[0].chunks_exact(S::LEN).zip(batch.targets().chunks_exact(pixels));
            maps.try_for_each(|(map, mask)| confusion.add_pixels(map, mask))
        })?;
        Ok(confusion)
    }

    /// How often a class was taken for another.
    ///
    /// # Panics
    ///
    /// When there is no such class.
    pub fn count(&self, class: usize, taken_for: usize) -> usize {
        let classes = self.classes();
        assert!(class < classes && taken_for < classes, "classes {class} and {taken_for} of {classes}");
        self.counts[class * classes + taken_for]
    }

    /// The share of samples taken for what they are; 0 without samples, as of everything below that would divide by zero.
    pub fn accuracy(&self) -> f64 {
        let right = (0..self.classes()).map(|class| self.count(class, class)).sum();
        share(right, self.counts.iter().sum())
    }

    /// Of the samples that were taken for a class, the share that are of it.
    pub fn precision(&self, class: usize) -> f64 {
        share(self.count(class, class), (0..self.classes()).map(|other| self.count(other, class)).sum())
    }

    /// Of the samples of a class, the share that were taken for it.
    pub fn recall(&self, class: usize) -> f64 {
        share(self.count(class, class), (0..self.classes()).map(|other| self.count(class, other)).sum())
    }

    /// The harmonic mean of [`precision`](Self::precision) and [`recall`](Self::recall).
    pub fn f1(&self, class: usize) -> f64 {
        let (precision, recall) = (self.precision(class), self.recall(class));
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    }

    /// Of the samples that are of a class or were taken for it, the share that are both: intersection over union.
    pub fn iou(&self, class: usize) -> f64 {
        let both = self.count(class, class);
        let of = (0..self.classes()).map(|other| self.count(class, other) + self.count(other, class)).sum::<usize>();
        share(both, of - both)
    }

    /// The mean of [`iou`](Self::iou) over the classes that there are, or that something was taken for.
    pub fn mean_iou(&self) -> f64 {
        let is_there = |class: &usize| (0..self.classes()).any(|c| self.count(*class, c) + self.count(c, *class) > 0);
        let all: Vec<f64> = (0..self.classes()).filter(is_there).map(|class| self.iou(class)).collect();
        if all.is_empty() { 0.0 } else { all.iter().sum::<f64>() / all.len() as f64 }
    }

    /// The mean of a number over all classes, each weighing the same: `confusion.mean(Confusion::f1)`.
    pub fn mean(&self, of: impl Fn(&Self, usize) -> f64) -> f64 {
        (0..self.classes()).map(|class| of(self, class)).sum::<f64>() / self.classes() as f64
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = self.classes();
        let name = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let most = self.counts.iter().max().map_or(0, |count| count.to_string().len());
        let column = |class: usize| self.names[class].chars().count().max(most);
        write!(f, "{:name$}", "")?;
        (0..classes).try_for_each(|class| write!(f, "  {:>1$}", self.names[class], column(class)))?;
        writeln!(f, "  precision  recall     F1")?;
        for class in 0..classes {
            write!(f, "{:>name$}", self.names[class])?;
            (0..classes).try_for_each(|other| write!(f, "  {:>1$}", self.count(class, other), column(other)))?;
            let [precision, recall, f1] = [self.precision(class), self.recall(class), self.f1(class)];
            writeln!(f, "  {precision:>9.3}  {recall:>6.3}  {f1:>5.3}")?;
        }
        write!(f, "accuracy {:.3}, mean F1 {:.3}", self.accuracy(), self.mean(Self::f1))
    }
}
