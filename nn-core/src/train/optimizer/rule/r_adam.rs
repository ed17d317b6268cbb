//! Adam whose first steps are rectified.

use super::moments::Moments;
use crate::train::optimizer::{Arrays, Optimizer, Pace, Rule};
use crate::{Error, Real};

/// Rectified Adam (Liu et al., *On the Variance of the Adaptive Learning Rate and Beyond*, 2020), with Adam's defaults:
///
/// ```text
/// ρ∞ = 2 / (1 - β₂) - 1        ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)        r = √((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))
/// p -= rate / (1 - β₁ᵗ) · r · √(1 - β₂ᵗ) · m / (√v + ε)      where ρ > 5
/// p -= rate / (1 - β₁ᵗ) · m                                  before
/// ```
///
/// with Adam's moments `m` and `v`. As in PyTorch the bound is 5, and not the paper's 4.
pub type RAdam<T = f32> = Optimizer<T, RAdamRule>;

/// The rule of [`RAdam`].
#[derive(Clone, Copy, Debug, Default)]
pub struct RAdamRule(Moments);

impl<T: Real> RAdam<T> {
    /// With this learning rate, which must be positive and finite (0.001 is usual).
    pub fn new(learning_rate: f64) -> Self {
        Self::with_rule(learning_rate, RAdamRule::default())
    }
}

impl AsMut<Moments> for RAdamRule {
    fn as_mut(&mut self) -> &mut Moments {
        &mut self.0
    }
}

impl RAdamRule {
    /// `r` of the formula; none as long as the second moment says too little.
    fn rectification(&self, pace: &Pace) -> Option<f64> {
        let decay = self.0.decays[1];
        let power = decay.powf(pace.step as f64);
        let most = 2.0 / (1.0 - decay) - 1.0;
        let length = most - 2.0 * pace.step as f64 * power / (1.0 - power);
        let square = (length - 4.0) * (length - 2.0) * most / ((most - 4.0) * (most - 2.0) * length);
        (length > 5.0).then(|| square.sqrt())
    }
}

impl<T: Real> Rule<T> for RAdamRule {
    fn name(&self) -> &'static str {
        "RAdam"
    }

    fn arrays(&self) -> &'static [&'static str] {
        Moments::ARRAYS
    }

    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        let [first, root] = arrays.take();
        let Moments { decays, epsilon } = self.0;
        let corrections = self.0.corrections(pace);
        let rate = pace.rate / corrections[0];
        match self.rectification(pace) {
            Some(rectification) => {
                let rate = rate * rectification * corrections[1].sqrt();
                let epsilon = epsilon / (1.0 - decays[1]).sqrt();
                T::adam_step(rate, decays, epsilon, parameters, gradients, first, root);
            }
            None => {
                T::momentum_step(rate, decays[0], parameters, gradients, first);
                T::root_step(decays[1], root, gradients);
            }
        }
    }

    fn validate(&self) -> Result<(), Error> {
        self.0.validate::<T>()
    }
}
