//! Tiles of a map, transformed: for each position a matrix with a row of channels for every tile.
//!
//! Rows are rounded up to whole vectors; what is beyond the last channel is never used.

use super::transform::{gradient_tile, input, output_tile};
use crate::base::memory::{part, part_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::epilogue::Epilogue;
use crate::simd::vector::Vector;
use nn_sizes::{Conv, POSITIONS};

/// Rows of the output, which are tiles two by two.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub first: usize,
    pub count: usize,
}

/// A row of channels in a matrix of tiles.
#[inline(always)]
pub(super) const fn row_len(channels: usize) -> usize {
    channels.next_multiple_of(16)
}

/// The 4 × 4 pixels of the input that each tile of these rows sees.
#[inline(always)]
pub(super) fn transform_input<V: Vector>(d: &Conv, rows: Rows, x: &[V::Element], tiles: &mut [V::Element]) {
    let [height, width, channels] = d.input;
    let (across, len, step) = (d.tiles_across(), row_len(channels), tiles.len() / POSITIONS);
    check!(x.len() == size(d.input) && size([rows.count.div_ceil(2), across, len]) <= step);
    for row in 0..rows.count.div_ceil(2) {
        for channel in (0..channels).step_by(V::LANES) {
            // Of a line in the padding no lane is read.
            let mut lines = [(x.as_ptr(), V::lanes(0)); 4];
            for (i, line) in lines.iter_mut().enumerate() {
                let at = rows.first + 2 * row + i;
                if at >= d.pad[0] && at - d.pad[0] < height {
                    let from = part(x, (at - d.pad[0]) * width * channels + channel..);
                    *line = (from.as_ptr(), V::lanes(channels - channel));
                }
            }
            let mut to = part_mut(tiles, row * across * len + channel..).as_mut_ptr();
            // SAFETY: the lines are rows of `x` from `channel` on, and `lanes` some of the channels that follow.
            let (mut left, mut right) = unsafe { (column::<V>(d, &lines, 0), column::<V>(d, &lines, 1)) };
            for tile in 0..across {
                // SAFETY: as above.
                let [third, fourth] =
                    unsafe { [column::<V>(d, &lines, 2 * tile + 2), column(d, &lines, 2 * tile + 3)] };
                for i in 0..4 {
                    let tile = input([left[i], right[i], third[i], fourth[i]]);
                    for j in 0..4 {
                        // SAFETY: each matrix has `step` numbers and so, by the check, this row of whole vectors.
                        unsafe { tile[j].store_to(to.add((4 * i + j) * step)) };
                    }
                }
                (left, right) = (third, fourth);
                to = to.wrapping_add(len);
            }
        }
    }
}

/// Column `at` of four lines in the padding, transformed downwards.
///
/// # Safety
/// Each line has its lanes at every pixel of a row of the input.
#[inline(always)]
unsafe fn column<V: Vector>(d: &Conv, lines: &[(*const V::Element, V::Lanes); 4], at: usize) -> [V; 4] {
    let [_, width, channels] = d.input;
    let mut pixels = [V::splat(V::Element::ZERO); 4];
    if at < d.pad[1] || at - d.pad[1] >= width {
        return pixels;
    }
    for i in 0..4 {
        // SAFETY: the caller's; the column is one of the input's.
        pixels[i] = unsafe { V::load_lanes(lines[i].0.add((at - d.pad[1]) * channels), lines[i].1) };
    }
    input(pixels)
}

