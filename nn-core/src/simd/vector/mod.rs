//! A vector of numbers: what the kernels are written in.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
#[cfg(target_arch = "x86_64")]
mod math;
mod portable;
#[cfg(all(test, feature = "std"))]
mod tests;

pub(crate) use portable::Portable;

use super::kernel::Kernel;
use crate::base::number::Number;

/// More lanes than any vector has.
pub(crate) const MOST_LANES: usize = 16;

/// `number` in every lane.
#[inline(always)]
pub(crate) fn constant<V: Vector>(number: f64) -> V {
    V::splat(V::Element::from_f64(number))
}

/// A register of [`LANES`](Self::LANES) numbers.
///
/// The methods are the machine's instructions. The vectors of an instruction set that not every machine has are therefore
/// private to the module that runs a [`Kernel`] on them, after detection: kernels get them there and nowhere else.
pub(crate) trait Vector: Copy {
    /// The number in a lane.
    type Element: Number;
    /// The outcome of a comparison, lane by lane.
    type Mask: Copy;
    /// The first so many lanes, for the end of a row.
    type Lanes: Copy;
    /// A `u32` beside each number, as the position of a maximum.
    type Index: Copy;
    /// A narrower vector, for a few numbers anywhere: one as wide as a cache line touches two of them nearly always.
    type Narrow: Vector<Element = Self::Element>;
    /// Numbers in a vector.
    const LANES: usize;
    /// Rows of a register tile that is two vectors wide: as many as the registers hold.
    const ROWS: usize;
    /// Terms for which a panel of `B`, two vectors wide, stays in a first-level cache, if it is read so fast by a tile's few rows
    /// that a second-level cache cannot follow; else no limit.
    const DEPTH: usize = usize::MAX;

    /// Runs `kernel` on this vector, as a function of its own of which all callers share one copy.
    fn outlined<K: Kernel<Element = Self::Element>>(kernel: K) -> K::Output;

    /// `value` in every lane.
    fn splat(value: Self::Element) -> Self;
    /// The first `count` lanes, or all when there are fewer.
    fn lanes(count: usize) -> Self::Lanes;

    /// The numbers at `from`.
    ///
    /// # Safety
    /// `LANES` numbers can be read there.
    unsafe fn load_from(from: *const Self::Element) -> Self;
    /// The numbers at `from` in `lanes`, 0 elsewhere.
    ///
    /// # Safety
    /// The numbers of `lanes` can be read there.
    unsafe fn load_lanes(from: *const Self::Element, lanes: Self::Lanes) -> Self;
    /// [`load_lanes`](Self::load_lanes) in a loop where they are seldom all, so that it is not worth a look whether they are.
    ///
    /// # Safety
    /// As for `load_lanes`.
    #[inline(always)]
    unsafe fn load_some(from: *const Self::Element, lanes: Self::Lanes) -> Self {
        // SAFETY: the caller's.
        unsafe { Self::load_lanes(from, lanes) }
    }
    /// Writes all lanes to `to`.
    ///
    /// # Safety
    /// `LANES` numbers can be written there.
    unsafe fn store_to(self, to: *mut Self::Element);
    /// Writes `lanes` to `to`.
    ///
    /// # Safety
    /// The numbers of `lanes` can be written there.
    unsafe fn store_lanes(self, to: *mut Self::Element, lanes: Self::Lanes);

    /// Asks for the cache line of `at`, wherever that leads, to come to the first-level cache: it is about to be written.
    /// [`prefetch`](crate::simd::prefetch::prefetch) is for what is read later.
    fn prefetch(at: *const Self::Element);

