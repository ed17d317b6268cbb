//! Gradient checks in `f64` of every layer and merge, and of whole networks with several of them.

use nn_core::{
    Batch, BinaryCrossEntropy, CrossEntropy, Error, GradientCheck, MeanSquaredError, Network, Training, network,
    shape::{Shape, Shapes},
};

/// The relative difference that the textbook asks for.
const TOLERANCE: f64 = 2e-7;

/// Numbers that look random, the same everywhere.
fn noise(count: usize, seed: u64) -> impl Iterator<Item = f64> {
    (0..count as u64).map(move |i| {
        let mut z = (i ^ seed.rotate_left(32)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 32)) >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    })
}

/// A shape of real numbers.
trait Real64: Shape<Element<f64> = f64> {}

impl<S: Shape<Element<f64> = f64>> Real64 for S {}

fn batch<S: Real64>(samples: usize, seed: u64) -> Batch<S, f64> {
    let mut batch = Batch::zeros(samples);
    for (x, value) in batch.as_mut_slice().iter_mut().zip(noise(samples * S::LEN, seed)) {
        *x = value;
    }
    batch
}

/// A network with parameters away from zero and one, where a mistake in a bias or a scale would hide.
fn stirred<N: Network<Scalar = f64>>() -> N {
    let mut net = N::new(3);
    let len = net.block().len();
    for (p, value) in net.block_mut().iter_mut().zip(noise(len, 5)) {
        *p = 0.7 * *p + 0.2 * value;
    }
    net
}

/// Checks a network with one input and one output by the mean square from arbitrary targets.
fn check<A: Real64, B: Shape, N: Network<Scalar = f64, Inputs = (A,), Outputs = (B,)>>(failures: &mut Vec<String>) {
    let samples = 5;
    let net: N = stirred();
    let targets: Vec<f64> = noise(samples * B::LEN, 11).collect();
    let found = GradientCheck::new().at_most(60).network(&net, &batch::<A>(samples, 7), &MeanSquaredError, &targets);
    report::<N>(found, failures);
}

fn report<N: Network>(found: Result<Vec<nn_core::train::Difference>, Error>, failures: &mut Vec<String>) {
    match found {
        Err(error) => failures.push(format!("{}: {error}", N::NAME)),
        Ok(tensors) => {
            let expected =
                nn_core::parameters::flatten(N::ENTRIES).iter().filter(|s| !s.label.contains("running")).count();
            if tensors.len() != expected + N::Inputs::COUNT {
                failures.push(format!(
                    "{}: only {} tensors were checked of {expected} and the inputs",
                    N::NAME,
                    tensors.len()
                ));
            }
            let wrong = tensors.iter().filter(|tensor| tensor.relative.is_nan() || tensor.relative >= TOLERANCE);
            failures.extend(wrong.map(|tensor| format!("{}: {tensor:?}", N::NAME)));
        }
    }
}

/// Checks all of these networks and reports every failure.
macro_rules! check_all {
    ($($name:ident),+ $(,)?) => {{
        let mut failures = Vec::new();
        $(check::<_, _, $name<f64>>(&mut failures);)+
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }};
}

