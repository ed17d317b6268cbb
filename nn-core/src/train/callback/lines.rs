//! A line for every epoch.

use super::{Callback, Run};
use crate::train::{Epoch, Score};
use crate::{Error, Network};

/// Prints a line for every epoch: loss, accuracy, learning rate and speed. Of several outputs the numbers of each stand in brackets.
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
    let mut line = name(epoch.epoch, epochs);
    let mut add = |name: &str, text: Option<String>| text.iter().for_each(|text| line += &format!("  {name} {text}"));
    let (train, validation) = (&epoch.train_outputs, &epoch.validation_outputs);
    add("loss", Some(loss(epoch.train_loss, train)));
    add("right", epoch.train_accuracy.map(|share| right(share, train)));
    add("validation loss", epoch.validation_loss.map(|mean| loss(mean, validation)));
    add("right", epoch.validation_accuracy.map(|share| right(share, validation)));
    add("rate", Some(format!("{:.3e}", epoch.learning_rate)));
    format!("{line}  {:.0} samples/s", epoch.samples_per_second)
}

/// The loss, and that of each of several outputs.
pub(super) fn loss(all: f64, outputs: &[Score]) -> String {
    format!("{all:.4}{}", each(outputs, |score| format!("{:.4}", score.loss)))
}

/// The accuracy; where several outputs have one, that of each.
fn right(first: f64, outputs: &[Score]) -> String {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    match outputs.iter().filter(|score| score.accuracy.is_some()).count() {
        0 | 1 => percent(first),
        _ => format!("{}{}", percent(first), each(outputs, |score| score.accuracy.map_or("–".into(), percent))),
    }
}

/// What is to be said of each of several outputs.
fn each(outputs: &[Score], text: impl Fn(&Score) -> String) -> String {
    let texts: Vec<String> = outputs.iter().map(text).collect();
    if texts.len() > 1 { format!(" ({})", texts.join(", ")) } else { String::new() }
}
