//! An optimizer: a rule, and what is the same for all rules.

use super::Rule;
use super::clip::Clip;
use super::state::{MOST_ARRAYS, State};
use super::update::{Step, update};
use crate::{Error, FlatSegment, Real};

/// Moves parameters against their gradients by a [`Rule`], and remembers what the rule needs from step to step.
///
/// It belongs to one network from its first step on. Every 64 steps, numbers of its arrays that have faded to subnormal ones become
/// zero.
///
/// `Optimizer<T>` is one whose rule is only known at run time: `&mut Adam` can be passed as `&mut Optimizer`, and `Box<Adam>` kept
/// as `Box<Optimizer>`.
///
/// ```
/// use nn_core::{Adam, Optimizer, Sgd};
///
/// let choose = |name: &str| -> Box<Optimizer> {
///     match name {
///         "adam" => Box::new(Adam::new(0.001)),
///         _ => Box::new(Sgd::new(0.1).weight_decay(1e-4)),
///     }
/// };
/// assert_eq!(choose("adam").learning_rate(), 0.001);
/// ```
#[derive(Clone, Debug)]
pub struct Optimizer<T: Real = f32, R: ?Sized = dyn Rule<T>> {
    pub(crate) learning_rate: f64,
    pub(crate) factor: f64,
    weight_decay: f64,
    clip: Clip,
    accumulated: usize,
    pub(crate) state: State<T>,
    pub(crate) rule: R,
}

impl<T: Real, R> Optimizer<T, R> {
    /// Follows gradients by this rule, at this learning rate, which must be positive and finite.
    pub fn with_rule(learning_rate: f64, rule: R) -> Self {
        Self {
            learning_rate,
            factor: 1.0,
            weight_decay: 0.0,
            clip: Clip::Nothing,
            accumulated: 1,
            state: State::new(),
            rule,
        }
    }

    /// Lets weights decay towards zero: `decay · p` is added to the gradient of each weight `p` (L2 regularisation), or, where the
    /// [rule](Rule::decouples_decay) is [`AdamW`](super::AdamW)'s or [`Lion`](super::Lion)'s, each step first multiplies weights by
    /// `1 - learning rate · decay`. Only weights decay, unless a [group](crate::train::Group) of other parameters says otherwise.
    pub fn weight_decay(mut self, decay: f64) -> Self {
        self.weight_decay = decay;
        self
    }

    /// Shortens all gradients together to this length if they are longer (Pascanu, Mikolov and Bengio, 2013): each is multiplied by
    /// `norm / (their length + 1e-6)`, as in PyTorch. A step fails if one of them is NaN or infinite.
    pub fn clip_norm(mut self, norm: f64) -> Self {
        self.clip = Clip::Norm(norm);
        self
    }

    /// Brings each number of the gradients no further from zero than this.
    pub fn clip_value(mut self, value: f64) -> Self {
        self.clip = Clip::Value(value);
        self
    }

    /// Moves the parameters at every `batches`-th step only, by the mean of the gradients since the last time: the same as
    /// mini-batches that are as many times larger, in the memory of small ones.
    pub fn accumulate(mut self, batches: usize) -> Self {
        self.accumulated = batches;
        self
    }
}

impl<T: Real, R: Rule<T> + ?Sized> Optimizer<T, R> {
    /// Takes one step.
    ///
    /// `segments` is the table of the block, as [`flatten`](crate::flatten) gives it, with the [`Group`](crate::train::Group) of each
    /// tensor. Frozen tensors and running statistics are left alone, as is what the optimizer remembers of them. An empty table
    /// means that every number is trained, and that none decays.
    ///
    /// # Errors
    ///
    /// When a setting is out of range, `parameters`, `gradients` and the optimizer's own arrays differ in length, or gradients to be
    /// clipped by their norm are not finite. No parameter has been moved then.
    pub fn step(&mut self, segments: &[FlatSegment], parameters: &mut [T], gradients: &[T]) -> Result<(), Error> {
        self.validate()?;
        let len = parameters.len();
        if gradients.len() != len {
            return Err(Error::size("gradients given to the optimizer", len, gradients.len()));
        }
        self.state.take_memory(self.rule.arrays().len(), len)?;
        if self.accumulated > 1 && !self.state.accumulate(gradients, self.accumulated) {
            return Ok(());
        }
        let sum = std::mem::take(&mut self.state.sum);
        let gradients = if self.accumulated > 1 { &sum } else { gradients };
        let preparation = self.clip.preparation(1.0 / self.accumulated as f64, gradients);
        let step = preparation.map(|preparation| {
            self.state.begin(segments);
            let (learning_rate, weight_decay) = (self.learning_rate(), self.weight_decay);
            let step = Step { rule: &self.rule, learning_rate, weight_decay, preparation };
            update(&step, segments, parameters, gradients, &mut self.state);
        });
        self.state.sum = sum;
        step
    }

    /// Fails when a setting is out of range.
    ///
    /// # Errors
    ///
    /// When, for instance, the learning rate is not a positive, finite number.
    pub fn validate(&self) -> Result<(), Error> {
        let rate = self.learning_rate;
        Error::check_setting("learning rate", rate, rate > 0.0, "a positive, finite number")?;
        let factor = self.factor;
        Error::check_setting("factor of a schedule", factor, factor >= 0.0, "a finite number, 0 or above")?;
        let decay = self.weight_decay;
        Error::check_setting("weight decay", decay, decay >= 0.0, "a finite number, 0 or above")?;
        Error::check_count("count of accumulated mini-batches", self.accumulated)?;
        self.clip.validate()?;
        let arrays = self.rule.arrays().len();
        if arrays > MOST_ARRAYS {
            return Err(Error::size("arrays of an optimizer's rule", format!("at most {MOST_ARRAYS}"), arrays));
        }
        self.rule.validate()
    }

    /// The rate of the next step: the learning rate times the factor of a schedule.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate * self.factor
    }

    /// Changes the learning rate from the next step on. A schedule's factor stays.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    /// Multiplies the learning rate by this from the next step on, in place of the last factor: that of a
    /// [schedule](crate::train::schedule).
    pub fn set_factor(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// How often the parameters will have been moved after so many mini-batches more.
    pub(crate) fn steps_after(&self, batches: u64) -> u64 {
        self.state.steps + (self.state.summed as u64 + batches) / self.accumulated as u64
    }

    /// How often the parameters have been moved.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }
}
