//! What a search has found.

use core::fmt;
use std::ops::Deref;

use super::Trial;

/// A trial with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The trial, with the budget that it was given last.
    pub trial: Trial,
    /// The score of its last call; NaN where it had none.
    pub score: f64,
}

/// All trials of a search, the best first: those of the largest budget, and among them by their scores.
///
/// It prints as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) maximises: bool,
}

impl Deref for Report {
    type Target = [Outcome];

    fn deref(&self) -> &[Outcome] {
        &self.outcomes
    }
}

impl Report {
    /// The best trial; none where no score was finite.
    pub fn best(&self) -> Option<&Outcome> {
        self.iter().find(|outcome| outcome.score.is_finite())
    }

    /// The names of the columns, and the rows.
    fn table(&self) -> Vec<Vec<String>> {
        let has_budgets = self.iter().any(|outcome| outcome.trial.budget > 1);
        let names = |trial: &Trial| trial.values.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let row = |first: [String; 2], budget: String, values: Vec<String>, score: String| {
            let budget = has_budgets.then_some(budget);
            first.into_iter().chain(budget).chain(values).chain([score]).collect::<Vec<String>>()
        };
        let values = self.first().map(|outcome| names(&outcome.trial)).unwrap_or_default();
        let mut rows = vec![row(["rank".into(), "trial".into()], "budget".into(), values, "score".into())];
        for (rank, Outcome { trial, score }) in self.iter().enumerate() {
            let values = trial.values.iter().map(|(_, value)| value.to_string()).collect();
            let first = [(rank + 1).to_string(), trial.index.to_string()];
            rows.push(row(first, trial.budget.to_string(), values, format!("{score:.5}")));
        }
        rows
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.table();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        for row in rows {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}"));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  "))?;
        }
        Ok(())
    }
}

#[cfg(feature = "plot")]
impl Report {
    /// A panel for each parameter with the score over its values, a colour for each budget, and one with the best score so far.
    /// Scores that are not finite are left out.
    pub fn plot(&self, title: impl Into<String>) -> crate::plot::Grid {
        let names = self.first().map(|outcome| outcome.trial.values.as_slice()).unwrap_or_default();
        let grid = crate::plot::Grid::new(title).panel(self.progress());
        (0..names.len()).fold(grid, |grid, parameter| grid.panel(self.panel(parameter)))
    }

    /// The best score of the trials so far, as they were drawn, by their last scores.
    fn progress(&self) -> crate::plot::Curves {
        let mut scores: Vec<(usize, f64)> = self.iter().map(|outcome| (outcome.trial.index, outcome.score)).collect();
        scores.sort_unstable_by_key(|(index, _)| *index);
        // Of a NaN and a number, both give the number.
        let better = if self.maximises { f64::max } else { f64::min };
        let best = scores.into_iter().scan(f64::NAN, |best, (_, score)| {
            *best = better(*best, if score.is_finite() { score } else { f64::NAN });
            Some(*best)
        });
        let best: Vec<f64> = best.collect();
        crate::plot::Curves::new("best so far").axes("trials", "score").curve("", &best)
    }

    fn panel(&self, parameter: usize) -> crate::plot::Curves {
        use super::Value;
        let values = || self.iter().map(|outcome| (&outcome.trial, &outcome.trial.values[parameter].1));
        let mut choices: Vec<&String> = Vec::new();
        for (_, value) in values() {
            if let Value::Choice(choice) = value
                && !choices.contains(&choice)
            {
                choices.push(choice);
            }
        }
        choices.sort_unstable();
        let place = |value: &Value| match value {
            Value::Number(number) => *number,
            Value::Integer(number) => *number as f64,
            Value::Choice(choice) => choices.iter().position(|other| *other == choice).unwrap_or(0) as f64,
        };
        let name = self[0].trial.values[parameter].0.as_str();
        let axis = match choices.as_slice() {
            [] => name.to_owned(),
            choices => {
                let named = choices.iter().enumerate().map(|(i, choice)| format!("{i} {choice}"));
                format!("{name}: {}", named.collect::<Vec<_>>().join(", "))
            }
        };
        let mut curves = crate::plot::Curves::new(name).axes(axis, "score");
        let mut budgets: Vec<usize> = self.iter().map(|outcome| outcome.trial.budget).collect();
        budgets.sort_unstable();
        budgets.dedup();
        for budget in &budgets {
            let of_budget = self.iter().filter(|outcome| outcome.trial.budget == *budget);
            let points = of_budget.map(|outcome| (place(&outcome.trial.values[parameter].1), outcome.score));
            let label = if budgets.len() > 1 { format!("budget {budget}") } else { String::new() };
            curves = curves.dots(label, &points.collect::<Vec<_>>());
        }
        let numbers = || values().filter_map(|(_, value)| if let Value::Number(x) = value { Some(*x) } else { None });
        // Two orders of magnitude were hardly drawn evenly.
        let (low, high) = numbers().fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        if low > 0.0 && high > 100.0 * low { curves.log_x() } else { curves }
    }
}
