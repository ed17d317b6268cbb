//! Where the pictures come from.

use std::fmt;
use std::path::{Path, PathBuf};

/// A folder with the four files of Fashion-MNIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The one the user gave.
    Given(PathBuf),
    /// Where Debian's package puts the full set.
    Installed(PathBuf),
    /// The part that ships with these examples.
    Shipped(PathBuf),
}

/// Where Debian's package `dataset-fashion-mnist` puts the full set.
const INSTALLED: &str = "/usr/share/datasets/fashion-mnist";

impl Location {
    /// The user's folder if there is one, else the full set if it is installed, else what ships with the examples.
    pub fn find(given: Option<PathBuf>) -> Self {
        match given {
            Some(folder) => Self::Given(folder),
            None if Path::new(INSTALLED).is_dir() => Self::Installed(INSTALLED.into()),
            None => Self::shipped(),
        }
    }

    /// The part that ships with the examples.
    pub fn shipped() -> Self {
        Self::Shipped(Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/fashion-mnist"))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Given(folder) | Self::Installed(folder) | Self::Shipped(folder) => folder,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Given(folder) => write!(f, "{}", folder.display()),
            Self::Installed(folder) => write!(f, "the full set, {}", folder.display()),
            Self::Shipped(_) => write!(
                f,
                "the part that ships with the examples\n      (for all 70,000 images: apt install dataset-fashion-mnist, \
                 or --data DIR with the four files\n      of https://github.com/zalandoresearch/fashion-mnist)"
            ),
        }
    }
}
