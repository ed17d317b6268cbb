//! How a kernel comes to run on the best vectors of the machine.

#[cfg(target_arch = "x86_64")]
use super::isa::{Detected, Isa};
use super::vector::{Portable, Vector};
#[cfg(target_arch = "x86_64")]
use super::vector::{avx2::OnAvx2, avx512::OnAvx512};
use crate::base::number::Number;

/// A kernel with its arguments, for any vector.
///
/// What runs it are methods, not functions, as the compiler makes methods together with the module that their type is from: so
/// kernels are made in parallel.
pub(crate) trait Kernel: Sized {
    /// What the kernel computes with.
    type Element: Number;
    /// What it returns.
    type Output;
    /// Runs it on vectors of one kind. Always inlined: the instruction set is that of the function around it.
    fn run<V: Vector<Element = Self::Element>>(self) -> Self::Output;

    /// Runs it on the best vectors of this machine.
    #[inline(always)]
    fn run_on_best(self) -> Self::Output
    where
        Self: Kernel<Element = f32>,
    {
        #[cfg(target_arch = "x86_64")]
        match Detected::current().isa() {
            // SAFETY: the instruction set was detected on this machine.
            Isa::Avx512 => return unsafe { self.run_on_avx512() },
            // SAFETY: as above.
            Isa::Avx2 => return unsafe { self.run_on_avx2() },
            Isa::Portable => {}
        }
        self.run_on_portable()
    }

    /// Runs it on the vectors that every machine has.
    // Not part of the function that chooses, which would take its room on the stack for nothing.
    #[cfg_attr(any(feature = "std", debug_assertions), inline(never))]
    #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
    fn run_on_portable(self) -> Self::Output {
        self.run::<Portable<Self::Element>>()
    }
}
