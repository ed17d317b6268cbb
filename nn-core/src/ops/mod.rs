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

pub mod activation;
pub mod add;
pub mod affine;
pub mod avg_pool;
pub mod batch_norm;
pub mod concat;
pub mod conv;
pub mod conv_norm;
pub mod conv_pool;
pub mod dropout;
pub mod gelu;
pub mod layer_norm;
pub mod log_softmax;
pub mod max_pool;
pub mod mul;
pub mod reshape;
pub mod silu;
pub mod softmax;
pub mod stored;

#[cfg(all(test, feature = "std"))]
mod lengths;
#[cfg(all(test, feature = "std"))]
pub(crate) mod testing;
