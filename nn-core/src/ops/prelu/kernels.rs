//! Kernels of rectifiers with learned slopes.

use crate::base::memory::{chunks_exact, chunks_exact_mut, part};
use crate::base::number::Number;
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use nn_sizes::Prelu;

kernels! {
    /// Kernels of [`Prelu`].
    trait PreluKernels<T> {
        /// `y = x` where that is positive, else `slope * x`.
        fn prelu(d: &Prelu, x: &[T], slopes: &[T], y: &mut [T]);
        /// `dx = dy` where `x` is positive, else `slope * dy`.
        fn prelu_gradient(d: &Prelu, x: &[T], slopes: &[T], dy: &[T], dx: &mut [T]);
        /// Adds `x * dy` to the slopes' gradient where `x` is not positive.
        fn prelu_slope_gradient(d: &Prelu, x: &[T], dy: &[T], dp: &mut [T]);
    }
}

/// `a` where `x` is positive, else `a * slope`.
#[inline(always)]
fn sloped<V: Vector>(x: V, slope: V, a: V) -> V {
    V::select(x.gt(V::splat(V::Element::ZERO)), a, a.mul(slope))
}

#[inline(always)]
fn prelu<V: Vector>(d: &Prelu, x: &[V::Element], slopes: &[V::Element], y: &mut [V::Element]) {
    if d.shared {
        let slope = V::splat(*part(slopes, 0));
        each!(V, y.len(), load(x = x) {} store(y = sloped(x, slope, x)));
        return;
    }
    for (x, y) in chunks_exact(x, d.rows.len).zip(chunks_exact_mut(y, d.rows.len)) {
        each!(V, d.rows.len, load(x = x, slope = slopes) {} store(y = sloped(x, slope, x)));
    }
}

#[inline(always)]
fn prelu_gradient<V: Vector>(
    d: &Prelu,
    x: &[V::Element],
    slopes: &[V::Element],
    dy: &[V::Element],
    dx: &mut [V::Element],
) {
    if d.shared {
        let slope = V::splat(*part(slopes, 0));
        each!(V, dx.len(), load(x = x, dy = dy) {} store(dx = sloped(x, slope, dy)));
        return;
    }
    let rows = x.chunks_exact(d.rows.len).zip(dy.chunks_exact(d.rows.len));
    for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(d.rows.len)) {
        each!(V, d.rows.len, load(x = x, dy = dy, slope = slopes) {} store(dx = sloped(x, slope, dy)));
    }
}

#[inline(always)]
fn prelu_slope_gradient<V: Vector>(d: &Prelu, x: &[V::Element], dy: &[V::Element], dp: &mut [V::Element]) {
    let zero = V::splat(V::Element::ZERO);
    if d.shared {
        let mut total = Sums::<V, 1>::new();
        for (x, dy) in x.chunks(BLOCK * V::LANES).zip(dy.chunks(BLOCK * V::LANES)) {
            let mut sum = zero;
            for (x, dy) in x.chunks(V::LANES).zip(dy.chunks(V::LANES)) {
                sum = sum.add(slope_term(x, dy));
            }
            total.add([sum]);
        }
        dp[0] += total.total()[0].sum();
        return;
    }
    let len = BLOCK * d.rows.len;
    for (number, dp) in dp.chunks_mut(V::LANES).enumerate() {
        let columns = number * V::LANES..number * V::LANES + dp.len();
        let mut total = Sums::<V, 1>::new();
        for (x, dy) in x.chunks(len).zip(dy.chunks(len)) {
            let mut sum = zero;
            for (x, dy) in x.chunks_exact(d.rows.len).zip(dy.chunks_exact(d.rows.len)) {
                sum = sum.add(slope_term(&x[columns.clone()], &dy[columns.clone()]));
            }
            total.add([sum]);
        }
        V::load_partial(dp).add(total.total()[0]).store_partial(dp);
    }
}

/// `x * dy` where `x` is not positive, else zero.
#[inline(always)]
fn slope_term<V: Vector>(x: &[V::Element], dy: &[V::Element]) -> V {
    let x = V::load_partial(x);
    x.mul(V::load_partial(dy)).zero_where(x.gt(V::splat(V::Element::ZERO)))
}
