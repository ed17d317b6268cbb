//! Sixteen lanes of `f32`.

use super::avx2::Avx2;
use super::{Vector, math};
use crate::simd::kernel::Kernel;
use core::arch::x86_64::*;

/// Kernels, compiled for AVX-512 F, BW, DQ and VL.
// SAFETY of every block below that says "within `run_on_avx512`": nobody else can name the vector. So its methods are called by
// kernels that run there.
pub(in crate::simd) trait OnAvx512: Kernel<Element = f32> {
    /// Runs the kernel.
    ///
    /// # Safety
    /// The machine has AVX-512 F, BW, DQ and VL, AVX2 and FMA.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    unsafe fn run_on_avx512(self) -> Self::Output {
        self.run::<Avx512>()
    }
}

impl<K: Kernel<Element = f32>> OnAvx512 for K {}

/// Sixteen numbers in a 512-bit register.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Avx512(__m512);

impl Vector for Avx512 {
    type Element = f32;
    type Mask = __mmask16;
    type Lanes = __mmask16;
    type Index = __m512i;
    type Narrow = Avx2;
    const LANES: usize = 16;
    const ROWS: usize = 12;

    #[inline(never)] // has no effect on a function with features of its own
    fn outlined<K: Kernel<Element = f32>>(kernel: K) -> K::Output {
        // SAFETY: within `run_on_avx512`.
        unsafe { kernel.run_on_avx512() }
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_set1_ps(value)) }
    }
    #[inline(always)]
    fn lanes(count: usize) -> __mmask16 {
        if count >= 16 { !0 } else { (1 << count) - 1 }
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f32) -> Self {
        // SAFETY: within `run_on_avx512`; the caller has sixteen numbers there.
        unsafe { Self(_mm512_loadu_ps(from)) }
    }
    #[inline(always)]
    unsafe fn load_lanes(from: *const f32, lanes: __mmask16) -> Self {
        // SAFETY: within `run_on_avx512`; the caller has the numbers of `lanes` there, and no others are touched.
        unsafe { Self(_mm512_maskz_loadu_ps(lanes, from)) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f32) {
        // SAFETY: within `run_on_avx512`; the caller has room for sixteen numbers there.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn store_lanes(self, to: *mut f32, lanes: __mmask16) {
        // SAFETY: within `run_on_avx512`; the caller has room for the numbers of `lanes` there, and no others are touched.
        unsafe { _mm512_mask_storeu_ps(to, lanes, self.0) }
    }

    #[inline(always)]
    fn prefetch(at: *const f32) {
        // SAFETY: within `run_on_avx512`; a prefetch touches no memory that is not there.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_add_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_sub_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_mul_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_div_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn div_nearly(self, divisor: Self) -> Self {
        math::div_nearly(self, divisor)
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_fmadd_ps(self.0, factor.0, addend.0)) }
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_max_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_min_ps(self.0, other.0)) }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_sqrt_ps(self.0)) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_abs_ps(self.0)) }
    }
    #[inline(always)]
    fn gt(self, other: Self) -> __mmask16 {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn le(self, other: Self) -> __mmask16 {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn is_nan(self) -> __mmask16 {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0) }
    }
    #[inline(always)]
    fn any(mask: __mmask16) -> bool {
        mask != 0
    }
    #[inline(always)]
    fn either(a: __mmask16, b: __mmask16) -> __mmask16 {
        a | b
    }
    #[inline(always)]
    fn select(mask: __mmask16, yes: Self, no: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_mask_blend_ps(mask, no.0, yes.0)) }
    }
    #[inline(always)]
    fn zero_where(self, mask: __mmask16) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_maskz_mov_ps(!mask, self.0)) }
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        self.folded().sum()
    }
    #[inline(always)]
    unsafe fn add_sums(vectors: [Self; 4], to: *mut f32) {
        let [a, b, c, d] = vectors;
        // SAFETY: the caller's.
        unsafe { Avx2::add_sums([a.folded(), b.folded(), c.folded(), d.folded()], to) }
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_reduce_max_ps(self.0) }
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
    fn index_splat(value: u32) -> __m512i {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_set1_epi32(value as i32) }
    }
    #[inline(always)]
    fn index_select(mask: __mmask16, yes: __m512i, no: __m512i) -> __m512i {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_mask_blend_epi32(mask, no, yes) }
    }
    #[inline(always)]
    fn index_add(a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_add_epi32(a, b) }
    }
    #[inline(always)]
    fn index_equal(a: __m512i, b: __m512i) -> __mmask16 {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_cmpeq_epi32_mask(a, b) }
    }
    #[inline(always)]
    fn index_load(from: &[u32]) -> __m512i {
        // SAFETY: within `run_on_avx512`; no more lanes are touched than the slice has.
        unsafe { _mm512_maskz_loadu_epi32(Self::lanes(from.len()), from.as_ptr().cast()) }
    }
    #[inline(always)]
    unsafe fn pick(from: *const f32, which: __m512i) -> Self {
        // SAFETY: within `run_on_avx512`; the caller has four numbers there.
        unsafe { Self(_mm512_permutexvar_ps(which, _mm512_zextps128_ps512(_mm_loadu_ps(from)))) }
    }
    #[inline(always)]
    fn index_store(index: __m512i, to: &mut [u32]) {
        // SAFETY: within `run_on_avx512`; no more lanes are touched than the slice has.
        unsafe { _mm512_mask_storeu_epi32(to.as_mut_ptr().cast(), Self::lanes(to.len()), index) }
    }

    #[inline(always)]
    fn not_zero(self) -> u32 {
        // SAFETY: within `run_on_avx512`.
        unsafe { _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(self.0, _mm512_setzero_ps()).into() }
    }
    #[inline(always)]
    unsafe fn store_positions(bits: u32, first: u16, to: *mut u16) -> usize {
        // SAFETY: within `run_on_avx512`; the caller has room for sixteen numbers there.
        unsafe {
            let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            let positions = _mm512_add_epi32(_mm512_set1_epi32(first.into()), lanes);
            let positions = _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(bits as u16, positions));
            _mm256_storeu_si256(to.cast(), positions);
        }
        bits.count_ones() as usize
    }
    #[inline(always)]
    fn spread(self, bits: u32) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_maskz_expand_ps(bits as u16, self.0)) }
    }

    #[inline(always)]
    unsafe fn transpose_square(from: *const f32, step: usize, to: *mut f32, to_step: usize) {
        // SAFETY: within `run_on_avx512`; the caller has sixteen rows of sixteen numbers at both places.
        unsafe {
            // In each 128-bit quarter, four rows make four columns; then the quarters are exchanged in two rounds.
            let mut rows = [_mm512_setzero_ps(); 16];
            for i in 0..16 {
                rows[i] = _mm512_loadu_ps(from.add(i * step));
            }
            let mut fours = rows;
            for i in 0..4 {
                let [a, b, c, d] = [rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]];
                let (low, high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                let (next_low, next_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
                fours[4 * i] = _mm512_shuffle_ps::<0x44>(low, next_low);
                fours[4 * i + 1] = _mm512_shuffle_ps::<0xee>(low, next_low);
                fours[4 * i + 2] = _mm512_shuffle_ps::<0x44>(high, next_high);
                fours[4 * i + 3] = _mm512_shuffle_ps::<0xee>(high, next_high);
            }
            for i in 0..4 {
                let [a, b, c, d] = [fours[i], fours[4 + i], fours[8 + i], fours[12 + i]];
                let (even, odd) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b));
                let (next_even, next_odd) = (_mm512_shuffle_f32x4::<0x88>(c, d), _mm512_shuffle_f32x4::<0xdd>(c, d));
                _mm512_storeu_ps(to.add(i * to_step), _mm512_shuffle_f32x4::<0x88>(even, next_even));
                _mm512_storeu_ps(to.add((4 + i) * to_step), _mm512_shuffle_f32x4::<0x88>(odd, next_odd));
                _mm512_storeu_ps(to.add((8 + i) * to_step), _mm512_shuffle_f32x4::<0xdd>(even, next_even));
                _mm512_storeu_ps(to.add((12 + i) * to_step), _mm512_shuffle_f32x4::<0xdd>(odd, next_odd));
            }
        }
    }
}

impl math::Reciprocal for Avx512 {
    #[inline(always)]
    fn reciprocal(self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_rcp14_ps(self.0)) }
    }
    #[inline(always)]
    fn sub_product(self, a: Self, b: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_fnmadd_ps(a.0, b.0, self.0)) }
    }
}

impl Avx512 {
    /// The sum of the two halves.
    #[inline(always)]
    fn folded(self) -> Avx2 {
        // SAFETY: within `run_on_avx512`.
        unsafe { Avx2(_mm256_add_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0))) }
    }
}

impl math::Scale for Avx512 {
    #[inline(always)]
    fn round(self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)) }
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        // SAFETY: within `run_on_avx512`.
        unsafe { Self(_mm512_scalef_ps(self.0, exponent.0)) }
    }
}
