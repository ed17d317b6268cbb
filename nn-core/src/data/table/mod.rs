//! Tables with named columns, and how they become numbers.
//!
//! A [`Table`] holds the cells of a CSV file, [`Columns`] say which of them are inputs and targets, and what is fitted on the training
//! part is an [`Encoding`]: it encodes other parts, other files and single rows alike, and is saved beside the weights.
//!
//! ```
//! use nn_core::data::{Columns, Encoding, Samples, Table};
//! use nn_core::{Adam, Network, Trainer, evaluate, network};
//!
//! network! {
//!     // Two numbers, and a category of three.
//!     struct Birds = [5] -> affine(8) -> relu -> affine(2) -> softmax;
//! }
//!
//! # let folder = std::env::temp_dir().join("nn-core-table-doc");
//! # std::fs::create_dir_all(&folder)?;
//! # let (path, weights) = (folder.join("birds.csv"), folder.join("birds.safetensors"));
//! let csv = "bill,mass,island,species
//! 39.1,3750,Torgersen,Adelie
//! 46.1,4500,Biscoe,Gentoo
//! 37.8,NA,Biscoe,Adelie
//! 50.0,5700,Dream,Gentoo";
//! std::fs::write(&path, csv)?;
//!
//! let table = Table::read(&path)?;
//! let columns = Columns::new().numbers(["bill", "mass"]).category("island").target_category("species");
//! let encoding = columns.missing(["NA"]).fill_mean(["mass"]).fit(&table)?;
//! let data: Samples<f32, usize> = encoding.samples(&table)?;
//!
//! let mut net = Birds::new(1);
//! Trainer::new(Adam::new(0.05)).epochs(50).fit(&mut net, &data)?;
//! net.save_with(&weights, &encoding)?;
//!
//! let (net, encoding) = (Birds::load(&weights)?, Encoding::load(&weights)?);
//! let bird: Vec<f32> = encoding.row(&[("bill", "38.5"), ("mass", "3600"), ("island", "Dream")])?;
//! let probabilities = net.predict(&nn_core::Batch::from_slice(&bird)?)?;
//! assert_eq!(encoding.classes()[nn_core::argmax(probabilities.sample(0))], "Adelie");
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod csv;
mod encoding;
mod fit;
mod kind;
mod problem;
mod saved;
#[cfg(test)]
mod tests;

pub use columns::Columns;
pub use csv::Csv;
pub use encoding::Encoding;
pub use kind::{Input, Target};
pub use problem::TableProblem;

use std::path::Path;
use std::sync::Arc;

use nn_files::edit_distance;

use super::selection::{Selection, selected};
use crate::Error;

/// The cells of a file, as text, in columns with names.
///
/// Parts of a table share its cells; to split or shuffle moves only the indices of its rows.
#[derive(Clone, Debug)]
pub struct Table {
    cells: Arc<Cells>,
    selection: Selection,
}

#[derive(Debug)]
struct Cells {
    /// The file, for messages.
    name: String,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// A row of the file, and the line where it begins.
#[derive(Debug)]
struct Row {
    line: u64,
    cells: ::csv::StringRecord,
}

selected!([] Table);

impl Table {
    /// Reads a CSV file whose first line names the columns; cells are separated by commas, and quoted where they hold one. [`Csv`] reads
    /// others.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not text in UTF-8, has no rows, two columns of one name, or a row with more or fewer cells
    /// than there are names.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Csv::new().read(path)
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.cells.columns
    }

    /// The cells of a column, row by row.
    ///
    /// # Errors
    ///
    /// When there is no such column.
    pub fn column(&self, name: &str) -> Result<impl ExactSizeIterator<Item = &str>, Error> {
        let place = self.place(name)?;
        Ok(self.rows().map(move |row| &row.cells[place]))
    }

    /// The rows in which a cell is as wanted: to leave out those whose target is missing.
    ///
    /// # Errors
    ///
    /// When there is no such column.
    pub fn filter(mut self, column: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let (place, rows) = (self.place(column)?, &self.cells.rows);
        self.selection.retain(|row| is_wanted(&rows[row].cells[place]));
        Ok(self)
    }

    fn new(cells: Cells) -> Self {
        Self { selection: Selection::all(cells.rows.len()), cells: cells.into() }
    }

    fn rows(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.selection.iter().map(|row| &self.cells.rows[row])
    }

    /// Where a column is.
    fn place(&self, column: &str) -> Result<usize, Error> {
        let columns = &self.cells.columns;
        columns.iter().position(|name| name == column).ok_or_else(|| {
            let nearest = columns.iter().min_by_key(|name| edit_distance(name, column));
            let nearest = nearest.filter(|name| edit_distance(name, column) <= column.len() / 2).cloned();
            self.fails(None, column, TableProblem::NoColumn { columns: columns.clone(), nearest })
        })
    }

    fn fails(&self, line: Option<u64>, column: &str, problem: TableProblem) -> Error {
        Error::Table { table: self.cells.name.clone(), line, column: Some(column.into()), problem }
    }
}
