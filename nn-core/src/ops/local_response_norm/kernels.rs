//! Kernels of local response normalisation.

use crate::base::memory::{part, split_mut};
use crate::base::number::Number;
use crate::simd::vector::Vector;
use nn_sizes::LocalResponseNorm;

kernels! {
    /// Kernels of [`LocalResponseNorm`], of one pixel whose length has been checked.
    trait LocalResponseNormKernels<T> {
        /// `y = x / (k + alpha * m)^beta`.
        fn local_response_norm(d: &LocalResponseNorm, x: &[T], y: &mut [T]);
        /// Writes `dx`.
        fn local_response_norm_gradient(d: &LocalResponseNorm, x: &[T], dy: &[T], dx: &mut [T], scratch: &mut [T]);
    }
}

/// What a channel is divided by, before the power is taken.
#[inline(always)]
fn base<T: Number>(d: &LocalResponseNorm, x: &[T], channel: usize) -> T {
    let mut squares = T::ZERO;
    for &x in part(x, d.neighbours(channel)) {
        squares += x * x;
    }
    T::from_f64(d.k) + T::from_f64(d.alpha / d.size as f64) * squares
}

/// `base` to the power of `-beta`.
#[inline(always)]
fn power<T: Number>(d: &LocalResponseNorm, base: T) -> T {
    if d.beta == 0.75 {
        // The power that networks have, by roots.
        return T::ONE / (base.sqrt() * base.sqrt().sqrt());
    }
    (T::from_f64(-d.beta) * base.ln()).exp()
}

#[inline(always)]
fn local_response_norm<V: Vector>(d: &LocalResponseNorm, x: &[V::Element], y: &mut [V::Element]) {
    for (channel, (&number, y)) in x.iter().zip(y).enumerate() {
        *y = number * power(d, base(d, x, channel));
    }
}

#[inline(always)]
fn local_response_norm_gradient<V: Vector>(
    d: &LocalResponseNorm,
    x: &[V::Element],
    dy: &[V::Element],
    dx: &mut [V::Element],
    scratch: &mut [V::Element],
) {
    let (powers, scratch) = split_mut(scratch, d.channels);
    let (shares, _) = split_mut(scratch, d.channels);
    for channel in 0..d.channels {
        let base = base(d, x, channel);
        powers[channel] = power(d, base);
        shares[channel] = dy[channel] * x[channel] * powers[channel] / base;
    }
    let factor = V::Element::from_f64(-2.0 * d.alpha * d.beta / d.size as f64);
    for channel in 0..d.channels {
        let mut sum = V::Element::ZERO;
        for &share in &shares[d.neighbour_of(channel)] {
            sum += share;
        }
        dx[channel] = dy[channel] * powers[channel] + factor * x[channel] * sum;
    }
}
