//! The compile-time check of a budget whose network has parts by path.

use nn_sizes::{Limit, Share};

/// Fails to compile if a network that costs `total` exceeds the limit.
pub const fn check_limit(limit: &Limit, total: u64, shares: &[Share]) {
    if let Some(excess) = limit.excess(total, shares) {
        panic!("{}", excess.as_str());
    }
}
