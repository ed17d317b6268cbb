//! The order in which an epoch visits the samples.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// An order of samples, shuffled anew for each epoch.
///
/// It depends on the seed and the epoch's number alone, so an epoch can be repeated without those before it.
///
/// ```
/// let mut order = nn_core::data::Order::new(5, 42);
/// order.shuffle(1);
/// let first: Vec<usize> = order.batches(2).flatten().copied().collect();
/// order.shuffle(2);
/// order.shuffle(1);
/// assert_eq!(order.indices(), first);
/// assert_eq!(order.batches(2).len(), 3, "the last one is short");
/// ```
#[derive(Clone, Debug)]
pub struct Order {
    indices: Vec<usize>,
    seed: u64,
}

impl Order {
    /// All of `len` samples, as they come.
    pub fn new(len: usize, seed: u64) -> Self {
        Self { indices: (0..len).collect(), seed }
    }

    /// Shuffles for an epoch, as Fisher and Yates do.
    pub fn shuffle(&mut self, epoch: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(epoch);
        self.indices.iter_mut().enumerate().for_each(|(i, index)| *index = i);
        shuffle(&mut self.indices, &mut random);
    }

    /// The indices of the samples in this order.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The indices in mini-batches; the last may be shorter.
    ///
    /// # Panics
    ///
    /// When `size` is zero.
    pub fn batches(&self, size: usize) -> impl ExactSizeIterator<Item = &[usize]> {
        self.indices.chunks(size)
    }
}

pub(super) fn shuffle<I>(items: &mut [I], random: &mut ChaCha8Rng) {
    for i in (1..items.len()).rev() {
        // The high half of the product is uniform up to a bias of 2⁻⁶⁴ (i + 1).
        let other = (u128::from(random.next_u64()) * (i as u128 + 1)) >> 64;
        items.swap(i, other as usize);
    }
}
