//! Batch normalisation in parts: moments of a sample, moments of a batch, the map itself; and the same backward.

use super::moments::moments;
use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut, split};
use crate::base::number::Number;
use crate::gemm::epilogue::{activated, differentiate, differentiated};
use crate::simd::each::{load_panel, store_panel};
use crate::simd::sums::{BLOCK, Sums, carried};
use crate::simd::vector::Vector;
use nn_sizes::{Activation, BatchNorm};

kernels! {
    /// Kernels over the channels of maps with the channels last.
    trait BatchNormKernels<T> {
        /// The mean, what its rounding leaves out, and the sum of squared distances from both, `[3][channels]`, of one sample.
        fn gather_moments(d: &BatchNorm, x: &[T], moments: &mut [T]);
        /// `[mean, what its rounding leaves out, 1 / √(variance + epsilon), unbiased variance][channels]` of `n` samples.
        fn combine_moments(d: &BatchNorm, n: usize, moments: &[T], statistics: &mut [T]);
        /// `y = activation(x̂ * scale + shift)`; `scale` and `shift` hold a number per channel.
        fn normalise(d: &BatchNorm, x: &[T], statistics: &[T], scale: &[T], shift: &[T], y: &mut [T]);
        /// `y = activation(x̂ * scale + shift)` by the running statistics in `p`.
        fn normalise_running(d: &BatchNorm, x: &[T], p: &[T], y: &mut [T]);
        /// `[scale, shift]` by which `x̂ * scale + shift` of the running statistics in `p` follows from `x` without its `bias`,
        /// which may be empty.
        fn running_factors(epsilon: f64, bias: &[T], p: &[T], scale: &mut [T], shift: &mut [T]);
        /// Multiplies `dy` by the activation's derivative and sums it, alone and times `x̂`: `[2][channels]`.
        fn gather_sums(d: &BatchNorm, x: &[T], y: &[T], statistics: &[T], dy: &mut [T], sums: &mut [T]);
        /// The gradient of one sample's input, given the sums of the batch of `n`.
        fn normalise_gradient(
            d: &BatchNorm,
            n: usize,
            x: &[T],
            statistics: &[T],
            scale: &[T],
            totals: &[T],
            dz: &[T],
            dx: &mut [T],
        );
    }
}

#[inline(always)]
fn gather_moments<V: Vector>(d: &BatchNorm, x: &[V::Element], moments: &mut [V::Element]) {
    let (means, rest) = moments.split_at_mut(d.channels);
    let (rests, squares) = rest.split_at_mut(d.channels);
    panels!(V, d.channels, c => moments_panel(d, x, c, [&mut *means, &mut *rests, &mut *squares]));
}

/// The moments of some vectors of channels.
#[inline(always)]
fn moments_panel<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    x: &[V::Element],
    c: usize,
    [means, rests, squares]: [&mut [V::Element]; 3],
) {
    let moments = moments::<V, N, WHOLE>(x, d.channels, c);
    store_panel::<V, N, WHOLE>(moments.mean, &mut means[c..]);
    store_panel::<V, N, WHOLE>(moments.rest, &mut rests[c..]);
    store_panel::<V, N, WHOLE>(moments.squares, &mut squares[c..]);
}

