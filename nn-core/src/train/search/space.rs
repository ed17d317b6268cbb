//! What is searched.

use core::fmt;
use core::ops::{Range, RangeInclusive};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use super::{SearchProblem, Trial, Value};
use crate::Error;
use crate::base::random::{below, uniform};

/// The parameters of a search with their ranges.
///
/// ```
/// use nn_core::train::search::Space;
///
/// let space = Space::new()
///     .log_uniform("rate", 1e-4..1e-1)
///     .uniform("dropout", 0.0..0.5)
///     .integer("batch", 16..=128)
///     .choice("optimizer", ["sgd", "adam"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    pub(super) parameters: Vec<(String, Draw)>,
}

impl Space {
    /// Without parameters yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A number whose logarithm is drawn evenly: for what matters by its order of magnitude, such as a learning rate. Both ends are
    /// finite and above zero.
    pub fn log_uniform(self, name: impl Into<String>, range: Range<f64>) -> Self {
        self.with(name, Draw::LogUniform(range))
    }

    /// A number drawn evenly, between finite ends.
    pub fn uniform(self, name: impl Into<String>, range: Range<f64>) -> Self {
        self.with(name, Draw::Uniform(range))
    }

    /// A whole number drawn evenly.
    pub fn integer(self, name: impl Into<String>, range: RangeInclusive<usize>) -> Self {
        self.with(name, Draw::Integer(range))
    }

    /// One of these names, all of them equally likely.
    pub fn choice<C: Into<String>>(self, name: impl Into<String>, choices: impl IntoIterator<Item = C>) -> Self {
        self.with(name, Draw::Choice(choices.into_iter().map(Into::into).collect()))
    }

    fn with(mut self, name: impl Into<String>, draw: Draw) -> Self {
        self.parameters.push((name.into(), draw));
        self
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        if self.parameters.is_empty() {
            return Err(SearchProblem::Empty.into());
        }
        for (i, (name, draw)) in self.parameters.iter().enumerate() {
            if self.parameters[..i].iter().any(|(other, _)| other == name) {
                return Err(SearchProblem::Twice { name: name.clone() }.into());
            }
            let (holds, allowed) = draw.check();
            if !holds {
                return Err(SearchProblem::Range { name: name.clone(), found: draw.to_string(), allowed }.into());
            }
        }
        Ok(())
    }

    /// The trial with this number, which no other trial has a part in.
    pub(super) fn trial(&self, seed: u64, index: usize) -> Trial {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index as u64);
        let seed = random.next_u64();
        let values = self.parameters.iter().map(|(name, draw)| (name.clone(), draw.draw(random.next_u64()))).collect();
        Trial { index, seed, values, budget: 0, spent: 0 }
    }
}

/// How a parameter is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Draw {
    LogUniform(Range<f64>),
    Uniform(Range<f64>),
    Integer(RangeInclusive<usize>),
    Choice(Vec<String>),
}

impl Draw {
    /// Whether something can be drawn, and what must hold for that.
    fn check(&self) -> (bool, &'static str) {
        let is_finite = |range: &Range<f64>| (range.end - range.start).is_finite() && range.start < range.end;
        match self {
            Self::LogUniform(range) => {
                (is_finite(range) && range.start > 0.0, "from a finite number above 0 to a larger one")
            }
            Self::Uniform(range) => (is_finite(range), "from a finite number to a larger one"),
            Self::Integer(range) => (range.start() <= range.end(), "from a whole number to the same or a larger one"),
            Self::Choice(choices) => {
                let is_new = |(i, choice): (usize, &String)| !choices[..i].contains(choice);
                (!choices.is_empty() && choices.iter().enumerate().all(is_new), "one or more names, all different")
            }
        }
    }

    /// A value, of 64 random bits.
    fn draw(&self, bits: u64) -> Value {
        let between = |low: f64, high: f64| low + uniform(bits) * (high - low);
        match self {
            Self::LogUniform(Range { start, end }) => {
                Value::Number(between(start.ln(), end.ln()).exp().clamp(*start, *end))
            }
            Self::Uniform(Range { start, end }) => Value::Number(between(*start, *end)),
            Self::Integer(range) => {
                Value::Integer(range.start() + below(bits, (range.end() - range.start()) as u128 + 1))
            }
            Self::Choice(choices) => Value::Choice(choices[below(bits, choices.len() as u128)].clone()),
        }
    }
}

/// All of it, so that a file can be compared.
impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogUniform(range) => write!(f, "log-uniform {range:?}"),
            Self::Uniform(range) => write!(f, "uniform {range:?}"),
            Self::Integer(range) => write!(f, "integer {range:?}"),
            Self::Choice(choices) => write!(f, "choice of {choices:?}"),
        }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, draw)) in self.parameters.iter().enumerate() {
            write!(f, "{}{name}: {draw}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}
