//! Which instruction set a kernel runs on.

#[cfg(all(feature = "std", target_arch = "x86_64"))]
use std::is_x86_feature_detected as has_feature;

/// Whether the program was compiled for a feature: without `std` there is nobody to ask.
#[cfg(all(not(feature = "std"), target_arch = "x86_64"))]
macro_rules! has_feature {
    ($feature:literal) => {
        cfg!(target_feature = $feature)
    };
}

/// An instruction set that the kernels are compiled for, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) enum Isa {
    /// What the target guarantees.
    Portable,
    /// Eight lanes of `f32` and fused multiply–adds.
    Avx2,
    /// Sixteen lanes, thirty-two registers, masked loads and stores.
    Avx512,
}

impl Isa {
    /// What `NN_ISA` calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

/// An instruction set that this machine has: detection alone makes one.
#[derive(Clone, Copy)]
pub(crate) struct Detected(Isa);

impl Detected {
    /// The best instruction set of this machine, or a lesser one when `NN_ISA` (`portable`, `avx2`, `avx512`) asks for it.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn current() -> Self {
        #[cfg(test)]
        if let Some(isa) = tests::FORCED.get() {
            return Self::best().at_most(isa);
        }
        static CHOICE: std::sync::OnceLock<Detected> = std::sync::OnceLock::new();
        *CHOICE.get_or_init(|| match std::env::var("NN_ISA").as_deref() {
            Ok("portable") => Self::best().at_most(Isa::Portable),
            Ok("avx2") => Self::best().at_most(Isa::Avx2),
            _ => Self::best(),
        })
    }

    /// The best instruction set that the program was compiled for.
    #[cfg(not(feature = "std"))]
    #[inline]
    pub(crate) fn current() -> Self {
        Self::best()
    }

    /// Which one it is.
    #[inline]
    pub(crate) fn isa(self) -> Isa {
        self.0
    }

    /// The lesser of the two: a machine has all that are less than one it has.
    #[cfg(feature = "std")]
    fn at_most(self, isa: Isa) -> Self {
        Self(self.0.min(isa))
    }

    #[cfg(target_arch = "x86_64")]
    #[cfg_attr(not(feature = "std"), inline)]
    fn best() -> Self {
        let avx2 = has_feature!("avx2") && has_feature!("fma");
        let avx512 =
            has_feature!("avx512f") && has_feature!("avx512bw") && has_feature!("avx512dq") && has_feature!("avx512vl");
        match (avx2, avx512) {
            (true, true) => Self(Isa::Avx512),
            (true, false) => Self(Isa::Avx2),
            (false, _) => Self(Isa::Portable),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[cfg_attr(not(feature = "std"), inline)]
    fn best() -> Self {
        Self(Isa::Portable)
    }
}

/// Runs `test` once on every instruction set that this machine has; kernels called from the same thread follow.
#[cfg(all(test, feature = "std"))]
pub(crate) use tests::on_every_isa;

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::{Detected, Isa};
    use std::cell::Cell;

    thread_local! {
        pub(crate) static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
    }

    pub(crate) fn on_every_isa(mut test: impl FnMut(Isa)) {
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            if isa <= Detected::best().isa() {
                FORCED.set(Some(isa));
                test(isa);
                FORCED.set(None);
            }
        }
    }
}
