//! A line for every epoch.

use super::{Callback, Run};
use crate::train::Epoch;
use crate::{Error, Network};

/// Prints a line for every epoch: loss, accuracy, learning rate and speed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines;

impl<N: Network> Callback<N> for Lines {
    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        println!("{}", line(run.epochs, epoch));
        Ok(())
    }
}

/// What an epoch is called.
pub(super) fn name(epoch: usize, epochs: usize) -> String {
    let width = epochs.to_string().len();
    format!("epoch {epoch:>width$}/{epochs}")
}

/// What is left of an epoch.
pub(super) fn line(epochs: usize, epoch: &Epoch) -> String {
    let mut line = format!("{}  loss {:.4}", name(epoch.epoch, epochs), epoch.train_loss);
    let mut add = |name: &str, text: Option<String>| text.iter().for_each(|text| line += &format!("  {name} {text}"));
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    add("right", epoch.train_accuracy.map(percent));
    add("validation loss", epoch.validation_loss.map(|loss| format!("{loss:.4}")));
    add("right", epoch.validation_accuracy.map(percent));
    add("rate", Some(format!("{:.3e}", epoch.learning_rate)));
    format!("{line}  {:.0} samples/s", epoch.samples_per_second)
}
