//! Size formulas and the dimensions of every operation.
//!
//! This crate is the one place where a size is computed: the compiler behind `network!` builds these structs while it
//! infers shapes and prints them into the generated code (their `Debug` form is a Rust literal), and the kernels of
//! `nn-core` read them. What a network may cost is compared here as well, as some of it the macro knows and some only the
//! compiler proper. It has no dependencies and needs neither `std` nor an allocator.
//!
//! Maps are given *channels last*, `[height, width, channels]`, as the kernels store them; the language writes
//! `[channels, height, width]`.

#![no_std]

mod activation;
mod affine;
mod attention;
mod budget;
mod conv;
mod cut;
mod deconv;
mod message;
mod norm;
mod parameters;
mod pool;
mod recurrent;
mod region;
mod reshape;
mod resize;
mod rows;
mod window;

pub use activation::{Activation, InputActivation, Prelu};
pub use affine::Affine;
pub use attention::Attention;
pub use budget::{Limit, Quantity, Share};
pub use conv::{
    Conv, ConvAlgorithm, ConvNorm, ConvPool, ConvPoolAlgorithm, InputGradientAlgorithm, POSITIONS,
    PooledWeightGradientAlgorithm, WeightGradientAlgorithm,
};
pub use cut::Cut;
pub use deconv::Deconv;
pub use message::Message;
pub use norm::{BatchNorm, GroupNorm, LayerNorm, LocalResponseNorm, RmsNorm};
pub use parameters::{Axis, Init, Role, for_each_position};
pub use pool::{AveragePool, MaxPool, Pool, SpreadAveragePool, SpreadMaxPool, SpreadPool, Taps};
pub use recurrent::{Cell, LastStep, MeanStep, Recurrent, Steps};
pub use region::{Regions, RoiAlign, RoiPool};
pub use reshape::{Permute, Reshape};
pub use resize::{Bilinear, Crop, Nearest, Resize, Walk, nearest};
pub use rows::{Add, Concat, Dropout, Embedding, LogSoftmax, Max, Mul, MulChannels, Rows, Softmax, Split, Sub};
pub use window::{Window, WindowError, same_pad};

/// The most groups of neighbouring samples that a batch is cut into. More than that would only add partial sums.
pub const GROUPS: usize = 16;

/// The larger, where `Ord` cannot be asked.
const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
