//! Eight lanes of `f32`.

use super::{Vector, math};
use crate::simd::kernel::Kernel;
use core::arch::x86_64::*;

/// Kernels, compiled for AVX2 and FMA.
// SAFETY of every block below that says "within `run_on_avx2`": nobody else can name the vector but `run_on_avx512`, which has
// the same instructions. So its methods are called by kernels that run there.
pub(in crate::simd) trait OnAvx2: Kernel<Element = f32> {
    /// Runs the kernel.
    ///
    /// # Safety
    /// The machine has AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    unsafe fn run_on_avx2(self) -> Self::Output {
        self.run::<Avx2>()
    }
}

impl<K: Kernel<Element = f32>> OnAvx2 for K {}

/// Eight numbers in a 256-bit register.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Avx2(pub(super) __m256);

/// Eight set lanes, then eight unset ones: a window into it is a mask of any length.
static LANE_MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

/// For eight bits, which number of a row goes to each lane whose bit is set, and -1 for the others.
static SPREAD: [[i8; 8]; 256] = {
    let mut places = [[-1; 8]; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut lane, mut place) = (0, 0);
        while lane < 8 {
            if bits >> lane & 1 == 1 {
                places[bits][lane] = place;
                place += 1;
            }
            lane += 1;
        }
        bits += 1;
    }
    places
};

/// The first so many lanes. Whether they are all is looked at first: masked loads take longer than plain ones, masked stores many
/// times as long.
#[derive(Clone, Copy)]
pub(crate) struct Lanes {
    all: bool,
    mask: __m256i,
}

/// The mask of the first `count` lanes.
#[inline(always)]
fn mask(count: usize) -> __m256i {
    let count = if count < 8 { count } else { 8 };
    // SAFETY: within `run_on_avx2`; the window of eight begins at 0 to 8 of sixteen.
    unsafe { _mm256_loadu_si256(LANE_MASKS.as_ptr().add(8 - count).cast()) }
}

impl Vector for Avx2 {
    type Element = f32;
    type Mask = __m256;
    type Lanes = Lanes;
    type Index = __m256i;
    type Narrow = Self;
    const LANES: usize = 8;
    const ROWS: usize = 6;
    const DEPTH: usize = 256;

