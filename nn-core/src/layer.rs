//! What a hand-written [`Layer`](crate::Layer) is called with, and what it says of its parameters and its memory.

pub use crate::exec::Pass;
pub use crate::exec::memory_need::{MemoryNeed, MemoryNeeds};
pub use crate::network::head::Head;
pub use crate::ops::call::{Backward, Forward};
pub use crate::parameters::{Entry, Segment};
pub use nn_sizes::{Axis, Init, Role};
