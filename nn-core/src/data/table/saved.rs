//! An encoding in the file of a network's weights.

use std::path::Path;

use serde_json::{Value, json};

use super::Encoding;
use super::kind::{Column, Kind};
use crate::Error;
use crate::base::channel::Channel;
use crate::data::Normalisation;
use crate::weights::{Metadata, WeightsProblem, load_metadata};

/// The name of the entry in a file's metadata.
const ENCODING: &str = "encoding";

impl Metadata for Encoding {
    /// The normalisation stands by itself, for an embedded network.
    fn entries(&self) -> Vec<(&'static str, String)> {
        let target = self.target.as_ref().map(write_column);
        let encoding = json!({
            "inputs": self.inputs.iter().map(write_column).collect::<Vec<_>>(),
            "target": target,
            "target_mean": self.target_scale.mean,
            "target_deviation": self.target_scale.deviation,
            "missing": self.missing,
        });
        let mut entries = self.normalisation.entries();
        entries.push((ENCODING, encoding.to_string()));
        entries
    }
}

impl Encoding {
    /// Reads what [`save_with`](crate::Network::save_with) has written beside a network's weights.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no weights file, or has no encoding.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let fails = |problem| Error::Weights { path: path.into(), problem };
        let name = || ENCODING.to_owned();
        let metadata = load_metadata(path, &[], 0)?;
        let text = metadata.get(ENCODING).ok_or_else(|| fails(WeightsProblem::NoMetadata { name: name() }))?;
        let damaged = |reason| fails(WeightsProblem::Metadata { name: name(), reason });
        let saved = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        let encoding = read(&saved, Normalisation::load(path)?);
        let encoding = encoding.filter(|encoding| encoding.normalisation.channels().len() == encoding.input_len());
        encoding.ok_or_else(|| damaged("it is no encoding of a table".into()))
    }
}

fn read(saved: &Value, normalisation: Normalisation) -> Option<Encoding> {
    let target_scale = Channel { mean: saved["target_mean"].as_f64()?, deviation: saved["target_deviation"].as_f64()? };
    Some(Encoding {
        inputs: saved["inputs"].as_array()?.iter().map(read_column).collect::<Option<_>>()?,
        target: if saved["target"].is_null() { None } else { Some(read_column(&saved["target"])?) },
        missing: texts(&saved["missing"])?,
        normalisation,
        target_scale,
    })
}

fn write_column(Column { name, kind }: &Column) -> Value {
    match kind {
        Kind::Number { fill } => json!({ "name": name, "fill": fill }),
        Kind::Category { names, fill, one_hot } => {
            json!({ "name": name, "categories": names, "fill": fill, "one_hot": one_hot })
        }
    }
}

fn read_column(saved: &Value) -> Option<Column> {
    let (name, fill) = (saved["name"].as_str()?.to_owned(), &saved["fill"]);
    let kind = match saved.get("categories") {
        None => Kind::Number { fill: if fill.is_null() { None } else { Some(fill.as_f64()?) } },
        Some(categories) => {
            let (names, fill) = (texts(categories)?, fill.as_u64().map(|fill| fill as usize));
            if !names.is_sorted() || fill.is_some_and(|fill| fill >= names.len()) {
                return None;
            }
            Kind::Category { names, fill, one_hot: saved["one_hot"].as_bool()? }
        }
    };
    Some(Column { name, kind })
}

fn texts(saved: &Value) -> Option<Vec<String>> {
    saved.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}
