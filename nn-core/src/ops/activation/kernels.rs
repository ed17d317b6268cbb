//! Activations on their own.

use crate::base::number::Number;
use crate::gemm::epilogue::{activated, differentiated};
use crate::simd::vector::{Vector, constant};
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
        InputActivation::LeakyRelu(slope) => {
            each!(V, y.len(), load(x = x) {} store(y = activated(Activation::LeakyRelu(slope), x)));
        }
        InputActivation::Gelu => each!(V, y.len(), load(x = x) {} store(y = x.mul(x.normal()[0]))),
        InputActivation::GeluByTanh => each!(V, y.len(), load(x = x) {} store(y = x.mul(nearly_normal(x)[0]))),
        InputActivation::Silu => {
            each!(V, y.len(), load(x = x) {} store(y = x.mul(activated(Activation::Sigmoid, x))));
        }
        InputActivation::HardSwish => {
            each!(V, y.len(), load(x = x) {} store(y = x.mul(activated(Activation::HardSigmoid, x))));
        }
        InputActivation::Mish => each!(V, y.len(), load(x = x) {} store(y = x.mul(mish_gate(x)[0]))),
    }
}

#[inline(always)]
fn input_activation_gradient<V: Vector>(
    activation: InputActivation,
    x: &[V::Element],
    dy: &[V::Element],
    dx: &mut [V::Element],
) {
    macro_rules! by_slope {
        ($slope:expr) => {
            each!(V, dx.len(), load(x = x, dy = dy) { let slope = $slope(x); } store(dx = dy.mul(slope)))
        };
    }
    match activation {
        // The derivative by the output would be that of the input.
        InputActivation::LeakyRelu(slope) => {
            each!(V, dx.len(), load(x = x, dy = dy) {} store(dx = differentiated(Activation::LeakyRelu(slope), x, dy)));
        }
        InputActivation::Gelu => by_slope!(|x: V| slope_of_gated(x, x.normal())),
        InputActivation::GeluByTanh => by_slope!(|x| slope_of_gated(x, nearly_normal(x))),
        InputActivation::Silu => by_slope!(silu_slope),
        InputActivation::HardSwish => by_slope!(hard_swish_slope),
        InputActivation::Mish => by_slope!(|x| slope_of_gated(x, mish_gate(x))),
    }
}

/// The derivative of `x * gate(x)`, from the gate and its derivative.
#[inline(always)]
fn slope_of_gated<V: Vector>(x: V, [gate, slope]: [V; 2]) -> V {
    x.mul_add(slope, gate)
}

/// `sigmoid(2 * u)`, which is `(1 + tanh(u)) / 2`, of `u = √(2 / π) * (x + 0.044715 * x³)`, and its derivative.
#[inline(always)]
fn nearly_normal<V: Vector>(x: V) -> [V; 2] {
    const CUBE: f64 = 0.044715;
    let factor = 2.0 * core::f64::consts::FRAC_2_SQRT_PI * core::f64::consts::FRAC_1_SQRT_2;
    let (square, one) = (x.mul(x), constant::<V>(1.0));
    let gate = activated(Activation::Sigmoid, x.mul(square.mul_add(constant(factor * CUBE), constant(factor))));
    // Far out the square is infinite, and the gate's derivative zero.
    let square = constant::<V>(1e4).min(square);
    let slope = square.mul_add(constant(3.0 * factor * CUBE), constant(factor));
    [gate, gate.mul(one.sub(gate)).mul(slope)]
}

/// `tanh(ln(1 + exp(x)))` and its derivative, by an exponential that does not overflow.
#[inline(always)]
fn mish_gate<V: Vector>(x: V) -> [V; 2] {
    let (one, two, zero) = (constant::<V>(1.0), constant::<V>(2.0), V::splat(V::Element::ZERO));
    let e = zero.sub(x.abs()).exp();
    let (twice, square) = (e.add(e), e.mul(e));
    let positive = x.gt(zero);
    // With E = exp(x): (E² + 2 E) / (E² + 2 E + 2); above zero both divided by E².
    let above = V::select(positive, one.add(twice), square.add(twice));
    let below = above.add(V::select(positive, square.add(square), two));
    let gate = above.div(below);
    let distance = V::select(positive, square.add(square), two).div(below);
    let sigmoid = activated(Activation::Sigmoid, x);
    [gate, distance.mul(one.add(gate)).mul(sigmoid)]
}

#[inline(always)]
fn silu_slope<V: Vector>(x: V) -> V {
    let one = V::splat(V::Element::ONE);
    let s = activated(Activation::Sigmoid, x);
    s.mul(x.mul_add(one.sub(s), one))
}

/// Zero up to -3, one from 3 on, as PyTorch has it at the corners.
#[inline(always)]
fn hard_swish_slope<V: Vector>(x: V) -> V {
    let slope = V::select(constant::<V>(3.0).gt(x), x.mul_add(constant(1.0 / 3.0), constant(0.5)), constant(1.0));
    slope.zero_where(x.le(constant(-3.0)))
}
