//! Vectors on every instruction set, and the macro that compiles kernels for each of them.
//!
//! A kernel is an `#[inline(always)]` function `name<V: Vector>(…)` over slices of `V::Element`. The macro [`kernels!`]
//! declares it once: it makes a trait with a function of the same name, implements it for `f32` by the best
//! instruction set found at run time, and for `f64`, which only checks gradients, by the portable vector. The choice is made at
//! each kernel's own call, so the linker drops the kernels that a program does not use.
//!
//! For release builds without `std` the kernels are `inline`: the compiler makes those that a program calls together with the
//! program, and not all of them in this crate, which takes ten times as long. Kernels for `f64` are `inline` in every release
//! build. A debug build makes all kernels in this crate, where its profile keeps them fast.
//!
//! Closures do not inherit the instruction set of an inlined function: inside a kernel, write loops.
#![allow(clippy::needless_range_loop)] // Registers in lockstep: an index for all of them says what happens.

/// Declares a trait of kernels, `trait Name<T> { fn kernel(x: &[T], …); … }`, and implements it for `f32` and `f64` by
/// the functions `kernel::<V>` in scope.
macro_rules! kernels {
    ($(#[$attribute:meta])* trait $name:ident<$t:ident> {
        $($(#[$note:meta])* fn $kernel:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*
    }) => {
        $(#[$attribute])*
        pub trait $name<$t> {
            $($(#[$note])* fn $kernel($($argument: $type),*) $(-> $result)?;)*
        }

        const _: () = {
            type $t = f32;
            impl $name<$t> for $t {
                $(
                    #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                    fn $kernel($($argument: $type),*) $(-> $result)? {
                        #[cfg(target_arch = "x86_64")]
                        #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                        fn avx512($($argument: $type),*) $(-> $result)? {
                            self::$kernel::<$crate::simd::vector::Avx512>($($argument),*)
                        }
                        #[cfg(target_arch = "x86_64")]
                        #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                        #[target_feature(enable = "avx2,fma")]
                        fn avx2($($argument: $type),*) $(-> $result)? {
                            self::$kernel::<$crate::simd::vector::Avx2>($($argument),*)
                        }
                        // Not part of the function that chooses, which would take its room on the stack for nothing.
                        #[cfg_attr(any(feature = "std", debug_assertions), inline(never))]
                        #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                        fn portable($($argument: $type),*) $(-> $result)? {
                            self::$kernel::<$crate::simd::vector::Portable<$t>>($($argument),*)
                        }
                        match $crate::simd::isa::Isa::current() {
                            #[cfg(target_arch = "x86_64")]
                            // SAFETY: the machine has the features, says `current`.
                            $crate::simd::isa::Isa::Avx512 => unsafe { avx512($($argument),*) },
                            #[cfg(target_arch = "x86_64")]
                            // SAFETY: as above.
                            $crate::simd::isa::Isa::Avx2 => unsafe { avx2($($argument),*) },
                            _ => portable($($argument),*),
                        }
                    }
                )*
            }
        };

        const _: () = {
            type $t = f64;
            impl $name<$t> for $t {
                $(
                    #[cfg_attr(not(debug_assertions), inline)]
                    fn $kernel($($argument: $type),*) $(-> $result)? {
                        self::$kernel::<$crate::simd::vector::Portable<$t>>($($argument),*)
                    }
                )*
            }
        };
    };
}

#[macro_use]
pub(crate) mod each;

pub(crate) mod isa;
pub(crate) mod limits;
pub(crate) mod prefetch;
pub(crate) mod vector;
