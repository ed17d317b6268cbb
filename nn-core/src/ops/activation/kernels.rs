//! Activations on their own, and the sums and products of several inputs that [`merge`](crate::ops::merge) puts together.

use crate::base::memory::copy;
use crate::base::number::Number;
use crate::gemm::epilogue::{activate, activated, differentiated};
use crate::simd::each::{load_panel, store_panel};
use crate::simd::sums::{BLOCK, Sums};
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
