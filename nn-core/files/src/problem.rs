//! What can be wrong with a weights file.

use core::fmt;

/// Why a weights file cannot be loaded into a network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightsProblem {
    /// Something else in the place of a weights file.
    Foreign {
        /// What it is.
        what: Foreign,
    },
    /// Shorter than its own header says.
    Truncated {
        /// Bytes it should have at least.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// More bytes than its header accounts for.
    Trailing {
        /// Bytes it should have.
        expected: u64,
    },
    /// A header longer than any may be.
    HeaderLength {
        /// Bytes it claims.
        found: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// A header that describes more tensors, or in more words, than any file for this network needs.
    HeaderTensors {
        /// Bytes that are allowed.
        limit: u64,
    },
    /// A header that is not a table of tensors.
    Header {
        /// What is wrong.
        reason: String,
    },
    /// Damaged gz data.
    Gzip {
        /// What the decoder says.
        reason: String,
    },
    /// Tensors that are not those of the network.
    Mismatch {
        /// All of them.
        tensors: Vec<Mismatch>,
    },
    /// Weights that are NaN or infinite.
    NotFinite {
        /// Each tensor concerned, with the count of such numbers.
        tensors: Vec<(String, usize)>,
    },
    /// The network's own weights, about to be saved, are NaN or infinite.
    Unsaveable {
        /// Each tensor concerned, with the count of such numbers.
        tensors: Vec<(String, usize)>,
    },
    /// An entry of its metadata that says nothing.
    Metadata {
        /// The entry's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Weights that were saved without what is asked for.
    NoMetadata {
        /// The name of the entry of its metadata.
        name: String,
    },
    /// Compressed, and this build cannot decompress.
    NoGzip,
}

/// What lies where a weights file should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// The few lines by which git-LFS stands for a file.
    LfsPointer,
    /// A page for people.
    Html,
    /// A zip archive, as `torch.save` and `numpy.savez` write.
    Zip,
}

impl Foreign {
    /// What begins with these bytes; `None` for what may be a weights file.
    pub(crate) fn of(start: &[u8]) -> Option<Self> {
        let text = start.trim_ascii_start().to_ascii_lowercase();
        if start.starts_with(b"version https://git-lfs") {
            Some(Self::LfsPointer)
        } else if text.starts_with(b"<!doctype") || text.starts_with(b"<html") {
            Some(Self::Html)
        } else if start.starts_with(b"PK\x03\x04") {
            Some(Self::Zip)
        } else {
            None
        }
    }
}

/// A tensor that a file and a network disagree about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The network has it, the file has not.
    Missing {
        /// Its name.
        name: String,
        /// Its shape in the network.
        shape: Vec<usize>,
        /// A tensor of the file that the network does not know, of a similar name.
        similar: Option<String>,
    },
    /// The file has it, the network has not.
    Extra {
        /// Its name.
        name: String,
        /// Its shape in the file.
        shape: Vec<usize>,
        /// A tensor of the network that the file has not, of a similar name.
        similar: Option<String>,
    },
    /// Another shape.
    Shape {
        /// Its name.
        name: String,
        /// Its shape in the network.
        expected: Vec<usize>,
        /// Its shape in the file.
        found: Vec<usize>,
    },
    /// Numbers of a type that cannot be read.
    Type {
        /// Its name.
        name: String,
        /// The type's name in the file.
        found: String,
    },
    /// A range of bytes that does not hold the numbers of its shape.
    Length {
        /// Its name.
        name: String,
        /// Bytes that its shape and type need.
        expected: u64,
        /// Bytes of its range.
        found: u64,
    },
    /// Two tensors of the file that were given one name.
    Twice {
        /// The name.
        name: String,
        /// What they are called in the file.
        tensors: [String; 2],
    },
    /// A name to be changed that no tensor of the file has.
    NotRenamed {
        /// The name, or the beginning of names.
        name: String,
    },
    /// A range of bytes that lies, in part, in the one before it.
    Overlap {
        /// Its name.
        name: String,
        /// The tensor before it.
        other: String,
    },
    /// Bytes before it that belong to no tensor.
    Gap {
        /// Its name.
        name: String,
        /// How many.
        bytes: u64,
    },
}

impl Mismatch {
    /// The tensor's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Missing { name, .. }
            | Self::Extra { name, .. }
            | Self::Shape { name, .. }
            | Self::Type { name, .. }
            | Self::Length { name, .. }
            | Self::Twice { name, .. }
            | Self::NotRenamed { name }
            | Self::Overlap { name, .. }
            | Self::Gap { name, .. } => name,
        }
    }
}

/// So many mismatches are listed in a message; the count of the others follows.
pub const LISTED: usize = 40;

/// Characters of a name or a reason that a message shows.
const SHOWN: usize = 120;

