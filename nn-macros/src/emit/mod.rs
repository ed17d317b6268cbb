//! The fifth step: a plan as Rust code.
//!
//! The code is orchestration with constants in it: it carves buffers and calls the operations of `nn-core`. Emission
//! decides nothing; what it prints is in the plan.

mod backward;
mod forward;
mod item;
mod names;
mod tables;

pub use item::{broken, network};
