//! The tiles of products, each a function of its own that all products share.

use super::dense::AffineKernels;
use super::register_tile;
use super::sparse::{self, PairTiles, SparseKernels};
use super::tile::Tile;
use crate::base::number::Number;
use crate::simd::kernel::Kernel;
use crate::simd::vector::Vector;

/// Numbers that have the kernels of products.
pub(crate) trait Factor: Number + AffineKernels<Self> + SparseKernels<Self> {}

impl Factor for f32 {}
impl Factor for f64 {}

/// Vectors that products are made of.
pub(crate) trait Tiles: Vector<Element: Factor> {
    /// [`register_tile::tile`] as a function of its own.
    ///
    /// # Safety
    /// As for `tile`.
    #[inline(always)]
    unsafe fn tile<const M: usize, const N: usize>(tile: &Tile<'_, Self::Element>) {
        struct Call<'a, T, const M: usize, const N: usize>(&'a Tile<'a, T>);
        impl<T: Factor, const M: usize, const N: usize> Kernel for Call<'_, T, M, N> {
            type Element = T;
            type Output = ();
            #[inline(always)]
            fn run<V: Vector<Element = T>>(self) {
                // SAFETY: only the function around this makes a `Call`; `V` is its `Self`, for which its caller has promised.
                unsafe { register_tile::tile::<V, M, N>(self.0) }
            }
        }
        Self::outlined(Call::<_, M, N>(tile));
    }

    /// [`sparse::pair_tiles`] as a function of its own.
    ///
    /// # Safety
    /// As for `pair_tiles`.
    #[inline(always)]
    unsafe fn pair_tiles<const N: usize>(tiles: &PairTiles<'_, Self::Element>) {
        struct Call<'a, T, const N: usize>(&'a PairTiles<'a, T>);
        impl<T: Factor, const N: usize> Kernel for Call<'_, T, N> {
            type Element = T;
            type Output = ();
            #[inline(always)]
            fn run<V: Vector<Element = T>>(self) {
                // SAFETY: only the function around this makes a `Call`; `V` is its `Self`, for which its caller has promised.
                unsafe { sparse::pair_tiles::<V, N>(self.0) }
            }
        }
        Self::outlined(Call::<_, N>(tiles));
    }
}

impl<V: Vector<Element: Factor>> Tiles for V {}
