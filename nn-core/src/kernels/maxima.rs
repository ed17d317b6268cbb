//! The weights' gradient of a convolution from the maxima of its pooled map, one after the other: the gradient of the map is zero
//! everywhere else, and is never written.

use super::affine::sum_rows;
use super::size;
use super::tile::Grid;
use super::vector::Vector;
use crate::real::Real;
use nn_sizes::ConvPool;

kernels! {
    /// Gradients from maxima.
    trait MaximaKernels<T> {
        /// Adds the gradients of weights and biases to `dp`; `padded` is the input with its padding. The convolution has one
        /// group and, from one tap to the next, no pixels between.
        fn maxima_weight_gradient(d: &ConvPool, padded: &[T], dy: &[T], indices: &[u32], dp: &mut [T]);
    }
}

/// Pixels of a map for which there is room to look their windows up.
pub(crate) const PIXELS: usize = 1024;

/// Rows of taps whose gradients are summed together, four channels at a time with 32 registers, else two.
const TAP_ROWS: usize = 5;

/// The maxima of a map, and from where in the input their windows are.
struct Maxima<'a, T> {
    padded: &'a [T],
    dy: &'a [T],
    indices: &'a [u32],
    /// Channels of the map.
    channels: usize,
    /// Where the window of each of its pixels begins in the input.
    windows: &'a [u32; PIXELS],
}

#[inline(always)]
fn maxima_weight_gradient<V: Vector>(
    d: &ConvPool,
    padded: &[V::Element],
    dy: &[V::Element],
    indices: &[u32],
    dp: &mut [V::Element],
) {
    let conv = &d.conv;
    let [height, width, channels] = conv.output;
    let row = conv.padded_row();
    let steps = [conv.stride[0] * row, conv.stride[1] * conv.input[2]];
    let (tap_step, taps) = (conv.dilation[0] * row, conv.kernel[1] * conv.input[2]);
    let windows = Grid { counts: [height, width, conv.kernel[0]], steps: [steps[0], steps[1], tap_step] };
    let (dw, db) = dp.split_at_mut(conv.weights());
    assert!(windows.reach(taps) <= padded.len() && dw.len() == size([conv.kernel[0], taps, channels]));
    assert!(conv.groups == 1 && (conv.dilation[1] == 1 || conv.kernel[1] == 1));
    assert!(size([height, width]) <= PIXELS && padded.len() <= u32::MAX as usize);
    assert!(dy.len() == indices.len() && indices.len().is_multiple_of(channels));
    let last = indices.iter().fold(0, |last, &index| if index > last { index } else { last });
    assert!((last as usize) < height * width);
    if conv.bias {
        sum_rows::<V>(dy, db);
    }
    let mut begins = [0; PIXELS];
    for (row, begins) in begins[..height * width].chunks_exact_mut(width).enumerate() {
        for (column, begin) in begins.iter_mut().enumerate() {
            *begin = (row * steps[0] + column * steps[1]) as u32;
        }
    }
    let maxima = Maxima { padded, dy, indices, channels, windows: &begins };
    for first in (0..conv.kernel[0]).step_by(TAP_ROWS) {
        for tap in (0..taps).step_by(V::Narrow::LANES) {
            let lanes = if taps - tap < V::Narrow::LANES { taps - tap } else { V::Narrow::LANES };
            let rows = Rows { at: first * tap_step + tap, step: tap_step, lanes, taps };
            let dw = &mut dw[(first * taps + tap) * channels..];
            // SAFETY: the windows of all pixels lie in `padded`, every index is one of a pixel, and there are as many indices as
            // numbers of `dy`.
            unsafe {
                match conv.kernel[0] - first {
                    1 => rows_gradient::<V, 1>(&maxima, rows, dw),
                    2 => rows_gradient::<V, 2>(&maxima, rows, dw),
                    3 => rows_gradient::<V, 3>(&maxima, rows, dw),
                    4 => rows_gradient::<V, 4>(&maxima, rows, dw),
                    _ => rows_gradient::<V, TAP_ROWS>(&maxima, rows, dw),
                }
            }
        }
    }
}

/// Some taps of some rows of every window.
#[derive(Clone, Copy)]
struct Rows {
    /// Where the first of them lies in a window.
    at: usize,
    /// From one row to the next.
    step: usize,
    /// Taps of each row.
    lanes: usize,
    /// From one row to the next among the weights.
    taps: usize,
}

/// The gradients of `H` rows for all channels.
///
/// # Safety
/// `rows` of the window of every pixel among the maxima's indices lie in the padded input; there are as many indices as numbers
/// of `dy`, some for every channel.
#[inline(always)]
unsafe fn rows_gradient<V: Vector, const H: usize>(maxima: &Maxima<'_, V::Element>, rows: Rows, dw: &mut [V::Element]) {
    let channels = maxima.channels;
    let together = if V::ROWS > 6 { 4 } else { 2 };
    let whole = channels - channels % together;
    for channel in (0..whole).step_by(together) {
        let dw = &mut dw[channel..];
        // SAFETY: the caller's.
        unsafe {
            if V::ROWS > 6 {
                channels_gradient::<V::Narrow, H, 4>(maxima, channel, rows, dw);
            } else {
                channels_gradient::<V::Narrow, H, 2>(maxima, channel, rows, dw);
            }
        }
    }
    for channel in whole..channels {
        // SAFETY: the caller's.
        unsafe { channels_gradient::<V::Narrow, H, 1>(maxima, channel, rows, &mut dw[channel..]) };
    }
}

/// The same for `N` channels.
///
/// # Safety
/// As for [`rows_gradient`]; there are `N` channels from `channel` on.
#[inline(always)]
unsafe fn channels_gradient<V: Vector, const H: usize, const N: usize>(
    maxima: &Maxima<'_, V::Element>,
    channel: usize,
    rows: Rows,
    dw: &mut [V::Element],
) {
    let &Maxima { padded, dy, indices, channels, windows } = maxima;
    let lanes = V::lanes(rows.lanes);
    let mut sums = [[V::splat(V::Element::ZERO); H]; N];
    let padded = padded[rows.at..].as_ptr();
    for first in (channel..dy.len()).step_by(channels) {
        for n in 0..N {
            // SAFETY: the caller's.
            let (factor, window) = unsafe {
                let pixel = *indices.get_unchecked(first + n);
                (V::splat(*dy.get_unchecked(first + n)), *windows.get_unchecked(pixel as usize))
            };
            for i in 0..H {
                // SAFETY: the caller's.
                let x = unsafe { V::load_lanes(padded.add(window as usize + i * rows.step), lanes) };
                sums[n][i] = factor.mul_add(x, sums[n][i]);
            }
        }
    }
    let mut numbers = [V::Element::ZERO; 16];
    for n in 0..N {
        for i in 0..H {
            sums[n][i].store(&mut numbers);
            for (tap, &number) in numbers[..rows.lanes].iter().enumerate() {
                dw[(i * rows.taps + tap) * channels + n] += number;
            }
        }
    }
}
