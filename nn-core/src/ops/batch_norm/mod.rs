//! Batch normalisation: while training a reduction over the batch, in predictions by the running statistics.
//!
//! Parameters are `[scale, shift, running mean, running variance][channels]`.

pub(crate) mod kernels;
pub(crate) mod moments;

use super::call::{Backward, Forward, Operation, Reduction, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{part, split};
use nn_sizes::BatchNorm;

/// `y = activation((x - mean) / √(variance + epsilon) * scale + shift)` by the running statistics: a prediction.
impl<'p, T: Real> Operation<T, &'p [T]> for BatchNorm {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, p, y) = (one(call.inputs), call.parameters, one_mut(call.outputs));
        check!((x.len(), y.len()) == (self.pixels * self.channels, self.pixels * self.channels));
        check!(p.len() == 4 * self.channels);
        T::normalise_running(self, x, p, y);
    }
}

impl<T: Real> Reduction<T> for BatchNorm {
    /// The moments of one sample: `[mean, what its rounding leaves out, sum of squared distances][channels]`.
    fn map(&self, call: Forward<'_, T>) {
        // Nobody looks at the batch then.
        if call.frozen {
            return;
        }
        let (x, moments) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), moments.len()) == (self.pixels * self.channels, 3 * self.channels));
        T::gather_moments(self, x, moments);
    }

    /// The statistics of a batch: `[mean, what its rounding leaves out, 1 / √(variance + epsilon), unbiased variance][channels]`.
    /// Where the parameters are frozen, they are the running ones.
    ///
    /// Of a single number per channel, the variance is 0.
    fn reduce(&self, call: Forward<'_, T>) {
        let (moments, statistics) = (one(call.inputs), one_mut(call.outputs));
        let samples = call.pass.samples();
        check!((moments.len(), statistics.len()) == (samples * 3 * self.channels, 4 * self.channels));
        if call.frozen {
            return running(self, call.parameters, statistics);
        }
        T::combine_moments(self, samples, moments, statistics);
    }

    /// `y = activation((x - mean) / √(variance + epsilon) * scale + shift)` by the statistics of the batch.
    fn apply(&self, call: Forward<'_, T>) {
        let ([x, statistics], p, y) = (two(call.inputs), call.parameters, one_mut(call.outputs));
        check!((x.len(), y.len()) == (self.pixels * self.channels, self.pixels * self.channels));
        check!((statistics.len(), p.len()) == (4 * self.channels, 4 * self.channels));
        let (scale, shift) = split(part(p, ..2 * self.channels), self.channels);
        T::normalise(self, x, statistics, scale, shift, y);
    }

    /// Makes the gradient of one sample the gradient `dz` before the activation, and sums it: `[Σ dz, Σ dz · x̂][channels]`,
    /// where x̂ is the normalised input.
    fn map_gradient(&self, call: Backward<'_, T>) {
        let ([x, statistics], y) = (two(call.inputs), one(call.outputs));
        let (dy, sums) = (one_mut(call.output_gradients), one_mut(call.input_gradients));
        check!((x.len(), dy.len()) == (self.pixels * self.channels, x.len()));
        check!(y.is_empty() || y.len() == x.len());
        check!((statistics.len(), sums.len()) == (4 * self.channels, 2 * self.channels));
        T::gather_sums(self, x, y, statistics, dy, sums);
    }

    /// The sums over all samples, and the parameters' gradients: `[dscale, dshift, batch mean, batch unbiased
    /// variance][channels]`, of which the last two are not gradients but what the running statistics move towards. Frozen
    /// statistics do not depend on the batch, so that no gradient flows through them.
    fn reduce_gradient(&self, call: Backward<'_, T>) {
        let (statistics, dp) = (one(call.outputs), call.parameter_gradients);
        let (sums, totals) = (&*one_mut(call.output_gradients), one_mut(call.input_gradients));
        let (samples, c) = (call.pass.samples(), self.channels);
        check!((sums.len(), statistics.len(), totals.len()) == (samples * 2 * c, 4 * c, 2 * c));
        totals.fill(T::ZERO);
        if dp.is_empty() {
            return;
        }
        check!(dp.len() == 4 * c);
        check!(!totals.is_empty());
        T::sum_rows(sums, totals);
        dp[..c].copy_from_slice(&totals[c..]);
        dp[c..2 * c].copy_from_slice(&totals[..c]);
        dp[2 * c..3 * c].copy_from_slice(&statistics[..c]);
        dp[3 * c..].copy_from_slice(&statistics[3 * c..]);
    }

    /// The gradient of one sample's input, from `dz` and the sums over the batch.
    fn apply_gradient(&self, call: Backward<'_, T>) {
        let [x, statistics, totals] = match call.inputs {
            [x, statistics, totals] => [*x, *statistics, *totals],
            _ => crate::base::check::failed("three operands"),
        };
        let (p, dz) = (call.parameters, &*one_mut(call.output_gradients));
        let Some(dx) = wanted(call.input_gradients) else { return };
        check!((x.len(), dz.len(), dx.len()) == (self.pixels * self.channels, x.len(), x.len()));
        check!((statistics.len(), p.len(), totals.len()) == (4 * self.channels, 4 * self.channels, 2 * self.channels));
        T::normalise_gradient(self, call.pass.samples(), x, statistics, &p[..self.channels], totals, dz, dx);
    }
}

/// The running statistics in the form of a batch's.
fn running<T: Real>(d: &BatchNorm, parameters: &[T], statistics: &mut [T]) {
    let c = d.channels;
    check!((parameters.len(), statistics.len()) == (4 * c, 4 * c));
    for channel in 0..c {
        let (mean, variance) = (parameters[2 * c + channel], parameters[3 * c + channel]);
        statistics[channel] = mean;
        statistics[c + channel] = T::ZERO;
        statistics[2 * c + channel] = T::ONE / (variance + T::from_f64(d.epsilon)).sqrt();
        statistics[3 * c + channel] = variance;
    }
}

fn two<'a, T>(operands: &[&'a [T]]) -> [&'a [T]; 2] {
    match operands {
        [a, b] => [a, b],
        _ => crate::base::check::failed("two operands"),
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
