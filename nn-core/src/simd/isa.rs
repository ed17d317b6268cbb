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

    /// The one that `NN_ISA` calls so, in letters of either case.
    #[cfg(feature = "std")]
    fn named(name: &str) -> Option<Self> {
        [Self::Portable, Self::Avx2, Self::Avx512].into_iter().find(|isa| isa.name().eq_ignore_ascii_case(name))
    }
}

/// An instruction set that this machine has: detection alone makes one.
#[derive(Clone, Copy)]
pub(crate) struct Detected(Isa);

impl Detected {
    /// The best instruction set of this machine, or a lesser one when `NN_ISA` (`portable`, `avx2`, `avx512`) asks for it. Another
    /// word there is said on standard error, once.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn current() -> Self {
        #[cfg(test)]
        if let Some(isa) = tests::FORCED.get() {
            return Self::best().at_most(isa);
        }
        static CHOICE: std::sync::OnceLock<Detected> = std::sync::OnceLock::new();
        *CHOICE.get_or_init(|| {
            let best = Self::best();
            let Some(wanted) = std::env::var_os("NN_ISA").filter(|wanted| !wanted.is_empty()) else { return best };
            match Isa::named(&wanted.to_string_lossy()) {
                Some(wanted) => best.at_most(wanted),
                None => {
                    let (wanted, used) = (wanted.display(), best.isa().name());
                    std::eprintln!(
                        "NN_ISA is {wanted}, but may be portable, avx2 or avx512; the kernels run on {used}"
                    );
                    best
                }
            }
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
        // In arrays, as without `std` each is a constant, and clippy knows better than `true && true`.
        let avx2 = [has_feature!("avx2"), has_feature!("fma")] == [true; 2];
        let avx512 =
            [has_feature!("avx512f"), has_feature!("avx512bw"), has_feature!("avx512dq"), has_feature!("avx512vl")]
                == [true; 4];
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

    #[test]
    fn names_are_known_in_letters_of_either_case() {
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            assert_eq!(Isa::named(isa.name()), Some(isa));
            assert_eq!(Isa::named(&isa.name().to_uppercase()), Some(isa));
        }
        assert_eq!(["sse2", "avx", "avx2 ", ""].map(Isa::named), [None; 4]);
    }

    /// A process for each value, as it is read once.
    #[test]
    fn what_the_environment_asks_for_is_done_or_said() {
        const NAME: &str = "simd::isa::tests::what_the_environment_asks_for_is_done_or_said";
        const TOLD: &str = "NN_TOLD";
        if let Some(told) = std::env::var_os(TOLD) {
            let isa = Isa::named(&told.to_string_lossy()).expect("a name");
            assert_eq!((Detected::current().isa(), Detected::current().isa()), (isa, isa));
            return;
        }
        let best = Detected::best().isa();
        for (value, expected, is_said) in [
            ("portable", Isa::Portable, false),
            ("AVX2", best.min(Isa::Avx2), false),
            ("sse2", best, true),
            ("", best, false),
        ] {
            let mut test = std::process::Command::new(std::env::current_exe().expect("this program"));
            test.args([NAME, "--exact", "--nocapture"]).env("NN_ISA", value).env(TOLD, expected.name());
            let output = test.output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{value}: {said}");
            assert_eq!(said.matches("NN_ISA is sse2").count(), usize::from(is_said), "{value}: {said}");
        }
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
