//! What follows another operation, applied to its result in registers or where it lies.

use crate::base::memory::part;
use crate::base::number::Number;
use crate::simd::each::load_row;
use crate::simd::vector::{Vector, constant};
use nn_sizes::Activation;

/// What is done to the sums of a product before they are stored: `activation(sum * scale + shift + skip)`.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a, T> {
    /// `[scale, shift]`, each a number for every column; `None` is 1 and 0.
    pub norm: Option<[&'a [T]; 2]>,
    /// A number for every number of the result, in the same place.
    pub skip: Option<&'a [T]>,
    /// The activation.
    pub activation: Activation,
}

impl<'a, T> From<Activation> for Epilogue<'a, T> {
    /// An activation alone.
    #[inline(always)]
    fn from(activation: Activation) -> Self {
        Self { norm: None, skip: None, activation }
    }
}

impl<'a, T: Number> Epilogue<'a, T> {
    /// Nothing.
    #[inline(always)]
    pub(crate) fn none() -> Self {
        Self::from(Activation::Identity)
    }

    /// The epilogue of what begins at column `first` of the result.
    #[inline(always)]
    pub(crate) fn columns_from(mut self, first: usize) -> Self {
        if let Some([scale, shift]) = self.norm {
            self.norm = Some([part(scale, first..), part(shift, first..)]);
        }
        if let Some(skip) = self.skip {
            self.skip = Some(part(skip, first..));
        }
        self
    }

    /// The epilogue of what begins at number `first` of the result, where a row of columns does.
    #[inline(always)]
    pub(crate) fn rows_from(self, first: usize) -> Self {
        Self { skip: self.skip.map(|skip| part(skip, first..)), ..self }
    }

    /// Asserts that there is a number for each of `columns`, and for each of the `reach` numbers of the result.
    #[inline(always)]
    pub(crate) fn check(&self, columns: usize, reach: usize) {
        if let Some([scale, shift]) = self.norm {
            check!(columns <= scale.len() && columns <= shift.len());
        }
        if let Some(skip) = self.skip {
            check!(reach <= skip.len());
        }
    }

    /// Finishes `M` rows of `N` vectors, the last of `lanes`: those of the columns from `column` on, of rows of the result
    /// that begin at the positions `at`. What it leaves out, [`activate_dear`] does.
    ///
    /// # Safety
    /// These columns, and these positions and columns, have been [checked](Self::check).
    #[inline(always)]
    pub(crate) unsafe fn finish<V: Vector<Element = T>, const M: usize, const N: usize>(
        &self,
        sums: &mut [[V; N]; M],
        at: &[usize; M],
        column: usize,
        lanes: V::Lanes,
    ) {
        if let Some([scale, shift]) = self.norm {
            // SAFETY: the caller's.
            let scale = unsafe { load_row::<V, N>(scale.as_ptr().add(column), lanes) };
            // SAFETY: the caller's.
            let shift = unsafe { load_row::<V, N>(shift.as_ptr().add(column), lanes) };
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = sums[m][n].mul_add(scale[n], shift[n]);
                }
            }
        }
        if let Some(skip) = self.skip {
            for m in 0..M {
                // SAFETY: the caller's.
                let skip = unsafe { load_row::<V, N>(skip.as_ptr().add(at[m] + column), lanes) };
                for n in 0..N {
                    sums[m][n] = sums[m][n].add(skip[n]);
                }
            }
        }
        activate_cheap(self.activation, sums);
    }
}

/// The activations that are as cheap among the registers of a product as elsewhere. The others have no part in this code, where
/// their constants would take up registers.
#[inline(always)]
pub(crate) fn activate_cheap<V: Vector, const M: usize, const N: usize>(
    activation: Activation,
    sums: &mut [[V; N]; M],
) {
    macro_rules! to_all {
        ($activation:expr) => {
            for m in 0..M {
                for n in 0..N {
                    sums[m][n] = activated($activation, sums[m][n]);
                }
            }
        };
    }
    match activation {
        Activation::Relu => to_all!(Activation::Relu),
        Activation::LeakyRelu(slope) => to_all!(Activation::LeakyRelu(slope)),
        Activation::Clamp(low, high) => to_all!(Activation::Clamp(low, high)),
        _ => {}
    }
}

/// The activations that are cheaper in a pass of their own than among the registers of a product.
#[inline(always)]
pub(crate) fn activate_dear<V: Vector>(activation: Activation, y: &mut [V::Element]) {
    if activation.is_costly() {
        activate::<V>(activation, y);
    }
}

kernels! {
    /// Activations in place.
    trait EpilogueKernels<T> {
        /// `y = activation(y)`.
        fn activate(activation: Activation, y: &mut [T]);
        /// The same if [`Epilogue::finish`] left it out.
        fn activate_dear(activation: Activation, y: &mut [T]);
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
        Activation::LeakyRelu(slope) => V::select(zero.gt(x), x.mul(constant(slope)), x),
        Activation::Clamp(low, high) => constant::<V>(high).min(constant::<V>(low).max(x)),
        Activation::HardSigmoid => constant::<V>(6.0).min(zero.max(x.add(constant(3.0)))).mul(constant(1.0 / 6.0)),
        Activation::Elu { alpha, scale } => {
            let below = exp_less_1(zero.min(x)).mul(constant(alpha));
            V::select(x.gt(zero), x, below).mul(constant(scale))
        }
        // 1 is split off where the exponential would overflow.
        Activation::Softplus => zero.max(x).add(zero.sub(x.abs()).exp().ln_1p()),
        Activation::Sigmoid => {
            let one = V::splat(V::Element::ONE);
            one.div(one.add(zero.sub(x).exp()))
        }
        Activation::Tanh => x.tanh(),
    }
}

/// `exp(x) - 1` of what is not positive, by `tanh(x / 2)`, which is accurate near zero.
#[inline(always)]
fn exp_less_1<V: Vector>(x: V) -> V {
    let half = x.mul(constant(0.5)).tanh();
    half.add(half).div(constant::<V>(1.0).sub(half))
}

/// `dy` times the derivative of the activation where its output is `y`.
#[inline(always)]
pub(crate) fn differentiated<V: Vector>(activation: Activation, y: V, dy: V) -> V {
    let zero = V::splat(V::Element::ZERO);
    let one = V::splat(V::Element::ONE);
    match activation {
        Activation::Identity => dy,
        // Where the output is NaN the gradient passes, as in PyTorch.
        Activation::Relu => dy.zero_where(y.le(zero)),
        Activation::LeakyRelu(slope) => V::select(y.gt(zero), dy, dy.mul(constant(slope))),
        Activation::Clamp(low, high) => dy.zero_where(V::either(y.le(constant(low)), constant::<V>(high).le(y))),
        Activation::HardSigmoid => dy.zero_where(V::either(y.le(zero), one.le(y))).mul(constant(1.0 / 6.0)),
        Activation::Elu { alpha, scale } => {
            let (scale, limit) = (constant(scale), constant(scale * alpha));
            dy.mul(V::select(y.gt(zero), scale, y.add(limit)))
        }
        Activation::Softplus => dy.mul(zero.sub(exp_less_1(zero.sub(y)))),
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
