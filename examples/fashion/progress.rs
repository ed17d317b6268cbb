//! The bar of an epoch, and the line that stays of it.

use indicatif::{ProgressBar, ProgressStyle};
use nn_core::train::{Epoch, Observer, Step};

/// Shows a training in the terminal. Where there is none, only the lines of the epochs are written.
pub struct Progress {
    bar: ProgressBar,
    epochs: usize,
}

impl Progress {
    /// For `epochs` times `samples`.
    pub fn new(epochs: usize, samples: usize) -> Self {
        let style = ProgressStyle::with_template("{prefix}  {bar:30.cyan/dim} {pos:>5}/{len}  {msg}")
            .expect("the template is a constant")
            .progress_chars("██░");
        Self { bar: ProgressBar::new(samples as u64).with_style(style), epochs }
    }

    fn name(&self, epoch: usize) -> String {
        let width = self.epochs.to_string().len();
        format!("epoch {epoch:>width$}/{}", self.epochs)
    }
}

impl Observer for Progress {
    fn step(&mut self, step: &Step) {
        if step.step == 1 {
            self.bar.reset();
            self.bar.set_prefix(self.name(step.epoch));
        }
        self.bar.set_message(format!("loss {:.4}  {:.0} samples/s", step.mean_loss, step.samples_per_second));
        self.bar.set_position(step.samples as u64);
        if step.step == step.steps {
            self.bar.set_message("testing");
        }
    }

    fn epoch(&mut self, epoch: &Epoch) {
        self.bar.finish_and_clear();
        println!(
            "{}  loss {:.4}  train {}  test {}  {:.0} samples/s",
            self.name(epoch.epoch),
            epoch.train_loss,
            percent(epoch.train_accuracy),
            percent(epoch.validation_accuracy),
            epoch.samples_per_second
        );
    }
}

/// A share as people read it.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.2} %", 100.0 * share))
}
