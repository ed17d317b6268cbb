//! Transposition, for maps that come channels first.

use crate::base::memory::copy;
use crate::base::size;
use crate::gemm::block;
use crate::simd::vector::Vector;

kernels! {
    /// Kernels that only move numbers.
    trait ReorderKernels<T> {
        /// `[rows][columns]` to `[columns][rows]`.
        fn transpose(rows: usize, columns: usize, x: &[T], y: &mut [T]);
    }
}

#[inline(always)]
fn transpose<V: Vector>(rows: usize, columns: usize, x: &[V::Element], y: &mut [V::Element]) {
    check!(x.len() == size([rows, columns]) && y.len() == x.len());
    if rows == 1 || columns == 1 {
        copy(x, y);
    } else if rows > 0 {
        block::transpose::<V>(x, columns, [rows, columns], rows, y);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::ops::testing::numbers;
    use crate::simd::isa::on_every_isa;
    use std::vec;

    #[test]
    fn goes_there_and_back() {
        on_every_isa(|isa| {
            for (rows, columns) in [(1, 1), (1, 9), (9, 1), (3, 3), (16, 16), (17, 15), (49, 64), (784, 3), (33, 100)] {
                let x = numbers::<f32>(rows * columns, 1);
                let (mut y, mut back) = (vec![9.0; x.len()], vec![9.0; x.len()]);
                f32::transpose(rows, columns, &x, &mut y);
                for row in 0..rows {
                    for column in 0..columns {
                        let (found, expected) = (y[column * rows + row], x[row * columns + column]);
                        assert_eq!(found, expected, "{rows}×{columns} on {isa:?}: {row}, {column}");
                    }
                }
                f32::transpose(columns, rows, &y, &mut back);
                assert_eq!(back, x, "{rows}×{columns} on {isa:?}");
            }
        });
    }
}
