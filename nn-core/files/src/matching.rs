//! Compares the tensors of a file with those of a network.

use std::collections::HashMap;

use crate::header::Described;
use crate::types::Type;
use crate::{LISTED, Mismatch, Tensor};

/// PyTorch counts the batches that a batch norm has seen; nothing here needs it.
const IGNORED: &str = ".num_batches_tracked";

/// More names than this are not searched for similar ones, and no more than a message lists get one: a file must not keep the
/// reader busy.
const NAMES: usize = 256;

/// Nor are names of more bytes than this.
const BYTES: usize = 100;

/// What to do with a piece of the file.
pub enum Piece<'a> {
    /// The numbers of a tensor.
    Tensor(&'a Tensor<'a>, Type),
    /// So many bytes of no use.
    Skip(usize),
}

/// The pieces of the file in their order, or everything that does not match. Names that only one side has are no mistake of a `part`.
pub fn pieces<'a>(
    file: &[Described],
    network: &'a [Tensor<'a>],
    is_part: bool,
) -> Result<Vec<Piece<'a>>, Vec<Mismatch>> {
    let by_name: HashMap<&str, &Tensor> = network.iter().map(|tensor| (tensor.label, tensor)).collect();
    let mut mismatches = ranges(file);
    let mut pieces = Vec::new();
    let mut extra = Vec::new();
    for tensor in file {
        match by_name.get(tensor.name.as_str()) {
            Some(wanted) => match tensor_type(tensor, wanted) {
                Ok(kind) => pieces.push(Piece::Tensor(wanted, kind)),
                Err(mismatch) => mismatches.push(mismatch),
            },
            None if is_part || is_ignored(tensor) => pieces.push(Piece::Skip((tensor.end - tensor.start) as usize)),
            None => extra.push(tensor),
        }
    }
    if !is_part {
        mismatches.extend(names(file, network, &extra));
    }
    if mismatches.is_empty() { Ok(pieces) } else { Err(mismatches) }
}

/// One number, so that nothing large hides behind the name.
pub fn is_ignored(tensor: &Described) -> bool {
    tensor.name.ends_with(IGNORED) && tensor.end - tensor.start <= 8
}

/// Every byte belongs to exactly one tensor.
fn ranges(file: &[Described]) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let (mut end, mut last) = (0, "");
    for Described { name, start, end: next, .. } in file {
        if *start < end {
            mismatches.push(Mismatch::Overlap { name: name.clone(), other: last.into() });
        } else if *start > end {
            mismatches.push(Mismatch::Gap { name: name.clone(), bytes: start - end });
        }
        if *next >= end {
            (end, last) = (*next, name);
        }
    }
    mismatches
}

fn tensor_type(tensor: &Described, wanted: &Tensor) -> Result<Type, Mismatch> {
    let name = || tensor.name.clone();
    if tensor.shape != wanted.shape {
        return Err(Mismatch::Shape { name: name(), expected: wanted.shape.to_vec(), found: tensor.shape.clone() });
    }
    let kind = Type::from_name(&tensor.kind);
    let kind = kind.ok_or_else(|| Mismatch::Type { name: name(), found: tensor.kind.clone() })?;
    let (expected, found) = ((wanted.len() * kind.size()) as u64, tensor.end - tensor.start);
    if found != expected {
        return Err(Mismatch::Length { name: name(), expected, found });
    }
    Ok(kind)
}

/// The names that only one side has.
fn names(file: &[Described], network: &[Tensor], extra: &[&Described]) -> Vec<Mismatch> {
    let in_file: HashMap<&str, ()> = file.iter().map(|tensor| (tensor.name.as_str(), ())).collect();
    let missing: Vec<_> = network.iter().filter(|wanted| !in_file.contains_key(wanted.label)).collect();
    let missing_names: Vec<_> = missing.iter().map(|wanted| (wanted.label, wanted.shape)).collect();
    let extra_names: Vec<_> = extra.iter().map(|tensor| (tensor.name.as_str(), &tensor.shape[..])).collect();
    let is_listed = |place| place < LISTED;
    let of_network = missing_names.iter().enumerate().map(|(place, &(name, shape))| Mismatch::Missing {
        name: name.into(),
        shape: shape.to_vec(),
        similar: is_listed(place).then(|| similar(name, shape, &missing_names, &extra_names)).flatten(),
    });
    let of_file = extra_names.iter().enumerate().map(|(place, &(name, shape))| Mismatch::Extra {
        name: name.into(),
        shape: shape.to_vec(),
        similar: is_listed(place).then(|| similar(name, shape, &extra_names, &missing_names)).flatten(),
    });
    of_network.chain(of_file).collect()
}

/// The one name that may be meant by `name`: where one tensor alone is missing and one alone is left over of a shape, as of several it
/// would be a guess which, and a wrong one would load. One of another shape must be very much like it.
fn similar(name: &str, shape: &[usize], own: &[(&str, &[usize])], candidates: &[(&str, &[usize])]) -> Option<String> {
    if candidates.len() > NAMES || own.len() > NAMES || name.len() > BYTES {
        return None;
    }
    let of_shape = |side: &[(&str, &[usize])]| side.iter().filter(|(_, other)| *other == shape).count();
    let is_alone = of_shape(own) == 1 && of_shape(candidates) == 1;
    let distances = candidates.iter().filter(|(other, _)| other.len() <= BYTES).map(|(other, other_shape)| {
        let allowed = name.len() / if *other_shape == shape { 2 } else { 4 };
        (*other_shape != shape, edit_distance(name, other), allowed, *other)
    });
    let fitting = distances.filter(|(differs, distance, allowed, _)| (*differs || is_alone) && distance <= allowed);
    fitting.min().map(|best| best.3.into())
}

/// Insertions, deletions and replacements that turn one name into the other (Levenshtein, 1966).
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
