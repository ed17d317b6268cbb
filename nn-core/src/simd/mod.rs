//! Vectors on every instruction set, and the macro that compiles kernels for each of them.
//!
//! A kernel is an `#[inline(always)]` function `name<V: Vector>(…)` over slices of `V::Element`. The macro [`kernels!`]
//! declares it once: it makes a trait with a function of the same name, implements it for `f32` by the best
//! instruction set found at run time, and for `f64`, which only checks gradients, by the portable vector. The choice is made at
//! each kernel's own call, so the linker drops the kernels that a program does not use.
//!
//! No module outside this one can name a vector that some machines lack. A function of the trait makes its arguments a
//! [`Kernel`](kernel::Kernel), which runs on any vector, and [`run_on_best`](kernel::Kernel::run_on_best) chooses which.
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

        kernels! {
            by run_on_best, inline if not(any(feature = "std", debug_assertions)):
            impl $name<$t> for f32 { $(fn $kernel($($argument: $type),*) $(-> $result)?;)* }
        }
        kernels! {
            by run_on_portable, inline if not(debug_assertions):
            impl $name<$t> for f64 { $(fn $kernel($($argument: $type),*) $(-> $result)?;)* }
        }
    };
    (by $run:ident, inline if $condition:meta: impl $name:ident<$t:ident> for $element:ty {
        $(fn $kernel:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*
    }) => {
        const _: () = {
            type $t = $element;
            impl $name<$t> for $t {
                $(
                    #[cfg_attr($condition, inline)]
                    fn $kernel($($argument: $type),*) $(-> $result)? {
                        struct Call<A>(A);
                        impl $crate::simd::kernel::Kernel for Call<($($type,)*)> {
                            type Element = $t;
                            #[allow(unused_parens)] // `()` where nothing is returned
                            type Output = ($($result)?);
                            #[inline(always)]
                            fn run<V: $crate::simd::vector::Vector<Element = $t>>(self) -> Self::Output {
                                let Self(($($argument,)*)) = self;
                                self::$kernel::<V>($($argument),*)
                            }
                        }
                        $crate::simd::kernel::Kernel::$run(Call(($($argument,)*)))
                    }
                )*
            }
        };
    };
}

#[macro_use]
pub(crate) mod each;

pub(crate) mod isa;
pub(crate) mod kernel;
pub(crate) mod limits;
pub(crate) mod prefetch;
pub(crate) mod sums;
pub(crate) mod vector;
