//! Saves a parameter block.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::WeightsProblem;
use super::atomic::write_atomically;
use crate::parameters::not_finite;
use crate::{Error, FlatSegment, Real};

/// Saves a parameter block as safetensors; compressed when the path ends with `.gz`.
///
/// The file is complete or is not there: it is written under another name, and renamed.
///
/// # Errors
///
/// When a parameter is NaN or infinite, `block` is not the one of the table, or the file cannot be written.
///
/// ```
/// use nn_core::parameters::{Entry, Segment, flatten};
/// use nn_core::weights;
/// use nn_sizes::{Axis, Role};
///
/// const TABLE: &[Entry] = &[Entry::Segment(Segment {
///     label: "affine1.bias",
///     offset: 0,
///     shape: &[2],
///     axes: &[Axis { len: 2, stride: 1 }],
///     role: Role::Bias,
/// })];
/// let path = std::env::temp_dir().join("two-biases.safetensors");
/// weights::save(&path, &flatten(TABLE), &[0.5_f32, -1.0])?;
/// let mut block = [0.0_f32; 2];
/// weights::load(&path, &flatten(TABLE), &mut block)?;
/// assert_eq!(block, [0.5, -1.0]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn save<T: Real>(path: impl AsRef<Path>, segments: &[FlatSegment], block: &[T]) -> Result<(), Error> {
    let path = path.as_ref();
    let fails = |problem| Error::Weights { path: path.into(), problem };
    super::load::check_block(segments, block)?;
    let tensors: Vec<_> = not_finite(segments, block).collect();
    if !tensors.is_empty() {
        return Err(fails(WeightsProblem::Unsaveable { tensors }));
    }
    let compressed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    if compressed && !cfg!(feature = "gzip") {
        return Err(fails(WeightsProblem::NoGzip));
    }
    write_atomically(path, |file| match compressed {
        true => write_compressed(file, segments, block),
        false => write(file, segments, block),
    })
}

#[cfg(feature = "gzip")]
fn write_compressed<T: Real>(file: impl Write, segments: &[FlatSegment], block: &[T]) -> io::Result<()> {
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    write(&mut encoder, segments, block)?;
    encoder.finish().map(drop)
}

#[cfg(not(feature = "gzip"))]
fn write_compressed<T: Real>(_file: impl Write, _segments: &[FlatSegment], _block: &[T]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn write<T: Real>(mut file: impl Write, segments: &[FlatSegment], block: &[T]) -> io::Result<()> {
    let mut header = header::<T>(segments).to_string();
    // The numbers begin at a multiple of eight bytes, so that readers can map them.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    segments.iter().try_for_each(|segment| write_tensor(&mut file, segment, block))
}

fn header<T: Real>(segments: &[FlatSegment]) -> Value {
    let kind = if size_of::<T>() == 4 { "F32" } else { "F64" };
    let mut start = 0;
    let mut entries = Map::new();
    entries.insert("__metadata__".into(), json!({ "format": "pt" }));
    for segment in segments {
        let end = start + segment.len() * size_of::<T>();
        let entry = json!({ "dtype": kind, "shape": segment.shape, "data_offsets": [start, end] });
        entries.insert(segment.label.clone(), entry);
        start = end;
    }
    Value::Object(entries)
}

fn write_tensor<T: Real>(file: &mut impl Write, segment: &FlatSegment, block: &[T]) -> io::Result<()> {
    let mut result = Ok(());
    segment.for_each_position(|position| {
        if result.is_ok() {
            let number = block[position];
            result = match size_of::<T>() {
                4 => file.write_all(&number.to_f32().to_le_bytes()),
                _ => file.write_all(&number.to_f64().to_le_bytes()),
            };
        }
    });
    result
}
