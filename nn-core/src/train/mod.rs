//! Training: losses, optimizers, schedules, the trainer and its callbacks, checkpoints, and the check of gradients.
//!
//! | | |
//! |---|---|
//! | [`Trainer`](crate::Trainer) | does whole epochs over a data set |
//! | [`Training`](crate::Training) | one step at a time, for a loop of one's own |
//! | [`loss`] | how far a network is from its targets: for classes, answers and values, and losses of one's own |
//! | [`optimizer`] | how parameters follow their gradients, and how to write a rule of one's own |
//! | [`schedule`] | how the learning rate changes |
//! | [`callback`] | what is called meanwhile: to stop early, to save, to log, to show progress |
//! | [`metric`] | how good a network is: confusion matrix, F1, AUC, R² and others |
//! | [`checkpoint`] | files from which training goes on, bit for bit |
//! | [`exchange`] | training by several processes |
//! | [`search`] | good settings: random search and successive halving |

#[cfg(feature = "std")]
pub mod callback;
#[cfg(feature = "std")]
pub mod checkpoint;
#[cfg(feature = "std")]
pub mod exchange;
#[cfg(feature = "std")]
pub(crate) mod gradient_check;
pub(crate) mod kernels;
#[cfg(feature = "std")]
pub mod loss;
#[cfg(feature = "std")]
pub mod metric;
#[cfg(feature = "std")]
pub mod optimizer;
#[cfg(feature = "std")]
pub mod schedule;
#[cfg(feature = "std")]
pub mod search;
#[cfg(feature = "std")]
pub(crate) mod threads;
#[cfg(feature = "std")]
pub(crate) mod trainer;
#[cfg(feature = "std")]
pub(crate) mod training;

#[cfg(feature = "std")]
pub use crate::parameters::group::{Group, Kind, Select};
#[cfg(feature = "std")]
pub use gradient_check::{Difference, NetworkLoss};
#[cfg(feature = "std")]
pub use trainer::{Epoch, Evaluation, History, On, Score, Step, Unvalidated, Validation};
