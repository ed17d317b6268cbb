//! Training: losses, optimizers, the trainer and the check of gradients.

#[cfg(feature = "std")]
pub(crate) mod gradient_check;
pub(crate) mod kernels;
#[cfg(feature = "std")]
pub(crate) mod loss;
#[cfg(feature = "std")]
pub(crate) mod optimizer;
#[cfg(feature = "std")]
pub(crate) mod threads;
#[cfg(feature = "std")]
pub(crate) mod trainer;
#[cfg(feature = "std")]
pub(crate) mod training;
