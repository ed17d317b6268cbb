//! Neural networks declared in a macro, checked by the compiler, fast on a CPU.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate self as nn_core;

mod batch;
mod block;
#[cfg(feature = "std")]
pub mod data;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
mod gradient_check;
mod head;
#[cfg(feature = "std")]
mod init;
mod kernels;
#[cfg(feature = "std")]
mod loss;
pub mod memory;
#[doc(hidden)]
pub mod nested;
mod network;
#[cfg(feature = "std")]
mod optimizer;
mod parameters;
mod path;
#[cfg(feature = "std")]
mod predict;
mod real;
mod rooms;
#[doc(hidden)]
pub mod run;
pub mod shape;
#[cfg(feature = "std")]
mod stream;
#[cfg(feature = "std")]
mod summary;
#[cfg(feature = "std")]
mod tensor;
#[cfg(feature = "std")]
mod trainer;
#[cfg(feature = "std")]
mod training;
#[cfg(feature = "std")]
#[doc(hidden)]
pub mod view;
#[cfg(feature = "std")]
pub mod weights;

pub mod ops;

#[cfg(feature = "std")]
pub use batch::Batch;
pub use batch::BatchView;
pub use block::Parameters;
#[cfg(feature = "std")]
pub use error::Error;
#[cfg(feature = "std")]
pub use gradient_check::{Difference, GradientCheck, NetworkLoss};
pub use head::Head;
#[cfg(feature = "std")]
pub use init::initialise;
#[cfg(feature = "std")]
pub use loss::{BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, accuracy, argmax};
pub use network::{Layer, LayerInfo, Network, PredictError};
#[cfg(feature = "std")]
pub use optimizer::{Adam, Momentum, Optimizer, Sgd};
pub use parameters::{Entry, Segment};
#[cfg(feature = "std")]
pub use parameters::{FlatSegment, flatten};
#[doc(hidden)]
pub use path::check_path;
#[cfg(feature = "std")]
pub use predict::Workspace;
pub use real::Real;
pub use rooms::{Room, Rooms};
#[cfg(feature = "std")]
pub use summary::Summary;
#[cfg(feature = "std")]
pub use tensor::Tensor;
#[cfg(feature = "std")]
pub use trainer::{Epoch, Evaluation, History, Observer, Step, Trainer, evaluate};
#[cfg(feature = "std")]
pub use training::Training;

#[cfg(feature = "std")]
pub use view::{ParametersView, TensorView};

/// The dimensions of operations and the formulas of sizes.
pub use nn_sizes as sizes;

#[doc(hidden)]
pub use nn_macros::compile;

/// Declares networks: see the crate's documentation for the language.
#[macro_export]
macro_rules! network {
    ($($tokens:tt)*) => {
        $crate::compile! { [$crate] $($tokens)* }
    };
}

/// Keeps code only where `nn-core` has its feature `std`, for the generated code that cannot ask for that itself.
#[doc(hidden)]
#[cfg(feature = "std")]
#[macro_export]
macro_rules! if_std {
    ($($tokens:tt)*) => {
        $($tokens)*
    };
}

/// Drops code where `nn-core` is without its feature `std`.
#[doc(hidden)]
#[cfg(not(feature = "std"))]
#[macro_export]
macro_rules! if_std {
    ($($tokens:tt)*) => {};
}
