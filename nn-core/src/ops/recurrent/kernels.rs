//! One step of one sample: the gates, and the state after it.

use crate::base::memory::{part, split_mut};
use crate::gemm::epilogue::{activated, differentiated};
use crate::simd::vector::{Vector, constant};
use nn_sizes::Activation;

kernels! {
    /// Kernels of recurrent cells. `gates` hold what comes in gives them, and become the gates; `given` is what the state gives them.
    trait RecurrentKernels<T> {
        /// The new state is the only gate.
        fn plain_step(activation: Activation, gates: &mut [T], given: &[T], state: &mut [T]);
        /// `state` is written, `cell` brought up to date. The gates are input, forget, cell and output.
        fn lstm_step(gates: &mut [T], given: &[T], cell: &mut [T], state: &mut [T]);
        /// `state` is brought up to date. The gates are reset, update and new.
        fn gru_step(gates: &mut [T], given: &[T], state: &mut [T]);
        /// `gates` become their gradients, from the gradient of the state and the cell before the step; `cell_gradient` is brought
        /// from after the step to before it.
        fn lstm_step_gradient(gates: &mut [T], cell: &[T], gradient: &[T], cell_gradient: &mut [T]);
        /// The same, and `given` becomes the gradients of what the state gave the gates. `past` is the part of the gradient that
        /// goes to the state before without a gate's.
        fn gru_step_gradient(gates: &mut [T], given: &mut [T], state: &[T], gradient: &[T], past: &mut [T]);
    }
}

#[inline(always)]
fn plain_step<V: Vector>(
    activation: Activation,
    gates: &mut [V::Element],
    given: &[V::Element],
    state: &mut [V::Element],
) {
    each!(V, state.len(), load(x = gates, s = given) {
        let y = activated(activation, x.add(s));
    } store(gates = y, state = y));
}

#[inline(always)]
fn lstm_step<V: Vector>(
    gates: &mut [V::Element],
    given: &[V::Element],
    cell: &mut [V::Element],
    state: &mut [V::Element],
) {
    let size = state.len();
    let (inputs, rest) = split_mut(gates, size);
    let (forgets, rest) = split_mut(rest, size);
    let (news, outputs) = split_mut(rest, size);
    let [for_input, for_forget, for_new, for_output] =
        [0, 1, 2, 3].map(|gate| part(part(given, gate * size..), ..size));
    each!(V, size, load(i = inputs, f = forgets, g = news, o = outputs,
        si = for_input, sf = for_forget, sg = for_new, so = for_output, c = cell) {
        let i = activated(Activation::Sigmoid, i.add(si));
        let f = activated(Activation::Sigmoid, f.add(sf));
        let g = g.add(sg).tanh();
        let o = activated(Activation::Sigmoid, o.add(so));
        let c = f.mul_add(c, i.mul(g));
    } store(inputs = i, forgets = f, news = g, outputs = o, cell = c, state = o.mul(c.tanh())));
}

#[inline(always)]
fn gru_step<V: Vector>(gates: &mut [V::Element], given: &[V::Element], state: &mut [V::Element]) {
    let size = state.len();
    let (resets, rest) = split_mut(gates, size);
    let (updates, news) = split_mut(rest, size);
    let [for_reset, for_update, for_new] = [0, 1, 2].map(|gate| part(part(given, gate * size..), ..size));
    each!(V, size, load(r = resets, z = updates, n = news, sr = for_reset, sz = for_update, sn = for_new, h = state) {
        let r = activated(Activation::Sigmoid, r.add(sr));
        let z = activated(Activation::Sigmoid, z.add(sz));
        let n = r.mul_add(sn, n).tanh();
    } store(resets = r, updates = z, news = n, state = z.mul_add(h.sub(n), n)));
}

#[inline(always)]
fn lstm_step_gradient<V: Vector>(
    gates: &mut [V::Element],
    cell: &[V::Element],
    gradient: &[V::Element],
    cell_gradient: &mut [V::Element],
) {
    let size = cell.len();
    let (inputs, rest) = split_mut(gates, size);
    let (forgets, rest) = split_mut(rest, size);
    let (news, outputs) = split_mut(rest, size);
    let one = constant::<V>(1.0);
    each!(V, size, load(i = inputs, f = forgets, g = news, o = outputs, c = cell, dh = gradient, dc = cell_gradient) {
        let bent = f.mul_add(c, i.mul(g)).tanh();
        let dc = dh.mul(o).mul_add(one.sub(bent.mul(bent)), dc);
        let di = differentiated(Activation::Sigmoid, i, dc.mul(g));
        let df = differentiated(Activation::Sigmoid, f, dc.mul(c));
        let dg = differentiated(Activation::Tanh, g, dc.mul(i));
        let d_o = differentiated(Activation::Sigmoid, o, dh.mul(bent));
    } store(inputs = di, forgets = df, news = dg, outputs = d_o, cell_gradient = dc.mul(f)));
}

#[inline(always)]
fn gru_step_gradient<V: Vector>(
    gates: &mut [V::Element],
    given: &mut [V::Element],
    state: &[V::Element],
    gradient: &[V::Element],
    past: &mut [V::Element],
) {
    let size = state.len();
    let (resets, rest) = split_mut(gates, size);
    let (updates, news) = split_mut(rest, size);
    let (for_reset, rest) = split_mut(given, size);
    let (for_update, for_new) = split_mut(rest, size);
    let one = constant::<V>(1.0);
    each!(V, size, load(r = resets, z = updates, n = news, sn = for_new, h = state, dh = gradient) {
        let dn = differentiated(Activation::Tanh, n, dh.mul(one.sub(z)));
        let dz = differentiated(Activation::Sigmoid, z, dh.mul(h.sub(n)));
        let dr = differentiated(Activation::Sigmoid, r, dn.mul(sn));
    } store(resets = dr, updates = dz, news = dn,
        for_reset = dr, for_update = dz, for_new = dn.mul(r), past = dh.mul(z)));
}
