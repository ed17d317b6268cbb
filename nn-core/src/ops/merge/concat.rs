//! Inputs one after another along the channels.

use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, copy, part_mut};
use nn_sizes::Rows;

/// Each row of `y` is the same row of each input, one after another; `d` gives the rows of each input, as many in all.
pub fn forward<T: Real>(d: &[Rows], inputs: &[&[T]], y: &mut [T]) {
    check!(d.len() == inputs.len());
    let width: usize = d.iter().map(|rows| rows.len).sum();
    let mut start = 0;
    for (rows, x) in d.iter().zip(inputs) {
        check!((x.len(), y.len()) == (rows.rows * rows.len, rows.rows * width));
        for (x, y) in chunks_exact(x, rows.len).zip(chunks_exact_mut(y, width)) {
            copy(x, part_mut(y, start..start + rows.len));
        }
        start += rows.len;
    }
}

/// The gradient of [`forward`]: each input's own part. An input that wants none gives an empty slice.
pub fn backward<T: Real>(d: &[Rows], dy: &mut [T], dx: &mut [&mut [T]]) {
    check!(d.len() == dx.len());
    let width: usize = d.iter().map(|rows| rows.len).sum();
    let mut start = 0;
    for (rows, dx) in d.iter().zip(dx) {
        check!(dy.len() == rows.rows * width && (dx.is_empty() || dx.len() == rows.rows * rows.len));
        for (dx, dy) in dx.chunks_exact_mut(rows.len).zip(dy.chunks_exact(width)) {
            dx.copy_from_slice(&dy[start..start + rows.len]);
        }
        start += rows.len;
    }
}
