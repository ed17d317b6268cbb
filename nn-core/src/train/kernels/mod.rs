//! The kernels of losses and optimizers.

pub(crate) mod loss;
pub(crate) mod optimizer;
pub(crate) mod pixel;
