//! Adam.

use super::state::State;
use super::update::{Pace, update};
use super::{Optimizer, check_learning_rate};
use crate::train::kernels::optimizer::AdamStep;
use crate::{Error, FlatSegment, Real};

/// Adam (Kingma and Ba, 2015), with its defaults: decay rates 0.9 and 0.999, epsilon 1e-8.
///
/// As in PyTorch, the bias corrections go into the step size and the denominator:
///
/// ```text
/// m = β₁ m + (1 - β₁) g         v = β₂ v + (1 - β₂) g²
/// p -= rate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
/// ```
///
/// The moments are kept without their factors `1 - β`, which go into the step size and ε, as does `√(1 - β₂ᵗ)`. Of the second, the root
/// is kept, so that gradients of an `f32` are followed whether they are of 1e-30 or of 1e30. The division is
/// rounded to within three units in the last place of an `f32`. Every 64 steps, moments that have faded to subnormal
/// numbers become zero.
#[derive(Clone, Debug)]
pub struct Adam<T: Real = f32> {
    learning_rate: f64,
    decays: [f64; 2],
    epsilon: f64,
    moments: State<T, 2>,
}

impl<T: Real> Adam<T> {
    /// With this learning rate, which must be positive and finite (0.001 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, decays: [0.9, 0.999], epsilon: 1e-8, moments: State::new() }
    }

    /// With other decay rates of the first and second moment, each from 0 to below 1.
    pub fn decays(mut self, first: f64, second: f64) -> Self {
        self.decays = [first, second];
        self
    }

    /// With another number added to the denominator, finite and at least the smallest normal number: 1.2e-38 of `f32`. A
    /// smaller one would be lost in the arithmetic, and a parameter without gradient divided by zero.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}

impl<T: Real> Optimizer<T> for Adam<T> {
    fn step(&mut self, segments: &[FlatSegment], parameters: &mut [T], gradients: &[T]) -> Result<(), Error> {
        self.validate()?;
        self.moments.begin(segments, parameters, gradients)?;
        let (decays, epsilon) = (self.decays, self.epsilon);
        let rule = |pace: Pace, p: &mut [T], g: &[T], [m, r]: [&mut [T]; 2]| {
            let corrections = decays.map(|decay| (1.0 - decay.powf(pace.step as f64)) / (1.0 - decay));
            let step = AdamStep { learning_rate: pace.rate, decays, corrections, epsilon };
            T::adam_step(&step, p, g, m, r);
        };
        update(segments, self.learning_rate, parameters, gradients, &mut self.moments, rule);
        Ok(())
    }

    fn validate(&self) -> Result<(), Error> {
        check_learning_rate(self.learning_rate)?;
        for decay in self.decays {
            Error::check_setting("decay rate", decay, (0.0..1.0).contains(&decay), "from 0 to below 1")?;
        }
        let is_normal = self.epsilon >= T::MIN_POSITIVE.to_f64();
        Error::check_setting(
            "epsilon",
            self.epsilon,
            is_normal,
            "finite, and a normal number in the network's precision",
        )
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }
}
