//! The largest numbers of windows, and where they were.

use super::gradient::{Given, Windows, gradient, overlap_little};
use super::squares::{Combined, Squares};
use super::{inside, window};
use crate::base::memory::part;
use crate::base::number::Number;
use crate::base::size;
use crate::simd::each::{load_from, load_vectors, store_to};
use crate::simd::vector::Vector;
use nn_sizes::Pool;

kernels! {
    /// Max pooling. The `indices`, unless empty, are the pixels of the maxima: the first of equals. A NaN wins over every
    /// number.
    trait MaxPoolKernels<T> {
        /// Row `row` of the pooled map, from the rows of the map that it needs: of the `n` rows in `rows`, row `r` lies at
        /// `r % n`.
        fn max_pool_row(d: &Pool, row: usize, rows: &[T], y: &mut [T], indices: &mut [u32]);
        /// The gradient of the map: at each pixel the sum of those whose maximum it was.
        fn max_pool_gradient(d: &Pool, dy: &[T], indices: &[u32], dx: &mut [T]);
    }
}

/// Pixels of a window up to which each of them is compared with the maximum's. Of more, most would be for nothing.
const FEW: usize = 16;

#[inline(always)]
fn max_pool_row<V: Vector>(d: &Pool, row: usize, rows: &[V::Element], y: &mut [V::Element], indices: &mut [u32]) {
    let [_, width, channels] = d.input;
    let [top, bottom] = window(d, 0, row);
    let row_len = width * channels;
    check!(row_len > 0 && rows.len() >= size([d.kernel[0].min(d.input[0]), width, channels]) && top < bottom);
    let slots = rows.len() / row_len;
    check!(y.len() == size([d.output[1], channels]) && (indices.is_empty() || indices.len() == y.len()));
    let map = Rows { d, top, bottom, slots, numbers: rows };
    match (indices.is_empty(), d.kernel, bottom - top, d.stride[1]) {
        (true, [2, 2], 2, _) => pool_row::<V, false, 2, 0>(&map, y, indices),
        (true, [3, 3], 3, 1) => pool_row::<V, false, 3, 2>(&map, y, indices),
        (true, [3, 3], 3, _) => pool_row::<V, false, 3, 0>(&map, y, indices),
        (true, ..) => pool_row::<V, false, 0, 0>(&map, y, indices),
        (false, [2, 2], 2, _) => pool_row::<V, true, 2, 0>(&map, y, indices),
        (false, [3, 3], 3, _) => pool_row::<V, true, 3, 0>(&map, y, indices),
        (false, ..) => pool_row::<V, true, 0, 0>(&map, y, indices),
    }
}

/// The rows of a map under a row of windows, of which there is one at least.
struct Rows<'a, T> {
    d: &'a Pool,
    top: usize,
    bottom: usize,
    /// Rows that there is room for, no fewer than the windows have.
    slots: usize,
    numbers: &'a [T],
}

/// The largest numbers of a window, and the pixels they came from.
struct Best<V: Vector, const N: usize> {
    numbers: [V; N],
    pixels: [V::Index; N],
}

/// One row of results. Windows on the map as a whole are `SIDE` × `SIDE`, or of any size if it is 0; without indices, neighbours
/// among them share `SHARED` columns.
#[inline(always)]
fn pool_row<V: Vector, const INDEXED: bool, const SIDE: usize, const SHARED: usize>(
    rows: &Rows<'_, V::Element>,
    y: &mut [V::Element],
    indices: &mut [u32],
) {
    panels!(V, rows.d.input[2], c => pool_panel::<INDEXED, SIDE, SHARED>(rows, c, y, indices));
}

/// Some vectors of channels.
#[inline(always)]
fn pool_panel<
    V: Vector,
    const N: usize,
    const WHOLE: bool,
    const INDEXED: bool,
    const SIDE: usize,
    const SHARED: usize,
