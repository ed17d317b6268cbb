//! A bar for every epoch.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::lines::{line, loss, name};
use super::{Callback, Run};
use crate::train::{Epoch, History, Step};
use crate::{Error, Network};

/// Draws a bar of the epoch with its loss, learning rate, speed and the time that is left of it, and prints a line for each that is
/// done. Where standard error is no terminal there are only the lines.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// On the terminal.
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{prefix}  {bar:24.cyan/dim} {pos:>5}/{len}  {eta:>4}  {msg}")
            .expect("the template is a constant")
            .progress_chars("██░");
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style);
        Self { bar }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl<N: Network> Callback<N> for Progress {
    fn step(&mut self, run: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
        if self.bar.is_hidden() {
            return Ok(());
        }
        if step.step == 1 {
            self.bar.reset();
            self.bar.set_length(step.of as u64);
            self.bar.set_prefix(name(step.epoch, run.epochs));
        }
        let Step { mean_loss, learning_rate, samples_per_second, .. } = *step;
        let loss = loss(mean_loss, run.scores);
        self.bar.set_message(format!("loss {loss}  rate {learning_rate:.3e}  {samples_per_second:.0} samples/s"));
        self.bar.set_position(step.samples as u64);
        Ok(())
    }

    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        self.bar.suspend(|| println!("{}", line(run.epochs, epoch)));
        Ok(())
    }

    fn end(&mut self, _: &mut Run<'_, N>, _: &History) -> Result<(), Error> {
        self.bar.finish_and_clear();
        Ok(())
    }
}
