//! The header of a safetensors file: its length as 64 bits, then JSON.
//!
//! <https://github.com/huggingface/safetensors#format>

use serde_json::Value;

use super::WeightsProblem;
use crate::stream::Failure;
use crate::{Error, stream::Stream};

/// Bytes of the length that precedes the header.
const LENGTH: u64 = 8;

/// A tensor as the header describes it.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) shape: Vec<usize>,
    /// Its bytes, counted from the end of the header.
    pub(super) start: u64,
    pub(super) end: u64,
}

/// The tensors of a file, sorted by their place in it, and the bytes before the first.
pub(super) struct Header {
    pub(super) tensors: Vec<Described>,
    pub(super) len: u64,
}

/// Reads a header of at most `limit` bytes.
pub(super) fn read(stream: &mut Stream, limit: u64) -> Result<Header, Error> {
    let size = stream.left();
    let truncated = |stream: &Stream, expected, found| {
        problem(stream, WeightsProblem::Truncated { expected, found: size.unwrap_or(found) })
    };
    let mut length = [0; LENGTH as usize];
    let read = stream.fill(&mut length).map_err(|failure| failed(stream, failure))? as u64;
    if read < LENGTH {
        return Err(truncated(stream, LENGTH, read));
    }
    let length = u64::from_le_bytes(length);
    if length > limit {
        return Err(problem(stream, WeightsProblem::HeaderLength { found: length, limit }));
    }
    if stream.left().is_some_and(|left| left < length) {
        return Err(truncated(stream, LENGTH + length, 0));
    }
    let mut json = vec![0; length as usize];
    let read = stream.fill(&mut json).map_err(|failure| failed(stream, failure))? as u64;
    if read < length {
        return Err(truncated(stream, LENGTH + length, LENGTH + read));
    }
    let tensors = parse(&json).map_err(|reason| problem(stream, WeightsProblem::Header { reason }))?;
    Ok(Header { tensors, len: LENGTH + length })
}

pub(super) fn problem(stream: &Stream, problem: WeightsProblem) -> Error {
    Error::Weights { path: stream.path().into(), problem }
}

pub(super) fn failed(stream: &Stream, failure: Failure) -> Error {
    match failure {
        Failure::Io(source) => Error::io(stream.path(), "read", source),
        Failure::Gzip(reason) => problem(stream, WeightsProblem::Gzip { reason }),
        Failure::NoGzip => problem(stream, WeightsProblem::NoGzip),
    }
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