    #[inline(never)] // has no effect on a function with features of its own
    fn outlined<K: Kernel<Element = f32>>(kernel: K) -> K::Output {
        // SAFETY: within `run_on_avx2`.
        unsafe { kernel.run_on_avx2() }
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_set1_ps(value)) }
    }
    #[inline(always)]
    fn lanes(count: usize) -> Lanes {
        Lanes { all: count >= 8, mask: mask(count) }
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f32) -> Self {
        // SAFETY: within `run_on_avx2`; the caller has eight numbers there.
        unsafe { Self(_mm256_loadu_ps(from)) }
    }
    #[inline(always)]
    unsafe fn load_lanes(from: *const f32, lanes: Lanes) -> Self {
        // SAFETY: within `run_on_avx2`; the caller has the numbers of `lanes` there, and no others are touched.
        unsafe { if lanes.all { Self::load_from(from) } else { Self(_mm256_maskload_ps(from, lanes.mask)) } }
    }
    #[inline(always)]
    unsafe fn load_some(from: *const f32, lanes: Lanes) -> Self {
        // SAFETY: as above.
        unsafe { Self(_mm256_maskload_ps(from, lanes.mask)) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f32) {
        // SAFETY: within `run_on_avx2`; the caller has room for eight numbers there.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn store_lanes(self, to: *mut f32, lanes: Lanes) {
        // SAFETY: within `run_on_avx2`; the caller has room for the numbers of `lanes` there, and no others are touched.
        unsafe { if lanes.all { self.store_to(to) } else { _mm256_maskstore_ps(to, lanes.mask, self.0) } }
    }

    #[inline(always)]
    fn prefetch(at: *const f32) {
        // SAFETY: within `run_on_avx2`; a prefetch touches no memory that is not there.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_add_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_sub_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_mul_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_div_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn div_nearly(self, divisor: Self) -> Self {
        math::div_nearly(self, divisor)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_fmadd_ps(self.0, factor.0, addend.0)) }
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_max_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_min_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_sqrt_ps(self.0)) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)) }
    }
    #[inline(always)]
    fn gt(self, other: Self) -> __m256 {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn le(self, other: Self) -> __m256 {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_cmp_ps::<_CMP_LE_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn is_nan(self) -> __m256 {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0) }
    }
    #[inline(always)]
    fn any(mask: __m256) -> bool {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_movemask_ps(mask) != 0 }
    }
    #[inline(always)]
    fn either(a: __m256, b: __m256) -> __m256 {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_or_ps(a, b) }
    }
    #[inline(always)]
    fn select(mask: __m256, yes: Self, no: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_blendv_ps(no.0, yes.0, mask)) }
    }
    #[inline(always)]
    fn zero_where(self, mask: __m256) -> Self {
        // Not a blend: where the result goes back to where it came from, the compiler would make a masked store of that, which
        // costs many times a plain one.
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_andnot_ps(mask, self.0)) }
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: within `run_on_avx2`.
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }
    #[inline(always)]
    unsafe fn add_sums(vectors: [Self; 4], to: *mut f32) {
        // SAFETY: within `run_on_avx2`; the caller has four numbers there.
        unsafe {
            let mut fours = [_mm_setzero_ps(); 4];
            for i in 0..4 {
                let vector = vectors[i].0;
                fours[i] = _mm_add_ps(_mm256_castps256_ps128(vector), _mm256_extractf128_ps::<1>(vector));
            }
            // Halves of two vectors side by side, then quarters of four.
            let [a, b, c, d] = fours;
            let left = _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
            let right = _mm_add_ps(_mm_movelh_ps(c, d), _mm_movehl_ps(d, c));
            let sums = _mm_add_ps(_mm_shuffle_ps::<0x88>(left, right), _mm_shuffle_ps::<0xdd>(left, right));
            _mm_storeu_ps(to, _mm_add_ps(_mm_loadu_ps(to), sums));
        }
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        // SAFETY: within `run_on_avx2`.
        unsafe {
            let four = _mm_max_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    fn exp(self) -> Self {
        math::exp(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        math::ln_1p(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        math::tanh(self)
    }
    #[inline(always)]
    fn normal(self) -> [Self; 2] {
        math::normal(self)
    }

    #[inline(always)]
    fn index_splat(value: u32) -> __m256i {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_set1_epi32(value as i32) }
    }
    #[inline(always)]
    fn index_select(mask: __m256, yes: __m256i, no: __m256i) -> __m256i {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_blendv_epi8(no, yes, _mm256_castps_si256(mask)) }
    }
    #[inline(always)]
    fn index_add(a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_add_epi32(a, b) }
    }
    #[inline(always)]
    fn index_equal(a: __m256i, b: __m256i) -> __m256 {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)) }
    }
    #[inline(always)]
    fn index_load(from: &[u32]) -> __m256i {
        // SAFETY: within `run_on_avx2`; no more lanes are touched than the slice has.
        unsafe { _mm256_maskload_epi32(from.as_ptr().cast(), mask(from.len())) }
    }
    #[inline(always)]
    unsafe fn pick(from: *const f32, which: __m256i) -> Self {
        // SAFETY: within `run_on_avx2`; the caller has four numbers there.
        unsafe { Self(_mm256_permutevar8x32_ps(_mm256_zextps128_ps256(_mm_loadu_ps(from)), which)) }
    }
    #[inline(always)]
    fn index_store(index: __m256i, to: &mut [u32]) {
        // SAFETY: within `run_on_avx2`; no more lanes are touched than the slice has.
        unsafe {
            if to.len() >= 8 {
                _mm256_storeu_si256(to.as_mut_ptr().cast(), index);
            } else {
                _mm256_maskstore_epi32(to.as_mut_ptr().cast(), mask(to.len()), index);
            }
        }
    }

    #[inline(always)]
    fn not_zero(self) -> u32 {
        // SAFETY: within `run_on_avx2`.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(self.0, _mm256_setzero_ps())) as u32 }
    }
    #[inline(always)]
    fn spread(self, bits: u32) -> Self {
        let places = &SPREAD[(bits & 255) as usize];
        // SAFETY: within `run_on_avx2`; the row of the table has eight numbers.
        unsafe {
            let places = _mm256_cvtepi8_epi32(_mm_loadl_epi64(places.as_ptr().cast()));
            let is_set = _mm256_cmpgt_epi32(places, _mm256_set1_epi32(-1));
            let numbers = _mm256_permutevar8x32_ps(self.0, places);
            Self(_mm256_and_ps(numbers, _mm256_castsi256_ps(is_set)))
        }
    }

    #[inline(always)]
    unsafe fn transpose_square(from: *const f32, step: usize, to: *mut f32, to_step: usize) {
        // SAFETY: within `run_on_avx2`; the caller has eight rows of eight numbers at both places.
        unsafe {
            // Quarters of 4 × 4: pairs of rows, then pairs of pairs, then halves.
            let mut rows = [_mm256_setzero_ps(); 8];
            for i in 0..8 {
                rows[i] = _mm256_loadu_ps(from.add(i * step));
            }
            let mut pairs = rows;
            for i in 0..4 {
                pairs[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
                pairs[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
            }
            let mut fours = pairs;
            for i in 0..2 {
                let [a, b, c, d] = [pairs[4 * i], pairs[4 * i + 1], pairs[4 * i + 2], pairs[4 * i + 3]];
                fours[4 * i] = _mm256_shuffle_ps::<0x44>(a, c);
                fours[4 * i + 1] = _mm256_shuffle_ps::<0xee>(a, c);
                fours[4 * i + 2] = _mm256_shuffle_ps::<0x44>(b, d);
                fours[4 * i + 3] = _mm256_shuffle_ps::<0xee>(b, d);
            }
            for i in 0..4 {
                let low = _mm256_permute2f128_ps::<0x20>(fours[i], fours[i + 4]);
                let high = _mm256_permute2f128_ps::<0x31>(fours[i], fours[i + 4]);
                _mm256_storeu_ps(to.add(i * to_step), low);
                _mm256_storeu_ps(to.add((i + 4) * to_step), high);
            }
        }
    }
}

impl math::Reciprocal for Avx2 {
    #[inline(always)]
    fn reciprocal(self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_rcp_ps(self.0)) }
    }
    #[inline(always)]
    fn sub_product(self, a: Self, b: Self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_fnmadd_ps(a.0, b.0, self.0)) }
    }
}

impl math::Scale for Avx2 {
    #[inline(always)]
    fn round(self) -> Self {
        // SAFETY: within `run_on_avx2`.
        unsafe { Self(_mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)) }
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        // In two halves, as one power of two does not reach beyond the normal numbers.
        let half = exponent.mul(Self::splat(0.5)).round();
        self.mul(power_of_two(half)).mul(power_of_two(exponent.sub(half)))
    }
}

/// Two to the power of a whole number within ±126.
#[inline(always)]
fn power_of_two(exponent: Avx2) -> Avx2 {
    // SAFETY: within `run_on_avx2`.
    unsafe {
        let biased = _mm256_add_epi32(_mm256_cvtps_epi32(exponent.0), _mm256_set1_epi32(127));
        Avx2(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased)))
    }
}
