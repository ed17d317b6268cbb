//! Four lanes as an array, which every compiler turns into whatever the target has.

use super::Vector;
use crate::base::number::Number;
use crate::simd::kernel::Kernel;

const N: usize = 4;

/// Four numbers.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Portable<T>([T; N]);

impl<T: Number> Portable<T> {
    #[inline(always)]
    fn map(mut self, f: impl Fn(T) -> T) -> Self {
        for a in &mut self.0 {
            *a = f(*a);
        }
        self
    }

    #[inline(always)]
    fn with(mut self, other: Self, f: impl Fn(T, T) -> T) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        self
    }
}

impl<T: Number> Vector for Portable<T> {
    type Element = T;
    type Mask = [bool; N];
    type Lanes = usize;
    type Index = [u32; N];
    type Narrow = Self;
    const LANES: usize = N;
    const ROWS: usize = 6;

    #[inline(never)]
    fn outlined<K: Kernel<Element = T>>(kernel: K) -> K::Output {
        kernel.run::<Self>()
    }

    #[inline(always)]
    fn splat(value: T) -> Self {
        Self([value; N])
    }
    #[inline(always)]
    fn lanes(count: usize) -> usize {
        if count < N { count } else { N }
    }
    #[inline(always)]
    unsafe fn load_from(from: *const T) -> Self {
        // SAFETY: the caller has `N` numbers there; an array is aligned as its elements are.
        unsafe { Self(*from.cast()) }
    }
    #[inline(always)]
    unsafe fn load_lanes(from: *const T, lanes: usize) -> Self {
        if lanes == N {
            // SAFETY: all lanes can be read.
            return unsafe { Self::load_from(from) };
        }
        let mut vector = [T::ZERO; N];
        for (lane, number) in vector.iter_mut().enumerate().take(lanes) {
            // SAFETY: the caller has `lanes` numbers there.
            *number = unsafe { *from.add(lane) };
        }
        Self(vector)
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut T) {
        // SAFETY: the caller has room for `N` numbers there.
        unsafe { *to.cast() = self.0 }
    }
    #[inline(always)]
    unsafe fn store_lanes(self, to: *mut T, lanes: usize) {
        if lanes == N {
            // SAFETY: all lanes can be written.
            return unsafe { self.store_to(to) };
        }
        for (lane, number) in self.0.into_iter().enumerate().take(lanes) {
            // SAFETY: the caller has room for `lanes` numbers there.
            unsafe { *to.add(lane) = number }
        }
    }

