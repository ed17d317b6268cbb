//! A table of the epochs in a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::{Callback, Run};
use crate::train::{Epoch, Score};
use crate::{Error, Network};

/// Writes a line of comma-separated values for each epoch, so that a spreadsheet or a script can draw the curves. What is not measured
/// is left empty. Of several outputs, losses and accuracies of each follow at the end of a line: `train_loss_0` and on.
#[derive(Debug)]
pub struct CsvLog {
    path: PathBuf,
    file: Option<File>,
}

pub(super) const HEAD: &str =
    "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds,samples_per_second";

impl CsvLog {
    /// Writes to this file, which begins anew, unless the run goes on after its first epoch.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), file: None }
    }

    pub(super) fn write(&mut self, epoch: &Epoch) -> Result<(), Error> {
        let is_first = epoch.epoch == 1;
        let file = match &mut self.file {
            Some(file) if !is_first => file,
            _ => {
                let mut options = OpenOptions::new();
                let options = options.create(true).write(true).truncate(is_first).append(!is_first);
                let file = options.open(&self.path).map_err(|source| Error::io(&self.path, "create", source))?;
                self.file.insert(file)
            }
        };
        let number = |number: Option<f64>| number.map_or(String::new(), |number| number.to_string());
        let mut measured = vec![
            Some(epoch.train_loss),
            epoch.train_accuracy,
            epoch.validation_loss,
            epoch.validation_accuracy,
            Some(epoch.learning_rate),
            Some(epoch.seconds),
            Some(epoch.samples_per_second),
        ];
        let mut line = if is_first { HEAD.to_owned() } else { String::new() };
        let mut outputs = |kind: &str, scores: &[Score]| {
            for (i, score) in scores.iter().enumerate().filter(|_| scores.len() > 1) {
                measured.extend([Some(score.loss), score.accuracy]);
                if is_first {
                    line += &format!(",{kind}_loss_{i},{kind}_accuracy_{i}");
                }
            }
        };
        outputs("train", &epoch.train_outputs);
        outputs("validation", &epoch.validation_outputs);
        if is_first {
            line += "\n";
        }
        let numbers: Vec<String> = measured.into_iter().map(number).collect();
        line += &format!("{},{}\n", epoch.epoch, numbers.join(","));
        file.write_all(line.as_bytes()).map_err(|source| Error::io(&self.path, "write", source))
    }
}

impl<N: Network> Callback<N> for CsvLog {
    fn epoch(&mut self, _: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        self.write(epoch)
    }
}
