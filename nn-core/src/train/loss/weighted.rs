//! Cross-entropy where classes weigh differently, labels are not quite certain, or some are missing.

use super::{Hits, Loss, check_classes, is_right, samples, total};
use crate::{Error, Head, Real};

/// The multiply–adds that take as long as a number of a row: an exponential, and the sums beside it.
const WORK: u64 = 40;

/// [`CrossEntropy`](super::CrossEntropy) with class weights, label smoothing (Szegedy et al., *Rethinking the Inception
/// Architecture*, 2016) and a label that is ignored, as PyTorch's `CrossEntropyLoss` has them. With a smoothing of `ε` and `C` classes of weights
/// `w`, a sample of class `y` costs
///
/// ```text
/// (1 - ε) w[y] · -ln p[y]  +  ε / C · Σ w[c] · -ln p[c]
/// ```
///
/// and the mean is the sum over the samples that are not ignored, divided by the sum of their `w[y]`. Where all are ignored, the mean and
/// all gradients are zero (PyTorch's mean is NaN then). The network's output is to be a softmax, a log_softmax, or logits.
///
/// ```
/// use nn_core::train::loss::WeightedCrossEntropy;
///
/// // The second class is rare; samples labelled 255 are of no class.
/// let loss = WeightedCrossEntropy::new().weights([1.0, 5.0]).smoothing(0.1).ignore(255);
/// ```
#[derive(Clone, Debug, Default)]
pub struct WeightedCrossEntropy {
    weights: Vec<f64>,
    smoothing: f64,
    ignored: Option<usize>,
}

impl WeightedCrossEntropy {
    /// Plain cross-entropy, unless told otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these weights, one for each class, finite and not negative; 1 unless told otherwise.
    pub fn weights(mut self, weights: impl Into<Vec<f64>>) -> Self {
        self.weights = weights.into();
        self
    }

    /// Takes a share from the certainty of each label, from 0 to below 1, and gives it to all classes alike.
    pub fn smoothing(mut self, share: f64) -> Self {
        self.smoothing = share;
        self
    }

    /// Passes over samples with this label, which need name no class. Accuracy is the share of all others.
    pub fn ignore(mut self, label: usize) -> Self {
        self.ignored = Some(label);
        self
    }

    fn weight_of(&self, class: usize) -> f64 {
        self.weights.get(class).copied().unwrap_or(1.0)
    }

    /// The labels that are not ignored.
    fn counted(&self, labels: &[usize]) -> impl Iterator<Item = usize> {
        labels.iter().copied().filter(|label| Some(*label) != self.ignored)
    }

    fn check(&self, head: Head, len: usize, labels: &[usize]) -> Result<(), Error> {
        if head == Head::Sigmoid {
            return Err(Error::size("head of weighted cross-entropy", "softmax, log_softmax or none", "sigmoid"));
        }
        let smoothing = self.smoothing;
        Error::check_setting("label smoothing", smoothing, (0.0..1.0).contains(&smoothing), "from 0 to below 1")?;
        if !self.weights.is_empty() && self.weights.len() != len {
            return Err(Error::size("class weights", format!("{len}, one for each class"), self.weights.len()));
        }
        for &weight in &self.weights {
            Error::check_setting("class weight", weight, weight >= 0.0, "a finite number, 0 or above")?;
        }
        let is_wrong = |&(_, &label): &(usize, &usize)| label >= len && Some(label) != self.ignored;
        match labels.iter().enumerate().find(is_wrong) {
            Some((index, &label)) => Err(Error::Label { from: "targets".into(), index, label, classes: len }),
            None => Ok(()),
        }
    }

    /// The cost of a sample times the sum of weights, and its gradient times `scale`.
    fn sample<T: Real>(&self, all: f64, scale: f64, x: &[T], label: usize, dx: &mut [T]) -> T {
        if Some(label) == self.ignored {
            dx.fill(T::ZERO);
            return T::ZERO;
        }
        let certain = (1.0 - self.smoothing) * self.weight_of(label);
        let each = self.smoothing / x.len() as f64;
        // -ln p of the label, and `softmax - onehot` times the sum of what all classes get.
        let of_label = T::cross_entropy(x.len(), T::from_f64(scale * (certain + each * all)), x, &[label], dx);
        if each == 0.0 {
            return T::from_f64(certain) * of_label;
        }
        dx[label] += T::from_f64(scale * each * all);
        let mut others = T::ZERO;
        for (class, (dx, &other)) in dx.iter_mut().zip(x).enumerate() {
            let weight = T::from_f64(self.weight_of(class));
            *dx -= T::from_f64(scale * each) * weight;
            // -ln p of another class, as their difference is that of the logits.
            others += weight * (of_label + (x[label] - other));
        }
        T::from_f64(certain) * of_label + T::from_f64(each) * others
    }
}

impl<T: Real> Loss<T> for WeightedCrossEntropy {
    type Target = usize;

    fn evaluate(
        &self,
        head: Head,
        len: usize,
        outputs: &[T],
        targets: &[usize],
        gradients: &mut [T],
    ) -> Result<T, Error> {
        samples(self, len, outputs, targets, gradients)?;
        self.check(head, len, targets)?;
        let sum = Loss::<T>::weight(self, len, targets);
        let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
        let all = (0..len).map(|class| self.weight_of(class)).sum();
        let cost = total(WORK, len, outputs, targets, gradients, &|x, labels, dx| {
            let rows = x.chunks_exact(len).zip(labels).zip(dx.chunks_exact_mut(len));
            rows.map(|((x, &label), dx)| self.sample(all, scale, x, label, dx)).sum()
        });
        Ok(cost * T::from_f64(scale))
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        check_classes(shape)
    }

    fn targets_per_sample(&self, _len: usize) -> usize {
        1
    }

    fn weight(&self, _len: usize, targets: &[usize]) -> f64 {
        self.counted(targets).map(|label| self.weight_of(label)).sum()
    }

    fn correct(&self, _head: Head, len: usize, outputs: &[T], targets: &[usize]) -> Option<Hits> {
        let rows = outputs.chunks_exact(len).zip(targets);
        let right = rows.filter(|(row, label)| Some(**label) != self.ignored && is_right(row, **label)).count();
        Some(Hits { right, of: self.counted(targets).count() })
    }
}
