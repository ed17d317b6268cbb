//! Neural networks declared in a macro, checked by the compiler, fast on a CPU.
//!
//! [`network!`] turns a line of a small language into a struct whose every size is known before the program starts:
//!
//! ```
//! use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};
//!
//! network! {
//!     /// The textbook's convolution network: a 28×28 grey picture in, ten probabilities out.
//!     pub struct Digits =
//!         [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
//! }
//!
//! let mut net = Digits::new(1);
//! let pictures = Batch::<shape![1, 28, 28]>::zeros(2);
//!
//! // One step of training; `Trainer` does whole epochs over a data set.
//! let mut training = Training::new(2);
//! let loss = training.loss_and_gradients(&net, &pictures, &CrossEntropy, &[3, 8])?;
//! training.step(&mut net, &mut Adam::new(0.001))?;
//!
//! let probabilities: Batch<shape![10]> = net.predict(&pictures)?;
//! assert_eq!(probabilities.samples(), 2);
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! - [`Network`] is what a declared network can do, [`Layer`] what a hand-written layer must; [`layer`] holds what such a
//!   layer is called with.
//! - [`shape!`], [`Tensor`], [`Batch`] are the data that go in and come out; [`data`] reads them from files.
//! - [`Trainer`] trains; [`Training`] is the piece below it, for a loop of your own. Both take an [`Optimizer`] and
//!   a [`Loss`]. [`GradientCheck`] tells whether gradients are right. [`train`] has the rest.
//! - [`parameters`] are looked at by their labels, and [`Part`] lends some of them to another network. [`observe`] shows the values
//!   inside a network.
//! - With the feature `plot`, the module `plot` draws curves, histograms, images, matrices and contours.
//! - [`boxes`] is what a detector does around its network.
//! - [`weights`] are exchanged with PyTorch as safetensors.
//!
//! Without its features the crate is `no_std` and needs no allocator: [`Network::predict_in`] predicts in memory that it
//! is given, and `predict_one`, which every network has, one sample from arrays to arrays. The kernels use AVX-512 or AVX2
//! where the machine has it; the environment variable `NN_ISA` limits them to `avx2` or `portable`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate self as nn_core;

#[macro_use]
mod base;
#[macro_use]
mod simd;

pub use nn_boxes as boxes;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
#[cfg(feature = "std")]
pub mod data;
#[cfg(feature = "std")]
mod error;
#[doc(hidden)]
pub mod exec;
#[doc(hidden)]
pub mod ffi;
mod gemm;
pub mod layer;
mod network;
#[doc(hidden)]
pub mod ops;
pub mod parameters;
#[cfg(feature = "plot")]
pub use nn_plot as plot;
mod real;
pub mod shape;
pub mod summary;
pub mod train;
#[cfg(feature = "std")]
pub mod weights;

// What a user holds. All else is in the modules.
pub use base::channel::{Channel, normalise};
pub use base::number::Number;
#[cfg(feature = "std")]
pub use error::{Error, Origin};
pub use network::layer::Layer;
#[cfg(feature = "std")]
pub use network::observe;
#[cfg(feature = "std")]
pub use network::part::{Part, PartMut};
#[cfg(feature = "std")]
pub use network::predict::Workspace;
pub use network::{Network, PredictError};
pub use real::Real;
#[cfg(feature = "std")]
pub use shape::batch::Batch;
pub use shape::batch::BatchView;
#[cfg(feature = "std")]
pub use shape::tensor::Tensor;
#[cfg(feature = "std")]
pub use train::gradient_check::GradientCheck;
#[cfg(feature = "std")]
pub use train::loss::{BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, accuracy, argmax};
#[cfg(feature = "std")]
pub use train::optimizer::{Adam, AdamW, Momentum, Optimizer, Sgd};
#[cfg(feature = "std")]
pub use train::threads::on_threads;
#[cfg(feature = "std")]
pub use train::trainer::{Trainer, evaluate};
#[cfg(feature = "std")]
pub use train::training::Training;

// At the root, as rustc's notes on a network that does not compile name them.
#[doc(hidden)]
pub use network::budget::check_limit;
#[doc(hidden)]
pub use network::path::{check_embedded, check_path, check_per_sample};

// Short paths within the crate.
#[cfg(feature = "std")]
use base::memory;
use exec::memory_need::{MemoryNeed, MemoryNeeds};
#[cfg(feature = "std")]
use network::LayerInfo;
use network::head::Head;
use parameters::Entry;
use parameters::block::Parameters;
#[cfg(feature = "std")]
use parameters::block::Version;
#[cfg(feature = "std")]
use parameters::group::Group;
#[cfg(feature = "std")]
use parameters::{FlatSegment, flatten};

