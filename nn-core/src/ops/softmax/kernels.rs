//! Softmax and its logarithm over rows.

use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut};
use crate::base::number::Number;
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::{MOST_LANES, Vector};

kernels! {
    /// Kernels over rows of `len` numbers.
    trait SoftmaxKernels<T> {
        /// `y = exp(x) / Σ exp(x)` in each row.
        fn softmax(len: usize, x: &[T], y: &mut [T]);
        /// `dx = y * (dy - Σ dy * y)` in each row.
        fn softmax_gradient(len: usize, y: &[T], dy: &[T], dx: &mut [T]);
        /// `y = x - ln Σ exp(x)` in each row.
        fn log_softmax(len: usize, x: &[T], y: &mut [T]);
        /// The sum over rows of `-ln softmax(x)[label]`, and in `dx` its gradient times `scale`.
        fn cross_entropy(len: usize, scale: T, x: &[T], labels: &[usize], dx: &mut [T]) -> T;
        /// `dx = dy - exp(y) * Σ dy` in each row.
        fn log_softmax_gradient(len: usize, y: &[T], dy: &[T], dx: &mut [T]);
    }
}

/// The largest number of a row. Of a row with a NaN, some number or NaN: its softmax is NaN throughout either way.
#[inline(always)]
fn largest<V: Vector>(x: &[V::Element]) -> V::Element {
    if x.len() < V::LANES {
        let mut largest = V::Element::NEG_INFINITY;
        for &x in x {
            largest = if x > largest { x } else { largest };
        }
        return largest;
    }
    let mut largest = [V::load(x); 2];
    let mut pairs = x.chunks_exact(2 * V::LANES);
    for pair in &mut pairs {
        for i in 0..2 {
            largest[i] = V::load(part(pair, i * V::LANES..)).max(largest[i]);
        }
    }
    let [mut largest, other] = largest;
    for rest in pairs.remainder().chunks_exact(V::LANES) {
        largest = V::load(rest).max(largest);
    }
    // The end, overlapping what was seen already.
    V::load(part(x, x.len() - V::LANES..)).max(largest).max(other).largest()
}

/// Writes `exp(x - shift)` to `y` and returns its sum.
#[inline(always)]
fn exponentials<V: Vector>(x: &[V::Element], shift: V::Element, y: &mut [V::Element]) -> V::Element {
    let shift = V::splat(shift);
    let mut total = Sums::<V, 1>::new();
    for (x, y) in x.chunks(BLOCK * V::LANES).zip(y.chunks_mut(BLOCK * V::LANES)) {
        let mut sum = V::splat(V::Element::ZERO);
        let (mut inputs, mut outputs) = (chunks_exact(x, V::LANES), chunks_exact_mut(y, V::LANES));
        for (x, y) in (&mut inputs).zip(&mut outputs) {
            let exponential = V::load(x).sub(shift).exp();
            exponential.store(y);
            sum = sum.add(exponential);
        }
        let (x, y) = (inputs.remainder(), outputs.into_remainder());
        if !y.is_empty() {
            V::load_partial(x).sub(shift).exp().store_partial(y);
            sum = sum.add(V::load_partial(y)); // zeros beyond the end
        }
        total.add([sum]);
    }
    total.total()[0].sum()
}

/// Runs `$body` with `$row` as the [`Row`] that is best for rows of this length.
macro_rules! by_length {
    ($v:ident, $len:ident, $row:ident => $body:block) => {
        match $len.div_ceil($v::LANES) {
            1 => {
                let $row = Short::<$v, 1>::new($len);
                $body
            }
            2 => {
                let $row = Short::<$v, 2>::new($len);
                $body
            }
            _ => {
                let $row = Long;
                $body
            }
        }
    };
}

/// How the softmax of a row is found.
trait Row<V: Vector> {
    /// `y = factor * exp(x) / Σ exp(x)`; returns the largest number of the row, and the sum of the exponentials of what each is beyond it.
    fn softmax(&self, factor: V::Element, x: &[V::Element], y: &mut [V::Element]) -> [V::Element; 2];
}

