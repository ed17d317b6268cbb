//! The operations that a network is made of, as the code from `network!` calls them.
//!
//! Every function takes the operation's dimensions, then its inputs, outputs and parameters as slices. Maps are channels
//! last, `[height][width][channels]`, one sample at a time unless said otherwise. The gradient of parameters, `dp`,
//! is added to by operations on one sample and overwritten by operations on a whole batch; the gradient of the
//! input, `dx`, is overwritten; the gradient of the output, `dy`, is used up.
//!
//! # Panics
//!
//! Every function does when a slice is not as long as the dimensions say, in release builds too.
#![allow(clippy::needless_range_loop)] // Registers in lockstep: an index for all of them says what happens.

pub mod activation;
pub mod affine;
pub mod batch_norm;
pub mod conv;
pub mod dropout;
pub mod layer_norm;
pub mod merge;
pub mod pool;
pub mod reshape;
pub mod softmax;

pub use activation::{gelu, silu};
pub use conv::{conv_norm, conv_pool, stored};
pub use merge::{add, concat, mul};
pub use pool::{avg_pool, max_pool};
pub use softmax::log_softmax;

#[cfg(all(test, feature = "std"))]
mod lengths;
#[cfg(all(test, feature = "std"))]
pub(crate) mod testing;
