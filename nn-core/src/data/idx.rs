//! The IDX format, in which MNIST and its relatives come.
//!
//! A big-endian header (two zero bytes, the type of an element, the count of dimensions, then each dimension as 32 bits)
//! and the elements: <http://yann.lecun.com/exdb/mnist/>.

use core::fmt;
use std::path::Path;

use nn_files::{Failure, Shortfall, Stream};

use crate::Error;

/// The type of an element: unsigned bytes, the only one that data sets of images use.
const BYTES: u8 = 8;

/// An array of bytes with its dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// Lengths, the slowest first: `[10000, 28, 28]`.
    pub dims: Vec<usize>,
    /// The elements.
    pub bytes: Vec<u8>,
}

/// Why a file is not an IDX file of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdxProblem {
    /// It does not begin as an IDX file.
    Magic {
        /// Its first four bytes.
        found: [u8; 4],
    },
    /// Its elements are not unsigned bytes.
    Elements {
        /// The code of their type.
        found: u8,
    },
    /// Another count of dimensions.
    Dimensions {
        /// What was wanted: `images (count, height, width)`.
        expected: &'static str,
        /// How many were wanted.
        count: usize,
        /// How many it has.
        found: usize,
    },
    /// More elements than a computer can address.
    TooLarge {
        /// The dimensions.
        dims: Vec<usize>,
    },
    /// It ends within its header.
    Header {
        /// Bytes it has.
        found: usize,
    },
    /// Its header promises more than it holds.
    Truncated {
        /// Bytes of elements that the header promises.
        expected: usize,
        /// Bytes of elements that it can hold.
        found: usize,
    },
    /// It holds more than its header promises.
    Trailing {
        /// Bytes of elements that the header promises.
        expected: usize,
    },
    /// Damaged gz data.
    Gzip {
        /// What the decoder says.
        reason: String,
    },
    /// Compressed, and this build cannot decompress.
    NoGzip,
}

impl fmt::Display for IdxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { found } => write!(
                f,
                "not an IDX file: expected to begin with 00 00 08, found {:02x} {:02x} {:02x} {:02x}; give the file \
                 itself, plain or compressed with gz",
                found[0], found[1], found[2], found[3]
            ),
            Self::Elements { found } => {
                write!(f, "expected elements of type 0x08 (unsigned bytes), found 0x{found:02x}; convert them to bytes")
            }
            Self::Dimensions { expected, count, found } => write!(
                f,
                "expected {expected}, hence {count} dimensions, found {found}; are the files of images and labels exchanged?"
            ),
            Self::TooLarge { dims } => write!(f, "its dimensions {dims:?} are too large for this computer's memory"),
            Self::Header { found } => {
                write!(f, "ends within its header, after {found} bytes; download it again")
            }
            Self::Truncated { expected, found } => {
                write!(f, "its header promises {expected} bytes of data, but it holds {found}; download it again")
            }
            Self::Trailing { expected } => {
                write!(f, "holds more than the {expected} bytes of data that its header promises; download it again")
            }
            Self::Gzip { reason } => write!(f, "damaged gz data: {reason}; download it again"),
            Self::NoGzip => write!(f, "compressed with gz; decompress it, or build nn-core with its feature `gzip`"),
        }
    }
}

impl Idx {
    /// Reads a file, plain or compressed with gz (told by its first bytes).
    ///
    /// No more memory is used than both the header and the file's true size justify.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not an IDX file of bytes, or holds less or more than its header promises.
    ///
    /// ```
    /// use nn_core::data::Idx;
    ///
    /// let path = std::env::temp_dir().join("two-labels-idx1-ubyte");
    /// std::fs::write(&path, [0, 0, 8, 1, /* count */ 0, 0, 0, 2, /* elements */ 7, 9])?;
    /// let labels = Idx::read(&path)?;
    /// assert_eq!((labels.dims, labels.bytes), (vec![2], vec![7, 9]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut stream = Stream::open(path).map_err(|failure| failed(path, failure))?;
        let dims = read_dims(path, &mut stream)?;
        let Some(len) = dims.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim)) else {
            return Err(problem(path, IdxProblem::TooLarge { dims }));
        };
        let bytes = stream.read_rest(len).map_err(|shortfall| match shortfall {
            Shortfall::Truncated(found) => problem(path, IdxProblem::Truncated { expected: len, found }),
            Shortfall::Trailing => problem(path, IdxProblem::Trailing { expected: len }),
            Shortfall::Failure(failure) => failed(path, failure),
        })?;
        Ok(Self { dims, bytes })
    }

    /// An array of another count of dimensions than the `count` of `expected`.
    pub(super) fn unexpected(&self, path: &Path, expected: &'static str, count: usize) -> Error {
        let problem = IdxProblem::Dimensions { expected, count, found: self.dims.len() };
        Error::Idx { path: path.into(), problem }
    }
}

fn read_dims(path: &Path, stream: &mut Stream) -> Result<Vec<usize>, Error> {
    let mut magic = [0; 4];
    read_header(path, stream, &mut magic, 0)?;
    let [0, 0, kind, rank] = magic else {
        return Err(problem(path, IdxProblem::Magic { found: magic }));
    };
    if kind != BYTES {
        return Err(problem(path, IdxProblem::Elements { found: kind }));
    }
    let mut dims = Vec::with_capacity(rank.into());
    for i in 0..rank.into() {
        let mut dim = [0; 4];
        read_header(path, stream, &mut dim, 4 + 4 * i)?;
        dims.push(u32::from_be_bytes(dim) as usize);
    }
    Ok(dims)
}

fn read_header(path: &Path, stream: &mut Stream, bytes: &mut [u8], before: usize) -> Result<(), Error> {
    let read = stream.fill(bytes).map_err(|failure| failed(path, failure))?;
    if read == bytes.len() {
        return Ok(());
    }
    Err(problem(path, IdxProblem::Header { found: before + read }))
}

fn problem(path: &Path, problem: IdxProblem) -> Error {
    Error::Idx { path: path.into(), problem }
}

fn failed(path: &Path, failure: Failure) -> Error {
    match failure {
        Failure::Io { action, source } => Error::io(path, action, source),
        Failure::Gzip(reason) => problem(path, IdxProblem::Gzip { reason }),
        Failure::NoGzip => problem(path, IdxProblem::NoGzip),
    }
}
