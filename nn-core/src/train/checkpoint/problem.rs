//! What can be wrong with a checkpoint.

use core::fmt;

/// Why training cannot go on from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointProblem {
    /// Weights alone, or something else.
    NoCheckpoint,
    /// Written by a newer library.
    Newer {
        /// The version of its format.
        found: u64,
        /// The newest one that is known.
        known: u64,
    },
    /// Something that is not that of the run that was saved: the network, the optimizer, the seed, …
    Differs {
        /// What it is.
        what: String,
        /// That of the checkpoint.
        saved: String,
        /// That of this run.
        found: String,
    },
    /// A part of it that is missing, or not what it should be.
    Damaged {
        /// The part.
        what: String,
    },
}

impl fmt::Display for CheckpointProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCheckpoint => {
                write!(f, "no checkpoint; `Network::load` loads weights, and `Trainer::save` writes checkpoints")
            }
            Self::Newer { found, known } => write!(
                f,
                "a checkpoint of format {found}, and this library knows formats up to {known}; use a newer nn-core"
            ),
            Self::Differs { what, saved, found } => {
                write!(f, "the {what} of the checkpoint is {saved}, but that of this run {found}; go on with the same")
            }
            Self::Damaged { what } => write!(f, "the checkpoint has no valid {what}; take another one"),
        }
    }
}
