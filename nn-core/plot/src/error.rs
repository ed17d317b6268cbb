//! What can go wrong.

use std::path::PathBuf;

use thiserror::Error;

/// Why a picture was not saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The name of the file says no format.
    #[error("{}: the name of a picture ends in .svg or .png", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// There is nothing to draw, or numbers that do not fit together.
    #[error("{title}: {reason}")]
    Content {
        /// The title of the picture.
        title: String,
        /// What is wrong.
        reason: String,
    },
}

impl PlotError {
    /// Content of the picture with this title that cannot be drawn.
    pub(crate) fn content(title: &str, reason: impl ToString) -> Self {
        Self::Content { title: title.into(), reason: reason.to_string() }
    }
}
