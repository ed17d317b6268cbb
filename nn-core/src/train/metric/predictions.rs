//! What a network makes of samples, beside what they are.

use super::Confusion;
use crate::data::Feed;
use crate::shape::Shape;
use crate::train::trainer::predict_batches;
use crate::{Error, Network, Real, argmax};

/// The outputs of a network for some samples, and their targets, labels or values: what every metric is computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions<T, Y> {
    len: usize,
    outputs: Vec<T>,
    targets: Vec<Y>,
}

impl<T: Real, Y: Copy + Default + Send + Sync> Predictions<T, Y> {
    /// Predicts a data set in mini-batches.
    ///
    /// # Errors
    ///
    /// When there are no samples, `batch_size` is zero, or the samples are not those of the network.
    pub fn of<O, N, D>(net: &N, data: D, batch_size: usize) -> Result<Self, Error>
    where
        O: Shape,
        N: Network<Scalar = T, Outputs = (O,)>,
        D: Feed<N::Inputs, T, Targets = Vec<Y>>,
    {
        data.check("the data set")?;
        let mut all = Self { len: O::LEN, outputs: Vec::new(), targets: Vec::new() };
        predict_batches(net, &data, batch_size, |outputs, batch| {
            all.outputs.extend_from_slice(outputs[0]);
            all.targets.extend_from_slice(batch.targets());
            Ok(())
        })?;
        Ok(all)
    }

    /// Outputs of `len` numbers for each sample, and the samples' targets.
    ///
    /// # Errors
    ///
    /// When there are none, or not as many of each for every sample.
    pub fn new(len: usize, outputs: Vec<T>, targets: Vec<Y>) -> Result<Self, Error> {
        if len == 0 || outputs.is_empty() {
            return Err(Error::Empty { what: "the list of predictions".into() });
        }
        let samples = outputs.len() / len;
        if samples * len != outputs.len() {
            return Err(Error::size("outputs to be measured", format!("whole rows of {len} numbers"), outputs.len()));
        }
        if targets.is_empty() || !targets.len().is_multiple_of(samples) {
            let expected = format!("as many for each of {samples} samples");
            return Err(Error::size("targets to be measured", expected, targets.len()));
        }
        Ok(Self { len, outputs, targets })
    }

    /// The outputs, `len` for each sample.
    pub fn outputs(&self) -> &[T] {
        &self.outputs
    }

    /// The targets.
    pub fn targets(&self) -> &[Y] {
        &self.targets
    }

    /// Pairs of as many outputs as targets.
    fn pairs(&self) -> Result<impl Iterator<Item = (f64, Y)>, Error> {
        if self.targets.len() != self.outputs.len() {
            let expected = format!("{}, one for each output", self.outputs.len());
            return Err(Error::size("targets to be measured", expected, self.targets.len()));
        }
        Ok(self.outputs.iter().map(|output| output.to_f64()).zip(self.targets.iter().copied()))
    }
}

/// Of classes.
impl<T: Real> Predictions<T, usize> {
    /// The rows of outputs with their labels.
    fn rows(&self) -> Result<impl Iterator<Item = (&[T], usize)>, Error> {
        let samples = self.outputs.len() / self.len;
        if self.targets.len() != samples {
            return Err(Error::size(
                "labels to be measured",
                format!("{samples}, one for each sample"),
                self.targets.len(),
            ));
        }
        if let Some((index, &label)) = self.targets.iter().enumerate().find(|(_, label)| **label >= self.len) {
            return Err(Error::Label { from: "targets".into(), index, label, classes: self.len });
        }
        Ok(self.outputs.chunks_exact(self.len).zip(self.targets.iter().copied()))
    }

    /// How often each class was taken for each.
    ///
    /// # Errors
    ///
    /// When there is not one label for each sample, or one names no class.
    pub fn confusion(&self) -> Result<Confusion, Error> {
        let mut confusion = Confusion::new(self.len);
        self.rows()?.for_each(|(row, label)| confusion.add(label, argmax(row)));
        Ok(confusion)
    }

