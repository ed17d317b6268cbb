//! Which samples of a set are meant, in which order.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::Error;
use crate::base::random::below;

/// Indices into samples that several parts of a set share: to shuffle or split moves nothing else.
#[derive(Clone, Debug)]
pub(super) struct Selection(Vec<usize>);

impl Selection {
    /// All of `count` samples, as they come.
    pub fn all(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The samples.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> {
        self.0.iter().copied()
    }

    /// The sample at a place, of which there must be so many.
    pub fn at(&self, place: usize) -> usize {
        self.0[place]
    }

    /// The shuffle of Fisher and Yates.
    pub fn shuffle(&mut self, seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for i in (1..self.len()).rev() {
            self.0.swap(i, below(random.next_u64(), i as u128 + 1));
        }
    }

    /// Keeps the first `count`, and gives the others.
    pub fn split_off(&mut self, count: usize) -> Result<Self, Error> {
        if count > self.len() {
            return Err(Error::size("samples to split off", format!("at most {}", self.len()), count));
        }
        Ok(Self(self.0.split_off(count)))
    }

    /// How many are a share of all, rounded to the nearest count.
    pub fn share(&self, share: f64) -> Result<usize, Error> {
        Error::check_setting("share of a split", share, (0.0..=1.0).contains(&share), "from 0 to 1")?;
        Ok((self.len() as f64 * share).round() as usize)
    }

    /// Keeps those that are wanted.
    #[cfg(feature = "csv")]
    pub fn retain(&mut self, is_wanted: impl Fn(usize) -> bool) {
        self.0.retain(|&sample| is_wanted(sample));
    }

    /// Keeps the first, at most `count`.
    pub fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }
}

/// The methods of a set that holds its samples shared, beside a [`Selection`] in a field `selection`.
macro_rules! selected {
    ([$($generics:tt)*] $set:ty) => {
        impl<$($generics)*> $set {
            /// Count of samples.
            pub fn len(&self) -> usize {
                self.selection.len()
            }

            /// Whether there are none; a part of a set may be empty.
            pub fn is_empty(&self) -> bool {
                self.selection.len() == 0
            }

            /// The same samples in a random order, by the shuffle of Fisher and Yates.
            pub fn shuffled(mut self, seed: u64) -> Self {
                self.selection.shuffle(seed);
                self
            }

            /// The first `count` samples, and the others: for training and validation, when shuffled before.
            ///
            /// # Errors
            ///
            /// When there are not that many.
            pub fn split_at(mut self, count: usize) -> Result<(Self, Self), $crate::Error> {
                let selection = self.selection.split_off(count)?;
                let rest = Self { selection, ..self.clone() };
                Ok((self, rest))
            }

            /// The given share of the samples, rounded to the nearest count, and the others.
            ///
            /// # Errors
            ///
            /// When `share` is not from 0 to 1.
            pub fn split(self, share: f64) -> Result<(Self, Self), $crate::Error> {
                let count = self.selection.share(share)?;
                self.split_at(count)
            }

            /// The first samples, at most `count`.
            pub fn take(mut self, count: usize) -> Self {
                self.selection.truncate(count);
                self
            }
        }
    };
}
pub(super) use selected;