>(
    rows: &Rows<'_, V::Element>,
    c: usize,
    y: &mut [V::Element],
    indices: &mut [u32],
) {
    let &Rows { d, top, bottom, slots, numbers } = rows;
    let [_, width, channels] = d.input;
    check!(size([slots, width, channels]) <= numbers.len() && bottom - top <= slots);
    check!(c + if WHOLE { N * V::LANES } else { 1 } <= channels && (SIDE == 0 || bottom - top == SIDE));
    check!(y.len() == size([d.output[1], channels]) && (!INDEXED || indices.len() == y.len()));
    let lanes = V::lanes(channels - c);
    let inside = if SIDE == 0 { 0..0 } else { inside(d, 1) };
    let mut taps = [[V::index_splat(0); SIDE]; SIDE];
    let mut begins = [0; SIDE];
    for i in 0..SIDE {
        begins[i] = rows.begin(top + i) + c;
        for j in 0..SIDE {
            taps[i][j] = V::index_splat((i * width + j) as u32);
        }
    }
    let step = d.stride[1] * channels;
    let mut seen = V::splat(V::Element::ZERO);
    if !inside.is_empty() {
        let left = inside.start * d.stride[1] - d.pad[1];
        let mut first = V::index_splat((top * width + left) as u32);
        let mut square = part(numbers, left * channels..).as_ptr();
        // SAFETY: the rows are there, the square ends before the width, and the vectors' channels are those from `c` on.
        let mut squares =
            unsafe { Squares::<V, Largest<V>, N, SIDE, SHARED>::new::<WHOLE>(&begins, channels, lanes, square) };
        for column in inside.clone() {
            // SAFETY: as above; the results have as many columns.
            unsafe {
                let (best, sum) = if INDEXED {
                    best_of_square::<V, N, WHOLE, SIDE>(square, &begins, channels, lanes, &taps)
                } else {
                    Best::of(squares.next::<WHOLE>(square))
                };
                best.counted_from(first).store::<WHOLE, INDEXED>(column * channels + c, channels, y, indices);
                seen = seen.add(sum);
            }
            square = square.wrapping_add(step);
            first = V::index_add(first, V::index_splat(d.stride[1] as u32));
        }
    }
    // Where there may have been a NaN, once more.
    let done = if V::any(seen.is_nan()) { 0..0 } else { inside };
    for column in (0..done.start).chain(done.end..d.output[1]) {
        // SAFETY: as above.
        unsafe {
            let best = best_of_window::<V, N, WHOLE, INDEXED>(rows, column, c, lanes);
            best.store::<WHOLE, INDEXED>(column * channels + c, channels, y, indices);
        }
    }
}

impl<T> Rows<'_, T> {
    /// Where row `i` of the map begins.
    #[inline(always)]
    fn begin(&self, i: usize) -> usize {
        check!(self.slots > 0);
        i % self.slots * self.d.input[1] * self.d.input[2]
    }
}

/// The larger of two numbers, and the sum of all: if that is NaN there may be one, with which the larger means nothing. The sum
/// takes units that comparisons leave free.
#[derive(Clone, Copy)]
struct Largest<V> {
    number: V,
    sum: V,
}

impl<V: Vector> Combined<V> for Largest<V> {
    #[inline(always)]
    fn of(number: V) -> Self {
        Self { number, sum: number }
    }

    #[inline(always)]
    fn with(self, other: Self) -> Self {
        Self { number: other.number.max(self.number), sum: self.sum.add(other.sum) }
    }
}

impl<V: Vector, const N: usize> Best<V, N> {
    /// The largest of squares, of no known pixel, and the sum of all.
    #[inline(always)]
    fn of(squares: [Largest<V>; N]) -> (Self, V) {
        let mut best = Self { numbers: [squares[0].number; N], pixels: [V::index_splat(0); N] };
        let mut sum = squares[0].sum;
        for n in 1..N {
            best.numbers[n] = squares[n].number;
            sum = sum.add(squares[n].sum);
        }
        (best, sum)
    }

    /// The same with pixels counted from `first` on.
    #[inline(always)]
    fn counted_from(mut self, first: V::Index) -> Self {
        for n in 0..N {
            self.pixels[n] = V::index_add(self.pixels[n], first);
        }
        self
    }

    /// Writes them from number `at` of the results on, all vectors, or unless `WHOLE` so many `channels`.
    ///
    /// # Safety
    /// There are so many results from there on, and, if `INDEXED`, indices.
    #[inline(always)]
    unsafe fn store<const WHOLE: bool, const INDEXED: bool>(
        self,
        at: usize,
        channels: usize,
        y: &mut [V::Element],
        indices: &mut [u32],
    ) {
        for n in 0..N {
            let at = at + n * V::LANES;
            // SAFETY: the caller's.
            unsafe {
                store_to::<V, WHOLE>(self.numbers[n], y.as_mut_ptr().add(at), V::lanes(channels));
                if INDEXED {
                    let len = if WHOLE { V::LANES } else { channels };
                    V::index_store(self.pixels[n], indices.get_unchecked_mut(at..at + len));
                }
            }
        }
    }
}

