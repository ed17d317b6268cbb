//! Kernels of normalisation by the root mean square.

use crate::base::memory::part;
use crate::base::number::Number;
use crate::base::ranges;
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use nn_sizes::RmsNorm;

kernels! {
    /// Kernels of [`RmsNorm`], of one row whose length has been checked.
    trait RmsNormKernels<T> {
        /// `y = x * inverse * scale`, where `inverse = 1 / √(the mean of x² + epsilon)`.
        fn rms_norm(d: &RmsNorm, x: &[T], scales: &[T], y: &mut [T]);
        /// Adds to `dscales`, unless it is empty, and writes `dx`.
        fn rms_norm_gradient(
            d: &RmsNorm,
            x: &[T],
            scales: &[T],
            dy: &[T],
            dx: Option<&mut [T]>,
            dscales: &mut [T],
        );
    }
}

/// One over the root mean square.
#[inline(always)]
fn inverse<V: Vector>(d: &RmsNorm, x: &[V::Element]) -> V::Element {
    let mean = sum_of_products::<V>(x, x, None) / V::Element::from_usize(d.len);
    V::Element::ONE / (mean + V::Element::from_f64(d.epsilon)).sqrt()
}

/// The sum of `a * b`, each times its factor if there are any.
#[inline(always)]
fn sum_of_products<V: Vector>(a: &[V::Element], b: &[V::Element], factors: Option<&[V::Element]>) -> V::Element {
    let mut total = Sums::<V, 1>::new();
    for block in ranges(a.len(), BLOCK * V::LANES) {
        let mut sum = V::splat(V::Element::ZERO);
        for lanes in ranges(block.len(), V::LANES) {
            let range = block.start + lanes.start..block.start + lanes.end;
            let mut b = V::load_partial(part(b, range.clone()));
            if let Some(factors) = factors {
                b = b.mul(V::load_partial(part(factors, range.clone())));
            }
            sum = V::load_partial(part(a, range)).mul_add(b, sum);
        }
        total.add([sum]);
    }
    total.total()[0].sum()
}

#[inline(always)]
fn rms_norm<V: Vector>(d: &RmsNorm, x: &[V::Element], scales: &[V::Element], y: &mut [V::Element]) {
    let inverse = V::splat(inverse::<V>(d, x));
    each!(V, d.len, load(x = x, scale = scales) {} store(y = x.mul(inverse).mul(scale)));
}

#[inline(always)]
fn rms_norm_gradient<V: Vector>(
    d: &RmsNorm,
    x: &[V::Element],
    scales: &[V::Element],
    dy: &[V::Element],
    dx: Option<&mut [V::Element]>,
    dscales: &mut [V::Element],
) {
    let inverse = inverse::<V>(d, x);
    let factor = V::splat(inverse);
    if !dscales.is_empty() {
        each!(V, d.len, load(x = x, dy = dy, sum = dscales) {} store(dscales = dy.mul_add(x.mul(factor), sum)));
    }
    let Some(dx) = dx else { return };
    let along = sum_of_products::<V>(dy, x, Some(scales)) * inverse * inverse / V::Element::from_usize(d.len);
    let along = V::splat(along);
    each!(V, d.len, load(x = x, dy = dy, scale = scales) {
        let rest = dy.mul(scale).sub(x.mul(along));
    } store(dx = rest.mul(factor)));
}
