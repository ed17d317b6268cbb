//! Activations that follow another operation, applied where its result lies.

use super::vector::Vector;
use crate::real::Real;
use nn_sizes::Activation;

kernels! {
    /// Activations in place.
    trait EpilogueKernels<T> {
        /// `y = activation(y)`.
        fn activate(activation: Activation, y: &mut [T]);
        /// `dy = dy * activation'`, the derivative being found from the output `y`.
        fn differentiate(activation: Activation, y: &[T], dy: &mut [T]);
    }
}

/// The activation of one vector.
#[inline(always)]
pub(crate) fn activated<V: Vector>(activation: Activation, x: V) -> V {
    let zero = V::splat(V::Element::ZERO);
    match activation {
        Activation::Identity => x,
        // In this order a NaN stays one.
        Activation::Relu => zero.max(x),
        Activation::LeakyRelu(slope) => V::select(zero.gt(x), x.mul(V::splat(V::Element::from_f64(slope))), x),
        Activation::Sigmoid => {
            let one = V::splat(V::Element::ONE);
            one.div(one.add(zero.sub(x).exp()))
        }
        Activation::Tanh => x.tanh(),
    }
}

/// `dy` times the derivative of the activation where its output is `y`.
#[inline(always)]
pub(crate) fn differentiated<V: Vector>(activation: Activation, y: V, dy: V) -> V {
    let zero = V::splat(V::Element::ZERO);
    let one = V::splat(V::Element::ONE);
    match activation {
        Activation::Identity => dy,
        // Where the output is NaN the gradient passes, as in PyTorch.
        Activation::Relu => V::select(y.le(zero), zero, dy),
        Activation::LeakyRelu(slope) => V::select(y.gt(zero), dy, dy.mul(V::splat(V::Element::from_f64(slope)))),
        Activation::Sigmoid => dy.mul(y.mul(one.sub(y))),
        Activation::Tanh => dy.mul(one.sub(y.mul(y))),
    }
}

#[inline(always)]
pub(crate) fn activate<V: Vector>(activation: Activation, y: &mut [V::Element]) {
    if activation == Activation::Identity {
        return;
    }
    let mut chunks = y.chunks_exact_mut(V::LANES);
    for chunk in &mut chunks {
        activated(activation, V::load(chunk)).store(chunk);
    }
    let rest = chunks.into_remainder();
    activated(activation, V::load_partial(rest)).store_partial(rest);
}

#[inline(always)]
pub(crate) fn differentiate<V: Vector>(activation: Activation, y: &[V::Element], dy: &mut [V::Element]) {
    if activation == Activation::Identity {
        return;
    }
    check!(y.len() == dy.len());
    let mut outputs = y.chunks_exact(V::LANES);
    let mut gradients = dy.chunks_exact_mut(V::LANES);
    for (y, dy) in (&mut outputs).zip(&mut gradients) {
        differentiated(activation, V::load(y), V::load(dy)).store(dy);
    }
    let (y, dy) = (outputs.remainder(), gradients.into_remainder());
    differentiated(activation, V::load_partial(y), V::load_partial(dy)).store_partial(dy);
}