/// The largest numbers of a square whose rows are at `begins`, with pixels counted as `taps` are; and the [sum](Largest) of all.
///
/// # Safety
/// All vectors can be read there.
#[inline(always)]
unsafe fn best_of_square<V: Vector, const N: usize, const WHOLE: bool, const SIDE: usize>(
    from: *const V::Element,
    begins: &[usize; SIDE],
    channels: usize,
    lanes: V::Lanes,
    taps: &[[V::Index; SIDE]; SIDE],
) -> (Best<V, N>, V) {
    let lowest = V::splat(V::Element::NEG_INFINITY);
    let mut best = Best { numbers: [lowest; N], pixels: [taps[0][0]; N] };
    let mut sum = V::splat(V::Element::ZERO);
    for i in 0..SIDE {
        for j in 0..SIDE {
            for n in 0..N {
                // SAFETY: the caller's.
                let number = unsafe { load_from::<V, WHOLE>(from.add(begins[i] + j * channels + n * V::LANES), lanes) };
                sum = if i + j + n == 0 { number } else { sum.add(number) };
                if i + j == 0 {
                    best.numbers[n] = number;
                } else {
                    let larger = number.gt(best.numbers[n]);
                    best.numbers[n] = V::select(larger, number, best.numbers[n]);
                    best.pixels[n] = V::index_select(larger, taps[i][j], best.pixels[n]);
                }
            }
        }
    }
    (best, sum)
}

/// The largest numbers of any window.
///
/// # Safety
/// The `lanes` of the last of `N` vectors of channels from `c` on, and all of the others, are there in every row and column.
#[inline(always)]
unsafe fn best_of_window<V: Vector, const N: usize, const WHOLE: bool, const INDEXED: bool>(
    rows: &Rows<'_, V::Element>,
    column: usize,
    c: usize,
    lanes: V::Lanes,
) -> Best<V, N> {
    let [_, width, channels] = rows.d.input;
    let [left, right] = window(rows.d, 1, column);
    check!(left < right);
    let first = V::index_splat((rows.top * width + left) as u32);
    let mut best = Best { numbers: [V::splat(V::Element::NEG_INFINITY); N], pixels: [first; N] };
    for i in rows.top..rows.bottom {
        for j in left..right {
            let pixel = V::index_splat((i * width + j) as u32);
            let at = rows.begin(i) + j * channels + c;
            for n in 0..N {
                // SAFETY: the caller's.
                let number = unsafe { load_from::<V, WHOLE>(rows.numbers.as_ptr().add(at + n * V::LANES), lanes) };
                // A NaN that is the best stays it, as nothing is larger.
                let better = V::either(number.gt(best.numbers[n]), number.is_nan());
                best.numbers[n] = V::select(better, number, best.numbers[n]);
                if INDEXED {
                    best.pixels[n] = V::index_select(better, pixel, best.pixels[n]);
                }
            }
        }
    }
    best
}

#[inline(always)]
fn max_pool_gradient<V: Vector>(d: &Pool, dy: &[V::Element], indices: &[u32], dx: &mut [V::Element]) {
    let channels = d.input[2];
    check!(dy.len() == size(d.output) && indices.len() == dy.len() && dx.len() == size(d.input));
    if overlap_little(d) && size(d.kernel) <= FEW {
        // SAFETY: checked above.
        unsafe { gradient::<V, _>(d, &Maxima { dy, indices }, dx) };
        return;
    }
    scatter_maxima(channels, dy, indices, dx);
}

/// Adds each gradient to the pixel that its index names, window by window.
#[inline(always)]
pub(super) fn scatter_maxima<T: Number>(channels: usize, dy: &[T], indices: &[u32], dx: &mut [T]) {
    dx.fill(T::ZERO);
    for (dy, indices) in dy.chunks_exact(channels).zip(indices.chunks_exact(channels)) {
        for (c, (&dy, &pixel)) in dy.iter().zip(indices).enumerate() {
            dx[pixel as usize * channels + c] += dy;
        }
    }
}

/// The maxima of windows, and their gradients.
struct Maxima<'a, T> {
    dy: &'a [T],
    indices: &'a [u32],
}

impl<V: Vector> Windows<V> for Maxima<'_, V::Element> {
    #[inline(always)]
    unsafe fn read<const N: usize, const WHOLE: bool>(&self, at: usize, lanes: V::Lanes) -> Given<V, N> {
        let mut pixels = [V::index_splat(0); N];
        for n in 0..N {
            let at = at + n * V::LANES;
            let len = if WHOLE { V::LANES } else { self.indices.len() - at };
            // SAFETY: the caller's, as there are as many indices as numbers of `dy`.
            pixels[n] = V::index_load(unsafe { self.indices.get_unchecked(at..at + len) });
        }
        // SAFETY: the caller's.
        let gradients = unsafe { load_vectors::<V, N, WHOLE>(self.dy.as_ptr().add(at), lanes) };
        Given { gradients, pixels }
    }

    #[inline(always)]
    fn add<const N: usize>(given: &Given<V, N>, pixel: V::Index, sums: &mut [V; N]) {
        for n in 0..N {
            let here = V::index_equal(given.pixels[n], pixel);
            sums[n] = sums[n].add(V::select(here, given.gradients[n], V::splat(V::Element::ZERO)));
        }
    }
}
