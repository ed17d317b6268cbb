//! Training: losses, optimizers, the trainer and the check of gradients.

pub(crate) mod gradient_check;
pub(crate) mod loss;
pub(crate) mod optimizer;
pub(crate) mod threads;
pub(crate) mod trainer;
pub(crate) mod training;