    /// The first `LANES` numbers of `from`, which has as many.
    #[inline(always)]
    fn load(from: &[Self::Element]) -> Self {
        check!(from.len() >= Self::LANES);
        // SAFETY: just checked.
        unsafe { Self::load_from(from.as_ptr()) }
    }
    /// The numbers of `from`, and 0 in the lanes beyond its end.
    #[inline(always)]
    fn load_partial(from: &[Self::Element]) -> Self {
        // SAFETY: `lanes` are no more than the slice has.
        unsafe { Self::load_lanes(from.as_ptr(), Self::lanes(from.len())) }
    }
    /// Writes all lanes to `to`, which has room for them.
    #[inline(always)]
    fn store(self, to: &mut [Self::Element]) {
        check!(to.len() >= Self::LANES);
        // SAFETY: just checked.
        unsafe { self.store_to(to.as_mut_ptr()) }
    }
    /// Writes as many lanes as `to` has room for.
    #[inline(always)]
    fn store_partial(self, to: &mut [Self::Element]) {
        // SAFETY: `lanes` are no more than the slice has.
        unsafe { self.store_lanes(to.as_mut_ptr(), Self::lanes(to.len())) }
    }

    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`.
    fn div(self, other: Self) -> Self;
    /// `self / divisor` within 3 units in the last place, where the divisor and its reciprocal are normal numbers, or the divisor
    /// is infinite. The machine's one unit that divides and takes roots is left to the roots.
    fn div_nearly(self, divisor: Self) -> Self;
    /// `self * factor + addend`, rounded once where the machine can.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// The larger: `other` when they are equal or either is NaN.
    fn max(self, other: Self) -> Self;
    /// The smaller: `other` when they are equal or either is NaN.
    fn min(self, other: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Where `self > other`; not where either is NaN.
    fn gt(self, other: Self) -> Self::Mask;
    /// Where `self <= other`; not where either is NaN.
    fn le(self, other: Self) -> Self::Mask;
    /// Where a lane is NaN.
    fn is_nan(self) -> Self::Mask;
    /// Whether a lane of the mask is set.
    fn any(mask: Self::Mask) -> bool;
    /// Where either mask is set.
    fn either(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// `yes` where the mask is set, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// 0 where the mask is set, else `self`.
    fn zero_where(self, mask: Self::Mask) -> Self;
    /// The sum of all lanes: the second half is added to the first, and again, until one is left.
    fn sum(self) -> Self::Element;
    /// Adds the [`sum`](Self::sum) of each vector to the number at its place.
    ///
    /// # Safety
    /// Four numbers can be read and written at `to`.
    unsafe fn add_sums(vectors: [Self; 4], to: *mut Self::Element);
    /// The largest of all lanes.
    fn largest(self) -> Self::Element;

    /// e to the power of `self`, within 1.5 units in the last place, subnormal results included.
    fn exp(self) -> Self;
    /// `ln(1 + self)` of a number from 0 to 1, within 2 units in the last place.
    fn ln_1p(self) -> Self;
    /// Hyperbolic tangent, within 2.5 units in the last place.
    fn tanh(self) -> Self;
    /// The normal distribution, `P(N < self)` and the density at `self`, each within 5 units in the last place, subnormal results
    /// included.
    fn normal(self) -> [Self; 2];

    /// `value` in every lane.
    fn index_splat(value: u32) -> Self::Index;
    /// `yes` where the mask is set, else `no`.
    fn index_select(mask: Self::Mask, yes: Self::Index, no: Self::Index) -> Self::Index;
    /// `a + b`.
    fn index_add(a: Self::Index, b: Self::Index) -> Self::Index;
    /// Where the two are equal.
    fn index_equal(a: Self::Index, b: Self::Index) -> Self::Mask;
    /// The numbers of `from`, and 0 in the lanes beyond its end.
    fn index_load(from: &[u32]) -> Self::Index;
    /// In each lane one of the four numbers at `from`; `which` is less than 4.
    ///
    /// # Safety
    /// Four numbers can be read there.
    unsafe fn pick(from: *const Self::Element, which: Self::Index) -> Self;
    /// Writes as many lanes as `to` has room for.
    fn index_store(index: Self::Index, to: &mut [u32]);

    /// A bit for each lane that is not zero.
    fn not_zero(self) -> u32;
    /// Writes the numbers of the bits that are set to `to`, counted from `first`, and returns how many they are.
    ///
    /// # Safety
    /// `LANES` numbers can be written there.
    #[inline(always)]
    unsafe fn store_positions(bits: u32, first: u16, to: *mut u16) -> usize {
        let mut count = 0;
        for lane in 0..Self::LANES {
            // SAFETY: no more have been written than there are lanes before this.
            unsafe { *to.add(count) = first + lane as u16 };
            count += (bits >> lane & 1) as usize;
        }
        count
    }
    /// The first lanes, one after the other, where bits are set, and 0 elsewhere.
    fn spread(self, bits: u32) -> Self;

    /// Copies a square of `LANES` × `LANES` numbers with rows and columns exchanged; `step`s lead from row to row.
    ///
    /// # Safety
    /// `LANES` rows of `LANES` numbers can be read at `from` and written at `to`.
    unsafe fn transpose_square(from: *const Self::Element, step: usize, to: *mut Self::Element, to_step: usize);
}
