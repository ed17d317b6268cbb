//! The gradient of a pooled map: each pixel sums what the windows over it give, and is written once.

use crate::base::number::Number;
use crate::base::size;
use crate::simd::each::store_vectors;
use crate::simd::vector::Vector;
use nn_sizes::Pool;

/// The gradients of all windows.
pub(super) trait Windows<V: Vector> {
    /// What a window has for `N` vectors of channels, the last of `lanes`, the first of which is at `at` among those of all windows.
    ///
    /// # Safety
    /// There are so many channels from there on.
    unsafe fn read<const N: usize, const WHOLE: bool>(&self, at: usize, lanes: V::Lanes) -> Given<V, N>;
    /// Adds what it gives to a pixel that it is over.
    fn add<const N: usize>(given: &Given<V, N>, pixel: V::Index, sums: &mut [V; N]);
}

/// What a window has for the pixels that it is over.
#[derive(Clone, Copy)]
pub(super) struct Given<V: Vector, const N: usize> {
    pub gradients: [V; N],
    /// The one pixel that gets it, where not all do.
    pub pixels: [V::Index; N],
}

impl<V: Vector, const N: usize> Given<V, N> {
    /// Nothing.
    #[inline(always)]
    fn none() -> Self {
        Self { gradients: [V::splat(V::Element::ZERO); N], pixels: [V::index_splat(0); N] }
    }
}

/// Whether no pixel is under more than two windows along either axis, which is what [`gradient`] can do.
#[inline(always)]
pub(super) fn overlap_little(d: &Pool) -> bool {
    d.kernel[0] <= 2 * d.stride[0] && d.kernel[1] <= 2 * d.stride[1]
}

/// The gradient of the map.
///
/// # Safety
/// `windows` has all windows of `d`, with all their channels.
#[inline(always)]
pub(super) unsafe fn gradient<V: Vector, W: Windows<V>>(d: &Pool, windows: &W, dx: &mut [V::Element]) {
    let [_, width, channels] = d.input;
    check!(overlap_little(d) && dx.len() == size(d.input) && channels == d.output[2]);
    if (d.kernel, d.stride, d.pad) == ([2, 2], [2, 2], [0, 0]) && d.output == [d.input[0] / 2, width / 2, channels] {
        squares_gradient(d, windows, dx);
        return;
    }
    for (i, dx) in dx.chunks_exact_mut(width * channels).enumerate() {
        let at = i + d.pad[0];
        let (last, within) = (at / d.stride[0], at % d.stride[0]);
        // The rows of windows over this one: the last that begins here or above, and the one before it.
        let first = if within + d.stride[0] < d.kernel[0] && last > 0 { last - 1 } else { last };
        let end = if within < d.kernel[0] { last + 1 } else { last }.min(d.output[0]);
        let row = Row { d, windows, first, pixel: i * width };
        match end.saturating_sub(first) {
            0 => dx.fill(V::Element::ZERO),
            1 => panels!(V, channels, c => row_panel::<W, 1>(&row, c, dx)),
            _ => panels!(V, channels, c => row_panel::<W, 2>(&row, c, dx)),
        }
    }
}

/// The gradient under windows of 2 × 2 side by side.
#[inline(always)]
fn squares_gradient<V: Vector, W: Windows<V>>(d: &Pool, windows: &W, dx: &mut [V::Element]) {
    let ([_, width, channels], across) = (d.input, d.output[1]);
    let row_len = width * channels;
    let mut pairs = dx.chunks_exact_mut(2 * row_len);
    for (row, dx) in (&mut pairs).enumerate() {
        panels!(V, channels, c => squares_panel::<W>(d, windows, row, c, dx));
        for dx in dx.chunks_exact_mut(row_len) {
            dx[2 * across * channels..].fill(V::Element::ZERO);
        }
    }
    pairs.into_remainder().fill(V::Element::ZERO);
}

/// Some vectors of channels under a row of such windows.
#[inline(always)]
fn squares_panel<V: Vector, const N: usize, const WHOLE: bool, W: Windows<V>>(
    d: &Pool,
    windows: &W,
    row: usize,
    c: usize,
    dx: &mut [V::Element],
) {
    let ([height, across, channels], width) = (d.output, d.input[1]);
    check!(row < height && 2 * across <= width && c + if WHOLE { N * V::LANES } else { 1 } <= channels);
    check!(dx.len() == size([2, width, channels]));
    let lanes = V::lanes(channels - c);
    for column in 0..across {
        let window = row * across + column;
        // SAFETY: the window is there, and has these channels.
        let given = unsafe { windows.read::<N, WHOLE>(window * channels + c, lanes) };
        for i in 0..2 {
            for j in 0..2 {
                let pixel = i * width + 2 * column + j;
                let mut sums = [V::splat(V::Element::ZERO); N];
                W::add(&given, V::index_splat((2 * row * width + pixel) as u32), &mut sums);
                // SAFETY: the pixel is one of the two rows, by the check, and has these channels.
                unsafe { store_vectors::<V, N, WHOLE>(sums, dx.as_mut_ptr().add(pixel * channels + c), lanes) };
            }
        }
    }
}

/// A row of the map.
struct Row<'a, W> {
    d: &'a Pool,
    /// All of the windows that [`gradient`] has been promised.
    windows: &'a W,
    /// The first row of those over this row of the map.
    first: usize,
    /// The row's first pixel.
    pixel: usize,
}

/// Some vectors of channels of the row, under `ROWS` rows of windows. A window is read once, for all pixels that it is over:
/// those of its own stride, and of the next.
#[inline(always)]
fn row_panel<V: Vector, const N: usize, const WHOLE: bool, W: Windows<V>, const ROWS: usize>(
    row: &Row<'_, W>,
    c: usize,
    dx: &mut [V::Element],
) {
    let ([height, across, channels], [_, width, _]) = (row.d.output, row.d.input);
    check!(row.first + ROWS <= height && c + if WHOLE { N * V::LANES } else { 1 } <= channels);
    check!(dx.len() == size([width, channels]));
    let lanes = V::lanes(channels - c);
    let (kernel, stride) = (row.d.kernel[1], row.d.stride[1]);
    let mut before = [Given::none(); ROWS];
    // Behind the last window that of all zeros goes on to the end of the row.
    let strides = (width + row.d.pad[1]).div_ceil(stride);
    for window in 0..strides {
        let mut here = [Given::none(); ROWS];
        for i in 0..ROWS {
            if window < across {
                let at = ((row.first + i) * across + window) * channels + c;
                // SAFETY: the rows of windows are there, as is the window, and these channels.
                here[i] = unsafe { row.windows.read::<N, WHOLE>(at, lanes) };
            }
        }
        for within in 0..stride {
            let column = (window * stride + within).wrapping_sub(row.d.pad[1]);
            if column >= width {
                continue;
            }
            let pixel = V::index_splat((row.pixel + column) as u32);
            let mut sums = [V::splat(V::Element::ZERO); N];
            for i in 0..ROWS {
                if within + stride < kernel {
                    W::add(&before[i], pixel, &mut sums);
                }
                if within < kernel {
                    W::add(&here[i], pixel, &mut sums);
                }
            }
            // SAFETY: the column is one of the row, by the check, and has these channels.
            unsafe { store_vectors::<V, N, WHOLE>(sums, dx.as_mut_ptr().add(column * channels + c), lanes) };
        }
        before = here;
    }
}
