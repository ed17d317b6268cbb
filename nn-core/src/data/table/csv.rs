//! Reads CSV.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use ::csv::{ErrorKind, Position, ReaderBuilder, Trim};

use super::{Cells, Row, Table, TableProblem};
use crate::Error;

/// How a CSV file is read: by commas, and with the columns' names in the first line, unless told otherwise. Spaces around cells do not
/// count.
///
/// ```no_run
/// use nn_core::data::Csv;
///
/// let wine = Csv::new().separator(b';').read("winequality.csv")?;
/// let iris = Csv::new().names(["sepal length", "sepal width", "petal length", "petal width", "species"]).read("iris.data")?;
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    separator: u8,
    names: Option<Vec<String>>,
}

impl Default for Csv {
    fn default() -> Self {
        Self { separator: b',', names: None }
    }
}

impl Csv {
    /// Commas, and names in the first line.
    pub fn new() -> Self {
        Self::default()
    }

    /// What separates cells: `b';'`, `b'\t'`.
    pub fn separator(mut self, separator: u8) -> Self {
        self.separator = separator;
        self
    }

    /// The names of the columns of a file that has only data.
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// As of [`Table::read`].
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let file = fs::read(path).map_err(|error| Error::io(path, "read", error))?;
        let mut builder = ReaderBuilder::new();
        builder.delimiter(self.separator).trim(Trim::All).has_headers(self.names.is_none());
        let mut reader = builder.from_reader(&file[..]);
        let told = |error| failed(&name, &file, error);
        let columns = match &self.names {
            Some(names) => names.clone(),
            None => reader.headers().map_err(told)?.iter().map(str::to_owned).collect(),
        };
        check_names(&name, &columns)?;
        let mut rows = Vec::new();
        for cells in reader.into_records() {
            let cells = cells.map_err(told)?;
            let line = cells.position().map_or(0, |start| line(&file, start));
            if cells.len() != columns.len() {
                let problem = TableProblem::Cells { expected: columns.len(), found: cells.len() };
                return Err(Error::Table { table: name, line: Some(line), column: None, problem });
            }
            rows.push(Row { line, cells });
        }
        if rows.is_empty() {
            return Err(Error::Empty { what: name });
        }
        Ok(Table::new(Cells { name, columns, rows }))
    }
}

fn check_names(table: &str, names: &[String]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => {
            let (table, column) = (table.to_owned(), Some(twice.clone()));
            Err(Error::Table { table, line: None, column, problem: TableProblem::Twice })
        }
        None => Ok(()),
    }
}

fn failed(table: &str, file: &[u8], error: ::csv::Error) -> Error {
    let line = error.position().map(|start| line(file, start));
    let problem = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            TableProblem::Cells { expected: *expected_len as usize, found: *len as usize }
        }
        _ => TableProblem::NoText,
    };
    Error::Table { table: table.into(), line, column: None, problem }
}

/// The line where a row begins, after the empty lines before it, which are taken for a part of it.
fn line(file: &[u8], start: &Position) -> u64 {
    let rest = file.get(start.byte() as usize..).unwrap_or(&[]);
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    start.line() + empty.count() as u64
}
