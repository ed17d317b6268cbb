//! Weights files.

mod problem;

pub use problem::{Mismatch, WeightsProblem};
