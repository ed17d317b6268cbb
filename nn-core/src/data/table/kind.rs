//! What the cells of a column become.

use super::TableProblem;
use crate::Real;
use crate::base::channel::{Channel, normalise};
use crate::base::memory::Zeroable;

/// A column, and all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// What a cell stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Number { fill: Option<f64> },
    Category { names: Vec<String>, fill: Option<usize>, one_hot: bool },
}

/// A cell that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    Category(usize),
}

impl Kind {
    /// Reads a cell; names of categories are sorted.
    pub fn read(&self, cell: &str, missing: &[String]) -> Result<Value, TableProblem> {
        let is_missing = is_missing(cell, missing);
        match self {
            Self::Number { fill } if is_missing => fill.map(Value::Number).ok_or(TableProblem::Missing),
            Self::Category { fill, .. } if is_missing => fill.map(Value::Category).ok_or(TableProblem::Missing),
            Self::Number { .. } => number(cell).map(Value::Number),
            Self::Category { names, .. } => match names.binary_search_by(|name| name.as_str().cmp(cell)) {
                Ok(category) => Ok(Value::Category(category)),
                Err(_) => Err(TableProblem::Category { found: cell.into(), known: names.clone() }),
            },
        }
    }

    /// The names of the categories; none of a number.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Number { .. } => &[],
            Self::Category { names, .. } => names,
        }
    }
}

/// Whether a cell says nothing.
pub fn is_missing(cell: &str, missing: &[String]) -> bool {
    cell.is_empty() || missing.iter().any(|word| word == cell)
}

/// The finite number in a cell.
pub fn number(cell: &str) -> Result<f64, TableProblem> {
    let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| TableProblem::Number { found: cell.into() })
}

/// The numbers of an input: real ones for numbers and categories, `u32` for categories that are an index.
pub trait Input: Zeroable + Default {
    /// What they are, in messages.
    #[doc(hidden)]
    const WHAT: &'static str;

    /// How many a cell of this kind becomes.
    #[doc(hidden)]
    fn width(kind: &Kind) -> usize;

    /// Writes so many, in the place of zeros.
    #[doc(hidden)]
    fn write(value: Value, to: &mut [Self]);

    /// Normalises all numbers of a row.
    #[doc(hidden)]
    fn normalise(channels: &[Channel], row: &mut [Self]);
}

impl<T: Real + Default> Input for T {
    const WHAT: &'static str = "an input of numbers";

    fn width(kind: &Kind) -> usize {
        match kind {
            Kind::Number { .. } => 1,
            Kind::Category { names, one_hot, .. } => names.len() * usize::from(*one_hot),
        }
    }

    fn write(value: Value, to: &mut [Self]) {
        match value {
            Value::Number(number) => to.fill(T::from_f64(number)),
            Value::Category(category) => to[category] = T::ONE,
        }
    }

    fn normalise(channels: &[Channel], row: &mut [Self]) {
        normalise(channels, row);
    }
}

impl Input for u32 {
    const WHAT: &'static str = "an input of whole numbers";

    fn width(kind: &Kind) -> usize {
        usize::from(matches!(kind, Kind::Category { one_hot: false, .. }))
    }

    fn write(value: Value, to: &mut [Self]) {
        if let Value::Category(category) = value {
            to.fill(category as u32);
        }
    }

    fn normalise(_: &[Channel], _: &mut [Self]) {}
}

/// A target: `usize` for the label of a category, a real number for a number.
pub trait Target: Copy + Default + Send + Sync {
    /// What it is, in messages.
    #[doc(hidden)]
    const WHAT: &'static str;

    /// The target, if it is of this type.
    #[doc(hidden)]
    fn of(value: Value) -> Option<Self>;
}

impl Target for usize {
    const WHAT: &'static str = "labels, which want `target_category`";

    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Number(_) => None,
            Value::Category(category) => Some(category),
        }
    }
}

impl<T: Real + Default> Target for T {
    const WHAT: &'static str = "numbers to be learnt, which want `target`";

    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) => Some(T::from_f64(number)),
            Value::Category(_) => None,
        }
    }
}
