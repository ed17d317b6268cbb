//! How the parameters of a network are stored.

use core::fmt::Debug;
use core::ops::Range;

use crate::Parameters;
#[cfg(feature = "std")]
use crate::Version;
use crate::base::memory::part;
use crate::gemm::narrow::NarrowKernels as _;

/// What a network's parameters are stored as: numbers that it computes with, or weights of fewer bits.
pub trait Storage: Copy + 'static {
    /// All parameters of a network.
    type Block: Clone + Send + Sync + 'static;
}

impl Storage for f32 {
    type Block = Parameters<f32>;
}

impl Storage for f64 {
    type Block = Parameters<f64>;
}

/// Weights of fewer bits, for prediction alone: [`F16`], [`Bf16`] or [`Int8`].
///
/// `#[weights("digits.safetensors", precision = f16)]` makes `Digits::embedded()` a `&'static Digits<F16>`.
pub trait Narrow: Storage<Block = NarrowParameters<Self>> + Debug + Send + Sync {
    /// One weight.
    type Weight: Copy + Send + Sync + 'static;
    /// Whether there is a scale for each output channel.
    const SCALED: bool;

    /// Widens as many rows of weights as `to` has, `step` apart, so many `columns` of each. `scales` are those of the
    /// columns; none where there are none.
    fn widen(columns: usize, step: usize, from: &[Self::Weight], scales: &[f32], to: &mut [f32]);
}

/// Weights in IEEE 754 half precision.
#[derive(Clone, Copy, Debug)]
pub struct F16;

/// Weights that are the upper halves of `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Bf16;

/// Weights from -127 to 127 times a scale for each output channel.
#[derive(Clone, Copy, Debug)]
pub struct Int8;

impl Storage for F16 {
    type Block = NarrowParameters<Self>;
}

impl Storage for Bf16 {
    type Block = NarrowParameters<Self>;
}

impl Storage for Int8 {
    type Block = NarrowParameters<Self>;
}

impl Narrow for F16 {
    type Weight = u16;
    const SCALED: bool = false;

    fn widen(columns: usize, step: usize, from: &[u16], _: &[f32], to: &mut [f32]) {
        f32::widen_f16(columns, step, from, to);
    }
}

impl Narrow for Bf16 {
    type Weight = u16;
    const SCALED: bool = false;

    fn widen(columns: usize, step: usize, from: &[u16], _: &[f32], to: &mut [f32]) {
        f32::widen_bf16(columns, step, from, to);
    }
}

impl Narrow for Int8 {
    type Weight = i8;
    const SCALED: bool = true;

    fn widen(_: usize, step: usize, from: &[i8], scales: &[f32], to: &mut [f32]) {
        f32::widen_int8(step, from, scales, to);
    }
}

/// The parameters of a network in read-only data, its weights narrow.
#[derive(Clone, Debug)]
pub struct NarrowParameters<P: Narrow> {
    weights: &'static [P::Weight],
    rest: &'static [f32],
}

impl<P: Narrow> NarrowParameters<P> {
    /// The weights of all layers, and all that is not narrow: for each layer its scales, if there are any, and its other
    /// parameters.
    pub const fn from_static(weights: &'static [P::Weight], rest: &'static [f32]) -> Self {
        Self { weights, rest }
    }

    /// The parameters of one operation.
    pub fn part(&self, weights: Range<usize>, rest: Range<usize>) -> NarrowPart<'static, P> {
        NarrowPart { weights: part(self.weights, weights), rest: part(self.rest, rest) }
    }

    /// Which parameters these are.
    #[cfg(feature = "std")]
    pub fn version(&self) -> Version {
        Version::Static([self.weights.as_ptr().addr(), self.rest.as_ptr().addr()])
    }

    /// All that is not narrow.
    pub fn rest(&self) -> &'static [f32] {
        self.rest
    }
}

/// Narrow weights, and their scales, if they have any, before the other parameters.
#[derive(Debug)]
pub struct NarrowPart<'a, P: Narrow> {
    /// The weights.
    pub weights: &'a [P::Weight],
    /// Everything else.
    pub rest: &'a [f32],
}

impl<P: Narrow> Clone for NarrowPart<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Narrow> Copy for NarrowPart<'_, P> {}
