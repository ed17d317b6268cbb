//! Dense layers of one sample: its sums stay in registers while the rows of weights go by.

use super::AffineKernels;
use super::dots::Rows;
use super::remainder::{WEIGHTS, depth};
use crate::base::memory::{part, part_mut, split_mut};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::product::Product;
use crate::gemm::register_tile::store_sums;
use crate::gemm::sparse::{TERMS, not_zero};
use crate::gemm::tile::ROW_VECTORS;
use crate::gemm::vectors::Tiles;
use crate::simd::each::load_row;
use crate::simd::sums::BLOCK;
use crate::simd::vector::{MOST_LANES, Vector};

/// Words with a bit for each term of a block.
const MOST_WORDS: usize = WEIGHTS / TERMS;

/// The columns of one sample by the terms that are not zero; those from `whole` on are left over.
#[inline(always)]
pub(super) fn sum_sparse_row<V: Tiles>(product: &Product<'_, V::Element>, whole: usize, y: &mut [V::Element]) {
    product.start.write(y);
    for (is_sum, x, weights) in blocks::<V>(product) {
        V::Element::add_sparse_row(product.b_step, is_sum, whole, x, weights, y);
    }
}

/// The last columns of one sample: some whole vectors, and those that are left over.
#[inline(always)]
pub(super) fn sum_row<V: Tiles>(product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    product.start.write(y);
    for (is_sum, x, weights) in blocks::<V>(product) {
        V::Element::add_row(product.b_step, is_sum, x, weights, y);
    }
}

/// The terms of one row in the parts that what is left over is summed in, each with its rows of weights, and whether there is a sum
/// before it.
#[inline(always)]
fn blocks<'a, V: Vector>(
    product: &Product<'a, V::Element>,
) -> impl Iterator<Item = (bool, &'a [V::Element], &'a [V::Element])> {
    let &Product { a, terms, b, b_step, start, .. } = product;
    let depth = depth::<V>(b_step);
    let weights = size([depth, b_step]);
    check!(depth > 0 && weights > 0);
    let parts = part(a, ..terms.len()).chunks(depth).zip(b.chunks(weights));
    parts.enumerate().map(move |(number, (x, weights))| (start.is_sum() || number > 0, x, weights))
}

/// Adds columns of `x · w` to `y`, a sum or what one begins with: fewer whole vectors than [`ROW_VECTORS`], and those that are left
/// over. `weights` begin at the first of them.
#[inline(always)]
pub(super) fn add_row<V: Vector>(
    outputs: usize,
    is_sum: bool,
    x: &[V::Element],
    weights: &[V::Element],
    y: &mut [V::Element],
) {
    check!(y.len() < ROW_VECTORS * V::LANES);
    let weights = Rows { numbers: weights, step: outputs, count: x.len() };
    match y.len() / V::LANES {
        0 => add_vectors::<V, 0>(is_sum, x, weights, y),
        1 => add_vectors::<V, 1>(is_sum, x, weights, y),
        2 => add_vectors::<V, 2>(is_sum, x, weights, y),
        3 => add_vectors::<V, 3>(is_sum, x, weights, y),
        4 => add_vectors::<V, 4>(is_sum, x, weights, y),
        5 => add_vectors::<V, 5>(is_sum, x, weights, y),
        6 => add_vectors::<V, 6>(is_sum, x, weights, y),
        _ => add_vectors::<V, 7>(is_sum, x, weights, y),
    }
}

