//! Batch normalisation.
//!
//! While training it is a seam between what runs sample by sample before and after it. Forward: [`gather`] for each
//! sample, [`combine`] once, [`normalise`] for each sample. Backward: [`gather_gradient`] for each sample,
//! [`combine_gradient`] once, [`backward`] for each sample. Samples are combined in the order of the batch, whichever thread gathered them.
//! Inference is [`forward`] alone.

pub(crate) mod kernels;
pub(crate) mod moments;

use crate::Real;
use nn_sizes::BatchNorm;

/// The moments of one sample: `[mean, sum of squared distances from it][channels]`.
pub fn gather<T: Real>(d: &BatchNorm, x: &[T], moments: &mut [T]) {
    check!((x.len(), moments.len()) == (d.pixels * d.channels, 2 * d.channels));
    T::gather_moments(d, x, moments);
}

/// The statistics of a batch of `n` from its samples' moments:
/// `[mean, 1 / √(variance + epsilon), variance, unbiased variance][channels]`.
///
/// Of a single number per channel, both variances are 0.
pub fn combine<T: Real>(d: &BatchNorm, n: usize, moments: &[T], statistics: &mut [T]) {
    check!((moments.len(), statistics.len()) == (n * 2 * d.channels, 4 * d.channels));
    T::combine_moments(d, n, moments, statistics);
}

/// `y = activation((x - mean) / √(variance + epsilon) * scale + shift)` of one sample by the batch's statistics.
pub fn normalise<T: Real>(d: &BatchNorm, x: &[T], statistics: &[T], p: &[T], y: &mut [T]) {
    check!((x.len(), y.len()) == (d.pixels * d.channels, d.pixels * d.channels));
    check!((statistics.len(), p.len()) == (4 * d.channels, 4 * d.channels));
    let (mean, rest) = statistics.split_at(d.channels);
    let (scale, shift) = p[..2 * d.channels].split_at(d.channels);
    T::normalise(d, x, mean, &rest[..d.channels], scale, shift, y);
}

/// The same by the running statistics: inference.
pub fn forward<T: Real>(d: &BatchNorm, x: &[T], p: &[T], y: &mut [T]) {
    check!((x.len(), y.len()) == (d.pixels * d.channels, d.pixels * d.channels));
    check!(p.len() == 4 * d.channels);
    T::normalise_running(d, x, p, y);
}

/// Makes `dy` of one sample the gradient `dz` before the activation, and sums it: `[Σ dz, Σ dz · x̂][channels]`, where
/// x̂ is the normalised input.
pub fn gather_gradient<T: Real>(d: &BatchNorm, x: &[T], y: &[T], statistics: &[T], dy: &mut [T], sums: &mut [T]) {
    check!((x.len(), dy.len()) == (d.pixels * d.channels, x.len()));
    check!(y.is_empty() || y.len() == x.len());
    check!((statistics.len(), sums.len()) == (4 * d.channels, 2 * d.channels));
    T::gather_sums(d, x, y, statistics, dy, sums);
}

/// The `totals` of the samples' sums, and the parameters' gradients: `dp` is overwritten by
/// `[dscale, dshift, batch mean, batch unbiased variance][channels]`, of which the last two are not gradients but what
/// the running statistics move towards.
pub fn combine_gradient<T: Real>(
    d: &BatchNorm,
    n: usize,
    sums: &[T],
    statistics: &[T],
    totals: &mut [T],
    dp: &mut [T],
) {
    let c = d.channels;
    check!((sums.len(), statistics.len(), totals.len(), dp.len()) == (n * 2 * c, 4 * c, 2 * c, 4 * c));
    totals.fill(T::ZERO);
    for sums in sums.chunks_exact(2 * c).take(n) {
        for (total, &sum) in totals.iter_mut().zip(sums) {
            *total += sum;
        }
    }
    dp[..c].copy_from_slice(&totals[c..]);
    dp[c..2 * c].copy_from_slice(&totals[..c]);
    dp[2 * c..3 * c].copy_from_slice(&statistics[..c]);
    dp[3 * c..].copy_from_slice(&statistics[3 * c..]);
}

/// The gradient of one sample's input, given `dz` and the `totals` of the batch of `n`.
pub fn backward<T: Real>(
    d: &BatchNorm,
    n: usize,
    x: &[T],
    statistics: &[T],
    p: &[T],
    totals: &[T],
    dz: &[T],
    dx: &mut [T],
) {
    check!((x.len(), dz.len(), dx.len()) == (d.pixels * d.channels, x.len(), x.len()));
    check!((statistics.len(), p.len(), totals.len()) == (4 * d.channels, 4 * d.channels, 2 * d.channels));
    T::normalise_gradient(d, n, x, statistics, &p[..d.channels], totals, dz, dx);
}

#[cfg(all(test, feature = "std"))]
mod tests;