    #[inline(always)]
    fn prefetch(_: *const T) {}

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }
    #[inline(always)]
    fn div_nearly(self, divisor: Self) -> Self {
        self.div(divisor)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(T::sqrt)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.map(T::abs)
    }
    #[inline(always)]
    fn gt(self, other: Self) -> [bool; N] {
        let mut mask = [false; N];
        for (lane, set) in mask.iter_mut().enumerate() {
            *set = self.0[lane] > other.0[lane];
        }
        mask
    }
    #[inline(always)]
    fn le(self, other: Self) -> [bool; N] {
        let mut mask = [false; N];
        for (lane, set) in mask.iter_mut().enumerate() {
            *set = self.0[lane] <= other.0[lane];
        }
        mask
    }
    #[inline(always)]
    #[expect(clippy::eq_op, reason = "only a NaN differs from itself")]
    fn is_nan(self) -> [bool; N] {
        let mut mask = [false; N];
        for (lane, set) in mask.iter_mut().enumerate() {
            *set = self.0[lane] != self.0[lane];
        }
        mask
    }
    #[inline(always)]
    fn any(mask: [bool; N]) -> bool {
        mask != [false; N]
    }
    #[inline(always)]
    fn either(a: [bool; N], b: [bool; N]) -> [bool; N] {
        let mut mask = a;
        for (lane, set) in mask.iter_mut().enumerate() {
            *set |= b[lane];
        }
        mask
    }
    #[inline(always)]
    fn select(mask: [bool; N], yes: Self, no: Self) -> Self {
        let mut chosen = no;
        for (lane, number) in chosen.0.iter_mut().enumerate() {
            *number = if mask[lane] { yes.0[lane] } else { *number };
        }
        chosen
    }
    #[inline(always)]
    fn zero_where(self, mask: [bool; N]) -> Self {
        Self::select(mask, Self::splat(T::ZERO), self)
    }
    #[inline(always)]
    fn sum(self) -> T {
        let [a, b, c, d] = self.0;
        (a + c) + (b + d)
    }
    #[inline(always)]
    unsafe fn add_sums(vectors: [Self; 4], to: *mut T) {
        for (i, vector) in vectors.into_iter().enumerate() {
            // SAFETY: the caller has four numbers there.
            unsafe { *to.add(i) += vector.sum() };
        }
    }
    #[inline(always)]
    fn largest(self) -> T {
        let [a, b, c, d] = self.0;
        T::max(T::max(a, b), T::max(c, d))
    }

    #[inline(always)]
    fn exp(self) -> Self {
        self.map(T::exp)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        self.map(T::ln_1p)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        self.map(T::tanh)
    }
    #[inline(always)]
    fn normal(self) -> [Self; 2] {
        [self.map(|x| T::normal(x)[0]), self.map(|x| T::normal(x)[1])]
    }

    #[inline(always)]
    fn index_splat(value: u32) -> [u32; N] {
        [value; N]
    }
    #[inline(always)]
    fn index_select(mask: [bool; N], yes: [u32; N], no: [u32; N]) -> [u32; N] {
        let mut chosen = no;
        for (lane, number) in chosen.iter_mut().enumerate() {
            *number = if mask[lane] { yes[lane] } else { *number };
        }
        chosen
    }
    #[inline(always)]
    fn index_add(mut a: [u32; N], b: [u32; N]) -> [u32; N] {
        for (a, b) in a.iter_mut().zip(b) {
            *a = a.wrapping_add(b);
        }
        a
    }
    #[inline(always)]
    fn index_equal(a: [u32; N], b: [u32; N]) -> [bool; N] {
        let mut mask = [false; N];
        for (lane, set) in mask.iter_mut().enumerate() {
            *set = a[lane] == b[lane];
        }
        mask
    }
    #[inline(always)]
    fn index_load(from: &[u32]) -> [u32; N] {
        let mut index = [0; N];
        for (lane, number) in index.iter_mut().zip(from) {
            *lane = *number;
        }
        index
    }
    #[inline(always)]
    unsafe fn pick(from: *const T, which: [u32; N]) -> Self {
        // SAFETY: the caller's.
        let Self(from) = unsafe { Self::load_from(from) };
        Self(which.map(|which| from[which as usize % N]))
    }
    #[inline(always)]
    fn index_store(index: [u32; N], to: &mut [u32]) {
        for (number, lane) in to.iter_mut().zip(index) {
            *number = lane;
        }
    }

    #[inline(always)]
    fn not_zero(self) -> u32 {
        let mut bits = 0;
        for lane in 0..N {
            bits |= u32::from(self.0[lane] != T::ZERO) << lane;
        }
        bits
    }
    #[inline(always)]
    fn spread(self, bits: u32) -> Self {
        let (mut lanes, mut next) = ([T::ZERO; N], 0);
        for lane in 0..N {
            if bits >> lane & 1 == 1 {
                lanes[lane] = self.0[next];
                next += 1;
            }
        }
        Self(lanes)
    }

    #[inline(always)]
    unsafe fn transpose_square(from: *const T, step: usize, to: *mut T, to_step: usize) {
        for row in 0..N {
            for column in 0..N {
                // SAFETY: inside both squares.
                unsafe { *to.add(column * to_step + row) = *from.add(row * step + column) }
            }
        }
    }
}
