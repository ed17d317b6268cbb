//! The memory of Winograd's F(2 × 2, 3 × 3).

use crate::{Activation, Conv, max};

/// Positions of a tile transformed for Winograd's way, 4 × 4: so many matrices.
pub const POSITIONS: usize = 16;
/// Numbers in a cache line of `f32`: rows of channels are rounded up to whole ones, and one between the matrices keeps
/// these from meeting in the same sets of a cache.
const LINE: usize = 16;
/// Numbers of transformed tiles to work on at a time, input and output each: 32 KiB of `f32`.
const BLOCK: usize = 1 << 12;
/// The fewest tiles to work on at a time, for which the weights then go by once: weights that a second-level cache holds, and more.
const LEAST_TILES: [usize; 2] = [16, 64];
/// Numbers of transformed weights that a second-level cache holds.
const NEAR_WEIGHTS: usize = 1 << 19;
/// The fewest tiles for a sum over tiles: less would not be worth its transform back.
const LEAST_SUMMED: usize = 64;
/// The most input channels of the weights' gradient at a time, whose sums then stay cached: the height of a register tile.
const SUMMED_INPUTS: usize = 12;

impl Conv {
    /// The convolution that gives the input's gradient from the output's, if it [fits](Self::fits_winograd) Winograd's kernels:
    /// the weights are turned round and input and output channels exchanged.
    pub const fn input_gradient(&self) -> Self {
        Self {
            input: self.output,
            output: self.input,
            pad: [2 - self.pad[0], 2 - self.pad[1]],
            bias: false,
            activation: Activation::Identity,
            ..*self
        }
    }

    /// Tiles side by side.
    pub const fn tiles_across(&self) -> usize {
        self.output[1].div_ceil(2)
    }

    /// Rows of tiles to work on at a time.
    pub const fn tile_rows(&self) -> usize {
        // Of nothing there is one, so that the divisions below have a result.
        let (across, all) = (max(self.tiles_across(), 1), self.output[0].div_ceil(2));
        let channels = max(max(self.input[2], self.output[2]), 1);
        let [near, far] = LEAST_TILES;
        let least = if self.winograd_weights() < NEAR_WEIGHTS { near } else { far };
        let rows = max(BLOCK / POSITIONS / across / channels, least.div_ceil(across));
        if rows < all { rows } else { all }
    }

    /// Rows of tiles that the weights' gradient sums at a time.
    pub const fn gradient_tile_rows(&self) -> usize {
        let all = self.output[0].div_ceil(2);
        let rows = max(self.tile_rows(), LEAST_SUMMED.div_ceil(max(self.tiles_across(), 1)));
        if rows < all { rows } else { all }
    }

    /// Input channels of the weights' gradient to work on at a time.
    pub const fn gradient_inputs(&self) -> usize {
        self.input[2].div_ceil(self.input[2].div_ceil(SUMMED_INPUTS))
    }

    /// Numbers of the transformed weights: for each position `[inputs][outputs]`, and a cache line.
    pub const fn winograd_weights(&self) -> usize {
        POSITIONS * (self.input[2] * self.output[2] + LINE)
    }

    /// Numbers of a block of transformed tiles: for each position `[tiles][channels]`, and a cache line.
    pub const fn winograd_block(&self, tile_rows: usize, channels: usize) -> usize {
        POSITIONS * (tile_rows * self.tiles_across() * channels.next_multiple_of(LINE) + LINE)
    }

    /// Scratch of the forward kernel: a block of the input and one of the output.
    pub const fn winograd_scratch(&self) -> usize {
        let rows = self.tile_rows();
        self.winograd_block(rows, self.input[2]) + self.winograd_block(rows, self.output[2])
    }

    /// Numbers of the weights' gradient before it is transformed back: for each position `[inputs][outputs]`, and a cache line.
    pub const fn winograd_sums(&self) -> usize {
        POSITIONS * (self.gradient_inputs() * self.output[2] + LINE)
    }

    /// Numbers of the weights' gradient that blocks of tiles are added up in, where these are many.
    pub const fn winograd_part(&self) -> usize {
        let blocks = self.output[0].div_ceil(2).div_ceil(max(self.gradient_tile_rows(), 1));
        if blocks > Self::SUMMED_BLOCKS { self.weights() } else { 0 }
    }

    /// Scratch of the weights' gradient: a block of the input, one of the output's gradient, the sums, and a part of the gradient.
    pub const fn winograd_gradient_scratch(&self) -> usize {
        let rows = self.gradient_tile_rows();
        let blocks = self.winograd_block(rows, self.input[2]) + self.winograd_block(rows, self.output[2]);
        blocks + self.winograd_sums() + self.winograd_part()
    }
}
