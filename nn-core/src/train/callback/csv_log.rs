//! A table of the epochs in a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::{Callback, Run};
use crate::train::Epoch;
use crate::{Error, Network};

/// Writes a line of comma-separated values for each epoch, so that a spreadsheet or a script can draw the curves. What is not measured
/// is left empty.
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
        let measured = [
            Some(epoch.train_loss),
            epoch.train_accuracy,
            epoch.validation_loss,
            epoch.validation_accuracy,
            Some(epoch.learning_rate),
            Some(epoch.seconds),
            Some(epoch.samples_per_second),
        ];
        let mut line = if is_first { format!("{HEAD}\n") } else { String::new() };
        line += &format!("{},{}\n", epoch.epoch, measured.map(number).join(","));
        file.write_all(line.as_bytes()).map_err(|source| Error::io(&self.path, "write", source))
    }
}

impl<N: Network> Callback<N> for CsvLog {
    fn epoch(&mut self, _: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        self.write(epoch)
    }
}
