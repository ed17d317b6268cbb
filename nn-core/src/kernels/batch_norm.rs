//! Batch normalisation in parts: moments of a sample, moments of a batch, the map itself; and the same backward.

use super::each::{load, store};
use super::epilogue::{activated, differentiate};
use super::vector::Vector;
use crate::memory::{chunks_exact, chunks_exact_mut, part, part_mut, split};
use crate::real::Real;
use nn_sizes::BatchNorm;

kernels! {
    /// Kernels over the channels of maps with the channels last.
    trait BatchNormKernels<T> {
        /// The mean and the sum of squared distances from it, `[2][channels]`, of one sample.
        fn gather_moments(d: &BatchNorm, x: &[T], moments: &mut [T]);
        /// `[mean, 1 / √(variance + epsilon), variance, unbiased variance][channels]` of `n` samples.
        fn combine_moments(d: &BatchNorm, n: usize, moments: &[T], statistics: &mut [T]);
        /// `y = activation(x̂ * scale + shift)`; the slices hold a number per channel.
        fn normalise(d: &BatchNorm, x: &[T], mean: &[T], inverse: &[T], scale: &[T], shift: &[T], y: &mut [T]);
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

/// Pixels that are summed before their sum is added to the total: keeps the error of a long sum small.
const BLOCK: usize = 64;

/// Sums side by side, of neighbouring pixels.
const SIDE_BY_SIDE: usize = 4;

#[inline(always)]
fn gather_moments<V: Vector>(d: &BatchNorm, x: &[V::Element], moments: &mut [V::Element]) {
    let (means, squares) = moments.split_at_mut(d.channels);
    let mut c = 0;
    while c + V::LANES <= d.channels {
        moments_block::<V, true>(d, x, c, means, squares);
        c += V::LANES;
    }
    if c < d.channels {
        moments_block::<V, false>(d, x, c, means, squares);
    }
}

/// The moments of the vector of channels from `c` on, which is whole or the last.
#[inline(always)]
fn moments_block<V: Vector, const WHOLE: bool>(
    d: &BatchNorm,
    x: &[V::Element],
    c: usize,
    means: &mut [V::Element],
    squares: &mut [V::Element],
) {
    let zero = V::splat(V::Element::ZERO);
    let mean = sum_of::<V, WHOLE, false>(d, x, c, zero).div(V::splat(V::Element::from_usize(d.pixels)));
    store::<V, WHOLE>(mean, &mut means[c..]);
    store::<V, WHOLE>(sum_of::<V, WHOLE, true>(d, x, c, mean), &mut squares[c..]);
}

/// The sum over all pixels of the distances from `centre`, or of their squares.
#[inline(always)]
fn sum_of<V: Vector, const WHOLE: bool, const SQUARES: bool>(
    d: &BatchNorm,
    x: &[V::Element],
    c: usize,
    centre: V,
) -> V {
    let zero = V::splat(V::Element::ZERO);
    let mut sum = zero;
    for block in x.chunks(BLOCK * d.channels) {
        // Some pixels side by side, as an addition takes several cycles.
        let mut parts = [zero; SIDE_BY_SIDE];
        let mut groups = block.chunks_exact(SIDE_BY_SIDE * d.channels);
        for group in &mut groups {
            for n in 0..SIDE_BY_SIDE {
                let pixel = &group[n * d.channels..][..d.channels];
                parts[n] = add_to::<V, SQUARES>(load::<V, WHOLE>(&pixel[c..]).sub(centre), parts[n]);
            }
        }
        for pixel in groups.remainder().chunks_exact(d.channels) {
            parts[0] = add_to::<V, SQUARES>(load::<V, WHOLE>(&pixel[c..]).sub(centre), parts[0]);
        }
        for part in parts {
            sum = sum.add(part);
        }
    }
    sum
}

/// `sum` and a distance, or its square.
#[inline(always)]
fn add_to<V: Vector, const SQUARE: bool>(distance: V, sum: V) -> V {
    if SQUARE { distance.mul_add(distance, sum) } else { sum.add(distance) }
}

#[inline(always)]
fn combine_moments<V: Vector>(d: &BatchNorm, n: usize, moments: &[V::Element], statistics: &mut [V::Element]) {
    let channels = d.channels;
    let (mean, rest) = statistics.split_at_mut(channels);
    let (inverse, rest) = rest.split_at_mut(channels);
    let (biased, unbiased) = rest.split_at_mut(channels);
    mean.fill(V::Element::ZERO);
    biased.fill(V::Element::ZERO);
    // Chan, Golub and LeVeque's update, sample after sample; `biased` holds the sum of squared distances meanwhile.
    for (i, moments) in moments.chunks_exact(2 * channels).take(n).enumerate() {
        let (sample_mean, sample_squares) = moments.split_at(channels);
        let share = number::<V>(1).div(number::<V>(i + 1));
        let weight = number::<V>(i * d.pixels).mul(share);
        each!(V, channels, load(a = mean, b = sample_mean, s = biased, t = sample_squares) {
            let distance = b.sub(a);
            let between = distance.mul(distance).mul(weight);
        } store(mean = distance.mul_add(share, a), biased = s.add(t).add(between)));
    }
    let epsilon = V::splat(V::Element::from_f64(d.epsilon));
    let one = number::<V>(1);
    let count = n * d.pixels;
    let (all, all_but_one) = (number::<V>(count.max(1)), number::<V>(count.saturating_sub(1).max(1)));
    each!(V, channels, load(squares = biased) {
        let variance = squares.div(all);
    } store(
        inverse = one.div(variance.add(epsilon).sqrt()),
        unbiased = squares.div(all_but_one),
        biased = variance
    ));
}

#[inline(always)]
fn normalise<V: Vector>(
    d: &BatchNorm,
    x: &[V::Element],
    mean: &[V::Element],
    inverse: &[V::Element],
    scale: &[V::Element],
    shift: &[V::Element],
    y: &mut [V::Element],
) {
    for c in (0..d.channels).step_by(V::LANES) {
        if d.channels - c >= V::LANES {
            normalise_block::<V, true>(d, c, x, [mean, inverse, scale, shift], y);
        } else {
            normalise_block::<V, false>(d, c, x, [mean, inverse, scale, shift], y);
        }
    }
}

/// The vector of channels from `c` on, which is whole or the last.
#[inline(always)]
fn normalise_block<V: Vector, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    x: &[V::Element],
    [mean, inverse, scale, shift]: [&[V::Element]; 4],
    y: &mut [V::Element],
) {
    let factor = load::<V, WHOLE>(&inverse[c..d.channels]).mul(load::<V, WHOLE>(&scale[c..d.channels]));
    let (mean, shift) = (load::<V, WHOLE>(&mean[c..d.channels]), load::<V, WHOLE>(&shift[c..d.channels]));
    apply::<V, WHOLE>(d, c, x, [mean, factor, shift], y);
}

#[inline(always)]
fn normalise_running<V: Vector>(d: &BatchNorm, x: &[V::Element], p: &[V::Element], y: &mut [V::Element]) {
    for c in (0..d.channels).step_by(V::LANES) {
        if d.channels - c >= V::LANES {
            running_block::<V, true>(d, c, x, p, y);
        } else {
            running_block::<V, false>(d, c, x, p, y);
        }
    }
}

/// The vector of channels from `c` on, which is whole or the last.
#[inline(always)]
fn running_block<V: Vector, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    x: &[V::Element],
    p: &[V::Element],
    y: &mut [V::Element],
) {
    let (scale, rest) = split(p, d.channels);
    let (shift, rest) = split(rest, d.channels);
    let (mean, variance) = split(rest, d.channels);
    let (scale, shift) = (load::<V, WHOLE>(part(scale, c..)), load::<V, WHOLE>(part(shift, c..)));
    let (mean, variance) = (load::<V, WHOLE>(part(mean, c..)), load::<V, WHOLE>(part(variance, c..)));
    let epsilon = V::splat(V::Element::from_f64(d.epsilon));
    apply::<V, WHOLE>(d, c, x, [mean, scale.div(variance.add(epsilon).sqrt()), shift], y);
}

