//! What can be wrong with a table.

use core::fmt;

/// Names that a message lists.
const LISTED: usize = 20;

/// Why a table cannot be read or encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableProblem {
    /// It is not text in UTF-8.
    NoText,
    /// A row that has not a cell for each column.
    Cells {
        /// Count of columns.
        expected: usize,
        /// Count of the row's cells.
        found: usize,
    },
    /// A column that is named twice.
    Twice,
    /// There is no column of this name.
    NoColumn {
        /// The columns that there are.
        columns: Vec<String>,
        /// The one whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// A cell is empty, or says that its value is missing.
    Missing,
    /// A cell that is no finite number.
    Number {
        /// What it is.
        found: String,
    },
    /// A category that the table which was fitted on did not have.
    Category {
        /// What the cell is.
        found: String,
        /// The categories.
        known: Vec<String>,
    },
    /// So many categories that each cannot have a number of its own.
    Categories {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A column that cannot be filled in this way.
    Fill {
        /// Why not.
        reason: &'static str,
    },
    /// Columns of which none becomes what is wanted.
    NoColumns {
        /// What is wanted.
        wanted: &'static str,
    },
}

impl fmt::Display for TableProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoText => write!(f, "not text in UTF-8; save the file as UTF-8"),
            Self::Cells { expected, found } => {
                write!(f, "expected {expected} cells, one for each column, found {found}")
            }
            Self::Twice => write!(f, "there is more than one column of this name; give each another"),
            Self::NoColumn { columns, nearest } => {
                write!(f, "there is no such column")?;
                nearest.iter().try_for_each(|nearest| write!(f, "; did you mean {nearest:?}?"))?;
                write!(f, "{} The columns are {}", if nearest.is_some() { "" } else { "." }, list(columns))
            }
            Self::Missing => write!(f, "the value is missing; leave out the row, or let the column be filled"),
            Self::Number { found } => write!(f, "expected a finite number, found {found:?}"),
            Self::Category { found, known } => {
                write!(f, "the category {found:?} was not in the table that was fitted on; known are {}", list(known))
            }
            Self::Categories { found, limit } => write!(
                f,
                "{found} categories, but at most {limit} get a number each; let them be an index, for an embedding, or is it a \
                 column of numbers or names?"
            ),
            Self::Fill { reason } => write!(f, "cannot be filled: {reason}"),
            Self::NoColumns { wanted } => write!(f, "none of the columns becomes {wanted}"),
        }
    }
}

fn list(names: &[String]) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for (i, name) in names.iter().take(LISTED).enumerate() {
            write!(f, "{}{name:?}", if i > 0 { ", " } else { "" })?;
        }
        if names.len() > LISTED { write!(f, " and {} more", names.len() - LISTED) } else { Ok(()) }
    })
}
