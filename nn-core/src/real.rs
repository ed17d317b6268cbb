//! The numbers a network computes with, and every kernel there is for them: the one file that names the kernels of all
//! modules. Modules below the operations compute with [`Number`].

use crate::base::number::Number;
#[cfg(feature = "std")]
use crate::data;
use crate::parameters::block::Parameters;
use crate::parameters::storage::Storage;
use crate::{exec, gemm, ops, simd, train};

/// `f32`, in which networks run, or `f64`, in which their gradients are checked.
#[diagnostic::on_unimplemented(
    message = "networks do not compute with `{Self}`, but with `f32`, or with `f64` to check gradients",
    note = "a network with weights of fewer bits (`precision = f16`) predicts; it is not trained, saved or taken apart"
)]
pub trait Real: Number + Storage<Block = Parameters<Self>> + Kernels<Self> {}

impl Real for f32 {}
impl Real for f64 {}

/// Every kernel, for the numbers of type `T`: only `f32` and `f64` have them.
pub trait Kernels<T>:
    DataKernels<T>
    + exec::sums::SumKernels<T>
    + gemm::dense::AffineKernels<T>
    + gemm::epilogue::EpilogueKernels<T>
    + gemm::narrow::NarrowKernels<T>
    + gemm::sparse::SparseKernels<T>
    + ops::activation::kernels::ElementwiseKernels<T>
    + ops::attention::kernels::AttentionKernels<T>
    + ops::batch_norm::kernels::BatchNormKernels<T>
    + ops::conv::col2im::Col2imKernels<T>
    + ops::conv::depthwise::DepthwiseKernels<T>
    + ops::conv::direct::ConvKernels<T>
    + ops::conv::minimal5x5::Minimal5x5Kernels<T>
    + ops::conv::maxima::MaximaKernels<T>
    + ops::conv::winograd::WinogradKernels<T>
    + ops::dropout::kernels::DropoutKernels<T>
    + ops::group_norm::kernels::GroupNormKernels<T>
    + ops::layer_norm::kernels::LayerNormKernels<T>
    + ops::local_response_norm::kernels::LocalResponseNormKernels<T>
    + ops::merge::kernels::MergeKernels<T>
    + ops::pool::kernels::AveragePoolKernels<T>
    + ops::pool::kernels::MaxPoolKernels<T>
    + ops::pool::kernels::SpreadPoolKernels<T>
    + ops::prelu::kernels::PreluKernels<T>
    + ops::recurrent::kernels::RecurrentKernels<T>
    + ops::region::kernels::RegionKernels<T>
    + ops::reshape::kernels::ReorderKernels<T>
    + ops::resize::kernels::ResizeKernels<T>
    + ops::rms_norm::kernels::RmsNormKernels<T>
    + ops::softmax::kernels::SoftmaxKernels<T>
    + simd::limits::LimitKernels<T>
    + train::kernels::loss::LossKernels<T>
    + train::kernels::optimizer::OptimizerKernels<T>
    + train::kernels::pixel::PixelKernels<T>
{
}

impl Kernels<f32> for f32 {}
impl Kernels<f64> for f64 {}

/// Those of data, which wants `std`.
#[cfg(feature = "std")]
pub trait DataKernels<T>: data::bytes::ByteKernels<T> {}

/// Those of data: none without `std`.
#[cfg(not(feature = "std"))]
pub trait DataKernels<T> {}

impl DataKernels<f32> for f32 {}
impl DataKernels<f64> for f64 {}
