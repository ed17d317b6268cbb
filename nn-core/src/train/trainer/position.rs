//! Where a run stands, and how that is saved.

use std::path::Path;

use serde_json::{Value, json};

use super::{Settings, Total};
use crate::train::callback::Memory;
use crate::train::checkpoint::{Checkpoint, Saved, State};
use crate::train::loss::{Hits, Mean};
use crate::{Error, Network};

/// How far a trainer has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Position {
    /// The epochs that had been done when the run began.
    pub start: usize,
    /// The epochs that are done.
    pub epochs: usize,
    /// The steps that are done of the epoch after them.
    pub steps: usize,
    /// The samples in them.
    pub samples: usize,
    /// What has been found in them, of each output.
    pub totals: Vec<Total>,
    /// All passes, which key the draws of dropout.
    pub passes: u64,
    /// Whether the run goes on from a checkpoint, and has not begun anew.
    pub resumed: bool,
}

impl Position {
    /// Begins a run, or goes on with one that was saved. An epoch that failed is not taken up again.
    pub fn begin(&mut self) {
        if !self.resumed {
            let failed = usize::from(self.steps > 0);
            let epochs = self.epochs + failed;
            *self = Self { start: epochs, epochs, passes: self.passes, ..Self::default() };
        }
        self.resumed = false;
    }

    /// Counts a step.
    pub fn took(&mut self, samples: usize, found: &[(Mean, Option<Hits>)]) {
        (self.steps, self.passes, self.samples) = (self.steps + 1, self.passes + 1, self.samples + samples);
        self.totals.resize(found.len(), Total::default());
        for (total, (mean, hits)) in self.totals.iter_mut().zip(found) {
            total.add(*mean);
            total.hit(*hits);
        }
    }

    fn to_json(&self) -> Value {
        let outputs = self.totals.iter().map(|total| {
            let hits = total.hits.map(|hits| [hits.right, hits.of]);
            json!({ "loss": total.loss.to_bits(), "weight": total.weight.to_bits(), "hits": hits })
        });
        json!({
            "start": self.start, "epochs": self.epochs, "steps": self.steps, "passes": self.passes,
            "samples": self.samples, "outputs": outputs.collect::<Vec<_>>(),
        })
    }

    fn from_json(state: &State<'_>) -> Result<Self, Error> {
        let total = |output: State<'_>| {
            let hits = output.counts("hits").ok().and_then(|hits| <[usize; 2]>::try_from(hits).ok());
            let hits = hits.map(|[right, of]| Hits { right, of });
            Ok(Total { loss: output.number("loss")?, weight: output.number("weight")?, hits })
        };
        Ok(Self {
            start: state.count("start")? as usize,
            epochs: state.count("epochs")? as usize,
            steps: state.count("steps")? as usize,
            samples: state.count("samples")? as usize,
            totals: state.parts("outputs")?.map(total).collect::<Result<_, Error>>()?,
            passes: state.count("passes")?,
            resumed: true,
        })
    }
}

/// The name of the weights that a callback remembers, in a checkpoint.
fn weights_of(callback: usize) -> String {
    format!("callback/{callback}/")
}

impl<N: Network> Settings<'_, N> {
    pub(super) fn save(&self, path: &Path, net: &N, position: &Position) -> Result<(), Error> {
        let memories: Vec<Memory<N::Scalar>> = self.callbacks.iter().map(|callback| callback.memory()).collect();
        let mut checkpoint = Checkpoint::of::<N>(net.block());
        checkpoint.optimizer(&self.optimizer);
        for (i, memory) in memories.iter().enumerate() {
            memory.weights.iter().for_each(|weights| checkpoint.block(weights_of(i), weights));
        }
        let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<u64>>();
        let callbacks = memories.iter().map(|memory| json!({ "numbers": bits(&memory.numbers) }));
        checkpoint.state("callbacks", callbacks.collect());
        let schedule = self.schedule.as_ref().map(|(_, schedule)| schedule.state());
        checkpoint.state("schedule", json!({ "numbers": bits(&schedule.unwrap_or_default()) }));
        checkpoint.state("run", position.to_json());
        checkpoint.state("order", json!({ "seed": self.seed, "batch_size": self.batch_size }));
        checkpoint.save(path)
    }

    /// Nothing changes on errors.
    pub(super) fn load(&mut self, path: &Path, net: &mut N) -> Result<Position, Error> {
        let mut saved = Saved::<N>::load(path)?;
        let order = saved.state("order")?;
        order.expect("seed", self.seed)?;
        order.expect("batch_size", self.batch_size as u64)?;
        let position = Position::from_json(&saved.state("run")?)?;
        let schedule = saved.state("schedule")?.numbers("numbers")?;
        let states = saved.states("callbacks")?;
        if states.len() != self.callbacks.len() {
            return Err(saved.differs("callbacks", states.len(), self.callbacks.len()));
        }
        let numbers = states.iter().map(|state| state.numbers("numbers")).collect::<Result<Vec<_>, _>>()?;
        saved.check_optimizer(&self.optimizer)?;
        saved.take_optimizer(&mut self.optimizer)?;
        self.schedule.iter_mut().for_each(|(_, own)| own.restore(&schedule));
        for (i, (callback, numbers)) in self.callbacks.iter_mut().zip(numbers).enumerate() {
            callback.recall(Memory { numbers, weights: saved.take_block(&weights_of(i)) });
        }
        net.block_mut().copy_from_slice(saved.network());
        Ok(position)
    }
}
