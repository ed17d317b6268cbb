//! Dense layers of one sample or a few: the rows of weights go by in the order they lie in, and the sums are in memory.

use crate::base::memory::{chunks_exact_mut, part, part_mut};
use crate::base::number::Number;
use crate::simd::vector::Vector;

/// Adds the first terms and columns of `x · w` to all rows of `y`, while the weights go by once, four rows of them at a time; rows
/// of `x`, `weights` and `y` are `steps` apart.
#[inline(always)]
pub(crate) fn stream<V: Vector>(
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
