//! Labels as answers to a yes-or-no question.

use super::{Source, Visit};
use crate::{Error, Real};

/// A data set of classes with the question whether a sample is of one of them: its targets are 1 for that class and 0 for all others,
/// as [`BinaryCrossEntropy`](crate::BinaryCrossEntropy) wants them.
///
/// ```
/// use nn_core::data::{OneVsRest, Samples};
/// use nn_core::{Adam, BinaryCrossEntropy, Network, Trainer, network};
///
/// network! {
///     struct Xor = [2] -> affine(16) -> relu -> affine(1) -> sigmoid;
/// }
///
/// let classes = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
/// let data = OneVsRest::new(&classes, 1);
/// let mut net = Xor::new(1);
/// let history = Trainer::new(Adam::new(0.05)).loss(BinaryCrossEntropy).epochs(100).fit(&mut net, &data)?;
/// assert_eq!(history.last().and_then(|epoch| epoch.train_accuracy), Some(1.0));
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneVsRest<'a, D: ?Sized> {
    data: &'a D,
    class: usize,
}

impl<'a, D: ?Sized> OneVsRest<'a, D> {
    /// Whether a sample of `data` is of this class.
    pub fn new(data: &'a D, class: usize) -> Self {
        Self { data, class }
    }
}

impl<T: Real, D: Source<T, Target = usize> + ?Sized> Source<T> for OneVsRest<'_, D> {
    type Target = T;

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
        self.data.gather_for(visit, indices, inputs)
    }

    fn targets(&self, indices: &[usize], targets: &mut [T]) -> Result<(), Error> {
        let mut labels = vec![0; targets.len()];
        self.data.targets(indices, &mut labels)?;
        let is_class = |label| if label == self.class { T::ONE } else { T::ZERO };
        targets.iter_mut().zip(labels).for_each(|(target, label)| *target = is_class(label));
        Ok(())
    }
}
