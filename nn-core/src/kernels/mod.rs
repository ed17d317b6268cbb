//! The heavy loops, compiled once, here, for every instruction set.
//!
//! A kernel is an `#[inline(always)]` function `name<V: Vector>(…)` over slices of `V::Element`. The macro [`kernels!`]
//! declares it once: it makes a trait with a function of the same name, implements it for `f32` by the best
//! instruction set found at run time, and for `f64`, which only checks gradients, by the portable vector. The choice is made at
//! each kernel's own call, so the linker drops the kernels that a program does not use.
//!
//! For release builds without `std` the kernels are `inline`: the compiler makes those that a program calls together with the
//! program, and not all of them here, which takes ten times as long. A debug build makes them here, where the profile of this crate
//! keeps them fast.
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
                            self::$kernel::<$crate::kernels::vector::Avx512>($($argument),*)
                        }
                        #[cfg(target_arch = "x86_64")]
                        #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                        #[target_feature(enable = "avx2,fma")]
                        fn avx2($($argument: $type),*) $(-> $result)? {
                            self::$kernel::<$crate::kernels::vector::Avx2>($($argument),*)
                        }
                        // Not part of the function that chooses, which would take its room on the stack for nothing.
                        #[cfg_attr(any(feature = "std", debug_assertions), inline(never))]
                        #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                        fn portable($($argument: $type),*) $(-> $result)? {
                            self::$kernel::<$crate::kernels::vector::Portable<$t>>($($argument),*)
                        }
                        match $crate::kernels::isa::Isa::current() {
                            #[cfg(target_arch = "x86_64")]
                            // SAFETY: the machine has the features, says `current`.
                            $crate::kernels::isa::Isa::Avx512 => unsafe { avx512($($argument),*) },
                            #[cfg(target_arch = "x86_64")]
                            // SAFETY: as above.
                            $crate::kernels::isa::Isa::Avx2 => unsafe { avx2($($argument),*) },
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
                    #[cfg_attr(not(any(feature = "std", debug_assertions)), inline)]
                    fn $kernel($($argument: $type),*) $(-> $result)? {
                        self::$kernel::<$crate::kernels::vector::Portable<$t>>($($argument),*)
                    }
                )*
            }
        };
    };
}

#[macro_use]
mod each;

pub(crate) mod affine;
mod batch_norm;
pub(crate) mod block;
mod bytes;
mod conv;
mod depthwise;
pub(crate) mod dropout;
mod elementwise;
pub(crate) mod epilogue;
pub(crate) mod few_inputs;
pub(crate) mod isa;
mod layer_norm;
mod limits;
mod loss;
pub(crate) mod maxima;
mod moments;
pub(crate) mod narrow;
mod optimizer;
pub(crate) mod pool;
pub(crate) mod prefetch;
mod reorder;
mod softmax;
mod sparse;
pub(crate) mod tile;
pub(crate) mod vector;
mod windows;
pub(crate) mod winograd;

#[cfg(feature = "std")]
pub use optimizer::AdamStep;

/// The product of some dimensions, which a slice is compared with: where it does not fit, a number that no slice is as long as.
#[inline(always)]
fn size<const N: usize>(dimensions: [usize; N]) -> usize {
    let mut size = 1_usize;
    for dimension in dimensions {
        size = size.saturating_mul(dimension);
    }
    size
}

/// Every kernel, for the numbers of type `T`: only `f32` and `f64` have them.
pub trait Kernels<T>:
    epilogue::EpilogueKernels<T>
    + affine::AffineKernels<T>
    + conv::ConvKernels<T>
    + depthwise::DepthwiseKernels<T>
    + batch_norm::BatchNormKernels<T>
    + bytes::ByteKernels<T>
    + dropout::DropoutKernels<T>
    + few_inputs::FewInputsKernels<T>
    + elementwise::ElementwiseKernels<T>
    + layer_norm::LayerNormKernels<T>
    + limits::LimitKernels<T>
    + loss::LossKernels<T>
    + maxima::MaximaKernels<T>
    + narrow::NarrowKernels<T>
    + optimizer::OptimizerKernels<T>
    + pool::AveragePoolKernels<T>
    + pool::MaxPoolKernels<T>
    + reorder::ReorderKernels<T>
    + softmax::SoftmaxKernels<T>
    + sparse::SparseKernels<T>
    + windows::WindowKernels<T>
    + winograd::WinogradKernels<T>
{
}

impl Kernels<f32> for f32 {}
impl Kernels<f64> for f64 {}
