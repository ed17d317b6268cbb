//! Samples that are drawn by weight.

use std::sync::Arc;

use crate::Error;
use crate::base::random::uniform;
use crate::exec::draw::mix;

/// By which weights the samples of an epoch are drawn, with replacement: some come several times, others not at all.
///
/// ```
/// use nn_core::data::{Order, Sampling};
///
/// // Class 1 has one sample of four, and every other visit.
/// let sampling = Sampling::balanced([0, 0, 1, 0])?;
/// let mut order = Order::sampled(sampling, 42);
/// let visits: usize = (1..=1000).map(|epoch| {
///     order.shuffle(epoch);
///     order.indices().filter(|&sample| sample == 2).count()
/// }).sum();
/// assert!((1900..2100).contains(&visits), "half of 4000");
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sampling {
    /// For each sample the weights up to and with its own.
    sums: Arc<[f64]>,
}

impl Sampling {
    /// By a weight for each sample; one whose weight is zero is never drawn.
    ///
    /// # Errors
    ///
    /// When a weight is negative or not finite, or all are zero.
    pub fn weighted(weights: impl IntoIterator<Item = f64>) -> Result<Self, Error> {
        let mut sum = 0.0;
        let mut sums = Vec::new();
        for weight in weights {
            Error::check_setting("weight of a sample", weight, weight >= 0.0, "a finite number, not negative")?;
            sum += weight;
            sums.push(sum);
        }
        Error::check_setting("sum of the samples' weights", sum, sum > 0.0, "a positive, finite number")?;
        Ok(Self { sums: sums.into() })
    }

    /// So that each class is visited as often, by the label of each sample.
    ///
    /// # Errors
    ///
    /// When there are no labels.
    pub fn balanced(labels: impl IntoIterator<Item = usize>) -> Result<Self, Error> {
        let labels: Vec<usize> = labels.into_iter().collect();
        let mut counts = std::collections::HashMap::new();
        labels.iter().for_each(|label| *counts.entry(label).or_insert(0_u32) += 1);
        Self::weighted(labels.iter().map(|label| 1.0 / f64::from(counts[label])))
    }

    /// Count of samples.
    #[expect(clippy::len_without_is_empty, reason = "there is a sample whose weight is not zero")]
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// The sample that is drawn at a place, by a key.
    pub(super) fn draw(&self, key: u64, place: usize) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let share = uniform(mix(key ^ place as u64));
        let found = self.sums.partition_point(|&sum| sum <= share * total);
        // The product may be rounded up to the total.
        found.min(self.sums.partition_point(|&sum| sum < total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_weights_are_refused() {
        for (weights, message) in [
            (vec![], "sum of the samples' weights is 0, but must be a positive, finite number"),
            (vec![0.0, 0.0], "sum of the samples' weights is 0, but must be a positive, finite number"),
            (vec![1.0, -1.0], "weight of a sample is -1, but must be a finite number, not negative"),
            (vec![f64::NAN], "weight of a sample is NaN, but must be a finite number, not negative"),
            (vec![f64::MAX, f64::MAX], "sum of the samples' weights is inf, but must be a positive, finite number"),
        ] {
            assert_eq!(Sampling::weighted(weights).expect_err(message).to_string(), message);
        }
        assert!(Sampling::balanced([]).is_err());
    }

    /// The chi-square test with four degrees of freedom; above 33 lies one seed in a million.
    #[test]
    fn samples_are_drawn_as_often_as_they_weigh() {
        let weights = [1.0, 0.0, 2.0, 3.0, 0.0, 4.0, 5.0, 0.0];
        let sampling = Sampling::weighted(weights).expect("valid");
        let mut counts = [0.0; 8];
        (0..20).for_each(|key| (0..3000).for_each(|place| counts[sampling.draw(mix(key), place)] += 1.0));
        let expected = weights.map(|weight| 60_000.0 * weight / 15.0);
        assert_eq!((counts[1], counts[4], counts[7]), (0.0, 0.0, 0.0), "weigh nothing");
        let terms = counts.iter().zip(expected).filter(|(_, expected)| *expected > 0.0);
        let chi_square: f64 = terms.map(|(count, expected)| (count - expected).powi(2) / expected).sum();
        assert!(chi_square < 33.0, "{chi_square}: {counts:?}");
    }
}
