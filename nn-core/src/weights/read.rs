//! Loads a parameter block.

use std::path::Path;

use super::WeightsProblem;
use super::decode::Type;
use super::header::{self, failed, problem};
use super::matching::{Piece, pieces};
use super::write::not_finite;
use crate::stream::Stream;
use crate::{Error, FlatSegment, Real};

/// Bytes read at once; a multiple of every number's size.
const CHUNK: usize = 1 << 16;

/// Loads a safetensors file, plain or compressed with gz (told by its first bytes), into a parameter block.
///
/// Its tensors must be those of the table, in any order; numbers may be of type F32, F64, F16 or BF16. PyTorch's
/// `num_batches_tracked` is passed over. On an error `block` is as it was. Memory for one more block is used, whatever
/// the file claims to hold.
///
/// # Errors
///
/// When the file cannot be read, is damaged, does not match the table (the message lists every tensor concerned), or
/// holds weights that are NaN or infinite.
pub fn load<T: Real>(path: impl AsRef<Path>, segments: &[FlatSegment], block: &mut [T]) -> Result<(), Error> {
    check_block(segments, block)?;
    let mut stream = Stream::open(path.as_ref())?;
    let header = header::read(&mut stream, header_limit(segments))?;
    let pieces =
        pieces(&header.tensors, segments).map_err(|tensors| problem(&stream, WeightsProblem::Mismatch { tensors }))?;
    let end = header.tensors.iter().map(|tensor| tensor.end).max().unwrap_or(0);
    check_size(&stream, header.len, end)?;

    let mut numbers = block.to_vec();
    let mut data = Data { stream, buffer: vec![0; CHUNK], position: header.len, end: header.len + end };
    for piece in pieces {
        match piece {
            Piece::Tensor(segment, kind) => data.tensor(segment, kind, &mut numbers)?,
            Piece::Skip(bytes) => data.skip(bytes)?,
        }
    }
    data.finish(&numbers, segments)?;
    block.copy_from_slice(&numbers);
    Ok(())
}

/// Fails unless the table's tensors lie within the block.
pub(super) fn check_block<T: Real>(segments: &[FlatSegment], block: &[T]) -> Result<(), Error> {
    let end = segments.iter().map(|segment| segment.range().end).max().unwrap_or(0);
    if end == block.len() {
        return Ok(());
    }
    Err(Error::size("parameter block given with a table", end, block.len()))
}

/// Plenty for a file with these tensors, and for a wrong file's tensors to be named in the error.
fn header_limit(segments: &[FlatSegment]) -> u64 {
    let names: usize = segments.iter().map(|segment| segment.label.len() + 512).sum();
    (1 << 20) + 4 * names as u64
}

/// Compares the size of an uncompressed file with what the header accounts for, before anything is read.
fn check_size(stream: &Stream, header: u64, data: u64) -> Result<(), Error> {
    let expected = header + data;
    match stream.left() {
        Some(left) if left < data => Err(problem(stream, WeightsProblem::Truncated { expected, found: header + left })),
        Some(left) if left > data => Err(problem(stream, WeightsProblem::Trailing { expected })),
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
    /// Reads `len` bytes, at most a chunk, to the buffer's start.
    fn next(&mut self, len: usize) -> Result<(), Error> {
        let read = self.stream.fill(&mut self.buffer[..len]).map_err(|failure| failed(&self.stream, failure))?;
        self.position += read as u64;
        if read == len {
            return Ok(());
        }
        Err(problem(&self.stream, WeightsProblem::Truncated { expected: self.end, found: self.position }))
    }

    fn skip(&mut self, mut bytes: u64) -> Result<(), Error> {
        while bytes > 0 {
            let step = bytes.min(CHUNK as u64);
            self.next(step as usize)?;
            bytes -= step;
        }
        Ok(())
    }

    fn tensor<T: Real>(&mut self, segment: &FlatSegment, kind: Type, numbers: &mut [T]) -> Result<(), Error> {
        let size = kind.size();
        let mut left = segment.len() * size;
        let mut chunk = 0..0;
        let mut result = Ok(());
        segment.for_each_position(|position| {
            if chunk.is_empty() && result.is_ok() {
                chunk = 0..left.min(CHUNK);
                left -= chunk.len();
                result = self.next(chunk.len());
            }
            numbers[position] = T::from_f64(kind.decode(&self.buffer[chunk.start..chunk.start + size]));
            chunk.start += size;
        });
        result
    }

    fn finish<T: Real>(mut self, numbers: &[T], segments: &[FlatSegment]) -> Result<(), Error> {
        if !self.stream.at_end().map_err(|failure| failed(&self.stream, failure))? {
            return Err(problem(&self.stream, WeightsProblem::Trailing { expected: self.end }));
        }
        let tensors = not_finite(segments, numbers);
        if tensors.is_empty() { Ok(()) } else { Err(problem(&self.stream, WeightsProblem::NotFinite { tensors })) }
    }
}