#[test]
fn convolutions() {
    network! {
        struct Plain = [2, 6, 5] -> conv(3, 3) -> [3, 4, 3];
        struct Equal = [4, 4, 4] -> conv(4, 3, pad = same) -> [4, 4, 4];
        struct Strided = [3, 7, 8] -> conv(5, 3, stride = 2, pad = 1) -> [5, 4, 4];
        struct Dilated = [2, 9, 9] -> conv(3, 3, dilation = 2, bias = false) -> [3, 5, 5];
        struct Grouped = [6, 5, 5] -> conv(4, 3, groups = 2) -> [4, 3, 3];
        struct Depthwise = [5, 5, 5] -> conv(5, 3, groups = 5, pad = 1) -> [5, 5, 5];
        struct Pointwise = [7, 3, 3] -> conv(17, 1) -> [17, 3, 3];
        struct Whole = [2, 4, 4] -> conv(6, 4) -> [6, 1, 1];
        struct Oblong = [2, 6, 7] -> conv(3, [3, 1], stride = [1, 2], pad = [1, 0]) -> [3, 6, 4];
        struct Wide = [1, 8, 8] -> conv(33, 5) -> tanh;
        struct Twice = [2, 6, 6] -> conv(4, 3) -> sigmoid -> conv(3, 3) -> tanh;
        struct Pooled = [1, 8, 8] -> conv(5, 3) -> relu -> pool(2);
        struct PooledPadded = [2, 7, 7] -> conv(3, 3, pad = 1) -> leaky_relu(0.1) -> pool(3, stride = 2, pad = 1);
    }
    check_all!(
        Plain,
        Equal,
        Strided,
        Dilated,
        Grouped,
        Depthwise,
        Pointwise,
        Whole,
        Oblong,
        Wide,
        Twice,
        Pooled,
        PooledPadded
    );
}

#[test]
fn windows_of_every_kind() {
    network! {
        struct Uneven = [3, 8, 7] -> conv(4, 3, pad = [[0, 1], [2, 0]]) -> [4, 7, 7] -> conv(2, [2, 4], pad = same) -> [2, 7, 7];
        struct Same = [3, 8, 7] -> conv(4, 3, stride = 2, pad = same) -> [4, 4, 4] -> pool(2, stride = 3, pad = same) -> [4, 2, 2];
        struct Dilated = [2, 7, 8] -> conv(3, 1) -> pool(2, stride = 1, dilation = 3) -> [3, 4, 5] -> pool(3, stride = 2, pad = 2, dilation = 2);
        struct Means = [2, 7, 8] -> conv(3, 1) -> avg_pool(3, stride = 2, pad = 1, count_pad = false) -> avg_pool(2, stride = 1, pad = [[0, 1], [1, 0]]);
        struct Adaptive = [2, 7, 8] -> conv(3, 1) -> adaptive_avg_pool([5, 4]) -> conv(3, 1) -> adaptive_pool([2, 3]);
        struct Global = [2, 5, 4] -> concat(conv(3, 1) -> global_pool | global_avg_pool) -> affine(3);
    }
    check_all!(Uneven, Same, Dilated, Means, Adaptive, Global);
}

#[test]
fn normalisations_of_a_sample() {
    network! {
        struct Groups = [3, 4, 5] -> conv(6, 1) -> group_norm(3) -> relu -> conv(2, 3);
        struct OfRow = [6] -> affine(8) -> group_norm(2, eps = 1e-3) -> tanh -> affine(3);
        struct Plain = [3, 4, 5] -> conv(6, 1) -> group_norm(2, affine = false) -> conv(2, 3);
        struct Instances = [3, 4, 5] -> conv(4, 1) -> instance_norm -> conv(4, 1) -> instance_norm(affine = true);
        struct Rms = [3, 4, 5] -> conv(6, 1) -> rms_norm(eps = 1e-3) -> affine(4) -> rms_norm;
        struct Responses = [3, 4, 5] -> conv(6, 1) -> local_response_norm(5, alpha = 0.5, k = 2) -> lrn(2, alpha = 1, beta = 0.5);
    }
    check_all!(Groups, OfRow, Plain, Instances, Rms, Responses);
}

#[test]
fn other_orders_and_merges() {
    network! {
        struct Exchanged = [2, 3, 4] -> conv(5, 1) -> transpose -> [5, 4, 3] -> conv(2, 1) -> transpose([2, 0, 1]) -> affine(2);
        struct OfTwo = [4, 3] -> each(affine(5)) -> transpose([1, 0]) -> [5, 4] -> each(affine(2));
        struct Shuffled = [6, 3, 3] -> conv(6, 1, groups = 3) -> channel_shuffle(3) -> conv(6, 1, groups = 3);
        struct Excited = [4, 3, 3] -> conv(6, 1) -> mul(id | global_avg_pool -> affine(3) -> relu -> affine(6) -> sigmoid) -> conv(2, 1);
        struct Factors = [4, 3, 3] -> mul(conv(1, 1) -> conv(4, [3, 3]) -> tanh | id);
        struct Differences = [7] -> sub(affine(4) | affine(4) -> tanh | affine(4)) -> affine(2);
        struct Maxout = [7] -> max(affine(4) | affine(4) | affine(4)) -> affine(2);
    }
    check_all!(Exchanged, OfTwo, Shuffled, Excited, Factors, Differences, Maxout);
}

