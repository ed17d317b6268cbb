//! What the code from `network!` calls. No part of it is stable.

#[cfg(feature = "std")]
pub use crate::network::view;
pub use crate::network::{embedded, nested, predict};
pub use crate::{
    Bf16, Entry, F16, Head, Int8, Layer, LayerInfo, NarrowParameters, Network, Parameters, PredictError, Real, Room,
    Rooms, Segment,
};
#[cfg(feature = "std")]
pub use crate::{Error, ParametersView, Summary, Workspace};
pub use crate::{check_embedded, check_limit, check_path, check_per_sample};
pub use crate::{exec, ffi, if_std, memory, ops, shape, sizes};
