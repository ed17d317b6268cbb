//! Numbers that mean nothing.

use nn_core::Error;
use nn_core::data::Samples;

/// Numbers of mean 0 and variance 1, uniformly distributed, the same for the same seed.
pub struct Noise(u64);

impl Noise {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next `count` of them.
    pub fn numbers(&mut self, count: usize) -> Vec<f32> {
        let scale = 12_f32.sqrt() / (1_u64 << 24) as f32;
        (0..count).map(|_| ((self.next() >> 40) as f32).mul_add(scale, -(3_f32.sqrt()))).collect()
    }

    /// Samples of so many numbers with labels of ten classes.
    pub fn samples(&mut self, count: usize, len: usize) -> Result<Samples<f32, usize>, Error> {
        let labels = (0..count).map(|_| (self.next() % 10) as usize).collect();
        Samples::new(count, self.numbers(count * len), labels)
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
