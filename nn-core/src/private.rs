//! What the code from `network!` calls, and the benchmarks. No part of it is stable.

pub use crate::base::channel::Channel;
pub use crate::base::memory;
pub use crate::exec::memory_need::{MemoryNeed, MemoryNeeds};
pub use crate::network::LayerInfo;
pub use crate::network::budget::check_limit;
pub use crate::network::head::Head;
#[cfg(feature = "std")]
pub use crate::network::observe::{Activations, Observe, Place};
pub use crate::network::path::{check_embedded, check_path, check_per_sample};
#[cfg(feature = "std")]
pub use crate::network::view;
pub use crate::network::{Declared, check_parameters, embedded, nested, predict};
pub use crate::parameters::storage::{Bf16, F16, Int8, NarrowParameters, Storage};
pub use crate::parameters::{Entry, Parameters, Segment};
#[cfg(feature = "std")]
pub use crate::{Error, Workspace, parameters::ParametersView, summary::Summary};
pub use crate::{Layer, Network, PredictError, Real};
pub use crate::{exec, ffi, if_std, ops, shape};
/// The dimensions of operations and the formulas of sizes.
pub use nn_sizes as sizes;
