//! Pooling: the largest number of each window, or their mean.

pub mod avg_pool;
pub(crate) mod kernels;
pub mod max_pool;
pub mod spread;
