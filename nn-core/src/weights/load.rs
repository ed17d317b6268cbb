//! Loads a parameter block.

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
    let path = path.as_ref();
    check_block(segments, block)?;
    let tensors: Vec<Tensor> = segments.iter().map(tensor).collect();
    let mut numbers = block.to_vec();
    let finite = |value| Some(T::from_f64(value)).filter(|number| number.is_finite());
    nn_files::load(path, &tensors, &mut numbers, finite).map_err(|fault| match fault {
        Fault::Io { action, source } => Error::io(path, action, source),
        Fault::Problem(problem) => Error::Weights { path: path.into(), problem },
    })?;
    block.copy_from_slice(&numbers);
    Ok(())
}

fn tensor(segment: &FlatSegment) -> Tensor<'_> {
    Tensor { label: &segment.label, shape: segment.shape, axes: segment.axes, offset: segment.offset }
}

/// Fails unless the table's tensors lie within the block.
pub(super) fn check_block<T: Real>(segments: &[FlatSegment], block: &[T]) -> Result<(), Error> {
    let end = segments.iter().map(|segment| segment.range().end).max().unwrap_or(0);
    if end == block.len() {
        return Ok(());
    }
    Err(Error::size("parameter block given with a table", end, block.len()))
}
