//! A random order of numbers that is computed, one by one, instead of stored.
//!
//! A Feistel network: the halves of a number take turns in being changed, each by a function of the other and a key. Every
//! step can be undone, so all numbers of so many bits are permuted. Where that leads beyond those that are wanted, it goes
//! on from there until it is back among them, which permutes these: cycle walking (Black and Rogaway, "Ciphers with
//! arbitrary finite domains", 2002).
//!
//! Every number is equally frequent at each place, and after each other number. Whole orders of few numbers are not: some
//! of the 120 of five come an eighth more often than they should.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::Rng;

/// Each half is changed in every other. After six, not all followers of one among ten numbers were equally frequent.
const ROUNDS: usize = 8;

/// A permutation of the numbers from 0 on.
#[derive(Clone, Debug)]
pub struct Permutation {
    len: u64,
    /// Bits of the halves; the first has at most one more.
    bits: [u32; 2],
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// Of the numbers below `len`, its keys drawn at random.
    pub fn new(len: usize, random: &mut ChaCha8Rng) -> Self {
        let len = len as u64;
        // At most half of the numbers lie beyond, so that two steps lead back on average; no half is empty.
        let bits = (u64::BITS - len.saturating_sub(1).leading_zeros()).max(2);
        Self { len, bits: [bits.div_ceil(2), bits / 2], keys: [(); ROUNDS].map(|()| random.next_u64()) }
    }

    /// The number at a place, which must be below the length: from beyond, no way may lead back.
    pub fn at(&self, place: usize) -> usize {
        debug_assert!((place as u64) < self.len);
        let mut number = self.encipher(place as u64);
        while number >= self.len {
            number = self.encipher(number);
        }
        number as usize
    }

    fn encipher(&self, number: u64) -> u64 {
        let [high, low] = self.bits;
        let (mut left, mut right) = (number >> low, number & ((1 << low) - 1));
        for keys in self.keys.chunks_exact(2) {
            left ^= mix(right ^ keys[0]) >> (u64::BITS - high);
            right ^= mix(left ^ keys[1]) >> (u64::BITS - low);
        }
        left << low | right
    }
}

/// Each bit of a number takes part in all the high bits: a product carries upwards, and the shift leads down again.
fn mix(number: u64) -> u64 {
    // Odd, and without a pattern: those of Steele, Lea and Flood's SplitMix64.
    let product = number.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (product ^ (product >> 32)).wrapping_mul(0x94D0_49BB_1331_11EB)
}
