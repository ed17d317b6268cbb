//! Dense layers of one sample or a few: the rows of weights go by in the order they lie in, and the sums are in memory.

use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut};
use crate::base::number::Number;
use crate::simd::sums::BLOCK;
use crate::simd::vector::Vector;

/// Sums of a block in memory: 8 KiB of `f32`.
const SUMS: usize = 2048;

#[inline(always)]
pub(super) fn stream<V: Vector>(
    [terms, columns]: [usize; 2],
    is_sum: bool,
    x: &[V::Element],
    steps: [usize; 3],
    weights: &[V::Element],
    y: &mut [V::Element],
) {
    let first = if is_sum { 0 } else { terms.min(BLOCK) };
    add_block::<V>([first, columns], x, steps, weights, y);
    if first == terms {
        return;
    }
    let (x, weights) = (part(x, first..), part(weights, first * steps[1]..));
    let mut sums = [V::Element::ZERO; SUMS];
    let rows = y.len().div_ceil(steps[2]);
    check!(rows > 0 && rows <= SUMS);
    for column in (0..columns).step_by(SUMS / rows) {
        let width = (columns - column).min(SUMS / rows);
        let sums = part_mut(&mut sums, ..rows * width);
        for term in (0..terms - first).step_by(BLOCK) {
            let count = (terms - first - term).min(BLOCK);
            let weights = part(weights, term * steps[1] + column..);
            sums.fill(V::Element::ZERO);
            add_block::<V>([count, width], part(x, term..), [steps[0], steps[1], width], weights, sums);
            for (block, y) in chunks_exact(sums, width).zip(y.chunks_mut(steps[2])) {
                let y = part_mut(y, column..column + width);
                each!(V, width, load(a = y, b = block) {} store(y = a.add(b)));
            }
        }
    }
}

/// [`stream`] for terms that are added one after the other.
#[inline(always)]
fn add_block<V: Vector>(
    [terms, columns]: [usize; 2],
    x: &[V::Element],
    steps: [usize; 3],
    weights: &[V::Element],
    y: &mut [V::Element],
) {
    let row = |term: usize| part(part(weights, term * steps[1]..), ..columns);
    let mut term = 0;
    while term + 4 <= terms {
        let rows = [row(term), row(term + 1), row(term + 2), row(term + 3)];
        for (number, y) in chunks_exact_mut(y, steps[2]).enumerate() {
            add_four_scaled::<V>(part(x, number * steps[0] + term..), rows, part_mut(y, ..columns));
        }
        term += 4;
    }
    while term < terms {
        for (number, y) in chunks_exact_mut(y, steps[2]).enumerate() {
            add_scaled::<V>(*part(x, number * steps[0] + term), row(term), part_mut(y, ..columns));
        }
        term += 1;
    }
}

/// `y = y + Σ factor * row`, for four rows as long as `y`.
#[inline(always)]
fn add_four_scaled<V: Vector>(factors: &[V::Element], rows: [&[V::Element]; 4], y: &mut [V::Element]) {
    let mut vectors = [V::splat(V::Element::ZERO); 4];
    for i in 0..4 {
        vectors[i] = V::splat(*part(factors, i));
    }
    let mut column = 0;
    while column + V::LANES <= y.len() {
        let mut sum = V::load(part(y, column..));
        for i in 0..4 {
            sum = vectors[i].mul_add(V::load(part(rows[i], column..)), sum);
        }
        sum.store(part_mut(y, column..));
        column += V::LANES;
    }
    if column < y.len() {
        let mut sum = V::load_partial(part(y, column..));
        for i in 0..4 {
            sum = vectors[i].mul_add(V::load_partial(part(rows[i], column..)), sum);
        }
        sum.store_partial(part_mut(y, column..));
    }
}

/// `y = y + factor * x`.
#[inline(always)]
fn add_scaled<V: Vector>(factor: V::Element, x: &[V::Element], y: &mut [V::Element]) {
    let factor = V::splat(factor);
    for (x, y) in x.chunks(V::LANES).zip(y.chunks_mut(V::LANES)) {
        factor.mul_add(V::load_partial(x), V::load_partial(y)).store_partial(y);
    }
}
