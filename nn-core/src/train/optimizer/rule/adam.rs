//! Adam.

use super::moments::Moments;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

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
/// is kept, so that gradients of an `f32` are followed whether they are of 1e-30 or of 1e30. The division is rounded to within three
/// units in the last place of an `f32`.
pub type Adam<T = f32> = Optimizer<T, AdamRule>;

/// The rule of [`Adam`].
#[derive(Clone, Copy, Debug, Default)]
pub struct AdamRule(Moments);

impl<T: Real> Adam<T> {
    /// With this learning rate, which must be positive and finite (0.001 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, AdamRule::default())
    }
}

impl AsMut<Moments> for AdamRule {
    fn as_mut(&mut self) -> &mut Moments {
        &mut self.0
    }
}

impl<T: Real> Rule<T> for AdamRule {
    fn name(&self) -> &'static str {
        "Adam"
    }

    fn arrays(&self) -> &'static [&'static str] {
        Moments::ARRAYS
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        self.0.adam(pace, parameters, gradients, arrays.take());
    }

    fn validate(&self) -> Result<(), Error> {
        self.0.validate::<T>()
    }
}