#[test]
fn along_a_line() {
    network! {
        struct Plain = [3, 9] -> conv(4, 3) -> [4, 7];
        struct Short = [2, 4] -> conv(3, 4) -> [3, 1];
        struct Strided = [2, 11] -> conv(5, 3, stride = 2, pad = 2, dilation = 2);
        struct Grouped = [4, 8] -> conv(6, 3, groups = 2, pad = same) -> tanh -> avg_pool(3, stride = 2, pad = 1);
        struct Pooled = [1, 12] -> conv(5, 3) -> relu -> pool(2);
        struct Normal = [3, 8] -> conv(4, 3, bias = false) -> bn -> silu -> residual(conv(4, 3, pad = 1)) -> affine(2);
        struct Joined = [3, 8] -> conv(4, 3) -> concat(id | conv(2, 1)) -> global_avg_pool;
        struct Raw = [3, 8] -> add(pool(2) | avg_pool(2)) -> flatten;
        struct Halves = { let (a, b) = [3, 8] -> conv(4, 3) -> split(2); mul(a | b -> sigmoid) };
        struct Steps = [7, 3] -> transpose -> conv(4, 3) -> transpose -> gru(3) -> last;
    }
    check_all!(Plain, Short, Strided, Grouped, Pooled, Normal, Joined, Raw, Halves, Steps);
}

#[test]
fn several_outputs() {
    network! {
        struct Gate = { let (a, b) = [4, 3, 3] -> conv(6, 1) -> split(2); mul(a -> tanh | b -> sigmoid) -> affine(2) };
        struct Three = { let (a, b, c) = [6] -> affine(9) -> split(3); add(c | a -> affine(3) | b | a) -> gelu -> affine(2) };
        struct Shuffled = { let (a, b) = [4, 3, 3] -> split(2); concat(b -> conv(2, 1) | a) -> conv(3, 2) -> relu };
        struct Within = [4] -> 2 * halves;
        block halves = { let (a, b) = id -> affine(8) -> relu -> split(2); add(a | b -> affine(4)) };
    }
    check_all!(Gate, Three, Shuffled, Within);
}

#[test]
fn transposed_convolutions() {
    network! {
        struct Plain = [3, 4, 5] -> deconv(2, 3) -> [2, 6, 7];
        struct Equal = [4, 4, 4] -> deconv(4, 3, pad = 1) -> [4, 4, 4];
        struct Doubled = [3, 4, 3] -> deconv(5, 4, stride = 2, pad = 1) -> [5, 8, 6];
        struct OutputPadded = [3, 3, 3] -> deconv(2, 3, stride = 2, pad = 1, output_pad = 1) -> [2, 6, 6];
        struct Sixteenfold = [2, 2, 2] -> deconv(1, 32, stride = 16, pad = 8) -> [1, 32, 32];
        struct Grouped = [4, 3, 3] -> deconv(6, 3, groups = 2, dilation = 2, bias = false) -> [6, 7, 7];
        struct Depthwise = [3, 4, 4] -> deconv(3, 3, groups = 3, stride = 2) -> [3, 9, 9];
        struct Pointwise = [5, 3, 3] -> deconv(4, 1) -> [4, 3, 3];
        struct OfOne = [7, 1, 1] -> deconv(3, 4) -> [3, 4, 4];
        struct Winograd = [16, 8, 8] -> deconv(16, 3, pad = 1) -> relu -> deconv(1, 1);
        struct Minimal = [9, 6, 6] -> deconv(2, 5) -> tanh;
        struct Generator = [6] -> affine(4 * 3 * 3) -> reshape([4, 3, 3]) -> deconv(3, 4, stride = 2, pad = 1) -> bn -> relu
            -> deconv(1, 4, stride = 2, pad = 1) -> sigmoid;
    }
    check_all!(
        Plain,
        Equal,
        Doubled,
        OutputPadded,
        Sixteenfold,
        Grouped,
        Depthwise,
        Pointwise,
        OfOne,
        Winograd,
        Minimal,
        Generator
    );
}

