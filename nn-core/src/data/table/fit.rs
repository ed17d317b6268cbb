//! What is learnt from the training table: categories, what fills gaps, means and deviations.

use std::collections::BTreeMap;

use super::columns::{Columns, Fill, Wanted};
use super::kind::{Column, Kind, is_missing, number};
use super::{Encoding, Input, Table, TableProblem};
use crate::Error;
use crate::base::channel::Channel;
use crate::data::{Normalisation, Samples};

/// The most categories that get a number each.
const MOST: usize = 1024;

impl Columns {
    /// Fits an encoding on a table: on the training part, so that nothing is learnt from others.
    ///
    /// # Errors
    ///
    /// When the table has no rows or no such column, a column is named twice, a value is missing where nothing fills it, a cell is no
    /// number where one is wanted, a category would become more than 1024 numbers, or a column cannot be filled as it should.
    pub fn fit(&self, table: &Table) -> Result<Encoding, Error> {
        if table.is_empty() {
            return Err(Error::Empty { what: "the table that is fitted on".into() });
        }
        self.check(table)?;
        let column = |(name, wanted): &(String, Wanted)| self.column(table, name, *wanted);
        let inputs = self.inputs.iter().map(column).collect::<Result<_, _>>()?;
        let target = self.target.as_ref().map(column).transpose()?;
        let mut encoding = Encoding {
            inputs,
            target,
            missing: self.missing.clone(),
            normalisation: Normalisation::unit(),
            target_scale: Channel::UNIT,
        };
        if self.scales_target {
            let targets = Samples::new(table.len(), encoding.targets::<f64>(table)?, vec![(); table.len()])?;
            encoding.target_scale = targets.fit_normalisation(1)?.channels()[0];
        }
        encoding.normalisation = normalisation(&encoding, table)?;
        Ok(encoding)
    }

    /// Fails where a column is named twice, or one is to be filled that is no input.
    fn check(&self, table: &Table) -> Result<(), Error> {
        let inputs = || self.inputs.iter().map(|(name, _)| name);
        let names: Vec<&String> = inputs().chain(self.target.iter().map(|(name, _)| name)).collect();
        if let Some((_, name)) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            return Err(table.fails(None, name, TableProblem::Twice));
        }
        match self.fills.iter().find(|(name, _)| !inputs().any(|input| input == name)) {
            Some((name, _)) => Err(table.fails(None, name, TableProblem::Fill { reason: "it is not an input" })),
            None => Ok(()),
        }
    }

    fn column(&self, table: &Table, name: &str, wanted: Wanted) -> Result<Column, Error> {
        let fill = self.fills.iter().rev().find(|(column, _)| column == name).map(|(_, fill)| fill);
        let kind = match wanted {
            Wanted::Number => self.number_kind(table, name, fill),
            Wanted::OneHot | Wanted::Index => self.category_kind(table, name, fill, wanted == Wanted::OneHot),
        };
        Ok(Column { name: name.into(), kind: kind? })
    }

    fn number_kind(&self, table: &Table, name: &str, fill: Option<&Fill>) -> Result<Kind, Error> {
        let fill = match fill {
            None => None,
            Some(Fill::Value(value)) => Some(number(value).map_err(|problem| table.fails(None, name, problem))?),
            Some(Fill::Mean) => {
                let numbers = self.numbers_of(table, name)?;
                Some(numbers.iter().sum::<f64>() / numbers.len() as f64)
            }
            Some(Fill::MostFrequent) => {
                let mut numbers = self.numbers_of(table, name)?;
                numbers.sort_by(f64::total_cmp);
                most_frequent(numbers.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len())))
            }
        };
        Ok(Kind::Number { fill })
    }

    /// The numbers that are there; at least one.
    fn numbers_of(&self, table: &Table, name: &str) -> Result<Vec<f64>, Error> {
        let numbers = self.present(table, name)?;
        let numbers =
            numbers.map(|(line, cell)| number(cell).map_err(|problem| table.fails(Some(line), name, problem)));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        if numbers.is_empty() { Err(nothing_there(table, name)) } else { Ok(numbers) }
    }

    fn category_kind(&self, table: &Table, name: &str, fill: Option<&Fill>, one_hot: bool) -> Result<Kind, Error> {
        let mut counts = BTreeMap::<&str, usize>::new();
        self.present(table, name)?.for_each(|(_, cell)| *counts.entry(cell).or_default() += 1);
        let fill = match fill {
            None => None,
            Some(Fill::Value(value)) => Some(value.as_str()),
            Some(Fill::MostFrequent) => most_frequent(counts.iter().map(|(name, count)| (*name, *count))),
            Some(Fill::Mean) => {
                return Err(table.fails(None, name, TableProblem::Fill { reason: "categories have no mean" }));
            }
        };
        if let Some(fill) = fill {
            counts.entry(fill).or_default();
        }
        let names: Vec<String> = counts.keys().map(|&name| name.to_owned()).collect();
        if names.is_empty() {
            return Err(nothing_there(table, name));
        }
        if one_hot && names.len() > MOST {
            return Err(table.fails(None, name, TableProblem::Categories { found: names.len(), limit: MOST }));
        }
        let fill = fill.and_then(|fill| names.iter().position(|name| name == fill));
        Ok(Kind::Category { names, fill, one_hot })
    }

    /// The cells of a column that are not missing, and their lines.
    fn present<'t>(&self, table: &'t Table, name: &str) -> Result<impl Iterator<Item = (u64, &'t str)>, Error> {
        let place = table.place(name)?;
        let cells = table.rows().map(move |row| (row.line, &row.cells[place]));
        Ok(cells.filter(|(_, cell)| !is_missing(cell, &self.missing)))
    }
}

fn nothing_there(table: &Table, name: &str) -> Error {
    table.fails(None, name, TableProblem::Fill { reason: "all its values are missing" })
}

/// The first of those that come most often.
fn most_frequent<T>(counts: impl Iterator<Item = (T, usize)>) -> Option<T> {
    let first_most = |most: (T, usize), next: (T, usize)| if next.1 > most.1 { next } else { most };
    counts.reduce(first_most).map(|(value, _)| value)
}

/// Of all numbers that a row becomes; those of categories are 0 and 1, and stay so.
fn normalisation(encoding: &Encoding, table: &Table) -> Result<Normalisation, Error> {
    let len = encoding.input_len();
    if len == 0 {
        return Ok(Normalisation::unit());
    }
    let rows = Samples::new(table.len(), encoding.inputs::<f64>(table)?, vec![(); table.len()])?;
    let fitted = rows.fit_normalisation(len)?;
    let kinds = encoding.inputs.iter().flat_map(|column| vec![&column.kind; f64::width(&column.kind)]);
    let channels = kinds.zip(fitted.channels()).map(|(kind, channel)| match kind {
        Kind::Number { .. } => (channel.mean, channel.deviation),
        Kind::Category { .. } => (0.0, 1.0),
    });
    Normalisation::standard(&channels.collect::<Vec<_>>())
}
