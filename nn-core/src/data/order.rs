//! The order in which an epoch visits the samples.

mod permutation;
mod sampling;
#[cfg(test)]
mod tests;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use permutation::Permutation;
pub use sampling::Sampling;

/// An order of samples, shuffled anew for each epoch.
///
/// It depends on the seed and the epoch's number alone, so an epoch can be repeated without those before it. Nothing is
/// stored for each sample: an index is computed, some nanoseconds before it is wanted.
///
/// ```
/// let mut order = nn_core::data::Order::new(5, 42);
/// order.shuffle(1);
/// let first: Vec<usize> = order.indices().collect();
/// order.shuffle(2);
/// order.shuffle(1);
/// assert!(order.indices().eq(first));
/// assert_eq!(order.batches(2).len(), 3, "the last one is short");
/// ```
#[derive(Clone, Debug)]
pub struct Order {
    len: usize,
    seed: u64,
    sampling: Option<Sampling>,
    visits: Visits,
}

/// Which sample is at a place.
#[derive(Clone, Debug)]
enum Visits {
    /// The one of that number, before the first epoch.
    AsTheyCome,
    /// All of them, each once.
    Shuffled(Permutation),
    /// Any, by this key.
    Drawn(Sampling, u64),
}

impl Order {
    /// All of `len` samples, as they come.
    pub fn new(len: usize, seed: u64) -> Self {
        Self { len, seed, sampling: None, visits: Visits::AsTheyCome }
    }

    /// All samples, as they come; for each epoch as many are drawn by weight.
    pub fn sampled(sampling: Sampling, seed: u64) -> Self {
        Self { sampling: Some(sampling.clone()), ..Self::new(sampling.len(), seed) }
    }

    /// Shuffles, or draws, for an epoch.
    pub fn shuffle(&mut self, epoch: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(epoch);
        self.visits = match &self.sampling {
            None => Visits::Shuffled(Permutation::new(self.len, &mut random)),
            Some(sampling) => Visits::Drawn(sampling.clone(), random.next_u64()),
        };
    }

    /// The indices of the samples in this order.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.len).map(|place| self.at(place))
    }

    /// The indices in mini-batches; the last may be shorter.
    ///
    /// # Panics
    ///
    /// When `size` is zero.
    pub fn batches(&self, size: usize) -> Batches<'_> {
        assert!(size > 0, "mini-batches of no samples: give a size of 1 or more");
        Batches { order: self, size, done: 0, batch: Vec::with_capacity(size.min(self.len)) }
    }

    fn at(&self, place: usize) -> usize {
        match &self.visits {
            Visits::AsTheyCome => place,
            Visits::Shuffled(permutation) => permutation.at(place),
            Visits::Drawn(sampling, key) => sampling.draw(*key, place),
        }
    }
}

/// The mini-batches of an [`Order`], which share the memory of one.
///
/// ```
/// let order = nn_core::data::Order::new(5, 42);
/// let mut batches = order.batches(2);
/// assert_eq!(batches.next(), Some(&[0, 1][..]));
/// assert_eq!(batches.next(), Some(&[2, 3][..]));
/// assert_eq!(batches.next(), Some(&[4][..]));
/// assert_eq!(batches.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    order: &'a Order,
    size: usize,
    /// Samples in the mini-batches so far.
    done: usize,
    batch: Vec<usize>,
}

impl Batches<'_> {
    /// The indices of the next mini-batch, in the place of the one before: nothing is allocated.
    #[expect(clippy::should_implement_trait, reason = "the items of an iterator do not borrow from it")]
    pub fn next(&mut self) -> Option<&[usize]> {
        let places = self.done..self.done.saturating_add(self.size).min(self.order.len);
        self.done = places.end;
        self.batch.clear();
        self.batch.extend(places.map(|place| self.order.at(place)));
        (!self.batch.is_empty()).then_some(&self.batch[..])
    }

    /// Passes over the next so many.
    pub(crate) fn skip(&mut self, batches: usize) {
        self.done = self.done.saturating_add(batches.saturating_mul(self.size)).min(self.order.len);
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        (self.order.len - self.done).div_ceil(self.size)
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