#[test]
fn pools() {
    network! {
        struct Max = [3, 6, 6] -> pool(2);
        struct MaxEqual = [4, 4, 4] -> pool(2, stride = 1);
        struct MaxCeil = [2, 5, 5] -> pool(2, ceil = true) -> [2, 3, 3];
        struct MaxPadded = [2, 6, 6] -> pool(3, stride = 2, pad = 1);
        struct Average = [3, 6, 6] -> avg_pool(2);
        struct AverageCeil = [2, 5, 7] -> avg_pool(3, stride = 2, pad = 1, ceil = true);
        struct Global = [5, 4, 3] -> global_avg_pool -> affine(2);
    }
    check_all!(Max, MaxEqual, MaxCeil, MaxPadded, Average, AverageCeil, Global);
}

#[test]
fn sizes_of_maps() {
    network! {
        struct Nearest = [3, 4, 5] -> upsample(2) -> [3, 8, 10] -> conv(2, 3);
        struct Oblong = [2, 3, 4] -> upsample([3, 1], bilinear) -> [2, 9, 4];
        struct Bilinear = [5, 4, 3] -> conv(4, 1) -> tanh -> upsample(2, mode = bilinear) -> conv(2, 3);
        struct Shrunk = [3, 9, 8] -> resize([4, 5], bilinear) -> conv(2, 2);
        struct Sixfold = [17, 2, 2] -> resize(12) -> [17, 12, 12];
        struct Cropped = [3, 6, 7] -> conv(4, 1) -> crop([3, 4]) -> conv(2, 2);
        struct Corner = [2, 6, 7] -> crop([3, 4], from = [3, 0]) -> relu;
        struct Enlarged = [3, 4, 4] -> conv(4, 1) -> deconv(4, 4, stride = 2, pad = 1, init = bilinear, bias = false);
        struct Skipped = { let a = [2, 8, 8] -> conv(3, 3, pad = same) -> relu; let b = a -> pool(2) -> conv(3, 1);
            add(b -> upsample(2, bilinear) | a) -> conv(2, 1) };
        struct Joined = { let a = [2, 7, 7] -> conv(3, 3) -> relu; let b = a -> pool(2) -> conv(4, 1) -> relu;
            concat(b -> upsample(2) | a -> crop([4, 4])) -> conv(2, 3) };
    }
    check_all!(Nearest, Oblong, Bilinear, Shrunk, Sixfold, Cropped, Corner, Enlarged, Skipped, Joined);
}

