//! Search for good settings: random search and successive halving.
//!
//! ```
//! use nn_core::data::Samples;
//! use nn_core::train::search::{Search, Space};
//! use nn_core::{Adam, Network, Trainer, network};
//!
//! network! {
//!     struct Small = [2] -> affine(8) -> relu -> affine(2) -> softmax;
//! }
//!
//! let inputs: Vec<f32> = (0..80).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
//! let labels: Vec<usize> = inputs.chunks(2).map(|point| usize::from(point[0] > point[1])).collect();
//! let train = Samples::new(30, inputs[..60].to_vec(), labels[..30].to_vec())?;
//! let validation = Samples::new(10, inputs[60..].to_vec(), labels[30..].to_vec())?;
//!
//! let space = Space::new().log_uniform("rate", 1e-4..1e-1).integer("batch", 4..=16);
//! let report = Search::random(space, 6).seed(1).run(|trial| {
//!     let mut net = Small::new(trial.seed());
//!     let history = Trainer::new(Adam::new(trial.number("rate")?))
//!         .batch_size(trial.integer("batch")?)
//!         .epochs(3)
//!         .validation(&validation)
//!         .fit(&mut net, &train)?;
//!     Ok(history[2].loss())
//! })?;
//! println!("{report}");
//! let best = report.best().expect("a loss that is a number");
//! assert!(report.iter().all(|outcome| outcome.score >= best.score));
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! Successive halving lets all trials learn for a few epochs, and the better ones for more. A trial may go on from a checkpoint of its
//! own:
//!
//! ```
//! # use nn_core::data::Samples;
//! # use nn_core::train::search::{Search, Space};
//! # use nn_core::{Adam, Network, Trainer, network};
//! # network! { struct Small = [2] -> affine(8) -> relu -> affine(2) -> softmax; }
//! # let inputs: Vec<f32> = (0..80).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
//! # let labels: Vec<usize> = inputs.chunks(2).map(|point| usize::from(point[0] > point[1])).collect();
//! # let (train, validation) = (Samples::new(40, inputs.clone(), labels.clone())?, Samples::new(40, inputs, labels)?);
//! # let folder = std::env::temp_dir().join(format!("nn-core-search-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).expect("writable");
//! let space = Space::new().log_uniform("rate", 1e-4..1e-1);
//! // Nine trials of one epoch; the best three go on to three epochs, and the best one to nine.
//! let report = Search::halving(space, 9, 1..=9, 3).file(folder.join("search.json")).run(|trial| {
//!     let checkpoint = folder.join(format!("{}.safetensors", trial.index()));
//!     let mut net = Small::new(trial.seed());
//!     let mut trainer = Trainer::new(Adam::new(trial.number("rate")?)).epochs(trial.budget()).validation(&validation);
//!     if trial.spent() > 0 {
//!         trainer.resume(&checkpoint, &mut net)?;
//!     }
//!     let history = trainer.fit(&mut net, &train)?;
//!     trainer.save(&checkpoint, &net)?;
//!     Ok(history[history.len() - 1].loss())
//! })?;
//! assert_eq!(report.iter().map(|outcome| outcome.trial.budget()).collect::<Vec<_>>(), [9, 3, 3, 1, 1, 1, 1, 1, 1]);
//! # std::fs::remove_dir_all(folder).ok();
//! # Ok::<(), nn_core::Error>(())
//! ```

mod file;
mod problem;
mod report;
mod run;
mod space;
#[cfg(test)]
mod tests;
mod trial;

pub use problem::SearchProblem;
pub use report::{Outcome, Report};
pub use space::Space;
pub use trial::{Trial, Value};

use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::threads;
use crate::Error;
use run::Run;

/// Tries settings from a [`Space`], and tells which were best.
///
/// The same seed gives the same trials on any number of threads.
#[derive(Clone, Debug)]
pub struct Search {
    space: Space,
    trials: usize,
    budgets: RangeInclusive<usize>,
    factor: usize,
    seed: u64,
    threads: usize,
    file: Option<PathBuf>,
    maximises: bool,
}

impl Search {
    /// Random search (Bergstra and Bengio, 2012): so many trials, each drawn by itself, with a budget of 1.
    pub fn random(space: Space, trials: usize) -> Self {
        Self::halving(space, trials, 1..=1, 2)
    }

    /// Successive halving (Jamieson and Talwalkar, 2016): so many trials with the least budget, in epochs or whatever the trial counts by.
    /// The best of them, one of `factor`, go on to `factor` times the budget, and so on up to the largest, which one trial has at least.
    pub fn halving(space: Space, trials: usize, budgets: RangeInclusive<usize>, factor: usize) -> Self {
        Self { space, trials, budgets, factor, seed: 0, threads: 1, file: None, maximises: false }
    }

    /// Keys what is drawn.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Runs so many trials at a time, 1024 at most, each on one thread. Unless told otherwise there is one at a time, which trains on all
    /// cores; for small networks several are faster.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Keeps the scores in this file, which is written whole after every trial. Where it is there already, the search goes on from it:
    /// with the same result, if a trial has the same score each time. It may then have more trials than before.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Looks for the largest score, an accuracy, say, and not for the smallest.
    pub fn maximise(mut self) -> Self {
        self.maximises = true;
        self
    }

    /// Calls `objective` with every trial, and takes the score that it returns: the loss on samples that were not learnt from.
    ///
    /// A score that is not finite is the worst; so is a training that ends because its numbers were not.
    ///
    /// # Errors
    ///
    /// When the space is empty or one of its ranges is, a setting is out of range, the file cannot be read or written or is of another
    /// search, or `objective` fails otherwise. No further trial begins then; what is done is in the file.
    pub fn run(&self, objective: impl Fn(&Trial) -> Result<f64, Error> + Sync) -> Result<Report, Error> {
        self.space.validate()?;
        Error::check_count("count of trials", self.trials)?;
        threads::check(Some(self.threads))?;
        let (least, most) = (*self.budgets.start(), *self.budgets.end());
        if least == 0 || least > most {
            let (name, value) = ("range of budgets", format!("{least}..={most}"));
            return Err(Error::Setting { name, value, range: "not empty, and from 1 or above" });
        }
        if self.factor < 2 {
            let (name, value) = ("factor of successive halving", self.factor.to_string());
            return Err(Error::Setting { name, value, range: "at least 2" });
        }
        Run::new(self)?.run(&objective)
    }

    /// The budgets, each `factor` times the one before it.
    fn budgets(&self) -> Vec<usize> {
        let (least, most) = (*self.budgets.start(), *self.budgets.end());
        let next = |budget: &usize| (*budget < most).then(|| budget.saturating_mul(self.factor).min(most));
        std::iter::successors(Some(least), next).collect()
    }
}
