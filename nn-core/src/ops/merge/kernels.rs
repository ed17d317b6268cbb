//! Several inputs as one, number by number or channel by channel.

use crate::base::memory::copy;
use crate::base::number::Number;
use crate::gemm::epilogue::{activate, activated};
use crate::simd::each::{load_panel, store_panel};
use crate::simd::sums::{BLOCK, Sums};
use crate::simd::vector::Vector;
use nn_sizes::Activation;

kernels! {
    /// Kernels of merges.
    trait MergeKernels<T> {
        /// `y = activation(the sum of the inputs)`.
        fn sum_inputs(activation: Activation, inputs: &[&[T]], y: &mut [T]);
        /// `y` = the product of the inputs.
        fn multiply_inputs(inputs: &[&[T]], y: &mut [T]);
        /// `dx = dy` times all `inputs` except number `without`.
        fn multiply_others(inputs: &[&[T]], without: usize, dy: &[T], dx: &mut [T]);
        /// The sum of `a * b` over the rows of two maps, as long as `sums`.
        fn channel_products(a: &[T], b: &[T], sums: &mut [T]);
        /// `y` = the first of the inputs less the others.
        fn subtract_inputs(inputs: &[&[T]], y: &mut [T]);
        /// `y = -x`.
        fn negate(x: &[T], y: &mut [T]);
        /// `y` = the largest of the inputs, NaN where one is NaN.
        fn max_inputs(inputs: &[&[T]], y: &mut [T]);
        /// `dx = dy` where input number `of` is the largest, shared evenly with those that equal it.
        fn max_inputs_gradient(inputs: &[&[T]], of: usize, y: &[T], dy: &[T], dx: &mut [T]);
    }
}

#[inline(always)]
fn sum_inputs<V: Vector>(activation: Activation, inputs: &[&[V::Element]], y: &mut [V::Element]) {
    if let [a, b] = inputs {
        // A residual connection: worth one pass.
        each!(V, y.len(), load(a = a, b = b) {} store(y = activated(activation, a.add(b))));
        return;
    }
    y.fill(V::Element::ZERO);
    for x in inputs {
        each!(V, y.len(), load(x = x, sum = y) {} store(y = sum.add(x)));
    }
    activate::<V>(activation, y);
}

#[inline(always)]
fn multiply_inputs<V: Vector>(inputs: &[&[V::Element]], y: &mut [V::Element]) {
    if let [a, b] = inputs {
        // A gate: worth one pass.
        each!(V, y.len(), load(a = a, b = b) {} store(y = a.mul(b)));
        return;
    }
    y.fill(V::Element::ONE);
    for x in inputs {
        each!(V, y.len(), load(x = x, product = y) {} store(y = product.mul(x)));
    }
}

#[inline(always)]
fn multiply_others<V: Vector>(inputs: &[&[V::Element]], without: usize, dy: &[V::Element], dx: &mut [V::Element]) {
    dx.copy_from_slice(dy);
    for (i, x) in inputs.iter().enumerate() {
        if i != without {
            each!(V, dx.len(), load(x = x, product = dx) {} store(dx = product.mul(x)));
        }
    }
}

#[inline(always)]
fn subtract_inputs<V: Vector>(inputs: &[&[V::Element]], y: &mut [V::Element]) {
    let Some((first, others)) = inputs.split_first() else { return };
    copy(first, y);
    for x in others {
        each!(V, y.len(), load(x = x, rest = y) {} store(y = rest.sub(x)));
    }
}

#[inline(always)]
fn negate<V: Vector>(x: &[V::Element], y: &mut [V::Element]) {
    each!(V, y.len(), load(x = x) {} store(y = V::splat(V::Element::ZERO).sub(x)));
}

#[inline(always)]
fn max_inputs<V: Vector>(inputs: &[&[V::Element]], y: &mut [V::Element]) {
    let Some((first, others)) = inputs.split_first() else { return };
    copy(first, y);
    for x in others {
        // A NaN that is there already stays, as nothing is larger.
        each!(V, y.len(), load(x = x, largest = y) {
            let larger = V::either(x.gt(largest), x.is_nan());
        } store(y = V::select(larger, x, largest)));
    }
}

#[inline(always)]
fn max_inputs_gradient<V: Vector>(
    inputs: &[&[V::Element]],
    of: usize,
    y: &[V::Element],
    dy: &[V::Element],
    dx: &mut [V::Element],
) {
    // How many are the largest, then the share of one of them.
    dx.fill(V::Element::ZERO);
    let one = V::splat(V::Element::ONE);
    for x in inputs {
        each!(V, dx.len(), load(x = x, y = y, count = dx) {} store(dx = count.add(one.zero_where(y.gt(x)))));
    }
    let own = inputs[of];
    each!(V, dx.len(), load(x = own, y = y, dy = dy, count = dx) {
        let share = dy.div(count).zero_where(y.gt(x));
    } store(dx = share));
}

#[inline(always)]
fn channel_products<V: Vector>(a: &[V::Element], b: &[V::Element], sums: &mut [V::Element]) {
    let len = sums.len();
    check!(len > 0 && a.len() == b.len() && a.len().is_multiple_of(len));
    panels!(V, len, c => channel_products_panel(a, b, c, sums));
}

#[inline(always)]
fn channel_products_panel<V: Vector, const N: usize, const WHOLE: bool>(
    a: &[V::Element],
    b: &[V::Element],
    c: usize,
    sums: &mut [V::Element],
) {
    let len = sums.len();
    let mut total = Sums::<V, N>::new();
    for (a, b) in a.chunks(BLOCK * len).zip(b.chunks(BLOCK * len)) {
        let mut sum = [V::splat(V::Element::ZERO); N];
        for (a, b) in a.chunks_exact(len).zip(b.chunks_exact(len)) {
            let (a, b) = (load_panel::<V, N, WHOLE>(&a[c..]), load_panel::<V, N, WHOLE>(&b[c..]));
            for n in 0..N {
                sum[n] = a[n].mul_add(b[n], sum[n]);
            }
        }
        total.add(sum);
    }
    store_panel::<V, N, WHOLE>(total.total(), &mut sums[c..]);
}
