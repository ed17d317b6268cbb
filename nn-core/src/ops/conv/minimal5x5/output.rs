//! Where the outputs of tiles go: into a map, or only the largest of each tile.

use super::tiles::Pixels;
use crate::base::memory::part_mut;
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::epilogue::{Epilogue, activate_cheap};
use crate::simd::vector::Vector;
use nn_sizes::{Activation, Conv};

/// What is made of the outputs.
#[derive(Debug)]
pub enum Output<'a, T> {
    /// Rows of the map, finished by the epilogue.
    Map(&'a mut [T], Epilogue<'a, T>),
    /// Of each 2 × 2 pixels, activated, the largest, and, unless empty, which pixel of the map it is: the first of equals. A NaN
    /// wins over every number.
    Largest(&'a mut [T], &'a mut [u32], Activation),
}

impl<T: Number> Output<'_, T> {
    /// The rows of tiles there is room for, and how many tiles are in each.
    #[inline(always)]
    pub(super) fn check(&self, d: &Conv, first: usize) -> [usize; 2] {
        let [height, width, channels] = d.output;
        check!(first <= height);
        match self {
            Self::Map(y, epilogue) => {
                let row = width * channels;
                check!(row > 0 && y.len().is_multiple_of(row));
                let rows = y.len() / row;
                check!(rows <= height - first);
                epilogue.check(channels, y.len());
                [rows.div_ceil(2), width.div_ceil(2)]
            }
            Self::Largest(y, indices, _) => {
                let across = width / 2;
                let row = across * channels;
                check!(row > 0 && (indices.is_empty() || indices.len() == y.len()));
                let rows = y.len() / row;
                check!(size([2, rows]) <= height - first);
                [rows, across]
            }
        }
    }

    /// The numbers, and the activation, of which the dear ones are left to do.
    #[inline(always)]
    pub(super) fn finish(&mut self) -> (Activation, &mut [T]) {
        match self {
            Self::Map(y, epilogue) => (epilogue.activation, y),
            Self::Largest(y, _, activation) => (*activation, y),
        }
    }
}

/// Where tiles side by side lie.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The first row of the map there is room for.
    pub first: usize,
    /// The row of tiles, from there.
    pub row: usize,
    /// The first tile of the row.
    pub tile: usize,
}

/// Takes the outputs of tiles.
pub(super) trait Put<V: Vector> {
    /// Takes those of `N` tiles, of the vector of channels from `channel` on, which is whole or the last.
    ///
    /// # Safety
    /// The tiles are among those of the [checked](Output::check) output.
    unsafe fn put<const N: usize>(&mut self, d: &Conv, at: Place, channel: usize, pixels: Pixels<V, N>);
}

/// Rows of a map.
pub(super) struct Map<'a, 'e, T> {
    pub y: &'a mut [T],
    pub epilogue: Epilogue<'e, T>,
}

impl<V: Vector> Put<V> for Map<'_, '_, V::Element> {
    #[inline(always)]
    unsafe fn put<const N: usize>(&mut self, d: &Conv, at: Place, channel: usize, pixels: Pixels<V, N>) {
        let [_, width, channels] = d.output;
        for i in 0..2 {
            for j in 0..2 {
                let (row, column) = (2 * at.row + i, 2 * at.tile + j);
                // Of tiles that hang over the edge on the right, the last alone does.
                let inside = if column + 2 * (N - 1) < width { N } else { N - 1 };
                if row * width * channels >= self.y.len() || inside == 0 {
                    continue;
                }
                let mut places = [(row * width + column) * channels; N];
                let mut sums = [[pixels[i][j][0]]; N];
                for n in 0..N {
                    sums[n] = [pixels[i][j][n]];
                    // What is beyond is finished in the place of what is inside, and left.
                    if n < inside {
                        places[n] += 2 * n * channels;
                    }
                }
                // SAFETY: the places are pixels of `y`, and so checked.
                unsafe { self.epilogue.finish(&mut sums, &places, channel, V::lanes(channels - channel)) };
                for n in 0..N {
                    if n < inside {
                        // SAFETY: as above.
                        unsafe { store(sums[n][0], self.y.as_mut_ptr().add(places[n] + channel), channels - channel) };
                    }
                }
            }
        }
    }
}

/// The largest pixels and, unless empty, where in the map they are.
pub(super) struct Largest<'a, T> {
    pub y: &'a mut [T],
    pub indices: &'a mut [u32],
    pub activation: Activation,
}

impl<V: Vector> Put<V> for Largest<'_, V::Element> {
    #[inline(always)]
    unsafe fn put<const N: usize>(&mut self, d: &Conv, at: Place, channel: usize, mut pixels: Pixels<V, N>) {
        let [_, width, channels] = d.output;
        let left = channels - channel;
        let to = (at.row * (width / 2) + at.tile) * channels + channel;
        activate_cheap(self.activation, &mut pixels[0]);
        activate_cheap(self.activation, &mut pixels[1]);
        let [[mut best, right], [below, across]] = pixels;
        if self.indices.is_empty() {
            for candidates in [right, below, across] {
                for n in 0..N {
                    best[n] = V::select(is_better(candidates[n], best[n]), candidates[n], best[n]);
                }
            }
        } else {
            let first = (at.first + 2 * at.row) * width + 2 * at.tile;
            let len = if left < V::LANES { left } else { V::LANES };
            for n in 0..N {
                let pixel = first + 2 * n;
                let mut index = V::index_splat(pixel as u32);
                for (candidate, at) in
                    [(right[n], pixel + 1), (below[n], pixel + width), (across[n], pixel + width + 1)]
                {
                    let better = is_better(candidate, best[n]);
                    best[n] = V::select(better, candidate, best[n]);
                    index = V::index_select(better, V::index_splat(at as u32), index);
                }
                let to = to + n * channels;
                V::index_store(index, part_mut(self.indices, to..to + len));
            }
        }
        for n in 0..N {
            // SAFETY: `y` has this pixel with all its channels.
            unsafe { store(best[n], self.y.as_mut_ptr().add(to + n * channels), left) };
        }
    }
}

/// Where a pixel is larger than the best so far, or a NaN, which stays the best, as nothing is larger.
#[inline(always)]
fn is_better<V: Vector>(candidate: V, best: V) -> V::Mask {
    V::either(candidate.gt(best), candidate.is_nan())
}

/// Stores as many numbers as are `left`, if not a whole vector.
///
/// # Safety
/// They can be written at `to`.
#[inline(always)]
unsafe fn store<V: Vector>(vector: V, to: *mut V::Element, left: usize) {
    // SAFETY: the caller's.
    unsafe { if left < V::LANES { vector.store_lanes(to, V::lanes(left)) } else { vector.store_to(to) } }
}
