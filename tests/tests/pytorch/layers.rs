//! Single layers, each as a network of its own.

use nn_core::__private::sizes::Role;
use nn_core::parameters::flatten;
use nn_core::shape::Shape;
use nn_core::{Adam, BatchView, MeanSquaredError, Network, Number, Sgd, Training, network};

use crate::fixture::{Comparison, Fixture};
use crate::state::{Temporary, state_dict};
use crate::{comparison, in_file_order, of, to_f64};

/// Declares a network for each case of `layers.safetensors`, and a test that compares it in both precisions.
macro_rules! cases {
    ($($case:ident $name:ident = $body:tt;)+) => {$(
        #[test]
        fn $case() {
            network! { struct $name = $body; }
            compare::<$name, _, _>("layers", stringify!($case));
            compare::<$name<f64>, _, _>("layers", stringify!($case));
        }
    )+};
}

cases! {
    conv Conv = { [3, 7, 6] -> conv(5, 3) };
    conv_stride ConvStride = { [3, 8, 7] -> conv(4, 3, stride = 2) };
    conv_pad ConvPad = { [2, 5, 6] -> conv(17, [3, 5], pad = same) };
    conv_dilation ConvDilation = { [2, 9, 8] -> conv(3, 3, dilation = 2, pad = 1) };
    conv_groups ConvGroups = { [4, 6, 5] -> conv(6, 3, groups = 2) };
    conv_depthwise ConvDepthwise = { [4, 6, 5] -> conv(4, 3, groups = 4, pad = 1, bias = false) };
    conv_everything ConvEverything = {
        [4, 11, 9] -> conv(6, [3, 2], stride = [2, 1], pad = [2, 1], dilation = [1, 3], groups = 2)
    };
    conv_line ConvLine = { [3, 11] -> conv(5, 4) };
    conv_line_everything ConvLineEverything = {
        [4, 21] -> conv(6, 5, stride = 2, pad = 3, dilation = 2, groups = 2)
    };
    conv_line_depthwise ConvLineDepthwise = { [6, 9] -> conv(6, 3, pad = same, groups = 6, bias = false) };
    pool_line PoolLine = { [3, 11] -> pool(3, stride = 2, pad = 1) };
    avg_pool_line AvgPoolLine = { [3, 11] -> avg_pool(2) };
    global_avg_pool_line GlobalAvgPoolLine = { [3, 11] -> global_avg_pool };
    along_a_line AlongALine = {
        [2, 20] -> conv(16, 5, pad = same) -> bn -> relu -> pool(2) -> conv(8, 3) -> relu -> affine(3)
    };
    steps_as_a_line StepsAsALine = { [9, 4] -> transpose -> conv(6, 3) -> transpose };
    deconv Deconv = { [3, 4, 5] -> deconv(5, 3) };
    deconv_stride DeconvStride = { [4, 3, 5] -> deconv(6, 4, stride = 2, pad = 1) };
    deconv_output_pad DeconvOutputPad = {
        [2, 5, 4] -> deconv(3, 3, stride = 2, pad = 1, output_pad = 1, bias = false)
    };
    deconv_everything DeconvEverything = {
        [4, 5, 3] -> conv_transpose(6, [3, 2], stride = [2, 3], pad = [2, 1], output_pad = [1, 2], groups = 2, dilation = [1, 2])
    };
    affine Affine = { [13] -> affine(7) };
    affine_plain AffinePlain = { [2, 3, 3] -> affine(5, bias = false) };
    pool MaxPool = { [3, 6, 7] -> pool(2) };
    pool_pad MaxPoolPad = { [2, 6, 7] -> pool(3, stride = 2, pad = 1) };
    pool_ceil MaxPoolCeil = { [2, 6, 8] -> pool(3, stride = 2, ceil = true) };
    avg_pool AvgPool = { [3, 6, 7] -> avg_pool(2) };
    avg_pool_pad AvgPoolPad = { [2, 6, 7] -> avg_pool(3, stride = 2, pad = 1) };
    avg_pool_ceil AvgPoolCeil = { [2, 6, 8] -> avg_pool(3, stride = 2, pad = 1, ceil = true) };
    global_avg_pool GlobalAvgPool = { [3, 4, 5] -> global_avg_pool };
    upsample Upsample = { [3, 4, 5] -> upsample([2, 3]) };
    upsample_bilinear UpsampleBilinear = { [3, 4, 5] -> upsample([2, 3], bilinear) };
    resize Resize = { [2, 7, 5] -> resize([3, 11]) };
    resize_bilinear ResizeBilinear = { [2, 7, 5] -> resize([3, 11], bilinear) };
    crop Crop = { [2, 7, 5] -> crop([3, 2], from = [1, 2]) };
    relu Relu = { [2, 3, 4] -> relu };
    leaky_relu LeakyRelu = { [2, 3, 4] -> leaky_relu(0.1) };
    relu6 Relu6 = { [2, 3, 4] -> relu6 };
    leaky_relu_steep LeakyReluSteep = { [2, 3, 4] -> leaky_relu(2.5) };
    leaky_relu_negative LeakyReluNegative = { [2, 3, 4] -> leaky_relu(-0.5) };
    elu Elu = { [2, 3, 4] -> elu(0.5) };
    selu Selu = { [2, 3, 4] -> selu };
    softplus Softplus = { [2, 3, 4] -> softplus };
    hard_sigmoid HardSigmoid = { [2, 3, 4] -> hard_sigmoid };
    hard_tanh HardTanh = { [2, 3, 4] -> hard_tanh };
    sigmoid Sigmoid = { [2, 3, 4] -> sigmoid };
    tanh Tanh = { [2, 3, 4] -> tanh };
    gelu Gelu = { [2, 3, 4] -> gelu };
    gelu_by_tanh GeluByTanh = { [2, 3, 4] -> gelu(approximate = tanh) };
    silu Silu = { [2, 3, 4] -> silu };
    hard_swish HardSwish = { [2, 3, 4] -> hard_swish };
    mish Mish = { [2, 3, 4] -> mish };
    prelu Prelu = { [5, 3, 4] -> prelu };
    prelu_shared PreluShared = { [2, 3, 4] -> prelu(shared = true) };
    softmax Softmax = { [9] -> softmax };
    log_softmax LogSoftmax = { [9] -> log_softmax };
    softmax_map SoftmaxMap = { [4, 3, 2] -> softmax };
    layer_norm LayerNorm = { [3, 4, 2] -> layer_norm };
    batch_norm BatchNorm = { [3, 4, 2] -> batch_norm };
    batch_norm_training BatchNormTraining = { [3, 4, 2] -> batch_norm };
    batch_norm_dense BatchNormDense = { [6] -> batch_norm };
    conv_uneven ConvUneven = { [2, 6, 5] -> conv(3, 3, pad = [[0, 1], [2, 0]]) };
    conv_same_even ConvSameEven = { [2, 6, 5] -> conv(3, [2, 4], pad = same) };
    conv_same_stride ConvSameStride = { [2, 6, 7] -> conv(3, 3, stride = 2, pad = same) };
    pool_dilation MaxPoolDilation = { [3, 7, 8] -> pool(3, stride = 2, pad = 1, dilation = 2) };
    avg_pool_without_pad AvgPoolWithoutPad = { [2, 6, 7] -> avg_pool(3, stride = 2, pad = 1, count_pad = false) };
    adaptive_avg_pool AdaptiveAvgPool = { [3, 7, 5] -> adaptive_avg_pool([3, 4]) };
    adaptive_pool AdaptiveMaxPool = { [3, 7, 5] -> adaptive_pool([4, 2]) };
    global_pool GlobalMaxPool = { [3, 4, 5] -> global_pool };
    group_norm GroupNorm = { [6, 4, 3] -> group_norm(3) };
    group_norm_dense GroupNormDense = { [8] -> group_norm(2) };
    instance_norm InstanceNorm = { [4, 3, 5] -> instance_norm };
    instance_norm_affine InstanceNormAffine = { [4, 3, 5] -> instance_norm(affine = true) };
    rms_norm RmsNorm = { [3, 4, 2] -> rms_norm };
    local_response_norm LocalResponseNorm = { [7, 3, 2] -> local_response_norm(5, alpha = 0.5, k = 2) };
    local_response_norm_even LocalResponseNormEven = { [5, 3, 2] -> lrn(4, alpha = 0.5, beta = 0.5) };
    transpose Transpose = { [2, 3, 4] -> transpose([1, 2, 0]) -> transpose };
    channel_shuffle ChannelShuffle = { [6, 3, 2] -> channel_shuffle(3) };
    sub Sub = { [2, 3, 4] -> sub(tanh | silu) };
    max Max = { [2, 3, 4] -> max(tanh | relu) };
    mul_channels MulChannels = { [2, 3, 4] -> mul(id | global_avg_pool -> sigmoid) };
}