/// A row of any length.
struct Long;

impl<V: Vector> Row<V> for Long {
    #[inline(always)]
    fn softmax(&self, factor: V::Element, x: &[V::Element], y: &mut [V::Element]) -> [V::Element; 2] {
        let largest = largest::<V>(x);
        let sum = exponentials::<V>(x, largest, y);
        // The sum is at least 1, as one of the exponentials is.
        let share = V::splat(factor / sum);
        each!(V, y.len(), load(e = y) {} store(y = e.mul(share)));
        [largest, sum]
    }
}

/// A row of `N` vectors, which stay in registers. The last of them ends with the row and overlaps the one before, or is partial where
/// it is the only one.
struct Short<V, const N: usize> {
    /// Where the last vector begins.
    last: usize,
    /// 1 in its lanes that hold numbers of their own, 0 in the others.
    own: V,
}

impl<V: Vector, const N: usize> Short<V, N> {
    #[inline(always)]
    fn new(len: usize) -> Self {
        let last = len.saturating_sub(V::LANES);
        let mut own = [V::Element::ZERO; MOST_LANES];
        for (lane, own) in own.iter_mut().enumerate() {
            if ((N - 1) * V::LANES..len).contains(&(last + lane)) {
                *own = V::Element::ONE;
            }
        }
        Self { last, own: V::load(&own) }
    }

    /// The last vector. Beyond the end of the row it repeats the first number, so that no exponential is greater than that of the largest.
    #[inline(always)]
    fn load_last(&self, x: &[V::Element]) -> V {
        if N > 1 {
            return V::load(part(x, self.last..));
        }
        V::select(self.own.gt(V::splat(V::Element::ZERO)), V::load_partial(x), V::splat(*part(x, 0)))
    }
}

impl<V: Vector, const N: usize> Row<V> for Short<V, N> {
    #[inline(always)]
    fn softmax(&self, factor: V::Element, x: &[V::Element], y: &mut [V::Element]) -> [V::Element; 2] {
        let mut row = [self.load_last(x); N];
        let mut largest = row[N - 1];
        for n in 0..N - 1 {
            row[n] = V::load(part(x, n * V::LANES..));
            largest = row[n].max(largest);
        }
        let largest = largest.largest();
        for n in 0..N {
            row[n] = row[n].sub(V::splat(largest)).exp();
        }
        let mut sum = row[N - 1].mul(self.own);
        for n in 0..N - 1 {
            sum = sum.add(row[n]);
        }
        let sum = sum.sum();
        let share = V::splat(factor).div(V::splat(sum));
        for n in 0..N - 1 {
            row[n].mul(share).store(part_mut(y, n * V::LANES..));
        }
        let (last, y) = (row[N - 1].mul(share), part_mut(y, self.last..));
        if N > 1 {
            last.store(y);
        } else {
            last.store_partial(y);
        }
        [largest, sum]
    }
}

/// The sum of products of numbers in the same place.
#[inline(always)]
fn dot<V: Vector>(x: &[V::Element], y: &[V::Element]) -> V::Element {
    let len = 2 * BLOCK * V::LANES;
    if x.len() <= len {
        return dot_block::<V>(x, y).sum();
    }
    let mut total = Sums::<V, 1>::new();
    for (x, y) in x.chunks(len).zip(y.chunks(len)) {
        total.add([dot_block(x, y)]);
    }
    total.total()[0].sum()
}

/// The same of a block, in each lane.
#[inline(always)]
fn dot_block<V: Vector>(x: &[V::Element], y: &[V::Element]) -> V {
    let mut sums = [V::splat(V::Element::ZERO); 2];
    let (mut left, mut right) = (x.chunks_exact(2 * V::LANES), y.chunks_exact(2 * V::LANES));
    for (x, y) in (&mut left).zip(&mut right) {
        for i in 0..2 {
            sums[i] = V::load(&x[i * V::LANES..]).mul_add(V::load(&y[i * V::LANES..]), sums[i]);
        }
    }
    for (x, y) in left.remainder().chunks(V::LANES).zip(right.remainder().chunks(V::LANES)) {
        sums[0] = V::load_partial(x).mul_add(V::load_partial(y), sums[0]);
    }
    sums[0].add(sums[1])
}

