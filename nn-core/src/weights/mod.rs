//! Weights files: safetensors, plain or compressed with gz, with PyTorch's names and layouts.
//!
//! The functions work on a parameter block and its table, so that they serve whole networks and parts alike;
//! a network's own `save` and `load` call them.

mod atomic;
mod load;
mod open;
mod round;
mod save;
#[cfg(test)]
mod tests;

pub(crate) use atomic::write_atomically;
pub use load::load;
pub(crate) use load::{load_blocks, load_metadata};
pub use nn_files::{Foreign, Loaded, Mismatch, Precision, WeightsProblem};
pub use open::{Proposal, Weights};
pub use round::{Rounded, round};
pub(crate) use save::save_blocks;
pub use save::{Metadata, save, save_with};
