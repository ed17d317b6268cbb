//! How the numbers that a network takes are normalised, as its weights file tells.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::WeightsProblem;

/// The name of the entry in a file's metadata: `{"mean": […], "deviation": […]}`, with a number for each channel.
pub const NORMALISATION: &str = "normalisation";

/// The entry for such means and deviations.
pub fn write_normalisation(channels: impl Iterator<Item = (f64, f64)>) -> String {
    let (means, deviations): (Vec<f64>, Vec<f64>) = channels.unzip();
    json!({ "mean": means, "deviation": deviations }).to_string()
}

/// The means and deviations that a file's metadata tell; `None` where they tell nothing of it.
///
/// # Errors
///
/// When there are not as many of both, a mean is no finite number, or a deviation is not a positive one.
pub fn read_normalisation(metadata: &BTreeMap<String, String>) -> Result<Option<Vec<(f64, f64)>>, WeightsProblem> {
    let Some(entry) = metadata.get(NORMALISATION) else { return Ok(None) };
    let wrong = |reason: &str| WeightsProblem::Metadata { name: NORMALISATION.into(), reason: reason.into() };
    let entry: Value = serde_json::from_str(entry).map_err(|error| wrong(&error.to_string()))?;
    let numbers = |name| {
        let numbers = entry.get(name).and_then(Value::as_array);
        numbers.and_then(|numbers| numbers.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>())
    };
    let (Some(means), Some(deviations)) = (numbers("mean"), numbers("deviation")) else {
        return Err(wrong("it is not a list of means and one of deviations"));
    };
    if means.len() != deviations.len() {
        return Err(wrong("it has not as many means as deviations"));
    }
    if !means.iter().all(|mean| mean.is_finite()) || !deviations.iter().all(|&d| d.is_finite() && d > 0.0) {
        return Err(wrong("a mean is not finite, or a deviation not a positive, finite number"));
    }
    Ok(Some(means.into_iter().zip(deviations).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: &str) -> Result<Option<Vec<(f64, f64)>>, WeightsProblem> {
        read_normalisation(&BTreeMap::from([(NORMALISATION.to_owned(), entry.to_owned())]))
    }

    #[test]
    fn what_is_written_is_read_to_the_last_bit() {
        let channels = [(0.1 + 0.2, 1.0 / 3.0), (-f64::MAX, f64::MIN_POSITIVE), (5e-324, 0.353_024_251_234_567_8)];
        assert_eq!(read(&write_normalisation(channels.into_iter())), Ok(Some(channels.to_vec())));
        assert_eq!(read_normalisation(&BTreeMap::new()), Ok(None));
    }

    #[test]
    fn damaged_entries_are_told() {
        for (entry, expected) in [
            ("[", "EOF while parsing"),
            ("{}", "not a list of means"),
            (r#"{"mean": [1], "deviation": ["1"]}"#, "not a list of means"),
            (r#"{"mean": [1, 2], "deviation": [1]}"#, "not as many means"),
            (r#"{"mean": [1], "deviation": [0]}"#, "a deviation not a positive"),
        ] {
            let found = read(entry).expect_err(entry).to_string();
            assert!(found.contains("`normalisation`") && found.contains(expected), "{entry}: {found}");
        }
    }
}