/// Axes of a shape that a message shows.
const AXES: usize = 8;

/// A text, or as much of its beginning as a person reads.
pub(crate) fn short(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => write!(f, "{}… ({} more characters)", &text[..end], text[end..].chars().count()),
        None => f.write_str(text),
    })
}

/// A shape, or as many of its axes.
fn axes(shape: &[usize]) -> impl fmt::Display {
    fmt::from_fn(move |f| match shape.split_at_checked(AXES) {
        Some((first, rest)) if !rest.is_empty() => write!(f, "{first:?} and {} more axes", rest.len()),
        _ => write!(f, "{shape:?}"),
    })
}

impl fmt::Display for WeightsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { what } => what.fmt(f),
            Self::Truncated { expected, found } => {
                write!(f, "expected {expected} bytes, found {found}; the file is cut off: copy or save it again")
            }
            Self::Trailing { expected } => {
                write!(f, "more data follows the {expected} bytes that the header accounts for; save the file again")
            }
            Self::HeaderLength { found, limit } => write!(
                f,
                "the header claims {found} bytes, and no safetensors header has more than {limit}; is this a safetensors file?"
            ),
            Self::HeaderTensors { limit } => write!(
                f,
                "the header describes tensors in more than {limit} bytes, which are plenty for this network; is the file for \
                 this network?"
            ),
            Self::Header { reason } => {
                write!(f, "not a safetensors header: {}; save the weights with safetensors again", short(reason))
            }
            Self::Gzip { reason } => write!(f, "damaged gz data: {}; copy or save the file again", short(reason)),
            Self::Mismatch { tensors } => {
                write!(f, "the weights do not fit the network")?;
                list(f, tensors.iter())
            }
            Self::NotFinite { tensors } => {
                write!(f, "some weights are NaN or infinite; load an earlier file")?;
                list(f, tensors.iter().map(|(name, count)| format!("{name}: {count} of its numbers")))
            }
            Self::Unsaveable { tensors } => {
                write!(f, "not saved, as some weights are NaN or infinite; train with a smaller learning rate")?;
                list(f, tensors.iter().map(|(name, count)| format!("{name}: {count} of its numbers")))
            }
            Self::Metadata { name, reason } => {
                write!(f, "the entry `{name}` of its metadata is damaged: {}; save the file again", short(reason))
            }
            Self::NoMetadata { name } => {
                write!(f, "its metadata have no entry `{name}`; save the network with it, by `save_with`")
            }
            Self::NoGzip => write!(f, "compressed with gz; decompress it, or build nn-core with its feature `gzip`"),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LfsPointer => "only a pointer of git-LFS to the file; fetch the file itself with `git lfs pull`",
            Self::Html => "an HTML page and not a weights file; download the file itself",
            Self::Zip => {
                "a zip archive, as `torch.save` writes; save the `state_dict` with `safetensors.torch.save_file` instead"
            }
        })
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", short(self.name()))?;
        match self {
            Self::Missing { shape, similar, .. } => {
                write!(f, "missing from the file, expected {}", axes(shape))?;
                similar.iter().try_for_each(|similar| write!(f, "; is it the file's {}?", short(similar)))
            }
            Self::Extra { shape, similar, .. } => {
                write!(f, "{} in the file, but the network has no such tensor", axes(shape))?;
                similar.iter().try_for_each(|similar| write!(f, "; did you mean {}?", short(similar)))
            }
            Self::Shape { expected, found, .. } => write!(f, "expected {}, found {}", axes(expected), axes(found)),
            Self::Type { found, .. } => {
                write!(f, "expected numbers of type F32, F64, F16 or BF16, found {}", short(found))
            }
            Self::Length { expected, found, .. } => {
                write!(f, "its shape needs {expected} bytes, its range has {found}")
            }
            Self::Twice { tensors: [one, other], .. } => write!(
                f,
                "both {} and {} of the file come to have this name; rename one of them otherwise",
                short(one),
                short(other)
            ),
            Self::NotRenamed { .. } => {
                write!(f, "renamed, but no tensor of the file is called so; `Weights::tensors` lists their names")
            }
            Self::Overlap { other, .. } => write!(f, "its range of bytes overlaps that of {}", short(other)),
            Self::Gap { bytes, .. } => write!(f, "{bytes} bytes before its range belong to no tensor"),
        }
    }
}

fn list<I: ExactSizeIterator<Item: fmt::Display>>(f: &mut fmt::Formatter<'_>, items: I) -> fmt::Result {
    let more = items.len().saturating_sub(LISTED);
    for item in items.take(LISTED) {
        write!(f, "\n    {item}")?;
    }
    if more > 0 {
        write!(f, "\n    and {more} more")?;
    }
    Ok(())
}