/// [`add_row`] by the terms that are not zero, panel by panel; the columns from `whole` on are left over, and go with the last.
#[inline(always)]
pub(super) fn add_sparse_row<V: Vector>(
    outputs: usize,
    is_sum: bool,
    whole: usize,
    x: &[V::Element],
    weights: &[V::Element],
    y: &mut [V::Element],
) {
    check!(x.len() <= MOST_WORDS * TERMS);
    let mut present = [0; MOST_WORDS];
    for (present, x) in present.iter_mut().zip(x.chunks(TERMS)) {
        // SAFETY: these are all the numbers of a slice.
        *present = unsafe { not_zero::<V>(x.as_ptr(), x.len()) };
    }
    let (y, last) = split_mut(y, whole);
    let mut rest = [V::Narrow::splat(V::Element::ZERO); MOST_LANES];
    let mut column = 0;
    while column < whole {
        let vectors = panel_vectors::<V>((whole - column).div_ceil(V::LANES));
        let end = if whole - column < vectors * V::LANES { whole } else { column + vectors * V::LANES };
        let lanes = if end == whole { last.len() } else { 0 };
        let weights = Rows { numbers: part(weights, column..), step: outputs, count: x.len() };
        let (present, y) = (part(&present, ..x.len().div_ceil(TERMS)), part_mut(y, column..end));
        match vectors {
            1 => add_present::<V, 1>(is_sum, present, x, weights, y, lanes, &mut rest),
            2 => add_present::<V, 2>(is_sum, present, x, weights, y, lanes, &mut rest),
            3 => add_present::<V, 3>(is_sum, present, x, weights, y, lanes, &mut rest),
            4 => add_present::<V, 4>(is_sum, present, x, weights, y, lanes, &mut rest),
            5 => add_present::<V, 5>(is_sum, present, x, weights, y, lanes, &mut rest),
            6 => add_present::<V, 6>(is_sum, present, x, weights, y, lanes, &mut rest),
            7 => add_present::<V, 7>(is_sum, present, x, weights, y, lanes, &mut rest),
            _ => add_present::<V, ROW_VECTORS>(is_sum, present, x, weights, y, lanes, &mut rest),
        }
        column = end;
    }
    if !last.is_empty() {
        add_lanes::<V>(rest, last);
    }
}

/// Vectors in the next panel of so many: of four lanes eight, four or one, as programs for any machine should be small.
#[inline(always)]
fn panel_vectors<V: Vector>(vectors: usize) -> usize {
    match vectors {
        ROW_VECTORS.. => ROW_VECTORS,
        _ if V::LANES > 4 => vectors,
        4.. => 4,
        _ => 1,
    }
}

/// `N` whole vectors, and what is left over: the products of every `LANES`th term are summed in a vector of their own, as in
/// a lane of a dot product. These vectors are narrow, since a wide load would touch another cache line nearly always.
#[inline(always)]
fn add_vectors<V: Vector, const N: usize>(
    is_sum: bool,
    x: &[V::Element],
    weights: Rows<'_, V::Element>,
    y: &mut [V::Element],
) {
    check!(weights.count == x.len() && N * V::LANES <= y.len());
    weights.check(y.len());
    let lanes = V::Narrow::lanes(y.len() - N * V::LANES);
    let mut sums = [V::Narrow::splat(V::Element::ZERO); MOST_LANES];
    let mut row = weights.numbers.as_ptr();
    for (number, x) in x.chunks(BLOCK).enumerate() {
        let is_sum = is_sum || number > 0;
        let mut whole = [V::splat(V::Element::ZERO); N];
        if !is_sum {
            for n in 0..N {
                whole[n] = V::load(part(y, n * V::LANES..));
            }
        }
        let mut chunks = x.chunks_exact(V::LANES);
        for x in &mut chunks {
            for lane in 0..V::LANES {
                // SAFETY: there is a row of weights for each term.
                sums[lane] = unsafe { add_term::<V, N>(x[lane], row, lanes, &mut whole, sums[lane]) };
                row = row.wrapping_add(weights.step);
            }
        }
        // An array in memory, so that those above stay in registers.
        let mut in_memory = sums;
        for (sum, &x) in in_memory.iter_mut().zip(chunks.remainder()) {
            // SAFETY: as above.
            *sum = unsafe { add_term::<V, N>(x, row, lanes, &mut whole, *sum) };
            row = row.wrapping_add(weights.step);
        }
        sums = in_memory;
        for n in 0..N {
            let y = part_mut(y, n * V::LANES..);
            let sum = if is_sum { V::load(y).add(whole[n]) } else { whole[n] };
            sum.store(y);
        }
    }
    add_lanes::<V>(sums, part_mut(y, N * V::LANES..));
}

