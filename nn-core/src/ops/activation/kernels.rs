//! Activations on their own, and the sums and products of several inputs that [`merge`](crate::ops::merge) puts together.

use crate::base::number::Number;
use crate::gemm::epilogue::{activate, activated, differentiated};
use crate::simd::vector::Vector;
use nn_sizes::{Activation, InputActivation};

kernels! {
    /// Kernels that see one position at a time.
    trait ElementwiseKernels<T> {
        /// `y = activation(x)`.
        fn activation(activation: Activation, x: &[T], y: &mut [T]);
        /// `dx = dy * activation'`, the derivative being found from the output `y`.
        fn activation_gradient(activation: Activation, y: &[T], dy: &[T], dx: &mut [T]);
        /// `y = activation(x)`.
        fn input_activation(activation: InputActivation, x: &[T], y: &mut [T]);
        /// `dx = dy * activation'(x)`.
        fn input_activation_gradient(activation: InputActivation, x: &[T], dy: &[T], dx: &mut [T]);
        /// `y = activation(the sum of the inputs)`.
        fn sum_inputs(activation: Activation, inputs: &[&[T]], y: &mut [T]);
        /// `y` = the product of the inputs.
        fn multiply_inputs(inputs: &[&[T]], y: &mut [T]);
        /// `dx = dy` times all `inputs` except number `without`.
        fn multiply_others(inputs: &[&[T]], without: usize, dy: &[T], dx: &mut [T]);
    }
}

#[inline(always)]
fn activation<V: Vector>(activation: Activation, x: &[V::Element], y: &mut [V::Element]) {
    each!(V, y.len(), load(x = x) {} store(y = activated(activation, x)));
}

#[inline(always)]
fn activation_gradient<V: Vector>(activation: Activation, y: &[V::Element], dy: &[V::Element], dx: &mut [V::Element]) {
    each!(V, dx.len(), load(y = y, dy = dy) {} store(dx = differentiated(activation, y, dy)));
}

#[inline(always)]
fn input_activation<V: Vector>(activation: InputActivation, x: &[V::Element], y: &mut [V::Element]) {
    match activation {
        InputActivation::Gelu => each!(V, y.len(), load(x = x) {} store(y = x.mul(x.normal()[0]))),
        InputActivation::Silu => {
            each!(V, y.len(), load(x = x) {} store(y = x.mul(activated(Activation::Sigmoid, x))));
        }
        InputActivation::HardSwish => each!(V, y.len(), load(x = x) {} store(y = x.mul(hard_sigmoid(x)))),
    }
}

#[inline(always)]
fn input_activation_gradient<V: Vector>(
    activation: InputActivation,
    x: &[V::Element],
    dy: &[V::Element],
    dx: &mut [V::Element],
) {
    match activation {
        InputActivation::Gelu => {
            each!(V, dx.len(), load(x = x, dy = dy) { let slope = gelu_slope(x); } store(dx = dy.mul(slope)));
        }
        InputActivation::Silu => {
            each!(V, dx.len(), load(x = x, dy = dy) { let slope = silu_slope(x); } store(dx = dy.mul(slope)));
        }
        InputActivation::HardSwish => {
            each!(V, dx.len(), load(x = x, dy = dy) { let slope = hard_swish_slope(x); } store(dx = dy.mul(slope)));
        }
    }
}

#[inline(always)]
fn gelu_slope<V: Vector>(x: V) -> V {
    let [probability, density] = x.normal();
    x.mul_add(density, probability)
}

#[inline(always)]
fn silu_slope<V: Vector>(x: V) -> V {
    let one = V::splat(V::Element::ONE);
    let s = activated(Activation::Sigmoid, x);
    s.mul(x.mul_add(one.sub(s), one))
}

/// `min(max(x + 3, 0), 6) / 6`.
#[inline(always)]
fn hard_sigmoid<V: Vector>(x: V) -> V {
    let zero = V::splat(V::Element::ZERO);
    let three = V::splat(V::Element::from_f64(3.0));
    let six = V::splat(V::Element::from_f64(6.0));
    // In this order a NaN stays one.
    six.min(zero.max(x.add(three))).mul(V::splat(V::Element::from_f64(1.0 / 6.0)))
}

/// Zero up to -3, one from 3 on, as PyTorch has it at the corners.
#[inline(always)]
fn hard_swish_slope<V: Vector>(x: V) -> V {
    let third = V::splat(V::Element::from_f64(1.0 / 3.0));
    let half = V::splat(V::Element::from_f64(0.5));
    let three = V::splat(V::Element::from_f64(3.0));
    let minus_three = V::splat(V::Element::from_f64(-3.0));
    let slope = V::select(three.gt(x), x.mul_add(third, half), V::splat(V::Element::ONE));
    slope.zero_where(x.le(minus_three))
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
