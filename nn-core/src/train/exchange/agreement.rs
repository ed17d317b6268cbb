//! That all ranks do the same.

use core::fmt::{self, Display, Write};

use super::GradientExchange;
use crate::Error;

/// What all ranks must have alike, by fingerprints.
#[derive(Debug, Default)]
pub(crate) struct Agreement(Vec<(&'static str, u64)>);

impl Agreement {
    /// One thing more, told from others of its kind by what it displays.
    pub fn on(mut self, what: &'static str, text: impl Display) -> Self {
        let mut fingerprint = Fingerprint::default();
        let _cannot_fail = write!(fingerprint, "{text}");
        self.0.push((what, fingerprint.0));
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

/// FNV-1a, by Fowler, Noll and Vo.
struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
