//! The header of a safetensors file: its length as 64 bits, then JSON.
//!
//! <https://github.com/huggingface/safetensors#format>

use serde_json::Value;

use crate::problem::Foreign;
use crate::{Fault, Stream, WeightsProblem};

/// Bytes of the length that precedes the header.
const LENGTH: u64 = 8;

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

/// The tensors of a file, sorted by their place in it, and the bytes before the first.
pub struct Header {
    pub tensors: Vec<Described>,
    pub len: u64,
}

/// Reads a header of at most `limit` bytes.
pub fn read(stream: &mut Stream, limit: u64) -> Result<Header, Fault> {
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
    if length > limit {
        return Err(WeightsProblem::HeaderLength { found: length, limit }.into());
    }
    if stream.left().is_some_and(|left| left < length) {
        return Err(truncated(LENGTH + length, 0));
    }
    let mut json = vec![0; length as usize];
    let read = stream.fill(&mut json)? as u64;
    if read < length {
        return Err(truncated(LENGTH + length, LENGTH + read));
    }
    let tensors = parse(&json).map_err(|reason| WeightsProblem::Header { reason })?;
    Ok(Header { tensors, len: LENGTH + length })
}

fn parse(json: &[u8]) -> Result<Vec<Described>, String> {
    let value: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let Value::Object(entries) = value else {
        return Err("expected a JSON object".into());
    };
    let entries = entries.iter().filter(|(name, _)| *name != "__metadata__");
    let mut tensors = entries.map(|(name, entry)| describe(name, entry)).collect::<Result<Vec<_>, _>>()?;
    tensors.sort_by_key(|tensor| (tensor.start, tensor.end));
    Ok(tensors)
}

fn describe(name: &str, entry: &Value) -> Result<Described, String> {
    let wrong = |part| format!("{name} has no valid \"{part}\"");
    let kind = entry["dtype"].as_str().ok_or_else(|| wrong("dtype"))?;
    let shape = numbers(&entry["shape"]).ok_or_else(|| wrong("shape"))?;
    let range = numbers(&entry["data_offsets"]).ok_or_else(|| wrong("data_offsets"))?;
    let [start, end] = range[..] else {
        return Err(wrong("data_offsets"));
    };
    if start > end {
        return Err(format!("{name} ends before it starts, at {end} and {start}"));
    }
    let shape = shape.into_iter().map(usize::try_from).collect::<Result<_, _>>().map_err(|_| wrong("shape"))?;
    Ok(Described { name: name.into(), kind: kind.into(), shape, start, end })
}

fn numbers(value: &Value) -> Option<Vec<u64>> {
    value.as_array()?.iter().map(Value::as_u64).collect()
}
