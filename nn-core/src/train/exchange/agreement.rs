//! That all ranks do the same.

use core::fmt::Display;

use super::GradientExchange;
use crate::Error;
use crate::base::hash::hash;

/// What all ranks must have alike, by fingerprints.
#[derive(Debug, Default)]
pub(crate) struct Agreement(Vec<(&'static str, u64)>);

impl Agreement {
    /// One thing more, told from others of its kind by what it displays.
    pub fn on(mut self, what: &'static str, text: impl Display) -> Self {
        self.0.push((what, hash(text)));
        self
    }

    /// Fails on all ranks where one has something else than rank 0.
    pub fn check<T>(&self, exchange: &mut dyn GradientExchange<T>) -> Result<(), Error> {
        let mut all = vec![0.0; exchange.ranks() * 2 * self.0.len()];
        let own = all.chunks_exact_mut(2 * self.0.len()).nth(exchange.rank()).unwrap_or_default();
        for (place, (_, fingerprint)) in own.chunks_exact_mut(2).zip(&self.0) {
            // Halves, as not every number of 64 bits is one of `f64`.
            place.copy_from_slice(&[(fingerprint >> 32) as f64, (fingerprint & 0xffff_ffff) as f64]);
        }
        exchange.gather(&mut all)?;
        let whole = |halves: &[f64]| (halves[0] as u64) << 32 | halves[1] as u64;
        for (rank, of_rank) in all.chunks_exact(2 * self.0.len()).enumerate() {
            for ((what, _), (found, first)) in self.0.iter().zip(of_rank.chunks_exact(2).zip(all.chunks_exact(2))) {
                if found != first {
                    return Err(Error::Ranks { rank, what, found: whole(found), expected: whole(first) });
                }
            }
        }
        Ok(())
    }
}
