//! How rows become numbers.

use super::kind::{Column, Kind, Value};
use super::{Input, Table, TableProblem, Target};
use crate::base::channel::Channel;
use crate::data::{Normalisation, Samples};
use crate::{Error, Real};

/// How the rows of a table become the numbers that a network takes, as [fitted](super::Columns::fit) on the training table.
///
/// It is saved beside the network's weights by [`save_with`](crate::Network::save_with).
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    pub(super) inputs: Vec<Column>,
    pub(super) target: Option<Column>,
    pub(super) missing: Vec<String>,
    /// Of all real numbers of a row.
    pub(super) normalisation: Normalisation,
    /// What the target was divided by.
    pub(super) target_scale: Channel,
}

impl Encoding {
    /// The rows of a table with their targets. `T` is a real number for numbers and categories, `u32` for categories that are an index; `Y`
    /// is `usize` for a category to be told, and a real number for a number.
    ///
    /// # Errors
    ///
    /// When the table has no rows or lacks a column, a value is missing where nothing fills it, a cell is no number where one is
    /// wanted or a category that was not fitted on, or the columns have no input or target of this type.
    pub fn samples<T: Input, Y: Target>(&self, table: &Table) -> Result<Samples<T, Y>, Error> {
        if table.is_empty() {
            return Err(Error::Empty { what: "the table".into() });
        }
        Samples::new(table.len(), self.inputs(table)?, self.targets(table)?)
    }

    /// The rows of a table without targets, one after another: to predict them.
    ///
    /// # Errors
    ///
    /// As of [`samples`](Self::samples).
    pub fn inputs<T: Input>(&self, table: &Table) -> Result<Vec<T>, Error> {
        let columns: Vec<&Column> = self.columns::<T>(&table.cells.name)?;
        let places = columns.iter().map(|column| table.place(&column.name)).collect::<Result<Vec<_>, _>>()?;
        let len = columns.iter().map(|column| T::width(&column.kind)).sum::<usize>();
        let mut numbers = vec![T::default(); table.len() * len];
        for (row, numbers) in table.rows().zip(numbers.chunks_exact_mut(len)) {
            let cells = places.iter().map(|&place| &row.cells[place]);
            self.encode(&columns, cells, numbers)
                .map_err(|(column, problem)| table.fails(Some(row.line), column, problem))?;
        }
        Ok(numbers)
    }

    /// One row, by the names of its columns; others than the inputs are passed over.
    ///
    /// # Errors
    ///
    /// As of [`samples`](Self::samples), or when a column is not there.
    pub fn row<T: Input>(&self, cells: &[(&str, &str)]) -> Result<Vec<T>, Error> {
        let fails = |column: &str, problem| {
            let (table, column) = ("the row".into(), Some(column.into()));
            Error::Table { table, line: None, column, problem }
        };
        let columns = self.columns::<T>("the row")?;
        let cell = |column: &&Column| {
            let found = cells.iter().find(|(name, _)| *name == column.name);
            found.map(|(_, cell)| cell.trim()).ok_or_else(|| {
                let columns = cells.iter().map(|(name, _)| (*name).to_owned()).collect();
                fails(&column.name, TableProblem::NoColumn { columns, nearest: None })
            })
        };
        let cells = columns.iter().map(cell).collect::<Result<Vec<_>, _>>()?;
        let mut numbers = vec![T::default(); columns.iter().map(|column| T::width(&column.kind)).sum()];
        self.encode(&columns, cells.into_iter(), &mut numbers).map_err(|(column, problem)| fails(column, problem))?;
        Ok(numbers)
    }

    /// Count of real numbers that a row becomes: the size of the network's input.
    pub fn input_len(&self) -> usize {
        self.inputs.iter().map(|column| f64::width(&column.kind)).sum()
    }

    /// What each of them is: `mass`, `island=Dream`.
    pub fn input_names(&self) -> Vec<String> {
        let names = |column: &Column| match &column.kind {
            Kind::Number { .. } => vec![column.name.clone()],
            Kind::Category { one_hot: false, .. } => vec![],
            Kind::Category { names, .. } => names.iter().map(|name| format!("{}={name}", column.name)).collect(),
        };
        self.inputs.iter().flat_map(names).collect()
    }

    /// The categories of an input, sorted: as many numbers, or the bound of an index. None where it is a number or no input.
    pub fn categories(&self, input: &str) -> &[String] {
        self.inputs.iter().find(|column| column.name == input).map_or(&[], |column| column.kind.names())
    }

    /// The names of the classes to be told, by label; none where the target is a number.
    pub fn classes(&self) -> &[String] {
        self.target.as_ref().map_or(&[], |target| target.kind.names())
    }

    /// How the real numbers of a row are normalised.
    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
    }

    /// The target that an output of the network stands for, in the column's unit.
    pub fn value<T: Real>(&self, output: T) -> f64 {
        output.to_f64() * self.target_scale.deviation + self.target_scale.mean
    }

    /// The targets of a table.
    pub(super) fn targets<Y: Target>(&self, table: &Table) -> Result<Vec<Y>, Error> {
        let fails = |column, problem| Error::Table { table: table.cells.name.clone(), line: None, column, problem };
        let wrong = || TableProblem::NoColumns { wanted: Y::WHAT };
        let Some(Column { name, kind }) = &self.target else { return Err(fails(None, wrong())) };
        let place = table.place(name)?;
        let target = |row: &super::Row| {
            let value = kind.read(&row.cells[place], &self.missing);
            match value.map_err(|problem| table.fails(Some(row.line), name, problem))? {
                Value::Number(number) => {
                    Ok(Value::Number((number - self.target_scale.mean) / self.target_scale.deviation))
                }
                category => Ok(category),
            }
        };
        let target = |row| target(row).and_then(|value| Y::of(value).ok_or_else(|| fails(Some(name.clone()), wrong())));
        table.rows().map(target).collect()
    }

    /// The columns that become numbers of this type; at least one.
    fn columns<T: Input>(&self, table: &str) -> Result<Vec<&Column>, Error> {
        let columns: Vec<&Column> = self.inputs.iter().filter(|column| T::width(&column.kind) > 0).collect();
        if !columns.is_empty() {
            return Ok(columns);
        }
        let problem = TableProblem::NoColumns { wanted: T::WHAT };
        Err(Error::Table { table: table.into(), line: None, column: None, problem })
    }

    /// Writes the numbers of a row, or tells the column that is wrong.
    fn encode<'c, 'a, T: Input>(
        &self,
        columns: &[&'c Column],
        cells: impl Iterator<Item = &'a str>,
        numbers: &mut [T],
    ) -> Result<(), (&'c str, TableProblem)> {
        let mut rest = &mut *numbers;
        for (Column { name, kind }, cell) in columns.iter().zip(cells) {
            let value = kind.read(cell, &self.missing).map_err(|problem| (name.as_str(), problem))?;
            let (place, after) = rest.split_at_mut(T::width(kind));
            T::write(value, place);
            rest = after;
        }
        T::normalise(self.normalisation.channels(), numbers);
        Ok(())
    }
}
