//! Saves a checkpoint.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{FORMAT, FORMAT_KEY, OPTIMIZER, STATE_KEY, SUM};
use crate::weights::save_blocks;
use crate::{Error, FlatSegment, Network, Optimizer, Real, flatten};

/// A checkpoint that is put together.
pub(crate) struct Checkpoint<'c, T> {
    segments: Vec<FlatSegment>,
    blocks: Vec<(String, &'c [T])>,
    state: Map<String, Value>,
}

impl<'c, T: Real> Checkpoint<'c, T> {
    /// One with the parameters of a network.
    pub fn of<N: Network<Scalar = T>>(block: &'c [T]) -> Self {
        let mut state = Map::new();
        state.insert("network".into(), N::NAME.into());
        state.insert("bits".into(), (8 * size_of::<T>()).into());
        Self { segments: flatten(N::ENTRIES), blocks: vec![(String::new(), block)], state }
    }

    /// Adds what an optimizer remembers.
    pub fn optimizer(&mut self, optimizer: &'c Optimizer<T>) {
        let (state, rule) = (&optimizer.state, &optimizer.rule);
        for (name, numbers) in rule.arrays().iter().zip(&state.arrays) {
            self.block(format!("{OPTIMIZER}{name}/"), numbers);
        }
        if state.summed > 0 {
            self.block(format!("{OPTIMIZER}{SUM}"), &state.sum);
        }
        self.state(
            "optimizer",
            json!({
                "rule": rule.name(),
                "learning_rate": optimizer.learning_rate.to_bits(),
                "factor": optimizer.factor.to_bits(),
                "steps": state.steps,
                "taken": state.taken,
                "summed": state.summed,
            }),
        );
    }

    /// Adds numbers for all parameters.
    pub fn block(&mut self, name: String, numbers: &'c [T]) {
        self.blocks.push((name, numbers));
    }

    /// Adds something else.
    pub fn state(&mut self, name: &str, value: Value) {
        self.state.insert(name.into(), value);
    }

    pub fn save(mut self, path: &Path) -> Result<(), Error> {
        let names: Vec<&str> = self.blocks.iter().map(|(name, _)| name.as_str()).collect();
        self.state.insert("blocks".into(), json!(names));
        let state = Value::Object(self.state).to_string();
        let metadata = json!({ "format": "pt", FORMAT_KEY: FORMAT.to_string(), STATE_KEY: state });
        save_blocks(path, &self.segments, &self.blocks, metadata)
    }
}
