//! Loads a checkpoint.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{CheckpointProblem, FORMAT, FORMAT_KEY, OPTIMIZER, STATE_KEY, SUM};
use crate::base::memory::Buffer;
use crate::parameters::Parameters;
use crate::train::optimizer::MOST_ARRAYS;
use crate::weights::{load_blocks, load_metadata};
use crate::{Error, Network, Optimizer, flatten};

/// The network of a checkpoint, to predict with it.
///
/// # Errors
///
/// When the file cannot be read, or is no checkpoint of this network.
pub fn load_network<N: Network>(path: impl AsRef<Path>) -> Result<N, Error> {
    let mut parameters = Parameters::zeros(N::PARAMETERS);
    parameters.copy_from_slice(&Saved::<N>::load(path.as_ref())?.network);
    Ok(N::from_parameters(parameters))
}

/// What a checkpoint holds.
pub(crate) struct Saved<N: Network> {
    path: PathBuf,
    state: Value,
    network: Vec<N::Scalar>,
    blocks: Vec<(String, Vec<N::Scalar>)>,
}

impl<N: Network> Saved<N> {
    pub fn load(path: &Path) -> Result<Self, Error> {
        let segments = flatten(N::ENTRIES);
        // The parameters, an optimizer's, and what some callbacks remember.
        let blocks = 4 * (MOST_ARRAYS + 2);
        let metadata = load_metadata(path, &segments, blocks)?;
        let fails = |problem| Error::Checkpoint { path: path.into(), problem };
        let format = metadata.get(FORMAT_KEY).and_then(|format| format.parse().ok());
        match format.ok_or_else(|| fails(CheckpointProblem::NoCheckpoint))? {
            FORMAT => {}
            found => return Err(fails(CheckpointProblem::Newer { found, known: FORMAT })),
        }
        let state = metadata.get(STATE_KEY).and_then(|state| serde_json::from_str(state).ok());
        let state = state.ok_or_else(|| fails(CheckpointProblem::Damaged { what: "state".into() }))?;
        let mut saved = Self { path: path.into(), state, network: Vec::new(), blocks: Vec::new() };
        let whole = State { path, value: &saved.state };
        whole.expect_text("network", N::NAME)?;
        whole.expect("bits", 8 * size_of::<N::Scalar>() as u64)?;
        let names = whole.list("blocks")?.iter().map(|name| name.as_str().map(str::to_owned));
        let names: Vec<String> = names.collect::<Option<_>>().ok_or_else(|| whole.damaged("blocks"))?;
        if names.first().is_none_or(|name| !name.is_empty()) || names.len() > blocks {
            return Err(whole.damaged("blocks"));
        }
        let mut loaded = load_blocks(path, &segments, &names, N::PARAMETERS)?.into_iter();
        saved.network = loaded.next().unwrap_or_default();
        saved.blocks = names.into_iter().skip(1).zip(loaded).collect();
        Ok(saved)
    }

