//! The sum of what several groups of samples have summed.

use crate::base::number::Number;
use crate::simd::vector::Vector;

kernels! {
    /// Sums of sums.
    trait SumKernels<T> {
        /// `sum = sum + more`.
        fn accumulate(sum: &mut [T], more: &[T]);
    }
}

/// Numbers that are summed.
pub trait Summed: Number + SumKernels<Self> {}

impl<T: Number + SumKernels<T>> Summed for T {}

#[inline(always)]
fn accumulate<V: Vector>(sum: &mut [V::Element], more: &[V::Element]) {
    each!(V, sum.len(), load(a = sum, b = more) {} store(sum = a.add(b)));
}
