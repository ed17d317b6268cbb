//! A search that runs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::file::{self, Scores};
use super::{Outcome, Report, Search, Trial};
use crate::{Error, on_threads};

pub(super) struct Run<'s> {
    search: &'s Search,
    budgets: Vec<usize>,
    scores: Scores,
}

/// What the threads of a rung share.
struct Shared {
    scores: Scores,
    failed: Result<(), Error>,
}

impl<'s> Run<'s> {
    /// With the scores of the file, if there is one.
    pub fn new(search: &'s Search) -> Result<Self, Error> {
        Ok(Self { search, budgets: search.budgets(), scores: file::load(search)? })
    }

    pub fn run(mut self, objective: &(impl Fn(&Trial) -> Result<f64, Error> + Sync)) -> Result<Report, Error> {
        let mut trials: Vec<usize> = (0..self.search.trials).collect();
        let mut outcomes = Vec::new();
        for rung in 0..self.budgets.len() {
            self.rung(rung, &trials, objective)?;
            let mut found: Vec<Outcome> = trials.iter().map(|&index| self.outcome(rung, index)).collect();
            // Stable, so that of equal scores the first trial is the better.
            found.sort_by(|a, b| self.cost(a.score).total_cmp(&self.cost(b.score)));
            let is_last = rung + 1 == self.budgets.len();
            let promoted = if is_last { found.len() } else { (found.len() / self.search.factor).max(1) };
            let others = found.split_off(promoted);
            trials = found.iter().map(|outcome| outcome.trial.index).collect();
            trials.sort_unstable();
            outcomes.splice(0..0, others);
            if is_last {
                outcomes.splice(0..0, found);
            }
        }
        Ok(Report { outcomes, maximises: self.search.maximises })
    }

    /// The trial as it is called for a rung.
    fn trial(&self, rung: usize, index: usize) -> Trial {
        let spent = if rung == 0 { 0 } else { self.budgets[rung - 1] };
        Trial { budget: self.budgets[rung], spent, ..self.search.space.trial(self.search.seed, index) }
    }

    fn outcome(&self, rung: usize, index: usize) -> Outcome {
        Outcome { trial: self.trial(rung, index), score: self.scores[&(rung, index)] }
    }

    /// What is to be small.
    fn cost(&self, score: f64) -> f64 {
        match (score.is_finite(), self.search.maximises) {
            (false, _) => f64::INFINITY,
            (true, true) => -score,
            (true, false) => score,
        }
    }

    /// Finds the scores of these trials that are not known yet.
    fn rung(
        &mut self,
        rung: usize,
        trials: &[usize],
        objective: &(impl Fn(&Trial) -> Result<f64, Error> + Sync),
    ) -> Result<(), Error> {
        let missing = trials.iter().copied().filter(|&index| !self.scores.contains_key(&(rung, index)));
        let missing: Vec<usize> = missing.collect();
        let next = AtomicUsize::new(0);
        let shared = Mutex::new(Shared { scores: std::mem::take(&mut self.scores), failed: Ok(()) });
        let work = || {
            while let Some(&index) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                let score = score(objective(&self.trial(rung, index)));
                let mut shared = shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                let kept = score.and_then(|score| {
                    shared.scores.insert((rung, index), score);
                    file::save(self.search, &shared.scores)
                });
                if let Err(error) = kept {
                    next.store(missing.len(), Ordering::Relaxed);
                    shared.failed = Err(error);
                }
            }
        };
        let started = match self.search.threads.min(missing.len()) {
            0 | 1 => {
                work();
                Ok(())
            }
            threads => std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| on_threads(Some(1), work))).collect();
                let join = |worker: std::thread::ScopedJoinHandle<'_, Result<(), Error>>| {
                    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                };
                workers.into_iter().map(join).fold(Ok(()), Result::and)
            }),
        };
        let Shared { scores, failed } = shared.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.scores = scores;
        started.and(failed)
    }
}

/// A training whose numbers were no longer finite is no mistake: its settings are bad.
fn score(result: Result<f64, Error>) -> Result<f64, Error> {
    match result {
        Err(
            Error::NotFinite { .. }
            | Error::ParametersNotFinite { .. }
            | Error::OutputsNotFinite { .. }
            | Error::GradientNotFinite { .. },
        ) => Ok(f64::NAN),
        result => result,
    }
}
