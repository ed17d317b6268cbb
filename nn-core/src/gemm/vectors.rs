//! The tiles of products, compiled for every instruction set.

use super::dense::AffineKernels;
use super::sparse::{self, PairTiles, SparseKernels};
use super::tile::{self, Tile};
use crate::base::number::Number;
#[cfg(target_arch = "x86_64")]
use crate::simd::vector::{Avx2, Avx512};
use crate::simd::vector::{Portable, Vector};

/// Numbers that have the kernels of products.
pub(crate) trait Factor: Number + AffineKernels<Self> + SparseKernels<Self> {}

impl Factor for f32 {}
impl Factor for f64 {}

/// Vectors that products are made of.
pub(crate) trait Tiles: Vector<Element: Factor> {
    /// [`tile::tile`] as a function of its own, so that all products share one copy of each size.
    ///
    /// # Safety
    /// As for `tile`.
    unsafe fn tile<const M: usize, const N: usize>(tile: &Tile<'_, Self::Element>);

    /// [`sparse::pair_tiles`] as a function of its own, for the same reason.
    ///
    /// # Safety
    /// As for `pair_tiles`.
    unsafe fn pair_tiles<const N: usize>(tiles: &PairTiles<'_, Self::Element>);
}

impl<T: Factor> Tiles for Portable<T> {
    unsafe fn tile<const M: usize, const N: usize>(tile: &Tile<'_, T>) {
        // SAFETY: the caller's promise.
        unsafe { tile::tile::<Self, M, N>(tile) }
    }

    unsafe fn pair_tiles<const N: usize>(tiles: &PairTiles<'_, T>) {
        // SAFETY: the caller's promise.
        unsafe { sparse::pair_tiles::<Self, N>(tiles) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Tiles for Avx2 {
    #[target_feature(enable = "avx2,fma")]
    unsafe fn tile<const M: usize, const N: usize>(tile: &Tile<'_, f32>) {
        // SAFETY: the caller's promise.
        unsafe { tile::tile::<Self, M, N>(tile) }
    }

    #[target_feature(enable = "avx2,fma")]
    unsafe fn pair_tiles<const N: usize>(tiles: &PairTiles<'_, f32>) {
        // SAFETY: the caller's promise.
        unsafe { sparse::pair_tiles::<Self, N>(tiles) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Tiles for Avx512 {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    unsafe fn tile<const M: usize, const N: usize>(tile: &Tile<'_, f32>) {
        // SAFETY: the caller's promise.
        unsafe { tile::tile::<Self, M, N>(tile) }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    unsafe fn pair_tiles<const N: usize>(tiles: &PairTiles<'_, f32>) {
        // SAFETY: the caller's promise.
        unsafe { sparse::pair_tiles::<Self, N>(tiles) }
    }
}
