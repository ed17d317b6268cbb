//! What can be wrong with a search.

use core::fmt;

/// Why a search cannot be run as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchProblem {
    /// A space without parameters.
    Empty,
    /// Two parameters of one name.
    Twice {
        /// The name.
        name: String,
    },
    /// A range that nothing can be drawn from.
    Range {
        /// The parameter.
        name: String,
        /// Its range.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A parameter that is asked for and is not in the space, or is of another kind.
    Unknown {
        /// Its name, and the kind that is asked for.
        asked: String,
        /// The parameters that there are.
        parameters: Vec<String>,
    },
}

impl fmt::Display for SearchProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the space to search has no parameters; give it some: `Space::new().uniform(…)`"),
            Self::Twice { name } => {
                write!(f, "the space to search has two parameters `{name}`; give them names of their own")
            }
            Self::Range { name, found, allowed } => {
                write!(f, "the range of `{name}` is {found}, but must be {allowed}")
            }
            Self::Unknown { asked, parameters } => {
                write!(f, "the space to search has no {asked}; its parameters are {}", parameters.join(", "))
            }
        }
    }
}
