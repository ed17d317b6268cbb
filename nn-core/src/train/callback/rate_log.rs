//! The learning rates of all steps.

use super::{Callback, Run};
use crate::train::Step;
use crate::{Error, Network};

/// Notes the learning rate of every step, to look at a schedule: `.callback(&mut log)`. That of every epoch is in the
/// [history](crate::train::History).
#[derive(Clone, Debug, Default)]
pub struct RateLog {
    /// The rates, the first first.
    pub rates: Vec<f64>,
}

impl<N: Network> Callback<N> for RateLog {
    fn step(&mut self, _: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
        self.rates.push(step.learning_rate);
        Ok(())
    }
}
