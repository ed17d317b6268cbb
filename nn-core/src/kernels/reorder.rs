//! Transposition, for maps that come channels first.

use super::vector::Vector;

kernels! {
    /// Kernels that only move numbers.
    trait ReorderKernels<T> {
        /// `[rows][columns]` to `[columns][rows]`.
        fn transpose(rows: usize, columns: usize, x: &[T], y: &mut [T]);
    }
}

/// Side of the square that is moved at once: both its copies stay in the first-level cache.
const TILE: usize = 16;

#[inline(always)]
fn transpose<V: Vector>(rows: usize, columns: usize, x: &[V::Element], y: &mut [V::Element]) {
    assert!(x.len() == rows * columns && y.len() == rows * columns);
    if rows == 1 || columns == 1 {
        y.copy_from_slice(x);
        return;
    }
    for top in (0..rows).step_by(TILE) {
        let bottom = (top + TILE).min(rows);
        for left in (0..columns).step_by(TILE) {
            let right = (left + TILE).min(columns);
            for column in left..right {
                let to = &mut y[column * rows + top..column * rows + bottom];
                for (row, to) in (top..bottom).zip(to) {
                    *to = x[row * columns + column];
                }
            }
        }
    }
}
