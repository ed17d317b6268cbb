//! Data sets, and the files they come from.

mod idx;

pub use idx::{Idx, IdxProblem};
