//! Loads a parameter block.

use std::collections::BTreeMap;
use std::path::Path;

use nn_files::{Fault, Tensor};

use crate::{Error, FlatSegment, Real};

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
    let loaded = load_blocks(path.as_ref(), segments, &[String::new()], block.len())?;
    loaded.iter().for_each(|numbers| block.copy_from_slice(numbers));
    Ok(())
}

/// Loads the blocks of a file that has several of these tables, each with a name before its labels.
pub(crate) fn load_blocks<T: Real>(
    path: &Path,
    segments: &[FlatSegment],
    names: &[String],
    len: usize,
) -> Result<Vec<Vec<T>>, Error> {
    let labels: Vec<String> = names.iter().flat_map(|name| labels(segments, name)).collect();
    let places = (0..names.len()).flat_map(|block| segments.iter().map(move |segment| (block * len, segment)));
    let tensors: Vec<Tensor> = (labels.iter().zip(places))
        .map(|(label, (start, segment))| Tensor { offset: start + segment.offset, ..tensor(label, segment) })
        .collect();
    let mut numbers = vec![T::ZERO; names.len() * len];
    nn_files::load(path, &tensors, &mut numbers, finite).map_err(|fault| error(path, fault))?;
    Ok((0..names.len()).map(|block| numbers[block * len..][..len].to_vec()).collect())
}

/// The names and texts in the header of a file with up to so many of these tables.
pub(crate) fn load_metadata(
    path: &Path,
    segments: &[FlatSegment],
    blocks: usize,
) -> Result<BTreeMap<String, String>, Error> {
    let tensors = segments.iter().map(|segment| tensor(&segment.label, segment));
    let tensors: Vec<Tensor> = std::iter::repeat_n(tensors, blocks).flatten().collect();
    nn_files::metadata(path, &tensors).map_err(|fault| error(path, fault))
}

/// The names of a block's tensors.
pub(super) fn labels(segments: &[FlatSegment], block: &str) -> impl Iterator<Item = String> {
    segments.iter().map(move |segment| format!("{block}{}", segment.label))
}

/// A number of a file as one of the block, unless that is NaN or infinite.
pub(super) fn finite<T: Real>(value: f64) -> Option<T> {
    Some(T::from_f64(value)).filter(|number| number.is_finite())
}

pub(super) fn tensor<'a>(label: &'a str, segment: &FlatSegment) -> Tensor<'a> {
    Tensor { label, shape: segment.shape, axes: segment.axes, offset: segment.offset }
}

pub(super) fn error(path: &Path, fault: Fault) -> Error {
    match fault {
        Fault::Io { action, source } => Error::io(path, action, source),
        Fault::Problem(problem) => Error::Weights { path: path.into(), problem },
    }
}

/// Fails unless the table's tensors lie within the block.
pub(super) fn check_block<T: Real>(segments: &[FlatSegment], block: &[T]) -> Result<(), Error> {
    let end = segments.iter().map(|segment| segment.range().end).max().unwrap_or(0);
    if end == block.len() {
        return Ok(());
    }
    Err(Error::size("parameter block given with a table", end, block.len()))
}
