//! The scores of a search in a file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};

use serde_json::{Value, json};

use super::Search;
use crate::Error;
use crate::train::checkpoint::{CheckpointProblem, State};
use crate::weights::write_atomically;

/// By the rung, and the number of the trial.
pub(super) type Scores = BTreeMap<(usize, usize), f64>;

/// The version of the format that this library writes, and the newest that it reads.
const FORMAT: u64 = 1;

const FORMAT_KEY: &str = "nn_core.search";

/// Fails where the file is of another search. Without a file there are no scores.
pub(super) fn load(search: &Search) -> Result<Scores, Error> {
    let Some(path) = &search.file else { return Ok(Scores::new()) };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Scores::new()),
        Err(error) => return Err(Error::io(path, "read", error)),
    };
    let value: Value = serde_json::from_slice(&text).unwrap_or_default();
    let state = State::new(path, &value);
    let found = state.count(FORMAT_KEY)?;
    if found > FORMAT {
        return Err(Error::Checkpoint {
            path: path.clone(),
            problem: CheckpointProblem::Newer { found, known: FORMAT },
        });
    }
    state.expect_text("space", &search.space.to_string())?;
    state.expect("seed", search.seed)?;
    state.expect_text("budgets", &budgets(search))?;
    let mut scores = Scores::new();
    for score in state.parts("scores")? {
        let (rung, trial) = (score.count("rung")?, score.count("trial")?);
        scores.insert((rung as usize, trial as usize), score.number("bits")?);
    }
    Ok(scores)
}

/// Writes the file whole.
pub(super) fn save(search: &Search, scores: &Scores) -> Result<(), Error> {
    let Some(path) = &search.file else { return Ok(()) };
    let score = |(&(rung, trial), score): (&(usize, usize), &f64)| {
        // The bits are what counts; the text is for people.
        json!({ "rung": rung, "trial": trial, "bits": score.to_bits(), "score": score.to_string() })
    };
    let text = json!({
        FORMAT_KEY: FORMAT,
        "space": search.space.to_string(),
        "seed": search.seed,
        "budgets": budgets(search),
        "scores": scores.iter().map(score).collect::<Vec<_>>(),
    });
    write_atomically(path, |file| writeln!(file, "{text:#}"))
}

fn budgets(search: &Search) -> String {
    format!("{:?}", search.budgets())
}
