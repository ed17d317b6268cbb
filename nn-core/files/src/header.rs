//! The header of a safetensors file: its length as 64 bits, then JSON.
//!
//! <https://github.com/huggingface/safetensors#format>

use std::collections::BTreeMap;

use serde_json::Value;

use crate::json::{Entries, Kept, METADATA};
use crate::problem::{Foreign, short};
use crate::{Fault, Stream, WeightsProblem};

/// Bytes of the length that precedes the header.
const LENGTH: u64 = 8;

/// The most bytes that a header may have: those that other readers allow.
const LONGEST: u64 = 100_000_000;

/// Bytes that are read together.
const BLOCK: usize = 1 << 16;

/// A tensor as the header describes it.
#[derive(Clone, Debug)]
pub struct Described {
    pub name: String,
    pub kind: String,
    pub shape: Vec<usize>,
    /// Its bytes, counted from the end of the header.
    pub start: u64,
    pub end: u64,
}

/// The tensors of a file, sorted by their place in it, what else its header says, and the bytes before the first tensor.
pub struct Header {
    pub tensors: Vec<Described>,
    pub metadata: BTreeMap<String, String>,
    pub len: u64,
}

/// Reads a header, of which at most `limit` bytes are held, and a block. Its metadata, which may be long, is passed over unless it is
/// asked for.
pub fn read(stream: &mut Stream, limit: u64, with_metadata: bool) -> Result<Header, Fault> {
    if let Some(what) = Foreign::of(stream.start()) {
        return Err(WeightsProblem::Foreign { what }.into());
    }
    let size = stream.left();
    let truncated = |expected, found| Fault::from(WeightsProblem::Truncated { expected, found: size.unwrap_or(found) });
    let mut length = [0; LENGTH as usize];
    let read = stream.fill(&mut length)? as u64;
    if read < LENGTH {
        return Err(truncated(LENGTH, read));
    }
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return Err(WeightsProblem::HeaderLength { found: length, limit: LONGEST }.into());
    }
    if stream.left().is_some_and(|left| left < length) {
        return Err(truncated(LENGTH + length, 0));
    }
    let (mut json, mut left, mut block) = (Kept::new(with_metadata), length as usize, [0; BLOCK]);
    while left > 0 {
        let len = left.min(BLOCK);
        let read = stream.fill(&mut block[..len])?;
        left -= read;
        if read < len {
            return Err(truncated(LENGTH + length, LENGTH + length - left as u64));
        }
        block[..len].iter().for_each(|&byte| json.take(byte));
        if json.bytes().len() as u64 > limit {
            return Err(WeightsProblem::HeaderTensors { limit }.into());
        }
    }
    let (tensors, metadata) = parse(json.bytes()).map_err(|reason| WeightsProblem::Header { reason })?;
    Ok(Header { tensors, metadata, len: LENGTH + length })
}

fn parse(json: &[u8]) -> Result<(Vec<Described>, BTreeMap<String, String>), String> {
    let Entries::<Entries<Value>>(entries) = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let is_metadata = |(name, _): &&(String, Entries<Value>)| name == METADATA;
    let metadata = entries.iter().filter(is_metadata).flat_map(|(_, Entries(texts))| texts);
    let metadata = metadata.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned()))).collect();
    let entries = entries.iter().filter(|entry| !is_metadata(entry));
    let mut tensors = entries.map(|(name, Entries(entry))| describe(name, entry)).collect::<Result<Vec<_>, _>>()?;
    tensors.sort_by_key(|tensor| (tensor.start, tensor.end));
    Ok((tensors, metadata))
}

fn describe(name: &str, entry: &[(String, Value)]) -> Result<Described, String> {
    let wrong = |part| format!("{} has no valid \"{part}\"", short(name));
    let part = |part| {
        let found = entry.iter().find(|(name, _)| name == part).map(|(_, value)| value);
        found.ok_or_else(|| wrong(part))
    };
    let kind = part("dtype")?.as_str().ok_or_else(|| wrong("dtype"))?;
    let shape = numbers(part("shape")?).ok_or_else(|| wrong("shape"))?;
    let range = numbers(part("data_offsets")?).ok_or_else(|| wrong("data_offsets"))?;
    let [start, end] = range[..] else {
        return Err(wrong("data_offsets"));
    };
    if start > end {
        return Err(format!("{} ends before it starts, at {end} and {start}", short(name)));
    }
    let shape = shape.into_iter().map(usize::try_from).collect::<Result<_, _>>().map_err(|_| wrong("shape"))?;
    Ok(Described { name: name.into(), kind: kind.into(), shape, start, end })
}

fn numbers(value: &Value) -> Option<Vec<u64>> {
    value.as_array()?.iter().map(Value::as_u64).collect()
}