    /// The share of samples whose label is among the `k` largest outputs. Of equal outputs the first is the larger.
    ///
    /// # Errors
    ///
    /// As of [`confusion`](Self::confusion), or when `k` is zero or more than there are classes.
    pub fn top_k(&self, k: usize) -> Result<f64, Error> {
        if k == 0 || k > self.len {
            return Err(Error::size("k of top-k accuracy", format!("1 to {}", self.len), k));
        }
        let mut right = 0;
        for (row, label) in self.rows()? {
            let before = |i: usize| row[i] > row[label] || (row[i] == row[label] && i < label);
            right += usize::from((0..self.len).filter(|&i| before(i)).count() < k && !row[label].to_f64().is_nan());
        }
        Ok(right as f64 / self.targets.len() as f64)
    }

    /// The area under the receiver operating characteristic of one class against all others: the probability that a sample of
    /// the class has a larger output for it than another sample, where equal ones count half (Fawcett, 2006).
    ///
    /// # Errors
    ///
    /// As of [`confusion`](Self::confusion), or when the class, or all others, have no samples.
    pub fn auc(&self, class: usize) -> Result<f64, Error> {
        if class >= self.len {
            return Err(Error::size("class whose AUC is wanted", format!("less than {}", self.len), class));
        }
        area(self.rows()?.map(|(row, label)| (row[class].to_f64(), label == class)))
    }
}

/// Of values.
impl<T: Real> Predictions<T, T> {
    /// `1 - Σ (t - y)² / Σ (t - mean of t)²`: 1 is perfect, and 0 is no better than the mean. With targets that are all the same it is 1 if
    /// the outputs are, and else negative infinity.
    ///
    /// # Errors
    ///
    /// When there are not as many targets as outputs.
    pub fn r_squared(&self) -> Result<f64, Error> {
        let mean = self.targets.iter().map(|target| target.to_f64()).sum::<f64>() / self.targets.len() as f64;
        let (mut errors, mut variance) = (0.0, 0.0);
        for (output, target) in self.pairs()? {
            let target = target.to_f64();
            errors += (target - output).powi(2);
            variance += (target - mean).powi(2);
        }
        Ok(if errors == 0.0 { 1.0 } else { 1.0 - errors / variance })
    }

    /// The mean of `|t - y|`.
    ///
    /// # Errors
    ///
    /// When there are not as many targets as outputs.
    pub fn mean_absolute_error(&self) -> Result<f64, Error> {
        let total: f64 = self.pairs()?.map(|(output, target)| (target.to_f64() - output).abs()).sum();
        Ok(total / self.targets.len() as f64)
    }

    /// How often each answer to one of several yes-or-no questions was taken for each: class 0 is no, class 1 is yes, where an output or a
    /// target is above one half. So [`precision`](Confusion::precision) of class 1 is that of the label.
    ///
    /// # Errors
    ///
    /// When there are not as many targets as outputs, or no such label.
    pub fn answers(&self, label: usize) -> Result<Confusion, Error> {
        if label >= self.len {
            return Err(Error::size("label whose answers are wanted", format!("less than {}", self.len), label));
        }
        let mut confusion = Confusion::new(2).named(["no", "yes"]);
        for (output, target) in self.pairs()?.skip(label).step_by(self.len) {
            confusion.add(usize::from(target.to_f64() > 0.5), usize::from(output > 0.5));
        }
        Ok(confusion)
    }

    /// The area under the receiver operating characteristic of yes-or-no answers: targets above one half are yes. See
    /// [`auc`](Predictions::auc).
    ///
    /// # Errors
    ///
    /// When there are not as many targets as outputs, or all of them are the same.
    pub fn auc_of_answers(&self) -> Result<f64, Error> {
        area(self.pairs()?.map(|(output, target)| (output, target.to_f64() > 0.5)))
    }
}

/// The area under the curve, by the ranks of the scores (Mann and Whitney, 1947).
fn area(scores: impl Iterator<Item = (f64, bool)>) -> Result<f64, Error> {
    let mut scores: Vec<(f64, bool)> = scores.collect();
    scores.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let positive = scores.iter().filter(|(_, is_positive)| *is_positive).count();
    let negative = scores.len() - positive;
    if positive == 0 || negative == 0 {
        return Err(Error::Empty { what: "one of the two sides whose AUC is wanted".into() });
    }
    let (mut below, mut area) = (0, 0.0);
    for equal in scores.chunk_by(|(a, _), (b, _)| a == b) {
        let positives = equal.iter().filter(|(_, is_positive)| *is_positive).count();
        let negatives = equal.len() - positives;
        area += positives as f64 * (below as f64 + negatives as f64 / 2.0);
        below += negatives;
    }
    Ok(area / (positive as f64 * negative as f64))
}
