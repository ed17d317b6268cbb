//! How parameters follow their gradients.
//!
//! An [`Optimizer`] is a [`Rule`] over parameters, gradients and arrays of the rule's own, together with all that is the same for
//! every rule: memory for the arrays, the learning rate, weight decay, clipped and accumulated gradients, groups of parameters,
//! vectors and threads. [`Adam`], [`Sgd`] and so on are names of optimizers with rules of the library.
//!
//! ```
//! use nn_core::Adam;
//!
//! let mut adam = Adam::new(0.001).weight_decay(1e-4).clip_norm(1.0);
//! let mut parameters = [1.0, -2.0];
//! adam.step(&[], &mut parameters, &[0.5, -0.1])?; // no table: every number is trained
//! assert!(parameters[0] < 1.0 && parameters[1] > -2.0);
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! # A rule of one's own
//!
//! It is a function over slices, in plain loops. It is compiled for every instruction set as far as it is inlined, and called for
//! parts of the parameters on all threads. This one is Adam's simplification AdaMax (Kingma and Ba, 2015):
//!
//! ```
//! use nn_core::train::optimizer::{Arrays, Optimizer, Pace, Rule};
//!
//! struct AdaMax;
//!
//! impl Rule<f32> for AdaMax {
//!     fn name(&self) -> &'static str {
//!         "AdaMax"
//!     }
//!
//!     fn arrays(&self) -> &'static [&'static str] {
//!         &["moment", "norm"]
//!     }
//!
//!     #[inline]
//!     fn update(&self, pace: &Pace, parameters: &mut [f32], gradients: &[f32], arrays: Arrays<'_, f32>) {
//!         let [moment, norm] = arrays.take();
//!         let rate = (pace.rate / (1.0 - 0.9_f64.powf(pace.step as f64))) as f32;
//!         for (((p, g), m), u) in parameters.iter_mut().zip(gradients).zip(moment).zip(norm) {
//!             *m = 0.9 * *m + 0.1 * g;
//!             *u = (0.999 * *u).max(g.abs() + 1e-8);
//!             *p -= rate * *m / *u;
//!         }
//!     }
//! }
//!
//! let mut rule = Optimizer::with_rule(0.002, AdaMax).clip_value(0.5);
//! let mut parameters = [1.0, -2.0];
//! rule.step(&[], &mut parameters, &[0.5, -0.1])?;
//! assert!((parameters[0] - 0.998).abs() < 1e-6 && (parameters[1] + 1.998).abs() < 1e-6);
//! # Ok::<(), nn_core::Error>(())
//! ```

mod clip;
mod rule;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub use rule::ada_grad::{AdaGrad, AdaGradRule};
pub use rule::adam::{Adam, AdamRule};
pub use rule::adam_w::{AdamW, AdamWRule};
pub use rule::lion::{Lion, LionRule};
pub use rule::moments::Moments;
pub use rule::momentum::{Momentum, MomentumRule};
pub use rule::nesterov::{Nesterov, NesterovRule};
pub use rule::r_adam::{RAdam, RAdamRule};
pub use rule::rms_prop::{RmsProp, RmsPropRule};
pub use rule::sgd::{Sgd, SgdRule};
pub use settings::Optimizer;
pub use state::{Arrays, MOST_ARRAYS};
pub use update::Pace;

use crate::simd::kernel::Kernel;
use crate::simd::vector::Vector;
use crate::{Error, Real};

/// How numbers are moved against their gradients: what an [`Optimizer`] is made of. See [how to write one](self#a-rule-of-ones-own).
pub trait Rule<T: Real>: Send + Sync + 'static {
    /// Its name. A checkpoint has it, and is refused by an optimizer with another rule.
    fn name(&self) -> &'static str;

    /// The names of its arrays, [`MOST_ARRAYS`] at most: of each there is a number for every parameter, zero at first. A checkpoint
    /// has them. None unless told otherwise.
    fn arrays(&self) -> &'static [&'static str] {
        &[]
    }

    /// Moves some parameters against their gradients.
    ///
    /// A number may depend on nothing but its own gradient and numbers of the arrays, as it may be cut from its neighbours at any
    /// place. `gradients` are clipped and hold the weight decay already, unless it is decoupled.
    fn update(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>);

    /// Whether weight decay is apart from the gradients: `p *= 1 - rate · decay` before each step, and not `decay · p` added to the
    /// gradient. It is not, unless told otherwise.
    fn decouples_decay(&self) -> bool {
        false
    }

    /// Fails when a setting is out of range.
    ///
    /// # Errors
    ///
    /// Of the rule's own. Without settings there are none.
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// [`update`](Self::update) on the best instruction set there is.
    #[doc(hidden)]
    fn update_on_best_isa(&self, pace: &Pace, parameters: &mut [T], gradients: &[T], arrays: Arrays<'_, T>) {
        Update { rule: self, pace, parameters, gradients, arrays }.run_on_best();
    }
}

/// A call of a rule.
struct Update<'a, T: Real, R: ?Sized> {
    rule: &'a R,
    pace: &'a Pace,
    parameters: &'a mut [T],
    gradients: &'a [T],
    arrays: Arrays<'a, T>,
}

/// The compiler makes the vectors itself, from plain loops, as far as they are inlined here. A formula keeps its bits on all
/// instruction sets, as the compiler neither fuses nor reorders.
impl<T: Real, R: Rule<T> + ?Sized> Kernel for Update<'_, T, R> {
    type Element = f32;
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<Element = f32>>(self) {
        self.rule.update(self.pace, self.parameters, self.gradients, self.arrays);
    }
}