/// The sum of a slice.
#[inline(always)]
fn sum<V: Vector>(x: &[V::Element]) -> V::Element {
    let mut total = Sums::<V, 1>::new();
    for x in x.chunks(BLOCK * V::LANES) {
        let mut sum = V::splat(V::Element::ZERO);
        let mut chunks = x.chunks_exact(V::LANES);
        for chunk in &mut chunks {
            sum = sum.add(V::load(chunk));
        }
        total.add([sum.add(V::load_partial(chunks.remainder()))]);
    }
    total.total()[0].sum()
}

#[inline(always)]
fn softmax<V: Vector>(len: usize, x: &[V::Element], y: &mut [V::Element]) {
    by_length!(V, len, row => {
        for (x, y) in chunks_exact(x, len).zip(chunks_exact_mut(y, len)) {
            Row::<V>::softmax(&row, V::Element::ONE, x, y);
        }
    });
}

#[inline(always)]
fn softmax_gradient<V: Vector>(len: usize, y: &[V::Element], dy: &[V::Element], dx: &mut [V::Element]) {
    for ((y, dy), dx) in y.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
        let total = V::splat(dot::<V>(y, dy));
        each!(V, len, load(y = y, dy = dy) {} store(dx = y.mul(dy.sub(total))));
    }
}

#[inline(always)]
fn log_softmax<V: Vector>(len: usize, x: &[V::Element], y: &mut [V::Element]) {
    for (x, y) in chunks_exact(x, len).zip(chunks_exact_mut(y, len)) {
        let largest = largest::<V>(x);
        let (shift, logarithm) = (V::splat(largest), V::splat(exponentials::<V>(x, largest, y).ln()));
        each!(V, len, load(x = x) {} store(y = x.sub(shift).sub(logarithm)));
    }
}

#[inline(always)]
fn cross_entropy<V: Vector>(
    len: usize,
    scale: V::Element,
    x: &[V::Element],
    labels: &[usize],
    dx: &mut [V::Element],
) -> V::Element {
    let (mut logarithms, mut loss) = (Logarithms::new(), 0.0);
    by_length!(V, len, row => {
        for ((x, &label), dx) in x.chunks_exact(len).zip(labels).zip(dx.chunks_exact_mut(len)) {
            let [largest, total] = Row::<V>::softmax(&row, scale, x, dx);
            dx[label] -= scale;
            logarithms.add(total);
            loss -= (x[label] - largest).to_f64();
        }
    });
    V::Element::from_f64(loss + logarithms.sum())
}

/// A sum of logarithms of numbers from 1 on: one of the product of several.
struct Logarithms<T> {
    product: T,
    sum: f64,
}

impl<T: Number> Logarithms<T> {
    #[inline(always)]
    fn new() -> Self {
        Self { product: T::ONE, sum: 0.0 }
    }

    #[inline(always)]
    fn add(&mut self, number: T) {
        self.product *= number;
        if self.product > T::from_f64(1e15) {
            self.sum += self.product.ln().to_f64();
            self.product = T::ONE;
        }
    }

    #[inline(always)]
    fn sum(self) -> f64 {
        self.sum + self.product.ln().to_f64()
    }
}

#[inline(always)]
fn log_softmax_gradient<V: Vector>(len: usize, y: &[V::Element], dy: &[V::Element], dx: &mut [V::Element]) {
    for ((y, dy), dx) in y.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len)) {
        let total = V::splat(sum::<V>(dy));
        each!(V, len, load(y = y, dy = dy) {} store(dx = dy.sub(y.exp().mul(total))));
    }
}