#[inline(always)]
fn combine_moments<V: Vector>(d: &BatchNorm, n: usize, moments: &[V::Element], statistics: &mut [V::Element]) {
    let channels = d.channels;
    let (mean, rest) = statistics.split_at_mut(channels);
    let (lost, rest) = rest.split_at_mut(channels);
    let (inverse, unbiased) = rest.split_at_mut(channels);
    // Chan, Golub and LeVeque's update, sample after sample. Meanwhile `unbiased` holds the sum of squared distances, and `inverse`
    // what that has lost to rounding.
    let (squares, lost_squares) = (unbiased, inverse);
    for row in [&mut *mean, &mut *lost, &mut *squares, &mut *lost_squares] {
        row.fill(V::Element::ZERO);
    }
    for (i, moments) in moments.chunks_exact(3 * channels).take(n).enumerate() {
        let (means, rest) = moments.split_at(channels);
        let (rests, sums) = rest.split_at(channels);
        if i == 0 {
            // Added to zero, a mean would lose the rest.
            each!(V, channels, load(a = means, da = rests, s = sums) {} store(mean = a, lost = da, squares = s));
            continue;
        }
        let share = number::<V>(1).div(number::<V>(i + 1));
        let weight = number::<V>(i * d.pixels).mul(share);
        each!(V, channels, load(a = mean, da = lost, b = means, db = rests, s = squares, ds = lost_squares, t = sums) {
            let distance = b.sub(a).add(db.sub(da));
            let (a, da) = carried(a, distance.mul_add(share, da));
            let (s, ds) = carried(s, distance.mul(distance).mul_add(weight, t).add(ds));
        } store(mean = a, lost = da, squares = s, lost_squares = ds));
    }
    let epsilon = V::splat(V::Element::from_f64(d.epsilon));
    let one = number::<V>(1);
    let count = n * d.pixels;
    let (all, all_but_one) = (number::<V>(count.max(1)), number::<V>(count.saturating_sub(1).max(1)));
    let (unbiased, inverse) = (squares, lost_squares);
    each!(V, channels, load(squares = unbiased) {} store(
        inverse = one.div(squares.div(all).add(epsilon).sqrt()),
        unbiased = squares.div(all_but_one)
    ));
}

#[inline(always)]
fn normalise<V: Vector>(
    d: &BatchNorm,
    x: &[V::Element],
    statistics: &[V::Element],
    scale: &[V::Element],
    shift: &[V::Element],
    y: &mut [V::Element],
) {
    panels!(V, d.channels, c => normalise_panel(d, c, x, [statistics, scale, shift], y));
}

/// Some vectors of channels.
#[inline(always)]
fn normalise_panel<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    x: &[V::Element],
    [statistics, scale, shift]: [&[V::Element]; 3],
    y: &mut [V::Element],
) {
    let [mean, rest, mut factor] = statistics_panel::<V, N, WHOLE>(d, c, statistics);
    let scale = load_panel::<V, N, WHOLE>(&scale[c..d.channels]);
    let mut shift = load_panel::<V, N, WHOLE>(&shift[c..d.channels]);
    let zero = V::splat(V::Element::ZERO);
    for n in 0..N {
        factor[n] = factor[n].mul(scale[n]);
        shift[n] = zero.sub(rest[n]).mul_add(factor[n], shift[n]);
    }
    apply::<V, N, WHOLE>(d, c, x, [mean, factor, shift], y);
}

/// Means, what their rounding leaves out, and one over the standard deviations.
#[inline(always)]
fn statistics_panel<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    statistics: &[V::Element],
) -> [[V; N]; 3] {
    let mut panels = [[V::splat(V::Element::ZERO); N]; 3];
    for i in 0..3 {
        panels[i] = load_panel::<V, N, WHOLE>(&statistics[i * d.channels + c..(i + 1) * d.channels]);
    }
    panels
}

#[inline(always)]
fn normalise_running<V: Vector>(d: &BatchNorm, x: &[V::Element], p: &[V::Element], y: &mut [V::Element]) {
    panels!(V, d.channels, c => running_panel(d, c, x, p, y));
}

/// Some vectors of channels.
#[inline(always)]
fn running_panel<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
) {
    let (scale, rest) = split(p, d.channels);
    let (shift, rest) = split(rest, d.channels);
    let (mean, variance) = split(rest, d.channels);
    let mut factor = load_panel::<V, N, WHOLE>(part(scale, c..));
    let variance = load_panel::<V, N, WHOLE>(part(variance, c..));
    let epsilon = V::splat(V::Element::from_f64(d.epsilon));
    for n in 0..N {
        factor[n] = factor[n].div(variance[n].add(epsilon).sqrt());
    }
    let mean = load_panel::<V, N, WHOLE>(part(mean, c..));
    let shift = load_panel::<V, N, WHOLE>(part(shift, c..));
    apply::<V, N, WHOLE>(d, c, x, [mean, factor, shift], y);
}