#[test]
fn dense_layers_and_activations() {
    network! {
        struct Dense = [7] -> affine(5);
        struct NoBias = [16] -> affine(17, bias = false);
        struct OfMap = [3, 4, 5] -> affine(6);
        struct Relu = [9] -> affine(12) -> relu -> affine(3);
        struct Leaky = [9] -> affine(12) -> leaky_relu(0.2) -> affine(3);
        struct Sigmoid = [9] -> affine(12) -> sigmoid -> affine(3);
        struct Tanh = [9] -> affine(12) -> tanh -> affine(3);
        struct Gelu = [9] -> affine(12) -> gelu -> affine(3);
        struct Silu = [9] -> affine(12) -> silu -> affine(3);
        struct HardSwish = [9] -> affine(12) -> hard_swish -> affine(3);
        struct Elu = [9] -> affine(12) -> elu(0.5) -> affine(8) -> selu -> affine(3);
        struct Softplus = [9] -> affine(12) -> softplus -> affine(8) -> mish -> affine(3);
        struct Bounded = [9] -> affine(12) -> relu6 -> affine(8) -> hard_tanh -> affine(4) -> hard_sigmoid -> affine(3);
        struct ByTanh = [9] -> affine(12) -> gelu(approximate = tanh) -> affine(8) -> leaky_relu(-0.5) -> affine(3);
        struct Prelu = [2, 3, 3] -> conv(5, 1) -> prelu -> affine(4) -> prelu(shared = true);
        struct Alone = [2, 3, 3] -> gelu -> relu -> silu -> tanh;
        struct Softmax = [9] -> affine(4) -> softmax -> affine(3);
        struct LogSoftmax = [9] -> affine(4) -> log_softmax -> affine(3);
        struct OfPixels = [4, 3, 3] -> conv(5, 1) -> softmax -> conv(2, 1);
        struct LogOfPixels = [4, 3, 3] -> log_softmax -> conv(2, 1);
        struct SoftmaxHead = [9] -> affine(4) -> softmax;
        struct SigmoidHead = [9] -> affine(4) -> sigmoid;
        struct LogHead = [9] -> affine(4) -> log_softmax;
    }
    check_all!(
        Dense,
        NoBias,
        OfMap,
        Relu,
        Leaky,
        Sigmoid,
        Tanh,
        Gelu,
        Silu,
        HardSwish,
        Elu,
        Softplus,
        Bounded,
        ByTanh,
        Prelu,
        Alone,
        Softmax,
        LogSoftmax,
        OfPixels,
        LogOfPixels,
        SoftmaxHead,
        SigmoidHead,
        LogHead
    );
}

#[test]
fn normalisations_and_dropout() {
    network! {
        struct OfMap = [3, 4, 4] -> conv(5, 3) -> batch_norm -> relu -> affine(3);
        struct First = [3, 4, 4] -> batch_norm;
        struct FirstOfRow = [6] -> batch_norm -> sigmoid -> affine(2);
        struct OfRow = [6] -> affine(8) -> bn(eps = 0.001) -> tanh -> affine(2);
        struct Twice = [2, 6, 6] -> conv(4, 3) -> batch_norm -> relu -> conv(3, 3) -> batch_norm -> pool(2);
        struct Layer = [6] -> affine(8) -> layer_norm -> affine(2);
        struct LayerOfMap = [3, 4, 4] -> conv(5, 3) -> layer_norm -> relu -> affine(3);
        struct Dropped = [6] -> affine(20) -> relu -> dropout(0.4) -> affine(2);
        struct DroppedFirst = [2, 4, 4] -> dropout(0.3) -> conv(3, 3);
    }
    check_all!(OfMap, First, FirstOfRow, OfRow, Twice, Layer, LayerOfMap, Dropped, DroppedFirst);
}

#[test]
fn shapes_and_merges() {
    network! {
        struct Flat = [3, 4, 5] -> flatten -> affine(2);
        struct FlatDropped = [3, 4, 5] -> conv(4, 3) -> flatten -> relu -> affine(2);
        struct Reshaped = [24] -> reshape([2, 3, 4]) -> conv(3, 2);
        struct MapToMap = [4, 6, 2] -> conv(4, 1) -> reshape([3, 4, 4]) -> conv(2, 3);
        struct Residual = [4, 5, 5] -> residual(conv(4, 3, pad = same) -> relu) -> relu -> conv(2, 3);
        struct Added = [3, 5, 5] -> add(conv(4, 3) | conv(4, 3, bias = false) | pool(3, stride = 1) -> conv(4, 1)) -> relu;
        struct SameTwice = [6] -> add(id | id) -> affine(3);
        struct Concatenated = [3, 6, 6] -> concat(conv(4, 1) -> relu | conv(5, 3, pad = same) | pool(3, stride = 1, pad = 1)) -> conv(2, 3);
        struct OfRows = [6] -> concat(affine(4) -> tanh | id | affine(3)) -> affine(2);
        struct Multiplied = [6] -> mul(affine(6) -> sigmoid | id) -> affine(2);
        struct Gated = [3, 4, 4] -> mul(conv(4, 1) -> sigmoid | conv(4, 1) | conv(4, 1) -> tanh);
        struct InputToOutput = [5] -> add(id | affine(5));
    }
    check_all!(
        Flat,
        FlatDropped,
        Reshaped,
        MapToMap,
        Residual,
        Added,
        SameTwice,
        Concatenated,
        OfRows,
        Multiplied,
        Gated,
        InputToOutput
    );
}

