//! Tiles side by side: the sums of their terms, and the outputs these make, in registers.

use super::filter::{PARTS, TERMS};
use crate::base::number::Number;
use crate::simd::vector::Vector;
use nn_sizes::Conv;

/// Pixels `[top, bottom][left, right]` of `N` tiles.
pub(super) type Pixels<V, const N: usize> = [[[V; N]; 2]; 2];

/// The terms of some tiles and of a vector of output channels.
pub(super) struct Terms<T> {
    pub inputs: usize,
    /// The first tile's pixel in the first pair of terms.
    pub pixel: *const T,
    /// The weights of the first pair of terms.
    pub weights: *const T,
}

impl<T: Number> Terms<T> {
    /// The outputs of `N` tiles of a convolution of `K` × `K` taps.
    ///
    /// # Safety
    /// Every pair of terms has numbers for each tile, and for each input channel a vector of weights.
    #[inline(always)]
    pub(super) unsafe fn outputs<V: Vector<Element = T>, const N: usize>(&self, bias: V) -> Pixels<V, N> {
        let zero = V::splat(T::ZERO);
        // SAFETY: the caller's.
        let [both, apart, top] =
            unsafe { [self.columns::<V, N>(0, bias), self.columns::<V, N>(1, zero), self.columns::<V, N>(2, zero)] };
        let [mut upper, mut lower] = [both; 2];
        for side in 0..2 {
            for n in 0..N {
                upper[side][n] = both[side][n].add(apart[side][n]).add(top[side][n]);
                lower[side][n] = both[side][n].sub(apart[side][n]);
            }
        }
        // SAFETY: the caller's.
        let bottom = unsafe { self.columns::<V, N>(3, zero) };
        for side in 0..2 {
            for n in 0..N {
                lower[side][n] = lower[side][n].add(bottom[side][n]);
            }
        }
        [upper, lower]
    }

    /// The left and the right sum of one part down.
    ///
    /// # Safety
    /// As for [`outputs`](Self::outputs).
    #[inline(always)]
    unsafe fn columns<V: Vector<Element = T>, const N: usize>(&self, down: usize, start: V) -> [[V; N]; 2] {
        // SAFETY: the caller's.
        let [both, apart] =
            unsafe { [self.sum::<V, N>([down, 0], [start; N]), self.sum::<V, N>([down, 1], [V::splat(T::ZERO); N])] };
        let [mut left, mut right] = [both; 2];
        for n in 0..N {
            left[n] = both[n].add(apart[n]);
            right[n] = both[n].sub(apart[n]);
        }
        // SAFETY: the caller's.
        unsafe { [self.sum::<V, N>([down, 2], left), self.sum::<V, N>([down, 3], right)] }
    }

    /// Adds the terms of a pair of parts.
    ///
    /// # Safety
    /// As for [`outputs`](Self::outputs).
    #[inline(always)]
    unsafe fn sum<V: Vector<Element = T>, const N: usize>(
        &self,
        [down, right]: [usize; 2],
        mut sums: [V; N],
    ) -> [V; N] {
        for input in 0..self.inputs {
            for &down in PARTS[down] {
                for &right in PARTS[right] {
                    let pair = down * TERMS + right;
                    // SAFETY: the caller's.
                    unsafe {
                        let weights = self.weights.add((input * TERMS * TERMS + pair) * V::LANES);
                        let pixel = self.pixel.add(pair * Conv::MINIMAL5X5_ROW + input);
                        let weights = V::load_from(weights);
                        for n in 0..N {
                            let x = V::splat(*pixel.add(n * self.inputs));
                            sums[n] = x.mul_add(weights, sums[n]);
                        }
                    }
                }
            }
        }
        sums
    }
}
