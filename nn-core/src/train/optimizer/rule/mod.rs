//! The rules that come with the library, one to a file.

pub(super) mod ada_grad;
pub(super) mod adam;
pub(super) mod adam_w;
pub(super) mod lion;
pub(super) mod moments;
pub(super) mod momentum;
pub(super) mod nesterov;
pub(super) mod r_adam;
pub(super) mod rms_prop;
pub(super) mod sgd;

use crate::{Error, Real};

/// Fails unless a rate by which something is forgotten is from 0 to below 1.
fn check_decay(name: &'static str, decay: f64) -> Result<(), Error> {
    Error::check_setting(name, decay, (0.0..1.0).contains(&decay), "from 0 to below 1")
}

/// Fails unless a number that is added to a denominator stays there, as a normal number.
fn check_epsilon<T: Real>(epsilon: f64) -> Result<(), Error> {
    let is_normal = epsilon >= T::MIN_POSITIVE.to_f64();
    Error::check_setting("epsilon", epsilon, is_normal, "finite, and a normal number in the network's precision")
}
