//! The mean and the deviation of what a network has learned from.

use super::number::Number;

/// The mean and the standard deviation of a channel of images, or of a column of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

impl Channel {
    /// Leaves numbers as they are.
    pub const UNIT: Self = Self { mean: 0.0, deviation: 1.0 };
}

/// Makes `(x - mean) / deviation` of each number of a sample, whose channels lie one after another, as many numbers of each. Without
/// channels it stays as it is.
///
/// It needs no `std`, for a network inside another program: a file that was [saved with](crate::Network#method.save_with) its
/// normalisation becomes a constant `NORMALISATION` of the embedded network.
///
/// ```
/// use nn_core::{Channel, normalise};
///
/// let mut pixels = [0.0_f32, 0.5, 1.0, 0.25];
/// normalise(&[Channel { mean: 0.5, deviation: 0.25 }], &mut pixels);
/// assert_eq!(pixels, [-2.0, 0.0, 2.0, -1.0]);
/// ```
pub fn normalise<T: Number>(channels: &[Channel], sample: &mut [T]) {
    let each = sample.len().checked_div(channels.len()).unwrap_or(0);
    let mut numbers = sample.iter_mut();
    for channel in channels {
        let (mean, deviation) = (T::from_f64(channel.mean), T::from_f64(channel.deviation));
        numbers.by_ref().take(each).for_each(|number| *number = (*number - mean) / deviation);
    }
}
