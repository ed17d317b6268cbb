//! Which instruction set a kernel runs on.

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
    /// The best instruction set of this machine, or a lesser one when `NN_ISA` (`portable`, `avx2`, `avx512`) asks for it.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn current() -> Self {
        #[cfg(test)]
        if let Some(isa) = tests::FORCED.get() {
            return isa;
        }
        static CHOICE: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *CHOICE.get_or_init(|| {
            let best = Self::detect();
            match std::env::var("NN_ISA").as_deref() {
                Ok("portable") => Self::Portable,
                Ok("avx2") => best.min(Self::Avx2),
                _ => best,
            }
        })
    }

    /// What `NN_ISA` calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    fn detect() -> Self {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        match (avx2, avx512) {
            (true, true) => Self::Avx512,
            (true, false) => Self::Avx2,
            (false, _) => Self::Portable,
        }
    }

    #[cfg(all(feature = "std", not(target_arch = "x86_64")))]
    fn detect() -> Self {
        Self::Portable
    }

    /// What the program was compiled for: without `std` there is nobody to ask.
    #[cfg(not(feature = "std"))]
    #[inline]
    pub(crate) fn current() -> Self {
        let avx2 = cfg!(all(target_feature = "avx2", target_feature = "fma"));
        let avx512 = cfg!(all(
            target_feature = "avx512f",
            target_feature = "avx512bw",
            target_feature = "avx512dq",
            target_feature = "avx512vl"
        ));
        match (avx2, avx512) {
            (true, true) => Self::Avx512,
            (true, false) => Self::Avx2,
            (false, _) => Self::Portable,
        }
    }
}

/// Runs `test` once on every instruction set that this machine has; kernels called from the same thread follow.
#[cfg(all(test, feature = "std"))]
pub(crate) use tests::on_every_isa;

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::Isa;
    use std::cell::Cell;

    thread_local! {
        pub(crate) static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
    }

    pub(crate) fn on_every_isa(mut test: impl FnMut(Isa)) {
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            if isa <= Isa::detect() {
                FORCED.set(Some(isa));
                test(isa);
                FORCED.set(None);
            }
        }
    }
}
