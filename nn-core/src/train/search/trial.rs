//! One choice of settings.

use core::fmt;

use super::SearchProblem;
use crate::Error;

/// A value for every parameter of a space.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub(super) index: usize,
    pub(super) seed: u64,
    pub(super) values: Vec<(String, Value)>,
    pub(super) budget: usize,
    pub(super) spent: usize,
}

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Drawn evenly, or by its logarithm.
    Number(f64),
    /// A whole number.
    Integer(usize),
    /// One of several names.
    Choice(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) if *number != 0.0 && !(1e-3..1e4).contains(&number.abs()) => write!(f, "{number:.3e}"),
            Self::Number(number) => write!(f, "{number:.4}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Choice(name) => write!(f, "{name}"),
        }
    }
}

impl Trial {
    /// Its number, from zero.
    pub fn index(&self) -> usize {
        self.index
    }

    /// A seed of its own, for the first weights and the order of samples.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What it is to have spent in all when it returns: the epochs that it has learnt for, say. 1 in a random search.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// What it has spent before, in an earlier call; 0 in the first one.
    pub fn spent(&self) -> usize {
        self.spent
    }

    /// The values by the names of the parameters.
    pub fn values(&self) -> &[(String, Value)] {
        &self.values
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// When the space has no number of this name.
    pub fn number(&self, name: &str) -> Result<f64, Error> {
        match self.value(name) {
            Some(Value::Number(number)) => Ok(*number),
            _ => Err(self.unknown("number", name)),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// When the space has no whole number of this name.
    pub fn integer(&self, name: &str) -> Result<usize, Error> {
        match self.value(name) {
            Some(Value::Integer(number)) => Ok(*number),
            _ => Err(self.unknown("integer", name)),
        }
    }

    /// One of several names.
    ///
    /// # Errors
    ///
    /// When the space has no choice of this name.
    pub fn choice(&self, name: &str) -> Result<&str, Error> {
        match self.value(name) {
            Some(Value::Choice(choice)) => Ok(choice),
            _ => Err(self.unknown("choice", name)),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    fn unknown(&self, kind: &str, name: &str) -> Error {
        let kind_of = |value: &Value| match value {
            Value::Number(_) => "number",
            Value::Integer(_) => "integer",
            Value::Choice(_) => "choice",
        };
        let parameters = self.values.iter().map(|(name, value)| format!("{} `{name}`", kind_of(value)));
        SearchProblem::Unknown { asked: format!("{kind} `{name}`"), parameters: parameters.collect() }.into()
    }
}
