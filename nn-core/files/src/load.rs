//! Loads weights into a parameter block.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use nn_sizes::{Axis, for_each_position};

use crate::header::Described;
use crate::matching::{Piece, is_ignored, pieces};
use crate::types::Type;
use crate::{Failure, Renames, Stream, WeightsProblem, header};

/// Entries of a tensor's first axis that are laid into the block together: where they are neighbours, as outputs are, they
/// fill a cache line.
const TOGETHER: usize = 16;

/// A tensor of a network.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    /// Its name in a file.
    pub label: &'a str,
    /// Its shape in a file.
    pub shape: &'a [usize],
    /// The file's axes with their strides in the block.
    pub axes: &'a [Axis],
    /// Where it starts in the block.
    pub offset: usize,
}

impl Tensor<'_> {
    /// Count of its numbers.
    #[expect(clippy::len_without_is_empty, reason = "a tensor has numbers")]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Why weights were not loaded.
#[derive(Debug)]
pub enum Fault {
    /// The system's reason.
    Io {
        /// What was tried: `open` or `read`.
        action: &'static str,
        /// The reason.
        source: std::io::Error,
    },
    /// The file's.
    Problem(WeightsProblem),
}

impl From<WeightsProblem> for Fault {
    fn from(problem: WeightsProblem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Io { action, source } => Self::Io { action, source },
            Failure::Gzip(reason) => Self::Problem(WeightsProblem::Gzip { reason }),
            Failure::NoGzip => Self::Problem(WeightsProblem::NoGzip),
        }
    }
}

/// Loads a safetensors file, plain or compressed with gz (told by its first bytes), into a parameter block.
///
/// Its tensors must be those given, in any order; numbers may be of type F32, F64, F16 or BF16. PyTorch's
/// `num_batches_tracked` is passed over. `finite` turns a number into one of the block; `None` says that it is NaN or
/// infinite there. After an error the block is partly filled.
///
/// # Errors
///
/// When the file cannot be read, is damaged, does not match (the problem lists every tensor concerned), or holds weights
/// that are NaN or infinite.
pub fn load<T: Copy + Default>(
    path: &Path,
    tensors: &[Tensor],
    block: &mut [T],
    finite: impl Fn(f64) -> Option<T>,
) -> Result<(), Fault> {
    load_tensors(path, tensors, block, finite, &Renames::default(), false).map(|_| ())
}

/// [`load`] with other names for the tensors of the file; if it is a part, of the tensors that both have alone.
///
/// # Errors
///
/// As of [`load`], and when a name to be changed is not in the file or two tensors come to have one.
pub fn load_renamed<T: Copy + Default>(
    path: &Path,
    tensors: &[Tensor],
    block: &mut [T],
    finite: impl Fn(f64) -> Option<T>,
    renames: &Renames,
    is_part: bool,
) -> Result<Loaded, Fault> {
    let file = load_tensors(path, tensors, block, finite, renames, is_part)?;
    Ok(Loaded::of(&file, tensors))
}

/// Loads what [`load_renamed`] says, and gives the tensors of the file by their new names.
fn load_tensors<T: Copy + Default>(
    path: &Path,
    tensors: &[Tensor],
    block: &mut [T],
    finite: impl Fn(f64) -> Option<T>,
    renames: &Renames,
    is_part: bool,
) -> Result<Vec<Described>, Fault> {
    let mut stream = Stream::open(path)?;
    let limit = if is_part { METADATA } else { header_limit(tensors) };
    let mut header = header::read(&mut stream, limit, false)?;
    let mismatch = |tensors| WeightsProblem::Mismatch { tensors };
    renames.apply(&mut header.tensors).map_err(mismatch)?;
    let pieces = pieces(&header.tensors, tensors, is_part).map_err(mismatch)?;
    let end = header.tensors.iter().map(|tensor| tensor.end).max().unwrap_or(0);
    check_size(&stream, header.len, end)?;

    let mut data = Data { stream, buffer: Vec::new(), position: header.len, end: header.len + end };
    let mut wrong = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Tensor(tensor, kind) => match data.tensor(tensor, kind, block, &finite)? {
                0 => {}
                count => wrong.push((tensor.label.to_owned(), count)),
            },
            Piece::Skip(bytes) => data.next(bytes)?,
        }
    }
    data.finish()?;
    if wrong.is_empty() { Ok(header.tensors) } else { Err(WeightsProblem::NotFinite { tensors: wrong }.into()) }
}