/// The gradient of each tile of the rows in `dz`.
#[inline(always)]
pub(super) fn transform_gradient<V: Vector>(d: &Conv, dz: &[V::Element], tiles: &mut [V::Element]) {
    let [_, width, channels] = d.output;
    let (across, len, step) = (d.tiles_across(), row_len(channels), tiles.len() / POSITIONS);
    let (row, rows) = (width * channels, dz.len() / (width * channels));
    check!(size([rows.div_ceil(2), across, len]) <= step);
    let zero = V::splat(V::Element::ZERO);
    for channel in (0..channels).step_by(V::LANES) {
        let lanes = V::lanes(channels - channel);
        for tile_row in 0..rows.div_ceil(2) {
            for tile_column in 0..across {
                let mut pixels = [[zero; 2]; 2];
                for i in 0..2 {
                    for j in 0..2 {
                        let (y, x) = (2 * tile_row + i, 2 * tile_column + j);
                        if y < rows && x < width {
                            // SAFETY: the pixel is one of `dz`, and `lanes` are its channels from `channel` on.
                            pixels[i][j] =
                                unsafe { V::load_lanes(dz.as_ptr().add(y * row + x * channels + channel), lanes) };
                        }
                    }
                }
                let tile = gradient_tile(pixels);
                let to = (tile_row * across + tile_column) * len + channel;
                for i in 0..4 {
                    for j in 0..4 {
                        // SAFETY: each matrix has `step` numbers and so, by the check, this row of whole vectors.
                        unsafe { tile[i][j].store_to(tiles.as_mut_ptr().add((4 * i + j) * step + to)) };
                    }
                }
            }
        }
    }
}

/// The outputs of the tiles, finished by the epilogue: as many rows as `y` has. A bias may be empty.
#[inline(always)]
pub(super) fn transform_output<V: Vector>(
    d: &Conv,
    tiles: &[V::Element],
    biases: &[V::Element],
    epilogue: Epilogue<'_, V::Element>,
    y: &mut [V::Element],
) {
    let [_, width, channels] = d.output;
    let (across, len, step) = (d.tiles_across(), row_len(channels), tiles.len() / POSITIONS);
    let row = width * channels;
    check!(row > 0);
    let rows = y.len() / row;
    check!(size([rows.div_ceil(2), across, len]) <= step && (!d.bias || biases.len() >= channels));
    epilogue.check(channels, y.len());
    let zero = V::splat(V::Element::ZERO);
    for channel in (0..channels).step_by(V::LANES) {
        let lanes = V::lanes(channels - channel);
        // SAFETY: there is a bias for every channel.
        let bias = if d.bias { unsafe { V::load_lanes(biases.as_ptr().add(channel), lanes) } } else { zero };
        for tile_row in 0..rows.div_ceil(2) {
            for tile_column in 0..across {
                let from = (tile_row * across + tile_column) * len + channel;
                let mut tile = [[zero; 4]; 4];
                for i in 0..4 {
                    for j in 0..4 {
                        // SAFETY: each matrix has `step` numbers and so, by the check, this row of whole vectors.
                        tile[i][j] = unsafe { V::load_from(tiles.as_ptr().add((4 * i + j) * step + from)) };
                    }
                }
                // Where the tile hangs over an edge, the pixels beyond are computed in the place of those inside, and left.
                let (below, right) = (2 * tile_row + 1 < rows, 2 * tile_column + 1 < width);
                let corner = 2 * tile_row * row + 2 * tile_column * channels;
                let (down, aside) = (if below { row } else { 0 }, if right { channels } else { 0 });
                let at = [corner, corner + aside, corner + down, corner + down + aside];
                let [top, bottom] = output_tile(tile);
                let mut pixels = [[top[0].add(bias)], [top[1].add(bias)], [bottom[0].add(bias)], [bottom[1].add(bias)]];
                // SAFETY: the positions are pixels of `y`, and `lanes` are channels from `channel` on.
                unsafe { epilogue.finish::<V, 4, 1>(&mut pixels, &at, channel, lanes) };
                for (i, inside) in [true, right, below, below && right].into_iter().enumerate() {
                    if inside {
                        // SAFETY: as above.
                        unsafe { pixels[i][0].store_lanes(y.as_mut_ptr().add(at[i] + channel), lanes) };
                    }
                }
            }
        }
    }
}
