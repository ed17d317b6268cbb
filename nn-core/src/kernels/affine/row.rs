//! Dense layers of one sample: its sums stay in registers while the rows of weights go by.

use super::dots::Rows;
use crate::kernels::each::load_row;
use crate::kernels::sparse::{TERMS, not_zero};
use crate::kernels::tile::{Product, ROW_VECTORS, multiply};
use crate::kernels::vector::{MOST_LANES, Vector};
use crate::memory::{part, part_mut};
use crate::real::Real;

/// Adds the product of one row and the columns that `y` has room for to it, by all terms; a few of the columns are left over.
#[inline(always)]
pub(super) fn add_row<V: Vector>(product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    let &Product { a, terms, b, b_step, columns: whole, .. } = product;
    // The last columns go with those that are left over, but where a cut for threads ends inside a vector.
    let panels = if whole.is_multiple_of(V::LANES) { whole - whole % (ROW_VECTORS * V::LANES) } else { whole };
    multiply::<V>(&Product { columns: panels, ..*product }, y);
    let (x, y) = (part(a, ..terms.len()), part_mut(y, panels..));
    let weights = Rows { numbers: part(b, panels..), step: b_step, count: x.len() };
    match y.len() / V::LANES {
        0 => add_vectors::<V, 0>(x, weights, y),
        1 => add_vectors::<V, 1>(x, weights, y),
        2 => add_vectors::<V, 2>(x, weights, y),
        3 => add_vectors::<V, 3>(x, weights, y),
        4 => add_vectors::<V, 4>(x, weights, y),
        5 => add_vectors::<V, 5>(x, weights, y),
        6 => add_vectors::<V, 6>(x, weights, y),
        _ => add_vectors::<V, 7>(x, weights, y),
    }
}

/// [`add_row`] by the terms that are not zero, where any of the columns may be left over.
#[inline(always)]
pub(super) fn add_sparse_row<V: Vector>(product: &Product<'_, V::Element>, y: &mut [V::Element]) {
    let &Product { a, terms, b, b_step, columns: whole, .. } = product;
    let x = part(a, ..terms.len());
    let mut column = 0;
    while column < whole {
        let columns = if whole - column < ROW_VECTORS * V::LANES { whole - column } else { ROW_VECTORS * V::LANES };
        let end = if column + columns == whole { y.len() } else { column + columns };
        let (weights, y) =
            (Rows { numbers: part(b, column..), step: b_step, count: x.len() }, part_mut(y, column..end));
        match columns.div_ceil(V::LANES) {
            1 => add_present::<V, 1>(columns, x, weights, y),
            2 => add_present::<V, 2>(columns, x, weights, y),
            3 => add_present::<V, 3>(columns, x, weights, y),
            4 => add_present::<V, 4>(columns, x, weights, y),
            5 => add_present::<V, 5>(columns, x, weights, y),
            6 => add_present::<V, 6>(columns, x, weights, y),
            7 => add_present::<V, 7>(columns, x, weights, y),
            _ => add_present::<V, ROW_VECTORS>(columns, x, weights, y),
        }
        column += columns;
    }
}

/// `N` whole vectors, and what is left over: the products of every `LANES`th term are summed in a vector of their own, as in
/// a lane of a dot product. These vectors are narrow, since a wide load would touch another cache line nearly always.
#[inline(always)]
fn add_vectors<V: Vector, const N: usize>(x: &[V::Element], weights: Rows<'_, V::Element>, y: &mut [V::Element]) {
    check!(weights.count == x.len() && N * V::LANES <= y.len());
    weights.check(y.len());
    let lanes = V::Narrow::lanes(y.len() - N * V::LANES);
    let mut whole = [V::splat(V::Element::ZERO); N];
    for n in 0..N {
        whole[n] = V::load(part(y, n * V::LANES..));
    }
    let mut sums = [V::Narrow::splat(V::Element::ZERO); MOST_LANES];
    let mut row = weights.numbers.as_ptr();
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
    for n in 0..N {
        whole[n].store(part_mut(y, n * V::LANES..));
    }
    add_lanes::<V>(in_memory, part_mut(y, N * V::LANES..));
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

/// `columns` in `N` vectors, the last of which may be partial, and what is left over, by the terms that are not zero.
#[inline(always)]
fn add_present<V: Vector, const N: usize>(
    columns: usize,
    x: &[V::Element],
    weights: Rows<'_, V::Element>,
    y: &mut [V::Element],
) {
    check!(weights.count == x.len() && (N - 1) * V::LANES < columns && columns <= N * V::LANES);
    check!(columns <= y.len() && y.len() - columns <= V::Narrow::LANES);
    let rest = y.len() - columns;
    weights.check(y.len());
    let (lanes, rest_lanes) = (V::lanes(columns - (N - 1) * V::LANES), V::Narrow::lanes(rest));
    // SAFETY: `y` has all columns.
    let mut sums = unsafe { load_row::<V, N>(y.as_ptr(), lanes) };
    let mut rest_sums = [V::Narrow::splat(V::Element::ZERO); MOST_LANES];
    let step = weights.step;
    for first in (0..x.len()).step_by(TERMS) {
        let count = if x.len() - first < TERMS { x.len() - first } else { TERMS };
        // SAFETY: `x` has so many terms, and there is a row of weights with all columns for each.
        unsafe {
            let x = x.as_ptr().add(first);
            let weights = weights.numbers.as_ptr().add(first * step);
            let mut present = not_zero::<V>(x, count);
            while present != 0 {
                let term = present.trailing_zeros() as usize;
                present &= present - 1;
                let (x, row) = (*x.add(term), weights.add(term * step));
                let factor = V::splat(x);
                for n in 0..N - 1 {
                    sums[n] = factor.mul_add(V::load_from(row.add(n * V::LANES)), sums[n]);
                }
                sums[N - 1] = factor.mul_add(V::load_lanes(row.add((N - 1) * V::LANES), lanes), sums[N - 1]);
                if rest > 0 {
                    let sum = &mut rest_sums[term % V::LANES];
                    *sum = V::Narrow::splat(x).mul_add(V::Narrow::load_some(row.add(columns), rest_lanes), *sum);
                }
            }
        }
    }
    for n in 0..N - 1 {
        sums[n].store(part_mut(y, n * V::LANES..));
    }
    sums[N - 1].store_partial(part_mut(y, (N - 1) * V::LANES..columns));
    if rest > 0 {
        add_lanes::<V>(rest_sums, part_mut(y, columns..));
    }
}
