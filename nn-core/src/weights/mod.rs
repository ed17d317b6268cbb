//! Weights files: safetensors, plain or compressed with gz, with PyTorch's names and layouts.
//!
//! The functions work on a parameter block and its table, so that they serve whole networks and parts alike;
//! a network's own `save` and `load` call them.

mod atomic;
mod decode;
mod header;
mod matching;
mod problem;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use problem::{Mismatch, WeightsProblem};
pub use read::load;
pub use write::save;
