//! The transforms of F(2 × 2, 3 × 3), each in one dimension and in two.
//!
//! With `B`, `G` and `A` of Lavin and Gray (2015), but for the signs of the last row of `B` and `A`, which save a
//! negation, the output of a tile is `Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A`. Gradients go the same way back.

use crate::base::number::Number;
use crate::simd::vector::Vector;

/// `Bᵀ d`.
#[inline(always)]
pub(super) fn input<V: Vector>([a, b, c, d]: [V; 4]) -> [V; 4] {
    [a.sub(c), b.add(c), c.sub(b), d.sub(b)]
}

/// `Aᵀ m`.
#[inline(always)]
fn output<V: Vector>([a, b, c, d]: [V; 4]) -> [V; 2] {
    [a.add(b).add(c), b.sub(c).add(d)]
}

/// `A y`: the gradient of [`output`].
#[inline(always)]
fn output_gradient<V: Vector>([a, b]: [V; 2]) -> [V; 4] {
    [a, a.add(b), a.sub(b), b]
}

/// `G g`.
#[inline(always)]
fn weights<V: Vector>([a, b, c]: [V; 3]) -> [V; 4] {
    let half = V::splat(V::Element::from_f64(0.5));
    let (ends, middle) = (a.add(c).mul(half), b.mul(half));
    [a, ends.add(middle), ends.sub(middle), c]
}

/// `Gᵀ u`: the gradient of [`weights`].
#[inline(always)]
fn weights_gradient<V: Vector>([a, b, c, d]: [V; 4]) -> [V; 3] {
    let half = V::splat(V::Element::from_f64(0.5));
    let (sum, difference) = (b.add(c).mul(half), b.sub(c).mul(half));
    [a.add(sum), difference, sum.add(d)]
}

/// `Aᵀ m A`.
#[inline(always)]
pub(super) fn output_tile<V: Vector>(m: [[V; 4]; 4]) -> [[V; 2]; 2] {
    let mut columns = [[m[0][0]; 4]; 2];
    for j in 0..4 {
        let [top, bottom] = output([m[0][j], m[1][j], m[2][j], m[3][j]]);
        columns[0][j] = top;
        columns[1][j] = bottom;
    }
    [output(columns[0]), output(columns[1])]
}

/// `A y Aᵀ`.
#[inline(always)]
pub(super) fn gradient_tile<V: Vector>(y: [[V; 2]; 2]) -> [[V; 4]; 4] {
    let left = output_gradient([y[0][0], y[1][0]]);
    let right = output_gradient([y[0][1], y[1][1]]);
    let mut tile = [[y[0][0]; 4]; 4];
    for i in 0..4 {
        tile[i] = output_gradient([left[i], right[i]]);
    }
    tile
}

/// `G g Gᵀ`.
#[inline(always)]
pub(super) fn weights_tile<V: Vector>(g: [[V; 3]; 3]) -> [[V; 4]; 4] {
    let mut columns = [[g[0][0]; 3]; 4];
    for j in 0..3 {
        let column = weights([g[0][j], g[1][j], g[2][j]]);
        for i in 0..4 {
            columns[i][j] = column[i];
        }
    }
    let mut tile = [[g[0][0]; 4]; 4];
    for i in 0..4 {
        tile[i] = weights(columns[i]);
    }
    tile
}

/// `Gᵀ u G`.
#[inline(always)]
pub(super) fn weights_gradient_tile<V: Vector>(u: [[V; 4]; 4]) -> [[V; 3]; 3] {
    let mut columns = [[u[0][0]; 4]; 3];
    for j in 0..4 {
        let column = weights_gradient([u[0][j], u[1][j], u[2][j], u[3][j]]);
        for i in 0..3 {
            columns[i][j] = column[i];
        }
    }
    [weights_gradient(columns[0]), weights_gradient(columns[1]), weights_gradient(columns[2])]
}
