//! What the crate checks on the way of a prediction.
//!
//! Sizes are checked once more where memory is touched, though no safe call of a network can make a check fail. With
//! `std` one that fails panics. Without it the program stops at an instruction that traps, so that the prediction of a
//! network brings no panic, and nothing that formats one, into the program: `tests/bare` is such a program.
//!
//! On that way [`part`](crate::base::memory::part) stands for indexing.

/// `assert!` on the way of a prediction.
#[cfg(feature = "std")]
macro_rules! check {
    ($condition:expr $(, $message:literal)?) => { assert!($condition $(, $message)?) };
}

/// `assert!` on the way of a prediction.
#[cfg(not(feature = "std"))]
macro_rules! check {
    ($condition:expr $(, $message:literal)?) => {
        if !$condition {
            $crate::base::check::failed(stringify!($condition))
        }
    };
}

/// What follows on a check that has failed.
#[cold]
#[track_caller]
pub(crate) fn failed(what: &str) -> ! {
    #[cfg(feature = "std")]
    panic!("{what}");
    #[cfg(not(feature = "std"))]
    {
        let _ = what;
        stop()
    }
}

/// Ends the program without a word.
#[cfg(not(feature = "std"))]
fn stop() -> ! {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    // SAFETY: the instruction touches nothing and is undefined on every processor, which stops there.
    unsafe {
        core::arch::asm!("ud2", options(noreturn, nomem, nostack))
    }
    #[cfg(any(target_arch = "arm", target_arch = "aarch64"))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("udf #0", options(noreturn, nomem, nostack))
    }
    #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("unimp", options(noreturn, nomem, nostack))
    }
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(any(
        target_arch = "x86",
        target_arch = "x86_64",
        target_arch = "arm",
        target_arch = "aarch64",
        target_arch = "riscv32",
        target_arch = "riscv64",
        target_arch = "wasm32"
    )))]
    loop {
        core::hint::spin_loop();
    }
}