/// Compares a network with a case of a file.
pub fn compare<N, I, O>(file: &str, case: &str)
where
    I: Shape<Element<N::Scalar> = N::Scalar>,
    O: Shape<Element<N::Scalar> = N::Scalar>,
    N: Network<Inputs = (I,), Outputs = (O,)>,
{
    let reference = Fixture::open(file).part(case);
    let mut comparison = comparison::<N::Scalar>(case);
    let tensors: Vec<_> = (reference.with_prefix("state/"))
        .map(|(label, shape, numbers)| (label.to_owned(), shape.to_vec(), of(numbers)))
        .collect();
    let weights = Temporary::new(&format!("{case}-{}", size_of::<N::Scalar>()), &state_dict(&tensors));
    let net = N::load(&weights.0).unwrap_or_else(|error| panic!("{error}"));

    let (inputs, targets) = (of(reference.get("input")), of(reference.get("target")));
    let inputs = BatchView::<I, N::Scalar>::from_slice(&inputs).expect("whole samples");
    let mut training = Training::<N>::new(inputs.samples()).with_input_gradients();
    let loss = training.loss_and_gradients(&net, inputs, &MeanSquaredError, &targets).expect("targets of the network");

    let outputs = if case == "batch_norm_training" {
        to_f64(training.logits().as_slice())
    } else {
        to_f64(net.predict(inputs).expect("a batch of the right shape").as_slice())
    };
    comparison.close("output", reference.get("output"), &outputs);
    comparison.close("loss", reference.get("loss"), &[loss.to_f64()]);
    let input_gradients = training.input_gradients().expect("asked for");
    comparison.close("input gradient", reference.get("input_gradient"), &to_f64(input_gradients.as_slice()));
    let mut moved = net.clone();
    training.step(&mut moved, &mut Sgd::new(0.1)).expect("a step");
    for segment in flatten(N::ENTRIES) {
        let found = in_file_order(&segment, training.gradients());
        match segment.role {
            Role::RunningMean { .. } | Role::RunningVariance { .. } => {
                let label = format!("running/{}", segment.label);
                comparison.close(&label, reference.get(&label), &in_file_order(&segment, moved.block()));
            }
            _ => {
                let label = format!("gradient/{}", segment.label);
                comparison.close(&label, reference.get(&label), &found);
            }
        }
    }
    compare_steps(&reference, &mut comparison, &mut training, net);
    comparison.finish();
}

/// Compares the parameters after one step of Adam, where the reference has them.
pub fn compare_steps<N: Network>(
    reference: &Fixture,
    comparison: &mut Comparison,
    training: &mut Training<N>,
    mut net: N,
) {
    training.step(&mut net, &mut Adam::new(0.01).epsilon(1e-3)).expect("a step");
    for segment in flatten(N::ENTRIES) {
        for (_, _, expected) in reference.with_prefix("stepped/").filter(|(label, ..)| *label == segment.label) {
            comparison.close(&format!("stepped {}", segment.label), expected, &in_file_order(&segment, net.block()));
        }
    }
}
