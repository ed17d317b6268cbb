//! What random numbers are drawn from.

/// What a mask is drawn from: the same key gives the same mask, on any thread and again in the backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The run's seed.
    pub seed: u64,
    /// Count of the training steps before this one.
    pub step: u64,
    /// Position of the sample in its batch.
    pub sample: u64,
    /// Which of the network's layers that draw.
    pub layer: u64,
}

impl Draw {
    /// All four numbers mixed into one key.
    pub(crate) fn key(self) -> [u32; 2] {
        let mut key = 0;
        for number in [self.seed, self.step, self.sample, self.layer] {
            key = mix(key ^ number);
        }
        [key as u32, (key >> 32) as u32]
    }
}

/// The next number of SplitMix64 (Steele, Lea and Flood, 2014) after the state `bits`: a bijection in which each bit of
/// the state moves every bit of the result.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
