//! Training: losses, optimizers, the trainer and the check of gradients.

#[cfg(feature = "std")]
pub(crate) mod gradient_check;
pub(crate) mod kernels;
#[cfg(feature = "std")]
pub(crate) mod loss;
#[cfg(feature = "std")]
pub(crate) mod optimizer;
#[cfg(feature = "std")]
pub(crate) mod threads;
#[cfg(feature = "std")]
pub(crate) mod trainer;
#[cfg(feature = "std")]
pub(crate) mod training;

#[cfg(feature = "std")]
pub use crate::parameters::group::Group;
#[cfg(feature = "std")]
pub use gradient_check::{Difference, NetworkLoss};
#[cfg(feature = "std")]
pub use trainer::{Epoch, Evaluation, History, Observer, Step};