/// Adds what each lane of a dot product has summed to `y`, in the order of [`Vector::sum`].
#[inline(always)]
fn add_lanes<V: Vector>(mut sums: [V::Narrow; MOST_LANES], y: &mut [V::Element]) {
    let mut half = V::LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] = sums[lane].add(sums[lane + half]);
        }
        half /= 2;
    }
    V::Narrow::load_partial(y).add(sums[0]).store_partial(y);
}

/// Adds the products of one term with `N` vectors of weights to `whole`, and those with `lanes` of the next to `rest`.
///
/// # Safety
/// The weights can be read at `row`.
#[inline(always)]
unsafe fn add_term<V: Vector, const N: usize>(
    x: V::Element,
    row: *const V::Element,
    lanes: <V::Narrow as Vector>::Lanes,
    whole: &mut [V; N],
    rest: V::Narrow,
) -> V::Narrow {
    let factor = V::splat(x);
    // SAFETY: the caller's.
    unsafe {
        for n in 0..N {
            whole[n] = factor.mul_add(V::load_from(row.add(n * V::LANES)), whole[n]);
        }
        V::Narrow::splat(x).mul_add(V::Narrow::load_some(row.add(N * V::LANES), lanes), rest)
    }
}

/// `N` vectors of columns, the last of which may be partial, by the terms that are `present`; the products of every `LANES`th term
/// with the next `rest` columns are added to a vector of `sums`.
#[inline(always)]
fn add_present<V: Vector, const N: usize>(
    is_sum: bool,
    present: &[u64],
    x: &[V::Element],
    weights: Rows<'_, V::Element>,
    y: &mut [V::Element],
    rest: usize,
    sums: &mut [V::Narrow; MOST_LANES],
) {
    let columns = y.len();
    check!((N - 1) * V::LANES < columns && columns <= N * V::LANES && rest <= V::Narrow::LANES);
    check!(weights.count == x.len());
    weights.check(columns + rest);
    let (lanes, rest_lanes) = (V::lanes(columns - (N - 1) * V::LANES), V::Narrow::lanes(rest));
    // SAFETY: `y` has all columns.
    let mut total = unsafe { load_row::<V, N>(y.as_ptr(), lanes) };
    for (number, &word) in present.iter().enumerate() {
        let is_first = !is_sum && number == 0;
        let mut vectors = if is_first { total } else { [V::splat(V::Element::ZERO); N] };
        let mut bits = word;
        while bits != 0 {
            let term = number * TERMS + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            // SAFETY: bits are set for terms of `x` alone, and there is a row of weights with all columns for each.
            unsafe {
                let (x, row) = (*x.as_ptr().add(term), weights.numbers.as_ptr().add(term * weights.step));
                let factor = V::splat(x);
                for n in 0..N - 1 {
                    vectors[n] = factor.mul_add(V::load_from(row.add(n * V::LANES)), vectors[n]);
                }
                vectors[N - 1] = factor.mul_add(V::load_lanes(row.add((N - 1) * V::LANES), lanes), vectors[N - 1]);
                if rest > 0 {
                    let sum = &mut sums[term % V::LANES];
                    *sum = V::Narrow::splat(x).mul_add(V::Narrow::load_some(row.add(columns), rest_lanes), *sum);
                }
            }
        }
        for n in 0..N {
            total[n] = if is_first { vectors[n] } else { total[n].add(vectors[n]) };
        }
    }
    // SAFETY: as above.
    unsafe { store_sums::<V, 1, N>(&[total], y.as_mut_ptr(), &[0], 0, lanes) };
}
