//! A hash that is the same on every platform and in every version.

use core::fmt::{self, Write};

/// The hash of anything by what it displays: FNV-1a, by Fowler, Noll and Vo.
pub(crate) fn hash(text: impl fmt::Display) -> u64 {
    let mut hash = Fnv1a(0xcbf2_9ce4_8422_2325);
    let _cannot_fail = write!(hash, "{text}");
    hash.0
}

struct Fnv1a(u64);

impl Write for Fnv1a {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
