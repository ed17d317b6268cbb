//! What is wanted soon is asked for.

/// Bytes that caches move together.
const LINE: usize = 64;

/// Asks for numbers to come to the second-level cache, without waiting for them: of lines for the first level only a few can be on
/// their way, and to ask for more would wait.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    for line in numbers.chunks(LINE / size_of::<T>()) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the target has the instruction, which reads nothing.
        unsafe {
            use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
        }
        let _ = line;
    }
}