/// `y = activation((x - mean) * factor + shift)` for the vector of channels from `c` on, which is whole or the last.
#[inline(always)]
fn apply<V: Vector, const WHOLE: bool>(
    d: &BatchNorm,
    c: usize,
    x: &[V::Element],
    [mean, factor, shift]: [V; 3],
    y: &mut [V::Element],
) {
    for (x, y) in chunks_exact(x, d.channels).zip(chunks_exact_mut(y, d.channels)) {
        let z = load::<V, WHOLE>(part(x, c..)).sub(mean).mul_add(factor, shift);
        store::<V, WHOLE>(activated(d.activation, z), part_mut(y, c..));
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
    differentiate::<V>(d.activation, y, dy);
    let mut c = 0;
    while c + V::LANES <= d.channels {
        sums_block::<V, true>(d, x, statistics, dy, c, sums);
        c += V::LANES;
    }
    if c < d.channels {
        sums_block::<V, false>(d, x, statistics, dy, c, sums);
    }
}

/// The sums of the vector of channels from `c` on, which is whole or the last.
#[inline(always)]
fn sums_block<V: Vector, const WHOLE: bool>(
    d: &BatchNorm,
    x: &[V::Element],
    statistics: &[V::Element],
    dz: &[V::Element],
    c: usize,
    sums: &mut [V::Element],
) {
    let channels = d.channels;
    let mean: V = load::<V, WHOLE>(&statistics[c..channels]);
    let inverse: V = load::<V, WHOLE>(&statistics[channels + c..2 * channels]);
    let zero = V::splat(V::Element::ZERO);
    let (mut sum, mut product_sum) = (zero, zero);
    for (x, dz) in x.chunks(BLOCK * channels).zip(dz.chunks(BLOCK * channels)) {
        let (mut part, mut product_part) = (zero, zero);
        for (x, dz) in x.chunks_exact(channels).zip(dz.chunks_exact(channels)) {
            let normal = load::<V, WHOLE>(&x[c..]).sub(mean).mul(inverse);
            let gradient = load::<V, WHOLE>(&dz[c..]);
            part = part.add(gradient);
            product_part = gradient.mul_add(normal, product_part);
        }
        sum = sum.add(part);
        product_sum = product_sum.add(product_part);
    }
    let (sums, product_sums) = sums.split_at_mut(channels);
    store::<V, WHOLE>(sum, &mut sums[c..]);
    store::<V, WHOLE>(product_sum, &mut product_sums[c..channels]);
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
    let (mean, rest) = statistics.split_at(d.channels);
    let (inverse, _) = rest.split_at(d.channels);
    let (total, product_total) = totals.split_at(d.channels);
    let share = V::splat(V::Element::ONE / V::Element::from_usize(n * d.pixels));
    let maps = x.chunks_exact(d.channels).zip(dz.chunks_exact(d.channels)).zip(dx.chunks_exact_mut(d.channels));
    for ((x, dz), dx) in maps {
        each!(V, d.channels, load(x = x, m = mean, i = inverse, a = scale, t = total, q = product_total, dz = dz) {
            let normal = x.sub(m).mul(i);
            let centred = dz.sub(share.mul(t)).sub(normal.mul(share.mul(q)));
        } store(dx = a.mul(i).mul(centred)));
    }
}

/// A count in every lane.
#[inline(always)]
fn number<V: Vector>(count: usize) -> V {
    V::splat(V::Element::from_usize(count))
}
