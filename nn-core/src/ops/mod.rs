//! The operations that a network is made of, as the code from `network!` calls them.
//!
//! Every function takes the operation's dimensions, then its inputs, outputs and parameters as slices. Maps are channels
//! last, `[height][width][channels]`, one sample at a time unless said otherwise. The gradient of parameters, `dp`,
//! is added to by operations on one sample and overwritten by operations on a whole batch; the gradient of the
//! input, `dx`, is overwritten; the gradient of the output, `dy`, is used up.

pub mod affine;
pub mod conv;
pub mod conv_pool;

#[cfg(all(test, feature = "std"))]
pub(crate) mod testing;