/// What was loaded, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Tensors of the network that the file has.
    pub loaded: Vec<String>,
    /// Tensors of the network that it has not, which are as they were.
    pub missing: Vec<String>,
    /// Tensors of the file that the network has not, but for PyTorch's `num_batches_tracked`.
    pub left_over: Vec<String>,
}

impl Loaded {
    fn of(file: &[Described], network: &[Tensor]) -> Self {
        let in_file: HashSet<&str> = file.iter().map(|tensor| tensor.name.as_str()).collect();
        let in_network: HashSet<&str> = network.iter().map(|tensor| tensor.label).collect();
        let labels = network.iter().map(|tensor| tensor.label.to_owned());
        let (loaded, missing) = labels.partition(|label| in_file.contains(label.as_str()));
        let others = file.iter().filter(|tensor| !is_ignored(tensor) && !in_network.contains(tensor.name.as_str()));
        Self { loaded, missing, left_over: others.map(|tensor| tensor.name.clone()).collect() }
    }
}

/// A tensor of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// The tensors of a safetensors file, plain or compressed with gz, in their order.
///
/// # Errors
///
/// When the file cannot be read, or has no such header.
pub fn tensors(path: &Path) -> Result<Vec<Found>, Fault> {
    let header = header::read(&mut Stream::open(path)?, METADATA, false)?;
    Ok(header.tensors.into_iter().map(|tensor| Found { name: tensor.name, shape: tensor.shape }).collect())
}

/// Bytes of a header that are read where nothing is known of the file: plenty for the names of a table's categories, or for those of a
/// hundred thousand tensors.
const METADATA: u64 = 1 << 24;

/// The names and texts in the header of a safetensors file, plain or compressed with gz, that has tensors like these.
///
/// # Errors
///
/// When the file cannot be read, or has no such header.
pub fn metadata(path: &Path, tensors: &[Tensor]) -> Result<BTreeMap<String, String>, Fault> {
    Ok(header::read(&mut Stream::open(path)?, METADATA + header_limit(tensors), true)?.metadata)
}

/// Bytes of a header that are plenty to describe these tensors, and to name a wrong file's tensors in the error.
fn header_limit(tensors: &[Tensor]) -> u64 {
    let names: usize = tensors.iter().map(|tensor| tensor.label.len() + 512).sum();
    (1 << 20) + 4 * names as u64
}

/// Compares the size of an uncompressed file with what the header accounts for, before anything is read.
fn check_size(stream: &Stream, header: u64, data: u64) -> Result<(), WeightsProblem> {
    let expected = header + data;
    match stream.left() {
        Some(left) if left < data => Err(WeightsProblem::Truncated { expected, found: header + left }),
        Some(left) if left > data => Err(WeightsProblem::Trailing { expected }),
        _ => Ok(()),
    }
}

/// The part of a file after its header.
struct Data {
    stream: Stream,
    buffer: Vec<u8>,
    position: u64,
    end: u64,
}

impl Data {
    /// Reads `len` bytes into the buffer.
    fn next(&mut self, len: usize) -> Result<(), Fault> {
        self.buffer.resize(len, 0);
        let read = self.stream.fill(&mut self.buffer)?;
        self.position += read as u64;
        if read == len {
            return Ok(());
        }
        Err(WeightsProblem::Truncated { expected: self.end, found: self.position }.into())
    }

    /// Reads the numbers of a tensor to their places, and returns how many are not finite.
    ///
    /// The macro runs this without optimisation, so it does little for each number.
    fn tensor<T: Copy + Default>(
        &mut self,
        tensor: &Tensor,
        kind: Type,
        block: &mut [T],
        finite: &impl Fn(f64) -> Option<T>,
    ) -> Result<usize, Fault> {
        let (first, rest) = tensor.axes.split_first().unwrap_or((&Axis { len: 1, stride: 0 }, &[]));
        let mut places = Vec::new();
        for_each_position(rest, tensor.offset, &mut |place| places.push(place));
        let mut numbers = Vec::new();
        let mut wrong = 0;
        for start in (0..first.len).step_by(TOGETHER) {
            let rows = TOGETHER.min(first.len - start);
            self.next(rows * places.len() * kind.size())?;
            wrong += kind.decode(&self.buffer, finite, &mut numbers);
            for (column, place) in places.iter().enumerate() {
                let (mut from, mut to) = (column, place + start * first.stride);
                for _ in 0..rows {
                    block[to] = numbers[from];
                    from += places.len();
                    to += first.stride;
                }
            }
        }
        Ok(wrong)
    }

    fn finish(mut self) -> Result<(), Fault> {
        if self.stream.at_end()? { Ok(()) } else { Err(WeightsProblem::Trailing { expected: self.end }.into()) }
    }
}