#[test]
fn whole_networks() {
    network! {
        const WIDTH = 4;
        block basic(channels, stride = 1) =
            residual(conv(channels, 3, pad = 1, stride = stride) -> bn -> relu -> conv(channels, 3, pad = 1) -> bn) -> relu;
        block down(channels) =
            add(conv(channels, 3, stride = 2, pad = 1) -> bn -> relu -> conv(channels, 3, pad = 1) -> bn
                | conv(channels, 1, stride = 2, bias = false) -> bn) -> relu;
        block inception(one, three) =
            concat(conv(one, 1) -> relu | conv(three, 1) -> relu -> conv(three, 3, pad = same) -> relu | pool(3, stride = 1, pad = 1) -> conv(one, 1));

        struct Lenet = [1, 12, 12] -> conv(5, 3) -> relu -> pool(2) -> affine(20) -> relu -> affine(4) -> softmax;
        struct Resnet = [3, 8, 8] -> stem: conv(WIDTH, 3, pad = 1, bias = false) -> bn -> relu
            -> layer1: 2 * basic(WIDTH) -> layer2: down(2 * WIDTH) -> global_avg_pool -> affine(3) -> softmax;
        struct Google = [2, 6, 6] -> inception(3, 4) -> [10, 6, 6] -> pool(2) -> inception(2, 3) -> global_avg_pool
            -> dropout(0.2) -> affine(3) -> softmax;
        struct Sine = { let x = [6] -> affine(8) -> tanh; let y = x -> affine(8) -> sigmoid; y -> mul(id | x) -> affine(3) };
    }
    let mut failures = Vec::new();
    let labels = [0, 2, 1, 1, 0];
    macro_rules! classify {
        ($($name:ident),+) => {$(
            let net: $name<f64> = stirred();
            let inputs = batch(5, 7);
            report::<$name<f64>>(GradientCheck::new().at_most(40).network(&net, &inputs, &CrossEntropy, &labels), &mut failures);
        )+};
    }
    classify!(Lenet, Resnet, Google, Sine);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The gradients of the parameters, with those of the inputs or without.
fn gradients<N: Network<Scalar = f64, Inputs = (A,), Outputs = (B,)>, A: Real64, B: Shape>(
    with_inputs: bool,
) -> Vec<f64> {
    let mut training = Training::new(5).seed(1);
    if with_inputs {
        training = training.with_input_gradients();
    }
    let targets: Vec<f64> = noise(5 * B::LEN, 11).collect();
    let net: N = stirred();
    training.loss_and_gradients(&net, &batch::<A>(5, 7), &MeanSquaredError, &targets).expect("a batch");
    training.gradients().to_vec()
}

/// Networks whose backward pass computes activations again, and whose sums share gradients.
#[test]
fn normalised_maps_and_their_sums() {
    network! {
        block basic(c) = residual(conv(c, 3, pad = 1) -> bn -> relu -> conv(c, 3, pad = 1) -> bn) -> relu;
        block wide(c) = residual(conv(c, 1) -> bn -> leaky_relu(0.1)) -> tanh;

        struct Inner = [4, 4, 4] -> conv(4, 3, pad = 1) -> bn -> relu -> basic(4);

        struct Deep = [2, 5, 4] -> conv(3, 3, pad = 1) -> bn -> relu -> 5 * basic(3) -> global_avg_pool -> affine(2);
        struct Dear = [2, 4, 4] -> conv(3, 3, pad = 1) -> bn -> tanh -> 2 * wide(3) -> conv(2, 3);
        struct Bare = [2, 4, 4] -> residual(bn) -> residual(bn -> relu) -> conv(2, 3) -> residual(id) -> bn;
        struct FromInput = [3, 4, 4] -> residual(conv(3, 3, pad = 1) -> bn) -> relu -> residual(conv(3, 1) -> bn) -> conv(2, 3);
        struct SumOfSums = [2, 4, 4] -> conv(3, 1) -> bn -> relu
            -> residual(residual(conv(3, 1) -> bn) -> relu -> residual(conv(3, 1) -> bn) -> conv(3, 1) -> bn) -> relu -> conv(1, 3);
        struct ManyReaders = { let a = [2, 4, 4] -> conv(3, 3, pad = 1, bias = false) -> bn -> relu;
            let b = a -> add(conv(3, 1) -> bn | id | conv(3, 3, pad = 1) | bn) -> relu;
            let c = add(a | b | a -> conv(3, 1) -> bn);
            c -> mul(id | b) -> conv(2, 3) };
        struct ToDense = { let a = [2, 4, 4] -> conv(3, 3) -> bn -> relu; concat(a -> affine(4) | a -> conv(3, 1) -> affine(3)) -> affine(2) };
        struct SumToDense = [3, 3, 3] -> conv(3, 1) -> bn -> residual(conv(3, 1) -> bn) -> relu -> affine(4);
        struct Dropped = [2, 4, 4] -> conv(4, 3, pad = 1) -> bn -> relu -> dropout(0.3)
            -> residual(conv(4, 3, pad = 1) -> bn -> dropout(0.2)) -> relu -> conv(2, 3);
        struct Pooled = [2, 6, 6] -> conv(3, 3, pad = 1) -> bn -> residual(conv(3, 3, pad = 1) -> bn) -> pool(2) -> basic(3) -> affine(2);
        struct Rows = [6] -> affine(8) -> bn -> relu -> 2 * (residual(affine(8) -> bn) -> relu) -> residual(layer_norm -> gelu) -> affine(2);
        struct Joined = [2, 4, 4] -> conv(4, 3, pad = 1) -> bn -> relu -> inner: Inner -> [4, 4, 4] -> basic(4) -> conv(2, 3);
        struct AroundPath = [4, 4, 4] -> bn -> residual(Inner -> [4, 4, 4]) -> relu -> residual(conv(4, 1) -> bn);
    }
    macro_rules! check_both {
        ($($name:ident),+) => {
            check_all!($($name),+);
            $(assert_eq!(gradients::<$name<f64>, _, _>(true), gradients::<$name<f64>, _, _>(false), stringify!($name));)+
        };
    }
    check_both!(
        Deep,
        Dear,
        Bare,
        FromInput,
        SumOfSums,
        ManyReaders,
        ToDense,
        SumToDense,
        Dropped,
        Pooled,
        Rows,
        Joined,
        AroundPath
    );
}

#[test]
fn losses() {
    network! {
        struct Linear = [6] -> affine(4);
        struct Soft = [6] -> affine(4) -> softmax;
        struct LogSoft = [6] -> affine(4) -> log_softmax;
        struct Sig = [6] -> affine(4) -> sigmoid;
    }
    let mut failures = Vec::new();
    let inputs = batch::<nn_core::shape![6]>(5, 7);
    let labels = [0, 3, 1, 1, 2];
    let values: Vec<f64> = noise(20, 3).map(|value| 0.5 + 0.5 * value).collect();
    macro_rules! check_losses {
        ($($name:ident),+) => {$(
            let net: $name<f64> = stirred();
            let check = GradientCheck::new();
            report::<$name<f64>>(check.network(&net, &inputs, &MeanSquaredError, &values), &mut failures);
            report::<$name<f64>>(check.network(&net, &inputs, &CrossEntropy, &labels), &mut failures);
            report::<$name<f64>>(check.network(&net, &inputs, &BinaryCrossEntropy, &values), &mut failures);
        )+};
    }
    check_losses!(Linear, Soft, Sig);
    let net: LogSoft<f64> = stirred();
    report::<LogSoft<f64>>(GradientCheck::new().network(&net, &inputs, &CrossEntropy, &labels), &mut failures);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
