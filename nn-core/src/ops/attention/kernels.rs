//! Products of the heads.

use crate::gemm::product::Product;
use crate::gemm::tile::multiply;

kernels! {
    /// Kernels of attention.
    trait AttentionKernels<T> {
        /// `c = epilogue(start + a · b)`, wherever rows and terms lie.
        fn multiply(product: &Product<'_, T>, c: &mut [T]);
    }
}
