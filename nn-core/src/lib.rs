//! Neural networks declared in a macro, checked by the compiler, fast on a CPU.
#![cfg_attr(not(feature = "std"), no_std)]

mod batch;
#[cfg(feature = "std")]
pub mod data;
#[cfg(feature = "std")]
mod error;
mod head;
mod kernels;
#[cfg(feature = "std")]
mod loss;
pub mod memory;
#[cfg(feature = "std")]
mod optimizer;
mod parameters;
mod real;
pub mod shape;
#[cfg(feature = "std")]
mod stream;
#[cfg(feature = "std")]
mod tensor;
#[cfg(feature = "std")]
pub mod weights;

pub mod ops;

#[cfg(feature = "std")]
pub use batch::Batch;
pub use batch::BatchView;
#[cfg(feature = "std")]
pub use error::Error;
pub use head::Head;
#[cfg(feature = "std")]
pub use loss::{BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, accuracy, argmax};
#[cfg(feature = "std")]
pub use optimizer::{Adam, Momentum, Optimizer, Sgd};
pub use parameters::{Entry, Segment};
#[cfg(feature = "std")]
pub use parameters::{FlatSegment, flatten};
pub use real::Real;
#[cfg(feature = "std")]
pub use tensor::Tensor;