/// `y = activation((x - mean) * factor + shift)` for some vectors of channels.
#[inline(always)]
fn apply<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    x: &[V::Element],
    factors: [[V; N]; 3],
    y: &mut [V::Element],
) {
    match d.activation {
        // The usual ones in loops of their own.
        Activation::Identity => apply_then::<V, N, WHOLE>(d, Activation::Identity, c, x, factors, y),
        Activation::Relu => apply_then::<V, N, WHOLE>(d, Activation::Relu, c, x, factors, y),
        activation => apply_then::<V, N, WHOLE>(d, activation, c, x, factors, y),
    }
}

#[inline(always)]
fn apply_then<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    activation: Activation,
    c: usize,
    x: &[V::Element],
    [mean, factor, shift]: [[V; N]; 3],
    y: &mut [V::Element],
) {
    for (x, y) in chunks_exact(x, d.channels).zip(chunks_exact_mut(y, d.channels)) {
        let mut x = load_panel::<V, N, WHOLE>(part(x, c..));
        for n in 0..N {
            x[n] = activated(activation, x[n].sub(mean[n]).mul_add(factor[n], shift[n]));
        }
        store_panel::<V, N, WHOLE>(x, part_mut(y, c..));
    }
}

#[inline(always)]
fn running_factors<V: Vector>(
    epsilon: f64,
    bias: &[V::Element],
    p: &[V::Element],
    scale: &mut [V::Element],
    shift: &mut [V::Element],
) {
    let channels = scale.len();
    let (weight, rest) = split(p, channels);
    let (beta, rest) = split(rest, channels);
    let (mean, variance) = split(rest, channels);
    let epsilon = V::splat(V::Element::from_f64(epsilon));
    each!(V, channels, load(a = weight, b = beta, m = mean, v = variance) {
        let factor = a.div(v.add(epsilon).sqrt());
        let centred = V::splat(V::Element::ZERO).sub(m).mul_add(factor, b);
    } store(scale = factor, shift = centred));
    if !bias.is_empty() {
        each!(V, channels, load(bias = bias, a = scale, b = shift) {} store(shift = bias.mul_add(a, b)));
    }
}

#[inline(always)]
fn gather_sums<V: Vector>(
    d: &BatchNorm,
    x: &[V::Element],
    y: &[V::Element],
    statistics: &[V::Element],
    dy: &mut [V::Element],
    sums: &mut [V::Element],
) {
    // Relu's derivative is taken on the way: where panels overlap it may be taken twice.
    let relu = d.activation == Activation::Relu;
    check!(x.len() == dy.len() && (!relu || y.len() == dy.len()));
    if !relu {
        differentiate::<V>(d.activation, y, dy);
    }
    let outputs = if relu { y } else { x }; // not looked at
    panels!(V, d.channels, c => sums_panel(d, relu, x, outputs, statistics, dy, c, sums));
}

