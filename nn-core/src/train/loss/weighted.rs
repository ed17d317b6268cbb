//! Cross-entropy where classes weigh differently, labels are not quite certain, or some are missing.

use super::{Loss, check_one_row, count_correct, samples, total};
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
/// and the mean is the sum over the samples that are not ignored, divided by the sum of their `w[y]`. It is zero where all are ignored. The network's
/// output is to be a softmax, a log_softmax, or logits.
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

    /// Passes over samples with this label, which need name no class. There is no accuracy then, as it would be a share of all samples.
    pub fn ignore(mut self, label: usize) -> Self {
        self.ignored = Some(label);
        self
    }

    fn weight(&self, class: usize) -> f64 {
        self.weights.get(class).copied().unwrap_or(1.0)
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
        let certain = (1.0 - self.smoothing) * self.weight(label);
        let each = self.smoothing / x.len() as f64;
        // -ln p of the label, and `softmax - onehot` times the sum of what all classes get.
        let of_label = T::cross_entropy(x.len(), T::from_f64(scale * (certain + each * all)), x, &[label], dx);
        if each == 0.0 {
            return T::from_f64(certain) * of_label;
        }
        dx[label] += T::from_f64(scale * each * all);
        let mut others = T::ZERO;
        for (class, (dx, &other)) in dx.iter_mut().zip(x).enumerate() {
            let weight = T::from_f64(self.weight(class));
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
        let counted = targets.iter().filter(|label| Some(**label) != self.ignored);
        let sum: f64 = counted.map(|&label| self.weight(label)).sum();
        let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
        let all = (0..len).map(|class| self.weight(class)).sum();
        let cost = total(WORK, len, outputs, targets, gradients, &|x, labels, dx| {
            let rows = x.chunks_exact(len).zip(labels).zip(dx.chunks_exact_mut(len));
            rows.map(|((x, &label), dx)| self.sample(all, scale, x, label, dx)).sum()
        });
        Ok(cost * T::from_f64(scale))
    }

    fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        check_one_row(shape)
    }

    fn targets_per_sample(&self, _len: usize) -> usize {
        1
    }

    fn correct(&self, _head: Head, len: usize, outputs: &[T], targets: &[usize]) -> Option<usize> {
        self.ignored.is_none().then(|| count_correct(len, outputs, targets))
    }
}