#[doc(hidden)]
pub use nn_macros::compile;

/// The instruction set that the kernels run on here: `avx512`, `avx2` or `portable`.
pub fn instruction_set() -> &'static str {
    simd::isa::Detected::current().isa().name()
}

/// Declares networks.
///
/// Each `struct` becomes a network: a struct with a type parameter `T`, `f32` unless told otherwise, that implements
/// [`Network`], has the constants `PARAMETERS`, `MULTIPLY_ADDS`, `WORKSPACE_BYTES` and `WEIGHTS_BYTES`, the functions
/// `workspace` and `predict_one` for one sample without a heap, and a table of its layers in its documentation.
///
/// ```
/// use nn_core::{Network, network};
///
/// network! {
///     const WIDTH = 16;
///
///     /// Two convolutions around which the input finds its way.
///     block basic(channels) =
///         residual(conv(channels, 3, pad = same) -> bn -> relu -> conv(channels, 3, pad = same) -> bn) -> relu;
///
///     pub struct Small =
///         [3, 32, 32] -> stem: conv(WIDTH, 3, pad = same) -> bn -> relu
///         -> layer1: 3 * basic(WIDTH) -> pool(2) -> [16, 16, 16]
///         -> global_avg_pool -> affine(10) -> softmax;
/// }
///
/// println!("{}", Small::summary());
/// let net = Small::new(1);
/// assert_eq!(net.parameters().layer1().tensor("0.conv1.weight").unwrap().shape(), [16, 16, 3, 3]);
/// ```
///
/// # The language
///
/// A chain `a -> b -> c` begins with the shape of its input, `[channels, height, width]` or another list of sizes; a shape
/// further on is a check. Sizes are whole numbers, `const`s and parameters of blocks with `+ - * /` and parentheses.
///
/// | | |
/// |---|---|
/// | `label: layer` | names the parameters; without a label they are `conv1`, `conv2`, `affine1`, … |
/// | `"features.0": layer` | the same for any name that a weights file has; `"": name(…)`, before a block, adds nothing |
/// | `3 * layer` | the same thing three times, `label.0`, `label.1`, …, or from `"label.1"` on `label.1`, `label.2`, … |
/// | `add(a \| b)`, `sub(a \| b)`, `mul(a \| b)`, `max(a \| b)`, `concat(a \| b)` | branches over the same input, put together; `mul` also takes a map and a row with a factor for each of its channels |
/// | `residual(a)`, `id` | `add(a \| id)`, where `id` is the layer that does nothing |
/// | `struct Net(a: [4], b: [4]) = { let x = a -> …; x -> …, b -> … };` | several inputs, named values, several outputs |
/// | `let (a, b) = x -> split(2);` | a name for each of several outputs of a layer |
/// | `let (all, h, c) = x -> lstm(8);` | the sequence of states, and, as they are asked for, the states after the last step |
/// | `lstm(8, start = (h, c))` | named values as further inputs of a layer |
/// | `[12 of 40]` | an input of twelve whole numbers, each below 40: `u32` in a batch, [`shape![12 of 40]`](shape!) as a type |
/// | `[..64, 3]` | an input of up to 64 rows of three numbers: their number differs from sample to sample; [`shape![..64, 3]`](shape!) |
/// | `each(affine(10) -> relu)` | the same layers for every row, `[64, 3]` or `[..64, 3]`: `affine` is one product of all rows |
/// | `my::Layer -> [8]` | a layer of one's own or another network, by path; the check after it is required, but not of a network in the same `network!` |
/// | `per_sample(my::Layer) -> [8]` | the same for a layer that says it works sample by sample: it runs with its neighbours while a sample is cached |
///
/// Layers, with what their arguments are unless given. Those with a value here go by name, but for `leaky_relu(0.1)` and
/// `dropout(0.2)`; what other libraries also want, channels or sizes of the input, follows from the layer before:
///
/// | | |
/// |---|---|
/// | `conv(out, kernel, stride = 1, pad = 0, dilation = 1, groups = 1, bias = true)` | a convolution; pairs like `[3, 1]` are taken for kernel, stride, pad and dilation. `pad = [[0, 1], [0, 1]]` differs at the two ends, and `pad = same` makes the output as large as the input, or that divided by the stride and rounded up, as TensorFlow does. 3 × 3 and 5 × 5 may be computed from sums of neighbouring pixels, which an infinite one turns into NaN for some pixels more than see it |
/// | `deconv(out, kernel, stride = 1, pad = 0, output_pad = 0, dilation = 1, groups = 1, bias = true, init = drawn)` | a transposed convolution, with PyTorch's sizes and weights; also `conv_transpose`. With `init = bilinear` it starts by enlarging each channel |
/// | `pool(kernel, stride = kernel, pad = 0, dilation = 1, ceil = false)` | the largest of each window; also `max_pool` |
/// | `avg_pool(kernel, stride = kernel, pad = 0, ceil = false, count_pad = true)` | its mean, in which padding counts as zeros, or not at all |
/// | `adaptive_pool([height, width])`, `adaptive_avg_pool(…)` | the same over as many equal parts of a map |
/// | `global_pool`, `global_avg_pool` | over the whole of each channel, as a row |
/// | `conv`, `pool`, `avg_pool`, `global_avg_pool` on `[channels, length]` | the same in one dimension, with single numbers: PyTorch's `Conv1d`. Activations, `bn`, `dropout` and merges may follow |
/// | `affine(out, bias = true)` | a dense layer, which flattens its input; also `linear`, `dense` |
/// | `relu`, `relu6`, `leaky_relu(a = 0.01)`, `elu(alpha = 1)`, `selu`, `softplus` | rectifiers, and smooth ones |
/// | `sigmoid`, `hard_sigmoid`, `tanh`, `hard_tanh` | activations with two limits |
/// | `gelu(approximate = none)`, `silu`, `hard_swish`, `mish` | activations that dip below zero; `approximate = tanh` is PyTorch's `approximate="tanh"` |
/// | `softmax`, `log_softmax` | over each pixel's channels, or each step's features |
/// | `prelu(shared = false)` | a rectifier whose slope below zero is learned: one for each channel, or one for all |
/// | `batch_norm(eps = 1e-5, momentum = 0.1)` | also `bn` |
/// | `layer_norm(eps = 1e-5)`, `rms_norm(eps = 1e-6)` | over a whole sample, or each step of a sequence |
/// | `group_norm(groups, eps = 1e-5, affine = true)`, `instance_norm(eps = 1e-5, affine = false)` | over each group of channels of a sample, or each channel |
/// | `local_response_norm(size, alpha = 1e-4, beta = 0.75, k = 1)` | by the neighbouring channels, as in AlexNet; also `lrn` |
/// | `dropout(p = 0.5)` | while training only |
/// | `upsample(factor, nearest)`, `resize([height, width], nearest)` | a map so many times as large, or of another size; `bilinear` is PyTorch's with `align_corners=False` |
/// | `crop([height, width], from = the middle)` | a part of a map; `from = [top, left]` |
/// | `roi_align(size, boxes = …, scale = 1, samples = 2, aligned = true)` | the regions of a map in boxes, each brought to one size: `[3, 64, 48]` and boxes `[20, 4]` become `[20, 3, 7, 7]`, which layers in `each(…)` go on with. A box is left, top, right and bottom edge, times `scale` in pixels of the map. Torchvision's `roi_align` with so many samples each way; `aligned = false` is its older form. What is outside the map counts as 0. A box that is not finite gives NaN. Boxes have no gradient |
/// | `roi_pool(size, boxes = …, scale = 1)` | the same with the largest number of the pixels that each bin touches, or 0 where it touches none |
/// | `flatten`, `reshape([…])` | another shape for the same numbers |
/// | `transpose(axes)` | axis `i` of the output is axis `axes[i]` of the input, without axes the last two exchanged; also `permute`. A sequence `[steps, features]` becomes `[channels, length]` for `conv`, and that a sequence |
/// | `channel_shuffle(groups)` | channels of all groups in turn, as in ShuffleNet |
/// | `embedding(size)` | a row of so many numbers for each whole number, from a table that is learnt: `[12 of 40]` becomes `[12, size]` |
/// | `split(parts)` | so many equal parts along the first axis, or of a sequence's features, each an output of its own |
/// | `rnn(h, nonlinearity = tanh, start = zeros, reverse = false)` | along a sequence `[steps, features]` or `[..steps, features]`; also `relu` |
/// | `lstm(h, start = zeros, reverse = false)`, `gru(…)` | the same with gates: PyTorch's formulas, weights and names |
/// | `attention(heads, over = itself, causal = false)` | each step looks at all steps of its sequence, or with `over = memory` of another; `causal = true` leaves out those after it. PyTorch's `MultiheadAttention` |
/// | `last`, `mean` | the last step of a sequence, or the mean of all |
///
/// A sequence is `[steps, features]`. Several layers along it are written `2 * lstm(128)`, both directions
/// `concat(lstm(64) | lstm(64, reverse = true))`, an encoder that starts a decoder by `start`. For one step at a time, another
/// network takes the states as inputs and gives them as outputs: with the same layers it has the same parameters.
///
/// Where the number of rows varies, activations, `softmax`, `layer_norm`, `dropout`, `embedding` and merges work on every row by
/// itself, layers along a sequence go from each sample's first row to its last, and other layers stand in `each(…)`. Batches of
/// such samples are made by [`Batch::from_samples`]; losses take a target for each row, which `WeightedCrossEntropy` may ignore. So
/// they do for each step of an output `[steps, classes]`, whose number is fixed.
///
/// A block of a transformer is `residual(layer_norm -> attention(4, causal = true))`, and then
/// `residual(layer_norm -> each(affine(256) -> gelu -> affine(64)))`.
///
/// Whole numbers are compared with their bound when a network is called: one that is not below it is an error, which names
/// the input and the place. `predict_one` of a network with such an input therefore returns a `Result`.
///
/// A mistake is a compile error at the layer that is wrong, in these words; all mistakes are reported in one build.
///
/// # Weights inside the program
///
/// `#[weights("digits.safetensors.gz")]`, a path from the folder of `Cargo.toml`, makes the file part of the program:
/// `Digits::embedded()` is a `&'static Digits`, whose numbers are read-only data. The file is read while the program is
/// compiled, and compared with the network.
///
/// With `rename("features.0" -> "conv1")` after the path tensors that are called otherwise in the file are found.
///
/// With `precision = f16`, `bf16` or `int8` after the path the weights are stored in fewer bits, and `embedded()` is a
/// `&'static Digits<F16>` ([`F16`](parameters::F16), [`Bf16`](parameters::Bf16), [`Int8`](parameters::Int8)), which predicts
/// but is not trained. [`weights::round`](crate::weights::round) tells what that costs. A network with parts by path cannot
/// have it.
///
/// # Budgets
///
/// A network that costs more than its `#[budget(…)]` does not compile; the message says by how much, and which layer costs
/// most. Each limit is a whole number or an expression, of bytes with the unit `KiB` or `MiB` if need be.
///
/// | limit | the constant that keeps to it |
/// |---|---|
/// | `parameters` | `PARAMETERS`, running statistics included |
/// | `multiply_adds` | `MULTIPLY_ADDS`, of the prediction of one sample |
/// | `workspace` | `WORKSPACE_BYTES`, likewise |
/// | `flash` | `WEIGHTS_BYTES`, the parameters as they are stored |
///
/// ```
/// # use nn_core::network;
/// network! {
///     #[budget(parameters = 1_000, workspace = 64 KiB, flash = 4 KiB)]
///     pub struct Small = [8] -> affine(16) -> relu -> affine(16) -> relu -> affine(2);
/// }
/// assert!(Small::PARAMETERS <= 1_000 && Small::WORKSPACE_BYTES <= 64 * 1024);
/// ```
///
/// # Values inside
///
/// `#[observe]` makes a second network over the same parameters, which gives the values of all layers: see [`observe`].
///
/// # Networks for C
///
/// `#[export(c)]` on a network with its weights inside writes functions that C, and what else calls C, links as a static or
/// shared library: `digits_predict` for a `Digits`, or `my_predict` with `#[export(c, prefix = "my")]`. The constant
/// `Digits::C_HEADER` is the text of their header, for C and C++, with the lengths of all buffers: `cbindgen` does not see
/// what a macro writes, so print it to a file. `examples/embed_c` is such a library.
///
/// - The functions return a status, and refuse null pointers and what is misaligned or overlaps. They never unwind.
/// - A library with `std` wants the system's libraries beside it: `cargo rustc -- --print native-static-libs` lists them.
/// - One that is `#![no_std]`, with this crate's features off, wants none, but a `#[panic_handler]` of its own and
///   `panic = "abort"` in its profiles.
/// - The attribute writes `unsafe` code, so a crate that takes it cannot forbid that.
#[macro_export]
macro_rules! network {
    ($($tokens:tt)*) => {
        $crate::compile! { [$crate] $($tokens)* }
    };
}

/// Keeps code only where `nn-core` has its feature `std`, for the generated code that cannot ask for that itself.
#[doc(hidden)]
#[cfg(feature = "std")]
#[macro_export]
macro_rules! if_std {
    ($($tokens:tt)*) => {
        $($tokens)*
    };
}

/// Drops code where `nn-core` is without its feature `std`.
#[doc(hidden)]
#[cfg(not(feature = "std"))]
#[macro_export]
macro_rules! if_std {
    ($($tokens:tt)*) => {};
}
