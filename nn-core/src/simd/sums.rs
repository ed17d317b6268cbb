//! Sums of many terms, whose rounding does not grow with their number.
//!
//! Terms are added one after the other in [blocks](BLOCK). Blocks are added one after the other too, as what they come to is so
//! much larger. A sum of more than [`BLOCKS`] of them carries the error of each addition to the next part (Kahan, "Further
//! Remarks on Reducing Truncation Errors", 1965, with parts in place of terms).

use super::vector::Vector;
use crate::base::number::Number;
use core::hint::black_box;
use core::mem::MaybeUninit;

/// Terms of a block, in each lane where lanes are terms. So many equal ones lose no more than a millionth of their sum.
pub(crate) const BLOCK: usize = 64;

/// Blocks that are added one after the other, which lose no more than another millionth.
pub(crate) const BLOCKS: usize = 128;

/// The sums of blocks of any number, in each lane of some vectors.
#[derive(Clone, Copy)]
pub(crate) struct Sums<V, const N: usize> {
    part: [V; N],
    /// Blocks in `part`.
    blocks: usize,
    whole: [V; N],
}

impl<V: Vector, const N: usize> Sums<V, N> {
    #[inline(always)]
    pub fn new() -> Self {
        let zero = [V::splat(V::Element::ZERO); N];
        Self { part: zero, blocks: 0, whole: zero }
    }

    /// Adds what a block comes to.
    #[inline(always)]
    pub fn add(&mut self, block: [V; N]) {
        for n in 0..N {
            self.part[n] = self.part[n].add(block[n]);
        }
        self.blocks += 1;
        if self.blocks == BLOCKS {
            for n in 0..N {
                (self.whole[n], self.part[n]) = carried(self.whole[n], self.part[n]);
            }
            self.blocks = 0;
        }
    }

    /// The sum of all.
    #[inline(always)]
    pub fn total(mut self) -> [V; N] {
        for n in 0..N {
            self.whole[n] = self.whole[n].add(self.part[n]);
        }
        self.whole
    }
}

/// What the blocks of a tile come to before the one in registers: no more than [`BLOCKS`] of them, and in memory.
pub(crate) struct Blocks<V, const M: usize, const N: usize> {
    sums: MaybeUninit<[[V; N]; M]>,
    /// Whether there are any.
    any: bool,
}

impl<V: Vector, const M: usize, const N: usize> Blocks<V, M, N> {
    #[inline(always)]
    pub fn new() -> Self {
        Self { sums: MaybeUninit::uninit(), any: false }
    }

    /// Adds a block, and begins the next one.
    #[inline(always)]
    pub fn add(&mut self, block: &mut [[V; N]; M]) {
        self.add_before(block);
        black_box(&mut self.sums).write(*block);
        self.any = true;
        *block = [[V::splat(V::Element::ZERO); N]; M];
    }

    /// Adds the blocks before to the last one.
    #[inline(always)]
    pub fn add_before(&mut self, block: &mut [[V; N]; M]) {
        if self.any {
            // SAFETY: written when there were.
            let before = unsafe { black_box(&mut self.sums).assume_init_ref() };
            for m in 0..M {
                for n in 0..N {
                    block[m][n] = before[m][n].add(block[m][n]);
                }
            }
        }
    }
}

/// `whole + part`, and the error of that, which is zero where the sum is infinite.
#[inline(always)]
pub(crate) fn carried<V: Vector>(whole: V, part: V) -> (V, V) {
    let sum = whole.add(part);
    let error = part.sub(sum.sub(whole));
    (sum, error.zero_where(error.is_nan()))
}
