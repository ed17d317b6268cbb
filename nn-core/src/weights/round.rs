//! What becomes of weights that are stored in fewer bits.

use nn_files::Precision;
use nn_sizes::Role;

use crate::FlatSegment;

/// What rounding did to a parameter block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rounded {
    /// Bytes of the parameters as they would be stored.
    pub bytes: usize,
    /// The largest change of a weight.
    pub largest_error: f32,
}

/// Rounds the weights of a parameter block to what they are when stored in a precision, as `#[weights]` stores them: to the
/// nearest, ties to even. Biases, normalisations and running statistics stay as they are. `None`, and nothing is changed,
/// when a weight is too large.
///
/// ```
/// use nn_core::weights::{Precision, round};
/// use nn_core::parameters::flatten;
/// use nn_core::{Network, network};
///
/// network! {
///     struct Small = [2] -> affine(3);
/// }
///
/// let mut net = Small::new(1);
/// let rounded = round(Precision::F16, &flatten(<Small as Network>::ENTRIES), net.block_mut()).unwrap();
/// assert_eq!(rounded.bytes, 6 * 2 + 3 * 4);
/// assert!(rounded.largest_error < 1e-3);
/// ```
pub fn round(precision: Precision, segments: &[FlatSegment], block: &mut [f32]) -> Option<Rounded> {
    let mut rounded = Rounded::default();
    let mut after = block.to_vec();
    for segment in segments {
        let (before, after) = (&block[segment.range()], &mut after[segment.range()]);
        if !matches!(segment.role, Role::Weight { .. }) {
            rounded.bytes += size_of_val(before);
            continue;
        }
        let narrowed = precision.narrow(before, segment.shape[0])?;
        rounded.bytes += narrowed.bytes.len() + size_of_val(&narrowed.scales[..]);
        after.copy_from_slice(&precision.widen(&narrowed));
        let errors = before.iter().zip(after).map(|(before, after)| (*before - *after).abs());
        rounded.largest_error = errors.fold(rounded.largest_error, f32::max);
    }
    block.copy_from_slice(&after);
    Some(rounded)
}
