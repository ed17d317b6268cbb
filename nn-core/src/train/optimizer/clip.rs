//! Gradients that are kept from being too large.

use crate::exec::{is_parallel, join};
use crate::{Error, Real};

/// Numbers whose squares one task sums up: some microseconds.
const PIECE: usize = 1 << 14;

/// Added to the length of a gradient that is shortened, as PyTorch does.
const MARGIN: f64 = 1e-6;

/// How gradients are clipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clip {
    /// They are not.
    Nothing,
    /// All of them together are shortened to this length.
    Norm(f64),
    /// Each number is brought no further from zero than this.
    Value(f64),
}

/// What is done to every gradient before a rule sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Preparation {
    /// A factor.
    pub scale: f64,
    /// How far from zero it may then be.
    pub limit: f64,
}

impl Clip {
    pub(super) fn validate(self) -> Result<(), Error> {
        match self {
            Self::Nothing => Ok(()),
            Self::Norm(norm) => Error::check_setting("norm to clip to", norm, norm > 0.0, "a positive, finite number"),
            Self::Value(value) => {
                Error::check_setting("value to clip to", value, value > 0.0, "a positive, finite number")
            }
        }
    }

    /// What is to be done to these gradients, times `scale`.
    ///
    /// # Errors
    ///
    /// When their length is wanted and they have none, as one of them is NaN or infinite.
    pub(super) fn preparation<T: Real>(self, scale: f64, gradients: &[T]) -> Result<Preparation, Error> {
        let unclipped = Preparation { scale, limit: f64::INFINITY };
        match self {
            Self::Nothing => Ok(unclipped),
            Self::Value(limit) => Ok(Preparation { scale, limit }),
            Self::Norm(most) => {
                let norm = scale * sum_of_squares(gradients).sqrt();
                if !norm.is_finite() {
                    return Err(Error::GradientNotFinite { norm });
                }
                Ok(Preparation { scale: scale * (most / (norm + MARGIN)).min(1.0), ..unclipped })
            }
        }
    }
}

/// The sum of squares, of halves and halves of halves: where it is cut depends on the length alone, so threads change no bit.
fn sum_of_squares<T: Real>(numbers: &[T]) -> f64 {
    if numbers.len() <= PIECE {
        return T::sum_of_squares(numbers);
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let parallel = is_parallel(numbers.len() as u64);
    let (left, right) = join(parallel, || sum_of_squares(left), || sum_of_squares(right));
    left + right
}
