//! How parameters follow their gradients.
//!
//! ```
//! use nn_core::{Adam, Optimizer};
//!
//! let mut adam = Adam::new(0.001);
//! let mut parameters = [1.0, -2.0];
//! adam.step(&[], &mut parameters, &[0.5, -0.1])?; // no table: every number is trained
//! assert!(parameters[0] < 1.0 && parameters[1] > -2.0);
//! # Ok::<(), nn_core::Error>(())
//! ```

mod adam;
mod momentum;
mod sgd;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use adam::Adam;
pub use momentum::Momentum;
pub use sgd::Sgd;

use crate::{Error, FlatSegment, Real};

/// A rule that moves parameters against their gradients.
pub trait Optimizer<T: Real>: Send {
    /// Takes one step.
    ///
    /// `segments` is the table of the block, as [`flatten`](crate::flatten) gives it, with the [`Group`](crate::Group) of each
    /// tensor. Frozen tensors and running statistics are left alone, as is what the optimizer remembers of them. An empty table
    /// means that every number is trained.
    ///
    /// # Errors
    ///
    /// When a setting is out of range, or `parameters`, `gradients` and the optimizer's own state differ in length.
    /// Nothing has been changed then.
    fn step(&mut self, segments: &[FlatSegment], parameters: &mut [T], gradients: &[T]) -> Result<(), Error>;

    /// Fails when a setting is out of range.
    ///
    /// # Errors
    ///
    /// When, for instance, the learning rate is not a positive, finite number.
    fn validate(&self) -> Result<(), Error>;

    /// The learning rate.
    fn learning_rate(&self) -> f64;

    /// Changes the learning rate from the next step on.
    fn set_learning_rate(&mut self, learning_rate: f64);
}

fn check_learning_rate(learning_rate: f64) -> Result<(), Error> {
    Error::check_setting("learning rate", learning_rate, learning_rate > 0.0, "a positive, finite number")
}