    /// A part of the state.
    pub fn state(&self, name: &str) -> Result<State<'_>, Error> {
        State { path: &self.path, value: &self.state }.part(name)
    }

    /// A list of parts.
    pub fn states(&self, name: &str) -> Result<Vec<State<'_>>, Error> {
        let list = State { path: &self.path, value: &self.state }.list(name)?;
        Ok(list.iter().map(|value| State { path: &self.path, value }).collect())
    }

    /// That something is another than it was.
    pub fn differs(&self, what: &str, saved: impl ToString, found: impl ToString) -> Error {
        State { path: &self.path, value: &self.state }.differs(what, saved, found)
    }

    /// Numbers for all parameters.
    pub fn take_block(&mut self, name: &str) -> Option<Vec<N::Scalar>> {
        let place = self.blocks.iter().position(|(known, _)| known == name)?;
        Some(self.blocks.swap_remove(place).1)
    }

    /// Fails if the optimizer is another than the one that was saved.
    pub fn check_optimizer(&self, optimizer: &Optimizer<N::Scalar>) -> Result<(), Error> {
        self.state("optimizer")?.expect_text("rule", optimizer.rule.name())
    }

    /// Lets an optimizer remember again. It has changed only if this succeeds.
    pub fn take_optimizer(&mut self, optimizer: &mut Optimizer<N::Scalar>) -> Result<(), Error> {
        let saved = self.state("optimizer")?;
        let (rate, factor) = (saved.number("learning_rate")?, saved.number("factor")?);
        let (steps, summed) = (saved.count("steps")?, saved.count("summed")? as usize);
        let taken = saved.list("taken")?.iter().map(Value::as_u64).collect::<Option<Vec<_>>>();
        let taken = taken.filter(|taken| taken.is_empty() || taken.len() == flatten(N::ENTRIES).len());
        let taken = taken.ok_or_else(|| saved.damaged("taken"))?;
        let mut arrays = Vec::new();
        for name in optimizer.rule.arrays() {
            arrays.extend(self.take_block(&format!("{OPTIMIZER}{name}/")).map(|numbers| Buffer::from_slice(&numbers)));
        }
        if !arrays.is_empty() && arrays.len() != optimizer.rule.arrays().len() {
            return Err(self.state("optimizer")?.damaged("arrays"));
        }
        let sum = self.take_block(&format!("{OPTIMIZER}{SUM}")).unwrap_or_default();
        if summed > 0 && sum.is_empty() {
            return Err(self.state("optimizer")?.damaged("sum"));
        }
        (optimizer.learning_rate, optimizer.factor) = (rate, factor);
        let state = &mut optimizer.state;
        (state.steps, state.taken, state.arrays) = (steps, taken, arrays);
        (state.sum, state.summed) = (Buffer::from_slice(&sum), summed);
        Ok(())
    }

    /// The parameters.
    pub fn network(&self) -> &[N::Scalar] {
        &self.network
    }
}

/// A part of what a checkpoint says.
pub(crate) struct State<'s> {
    path: &'s Path,
    value: &'s Value,
}

impl<'s> State<'s> {
    /// What a file says.
    pub fn new(path: &'s Path, value: &'s Value) -> Self {
        Self { path, value }
    }

    fn part(&self, name: &str) -> Result<State<'s>, Error> {
        let value = self.value.get(name).ok_or_else(|| self.damaged(name))?;
        Ok(State { path: self.path, value })
    }

    fn list(&self, name: &str) -> Result<&'s [Value], Error> {
        let list = self.value.get(name).and_then(Value::as_array);
        list.map(Vec::as_slice).ok_or_else(|| self.damaged(name))
    }

    /// The parts of a list.
    pub fn parts(&self, name: &str) -> Result<impl Iterator<Item = State<'s>>, Error> {
        let path = self.path;
        Ok(self.list(name)?.iter().map(move |value| State { path, value }))
    }

    pub fn counts(&self, name: &str) -> Result<Vec<usize>, Error> {
        let counts = self.list(name)?.iter().map(|count| count.as_u64().map(|count| count as usize));
        counts.collect::<Option<_>>().ok_or_else(|| self.damaged(name))
    }

    pub fn count(&self, name: &str) -> Result<u64, Error> {
        self.value[name].as_u64().ok_or_else(|| self.damaged(name))
    }

    pub fn number(&self, name: &str) -> Result<f64, Error> {
        self.count(name).map(f64::from_bits)
    }

    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        let bits = self.list(name)?.iter().map(|bits| bits.as_u64().map(f64::from_bits));
        bits.collect::<Option<_>>().ok_or_else(|| self.damaged(name))
    }

    /// Fails if a number is another than it was.
    pub fn expect(&self, name: &str, found: u64) -> Result<(), Error> {
        let saved = self.count(name)?;
        if saved == found { Ok(()) } else { Err(self.differs(name, saved, found)) }
    }

    pub fn expect_text(&self, name: &str, found: &str) -> Result<(), Error> {
        let saved = self.value[name].as_str().ok_or_else(|| self.damaged(name))?;
        if saved == found { Ok(()) } else { Err(self.differs(name, saved, found)) }
    }

    fn differs(&self, what: &str, saved: impl ToString, found: impl ToString) -> Error {
        let (what, saved, found) = (what.replace('_', " "), saved.to_string(), found.to_string());
        Error::Checkpoint { path: self.path.into(), problem: CheckpointProblem::Differs { what, saved, found } }
    }

    pub fn damaged(&self, what: &str) -> Error {
        Error::Checkpoint { path: self.path.into(), problem: CheckpointProblem::Damaged { what: what.into() } }
    }
}
