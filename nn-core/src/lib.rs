//! Neural networks declared in a macro, checked by the compiler, fast on a CPU.
#![cfg_attr(not(feature = "std"), no_std)]

mod kernels;
mod parameters;
mod real;

pub mod ops;

pub use parameters::{Entry, Segment};
pub use real::Real;
