//! How the learning rate changes while a network learns.
//!
//! A [`Schedule`] gives a factor of the optimizer's learning rate for every step, or for every epoch. A closure from the number of
//! the step to the factor is a schedule too.
//!
//! ```
//! use nn_core::train::schedule::{Cosine, Every, WarmUp};
//! use nn_core::{Adam, Trainer, network};
//! # use nn_core::data::Samples;
//!
//! network! {
//!     struct Small = [2] -> affine(3) -> softmax;
//! }
//!
//! # let data = Samples::new(2, vec![0.0_f32, 0.0, 0.0, 1.0], vec![0, 1])?;
//! // The rate rises for 5 steps and falls for 95.
//! let schedule = WarmUp::new(5, Cosine::new(95));
//! let mut trainer = Trainer::new(Adam::new(0.001)).epochs(100).schedule(Every::Step, schedule);
//! # trainer.fit(&mut Small::new(1), &data)?;
//! # use nn_core::Network;
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! In a loop of one's own an optimizer is told the factor:
//!
//! ```
//! use nn_core::Adam;
//! use nn_core::train::schedule::{Exponential, Schedule};
//!
//! let schedule = Exponential::new(0.9);
//! let mut adam = Adam::<f32>::new(0.001);
//! for epoch in 0..10 {
//!     adam.set_factor(schedule.factor(epoch));
//!     // …
//! }
//! assert!((adam.learning_rate() - 0.001 * 0.9_f64.powi(9)).abs() < 1e-12);
//! ```

mod cosine;
mod one_cycle;
mod plateau;
#[cfg(test)]
mod tests;
mod warm_up;

pub use cosine::Cosine;
pub use one_cycle::OneCycle;
pub use plateau::Plateau;
pub use warm_up::WarmUp;

use crate::Error;

/// When a schedule goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// After every step of the optimizer.
    Step,
    /// After every epoch.
    Epoch,
}

/// A factor of the learning rate for every step, or for every epoch.
pub trait Schedule: Send {
    /// The factor at a step or epoch, the first of which is zero.
    fn factor(&self, at: u64) -> f64;

    /// Is told the loss of each epoch: that of the validation set, or of the training set where there is none.
    fn observe(&mut self, _loss: f64) {}

    /// The steps or epochs after which the schedule is over, if it is meant for so many. A run that is shorter is refused.
    fn length(&self) -> Option<u64> {
        None
    }

    /// Fails when a setting is out of range.
    ///
    /// # Errors
    ///
    /// When, for instance, a factor is not a positive, finite number.
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What it remembers of the losses, for a checkpoint.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Remembers again what [`state`](Self::state) gave.
    fn restore(&mut self, _state: &[f64]) {}
}

impl<F: Fn(u64) -> f64 + Send> Schedule for F {
    fn factor(&self, at: u64) -> f64 {
        self(at)
    }
}

/// Always the same: 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&self, _: u64) -> f64 {
        1.0
    }
}

/// `factorᵏ` after `k` times so many steps or epochs, as PyTorch's `StepLR`.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    every: u64,
    factor: f64,
}

impl Steps {
    /// The rate is multiplied by `factor`, a positive number, after `every` so many, one or more.
    pub fn new(every: u64, factor: f64) -> Self {
        Self { every, factor }
    }
}

impl Schedule for Steps {
    fn factor(&self, at: u64) -> f64 {
        self.factor.powf((at / self.every.max(1)) as f64)
    }

    fn validate(&self) -> Result<(), Error> {
        check_length(self.every)?;
        check_factor(self.factor)
    }
}

/// `factorᵗ` at step or epoch `t`, as PyTorch's `ExponentialLR`.
#[derive(Clone, Copy, Debug)]
pub struct Exponential {
    factor: f64,
}

impl Exponential {
    /// The rate is multiplied by `factor`, a positive number, each time.
    pub fn new(factor: f64) -> Self {
        Self { factor }
    }
}

impl Schedule for Exponential {
    fn factor(&self, at: u64) -> f64 {
        self.factor.powf(at as f64)
    }

    fn validate(&self) -> Result<(), Error> {
        check_factor(self.factor)
    }
}

/// From `start` at the share 0 to `end` at the share 1, by half a period of the cosine.
fn cosine(start: f64, end: f64, share: f64) -> f64 {
    end + (start - end) * (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
}

fn check_factor(factor: f64) -> Result<(), Error> {
    Error::check_setting("factor of a schedule", factor, factor > 0.0, "a positive, finite number")
}

fn check_least(least: f64) -> Result<(), Error> {
    Error::check_setting("least factor of a schedule", least, (0.0..=1.0).contains(&least), "from 0 to 1")
}

fn check_length(length: u64) -> Result<(), Error> {
    Error::check_count("length of a schedule", length as usize)
}
