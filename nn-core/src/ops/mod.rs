//! The operations that a network is made of, as the code from `network!` calls them.
//!
//! The dimensions of an operation are a struct of `nn-sizes`, and the operation is implemented for it: see [`call`]. Maps are
//! channels last, `[height][width][channels]`, one sample at a time unless said otherwise.
#![allow(clippy::needless_range_loop)] // Registers in lockstep: an index for all of them says what happens.

pub mod activation;
pub mod affine;
pub mod attention;
pub mod batch_norm;
pub mod call;
pub mod conv;
pub mod deconv;
pub mod dropout;
pub mod embedding;
pub mod group_norm;
pub mod layer_norm;
pub mod local_response_norm;
pub mod merge;
pub mod permute;
pub mod pool;
pub mod prelu;
pub mod recurrent;
pub mod region;
pub mod reshape;
pub mod resize;
pub mod rms_norm;
pub mod softmax;
pub mod steps;

pub use call::{Backward, ByRows, Differentiable, Forward, Operation, Prepack, Reduction};

#[cfg(all(test, feature = "std"))]
mod lengths;
#[cfg(all(test, feature = "std"))]
mod sums;
#[cfg(all(test, feature = "std"))]
pub(crate) mod testing;
