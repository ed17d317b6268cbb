//! The table of a network's layers that [`Network::summary`](crate::Network::summary) makes, and their picture.

pub use crate::network::LayerInfo;
#[cfg(feature = "std")]
pub use crate::network::diagram::Diagram;
#[cfg(feature = "std")]
pub use crate::network::summary::Summary;
