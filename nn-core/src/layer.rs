//! What a hand-written [`Layer`](crate::Layer) is called with, and what it says of its parameters and its memory.

pub use crate::exec::Run;
pub use crate::ops::call::{Backward, Forward};
pub use crate::{Entry, Head, Room, Rooms, Segment};
pub use nn_sizes::{Axis, Init, Role};
