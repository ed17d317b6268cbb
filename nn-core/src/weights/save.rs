//! Saves a parameter block.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::WeightsProblem;
use super::atomic::write_atomically;
use super::load::{check_block, labels};
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
    save_blocks(path.as_ref(), segments, &[(String::new(), block)], json!({ "format": "pt" }))
}

/// What is saved in the file of a network's weights, for those who predict with it: [`Normalisation`](crate::data::Normalisation), or the
/// encoding of a table.
pub trait Metadata {
    /// Names and texts.
    fn entries(&self) -> Vec<(&'static str, String)>;
}

/// Saves a parameter block as [`save`] does, with what belongs to it.
///
/// # Errors
///
/// As of [`save`].
pub fn save_with<T: Real>(
    path: impl AsRef<Path>,
    segments: &[FlatSegment],
    block: &[T],
    metadata: &impl Metadata,
) -> Result<(), Error> {
    let mut texts = Map::from_iter([("format".to_owned(), "pt".into())]);
    texts.extend(metadata.entries().into_iter().map(|(name, text)| (name.to_owned(), text.into())));
    save_blocks(path.as_ref(), segments, &[(String::new(), block)], texts.into())
}

/// Saves several blocks of one table, each with a name before the labels of its tensors.
pub(crate) fn save_blocks<T: Real>(
    path: &Path,
    segments: &[FlatSegment],
    blocks: &[(String, &[T])],
    metadata: Value,
) -> Result<(), Error> {
    let fails = |problem| Error::Weights { path: path.into(), problem };
    blocks.iter().try_for_each(|(_, block)| check_block(segments, block))?;
    let file = Contents { segments, blocks, metadata };
    let tensors = file.not_finite();
    if !tensors.is_empty() {
        return Err(fails(WeightsProblem::Unsaveable { tensors }));
    }
    let compressed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    if compressed && !cfg!(feature = "gzip") {
        return Err(fails(WeightsProblem::NoGzip));
    }
    write_atomically(path, |to| if compressed { file.write_compressed(to) } else { file.write(to) })
}

/// What a file holds.
struct Contents<'c, T> {
    segments: &'c [FlatSegment],
    blocks: &'c [(String, &'c [T])],
    metadata: Value,
}

impl<T: Real> Contents<'_, T> {
    /// The name of each tensor, with its place in its block.
    fn tensors(&self) -> impl Iterator<Item = (String, &FlatSegment, &[T])> {
        self.blocks.iter().flat_map(|&(ref name, block)| {
            labels(self.segments, name).zip(self.segments).map(move |(label, segment)| (label, segment, block))
        })
    }

    /// The tensors with numbers that are NaN or infinite, and how many.
    fn not_finite(&self) -> Vec<(String, usize)> {
        let count = |segment: &FlatSegment, block: &[T]| {
            block[segment.range()].iter().filter(|number| !number.is_finite()).count()
        };
        let counts = self.tensors().map(|(label, segment, block)| (label, count(segment, block)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    #[cfg(feature = "gzip")]
    fn write_compressed(&self, file: impl Write) -> io::Result<()> {
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::default());
        self.write(&mut encoder)?;
        encoder.finish().map(drop)
    }

    #[cfg(not(feature = "gzip"))]
    fn write_compressed(&self, _file: impl Write) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn write(&self, mut file: impl Write) -> io::Result<()> {
        let mut header = self.header().to_string();
        // The numbers begin at a multiple of eight bytes, so that readers can map them.
        header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        self.tensors().try_for_each(|(_, segment, block)| write_tensor(&mut file, segment, block))
    }

    fn header(&self) -> Value {
        let kind = if size_of::<T>() == 4 { "F32" } else { "F64" };
        let mut start = 0;
        let mut entries = Map::new();
        entries.insert("__metadata__".into(), self.metadata.clone());
        for (label, segment, _) in self.tensors() {
            let end = start + segment.len() * size_of::<T>();
            entries.insert(label, json!({ "dtype": kind, "shape": segment.shape, "data_offsets": [start, end] }));
            start = end;
        }
        Value::Object(entries)
    }
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
