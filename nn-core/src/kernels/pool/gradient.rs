//! The gradient of a pooled map: each pixel sums what the windows over it give, and is written once.

use crate::kernels::each::store_panel;
use crate::kernels::size;
use crate::kernels::vector::Vector;
use crate::memory::part_mut;
use crate::real::Real;
use nn_sizes::Pool;

/// What windows give to the pixels under them.
pub(super) trait Windows<V: Vector> {
    /// Adds what `N` vectors of windows' channels, the last of `lanes`, give to a pixel under the window; the first begins at `at`
    /// among those of all windows.
    ///
    /// # Safety
    /// There are so many channels from there on.
    unsafe fn give<const N: usize, const WHOLE: bool>(
        &self,
        at: usize,
        lanes: V::Lanes,
        pixel: V::Index,
        sums: &mut [V; N],
    );
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
        match (end.saturating_sub(first), d.kernel[1], d.stride[1]) {
            (0, ..) => dx.fill(V::Element::ZERO),
            (1, 2, 2) => row.gradient::<V, 1, 2, 2>(dx),
            (1, 3, 2) => row.gradient::<V, 1, 3, 2>(dx),
            (1, ..) => row.gradient::<V, 1, 0, 0>(dx),
            (_, 3, 2) => row.gradient::<V, 2, 3, 2>(dx),
            _ => row.gradient::<V, 2, 0, 0>(dx),
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
        let (upper, lower) = dx.split_at_mut(row_len);
        let squares = upper.chunks_mut(2 * channels).zip(lower.chunks_mut(2 * channels));
        for (column, dx) in squares.enumerate() {
            if column == across {
                dx.0.fill(V::Element::ZERO);
                dx.1.fill(V::Element::ZERO);
            } else {
                let (window, pixel) = (row * across + column, 2 * (row * width + column));
                panels!(V, channels, c => square_panel::<W>(d, windows, window, pixel, c, [&mut *dx.0, &mut *dx.1]));
            }
        }
    }
    pairs.into_remainder().fill(V::Element::ZERO);
}

/// Some vectors of channels of the square under a window, which begins at `pixel`.
#[inline(always)]
fn square_panel<V: Vector, const N: usize, const WHOLE: bool, W: Windows<V>>(
    d: &Pool,
    windows: &W,
    window: usize,
    pixel: usize,
    c: usize,
    dx: [&mut [V::Element]; 2],
) {
    let [height, across, channels] = d.output;
    check!(window < height * across && c + if WHOLE { N * V::LANES } else { 1 } <= channels);
    let mut sums = [[[V::splat(V::Element::ZERO); N]; 2]; 2];
    for i in 0..2 {
        for j in 0..2 {
            let number = V::index_splat((pixel + i * d.input[1] + j) as u32);
            // SAFETY: the window is there, and has these channels.
            unsafe {
                windows.give::<N, WHOLE>(window * channels + c, V::lanes(channels - c), number, &mut sums[i][j]);
            }
        }
    }
    for (sums, dx) in sums.into_iter().zip(dx) {
        for (sums, dx) in sums.into_iter().zip(dx.chunks_exact_mut(channels)) {
            store_panel::<V, N, WHOLE>(sums, part_mut(dx, c..));
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

impl<W> Row<'_, W> {
    /// The gradient under `ROWS` rows of windows; `KERNEL` and `STRIDE` are those along the row, or 0 for any.
    #[inline(always)]
    fn gradient<V: Vector, const ROWS: usize, const KERNEL: usize, const STRIDE: usize>(&self, dx: &mut [V::Element])
    where
        W: Windows<V>,
    {
        let d = self.d;
        let ([_, _, channels], across) = (d.input, d.output[1]);
        let (kernel, stride) = if STRIDE > 0 { (KERNEL, STRIDE) } else { (d.kernel[1], d.stride[1]) };
        let mut pixels = dx.chunks_exact_mut(channels).enumerate();
        for window in 0..=across {
            for within in 0..stride {
                if window * stride + within < d.pad[1] {
                    continue;
                }
                let Some((column, dx)) = pixels.next() else { return };
                let before = within + stride < kernel && window > 0;
                let here = within < kernel && window < across;
                let pixel = Pixel { number: self.pixel + column, window, before, here };
                panels!(V, channels, c => pixel_panel::<W, ROWS>(self, &pixel, c, dx));
            }
        }
        for (_, dx) in pixels {
            dx.fill(V::Element::ZERO);
        }
    }
}

/// A pixel of the row, under a window of each row of windows, or the one before that, or both.
struct Pixel {
    number: usize,
    window: usize,
    before: bool,
    here: bool,
}

/// Some vectors of channels.
#[inline(always)]
fn pixel_panel<V: Vector, const N: usize, const WHOLE: bool, W: Windows<V>, const ROWS: usize>(
    row: &Row<'_, W>,
    pixel: &Pixel,
    c: usize,
    dx: &mut [V::Element],
) {
    let [height, across, channels] = row.d.output;
    check!(row.first + ROWS <= height && c + if WHOLE { N * V::LANES } else { 1 } <= channels);
    let number = V::index_splat(pixel.number as u32);
    let lanes = V::lanes(channels - c);
    let mut sums = [V::splat(V::Element::ZERO); N];
    for i in 0..ROWS {
        let at = ((row.first + i) * across + pixel.window) * channels + c;
        // SAFETY: the rows of windows are there, as is a window that the pixel is under, and these channels.
        unsafe {
            if pixel.before {
                row.windows.give::<N, WHOLE>(at - channels, lanes, number, &mut sums);
            }
            if pixel.here {
                row.windows.give::<N, WHOLE>(at, lanes, number, &mut sums);
            }
        }
    }
    store_panel::<V, N, WHOLE>(sums, part_mut(dx, c..));
}