/// The sums of some vectors of channels.
#[inline(always)]
fn sums_panel<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    relu: bool,
    x: &[V::Element],
    y: &[V::Element],
    statistics: &[V::Element],
    dy: &mut [V::Element],
    c: usize,
    sums: &mut [V::Element],
) {
    let channels = d.channels;
    let [mean, rest, inverse] = statistics_panel::<V, N, WHOLE>(d, c, statistics);
    let zero = [V::splat(V::Element::ZERO); N];
    let (mut sum, mut product_sum) = (Sums::<V, N>::new(), Sums::<V, N>::new());
    let len = BLOCK * channels;
    for ((x, y), dy) in x.chunks(len).zip(y.chunks(len)).zip(dy.chunks_mut(len)) {
        let (mut part, mut product_part) = (zero, zero);
        for ((x, y), dy) in x.chunks_exact(channels).zip(y.chunks_exact(channels)).zip(dy.chunks_exact_mut(channels)) {
            let x = load_panel::<V, N, WHOLE>(&x[c..]);
            let mut gradient = load_panel::<V, N, WHOLE>(&dy[c..]);
            if relu {
                let y = load_panel::<V, N, WHOLE>(&y[c..]);
                for n in 0..N {
                    gradient[n] = differentiated(Activation::Relu, y[n], gradient[n]);
                }
                store_panel::<V, N, WHOLE>(gradient, &mut dy[c..]);
            }
            for n in 0..N {
                part[n] = part[n].add(gradient[n]);
                product_part[n] = gradient[n].mul_add(x[n].sub(mean[n]), product_part[n]);
            }
        }
        sum.add(part);
        product_sum.add(product_part);
    }
    let (sum, mut product_sum) = (sum.total(), product_sum.total());
    let zero = V::splat(V::Element::ZERO);
    for n in 0..N {
        product_sum[n] = zero.sub(rest[n]).mul_add(sum[n], product_sum[n]).mul(inverse[n]);
    }
    let (sums, product_sums) = sums.split_at_mut(channels);
    store_panel::<V, N, WHOLE>(sum, &mut sums[c..]);
    store_panel::<V, N, WHOLE>(product_sum, &mut product_sums[c..]);
}

#[inline(always)]
fn normalise_gradient<V: Vector>(
    d: &BatchNorm,
    n: usize,
    x: &[V::Element],
    statistics: &[V::Element],
    scale: &[V::Element],
    totals: &[V::Element],
    dz: &[V::Element],
    dx: &mut [V::Element],
) {
    panels!(V, d.channels, c => gradient_panel(d, n, x, c, [statistics, scale, totals], dz, dx));
}

/// `dx = scale / √variance * (dz - mean of dz - x̂ * mean of dz · x̂)` for some vectors of channels.
#[inline(always)]
fn gradient_panel<V: Vector, const N: usize, const WHOLE: bool>(
    d: &BatchNorm,
    n: usize,
    x: &[V::Element],
    c: usize,
    [statistics, scale, totals]: [&[V::Element]; 3],
    dz: &[V::Element],
    dx: &mut [V::Element],
) {
    let channels = d.channels;
    let [mean, rest, inverse] = statistics_panel::<V, N, WHOLE>(d, c, statistics);
    let mut factor = load_panel::<V, N, WHOLE>(&scale[c..channels]);
    let mut shift = load_panel::<V, N, WHOLE>(&totals[c..channels]);
    let mut slope = load_panel::<V, N, WHOLE>(&totals[channels + c..2 * channels]);
    let share = V::splat(V::Element::ONE / V::Element::from_usize(n * d.pixels));
    let zero = V::splat(V::Element::ZERO);
    for n in 0..N {
        factor[n] = factor[n].mul(inverse[n]);
        slope[n] = zero.sub(slope[n].mul(share)).mul(inverse[n]);
        shift[n] = rest[n].mul_add(slope[n], shift[n].mul(share));
    }
    let maps = x.chunks_exact(channels).zip(dz.chunks_exact(channels)).zip(dx.chunks_exact_mut(channels));
    for ((x, dz), dx) in maps {
        let x = load_panel::<V, N, WHOLE>(&x[c..]);
        let mut gradient = load_panel::<V, N, WHOLE>(&dz[c..]);
        for n in 0..N {
            let centred = gradient[n].sub(shift[n]);
            gradient[n] = x[n].sub(mean[n]).mul_add(slope[n], centred).mul(factor[n]);
        }
        store_panel::<V, N, WHOLE>(gradient, &mut dx[c..]);
    }
}

/// A count in every lane.
#[inline(always)]
fn number<V: Vector>(count: usize) -> V {
    V::splat(V::Element::from_usize(count))
}
