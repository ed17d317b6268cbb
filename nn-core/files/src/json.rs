//! The JSON of a header: what is kept of it, and objects in which every name stands once.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde_core::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::problem::short;

/// The name whose value says nothing of tensors, and may be long.
pub const METADATA: &str = "__metadata__";

/// A JSON object on its way, byte by byte. Unless it is asked for, the value of [`METADATA`] is not kept, but for its braces.
#[derive(Default)]
pub struct Kept {
    with_metadata: bool,
    bytes: Vec<u8>,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Where the last string begins.
    string: usize,
    skips: bool,
}

impl Kept {
    /// Nothing yet.
    pub fn new(with_metadata: bool) -> Self {
        Self { with_metadata, ..Self::default() }
    }

    /// Takes the next byte.
    pub fn take(&mut self, byte: u8) {
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => (self.in_string, self.string) = (true, self.bytes.len()),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.skips &= !(self.depth == 0 || self.depth == 1 && byte == b',');
        }
        if self.skips {
            return;
        }
        self.bytes.push(byte);
        if byte == b':' && !self.with_metadata && !self.in_string && self.depth == 1 && self.is_at_metadata() {
            self.bytes.extend(b"{}");
            self.skips = true;
        }
    }

    /// Whether the colon that was taken last follows [`METADATA`].
    fn is_at_metadata(&self) -> bool {
        let key = self.bytes[self.string..].trim_ascii_end().strip_suffix(b":").unwrap_or(&[]);
        let key = key.trim_ascii_end().strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\""));
        key == Some(METADATA.as_bytes())
    }

    /// What is kept so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The entries of an object, in their order. A name that stands twice is a mistake: which of the two is meant?
pub struct Entries<T>(pub Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
        let (mut entries, mut names) = (Vec::new(), HashSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("\"{}\" is there twice", short(&name))));
            }
            entries.push((name, map.next_value()?));
        }
        Ok(Entries(entries))
    }
}
