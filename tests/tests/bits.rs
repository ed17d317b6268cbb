//! The same bits as ever: hashes of what networks predict and learn, on each instruction set, against those in
//! `fixtures/bits.txt`.
//!
//! A change that is meant to move code, or to make it faster, leaves all of them alone. One that is meant to change results
//! rewrites them:
//!
//!     NN_BLESS=1 cargo test -p nn-tests --test bits
//!
//! Instruction sets that the machine lacks keep their lines then. Bless on a machine that has them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use nn_core::parameters::{FlatSegment, flatten};
use nn_core::shape::Shape;
use nn_core::{
    Adam, Batch, BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, Momentum, Network, Number, Optimizer, Real,
    Sgd, Training, instruction_set, network, shape,
};

/// From the package's folder.
const FIXTURE: &str = "fixtures/bits.txt";

const HEADER: &str = "\
# Hashes of the exact bits that networks predict and learn. tests/bits.rs computes them and compares; to rewrite them:
#
#     NN_BLESS=1 cargo test -p nn-tests --test bits
#
# The parameters that Adam moves depend on the processor's estimate of a reciprocal, which its maker chooses. Where the
# line `reciprocals` differs, networks by the name of `adam` are not compared.
#
";

/// What a line tells, in this order.
const COLUMNS: [&str; 5] = ["prediction", "loss", "gradients", "input_gradients", "parameters"];

const INSTRUCTION_SETS: [&str; 3] = ["portable", "avx2", "avx512"];

/// More samples than two vectors have lanes, fewer than one has, and one alone.
const BATCHES: [usize; 3] = [33, 7, 1];

const STEPS: usize = 10;

network! {
    block basic(channels) =
        residual(conv(channels, 3, pad = 1, bias = false) -> bn -> relu -> conv(channels, 3, pad = 1, bias = false) -> bn) -> relu;
    block down(channels) =
        add(conv(channels, 3, stride = 2, pad = 1) -> bn -> relu -> conv(channels, 3, pad = 1) -> bn
            | conv(channels, 1, stride = 2, bias = false) -> bn) -> relu;
    block inception(one, three) =
        concat(conv(one, 1) -> relu | conv(three, 1) -> relu -> conv(three, 3, pad = same) -> relu | pool(3, stride = 1, pad = 1) -> conv(one, 1));

    struct Lenet = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
    struct ConvPoolConvPool = [3, 20, 20] -> conv(20, 5) -> relu -> pool(2) -> conv(33, 5) -> relu -> pool(2)
        -> affine(30) -> tanh -> affine(4) -> softmax;
    struct Winograd = [16, 10, 10] -> conv(16, 3, pad = same) -> relu -> conv(24, 3, pad = same) -> relu -> conv(20, 3)
        -> relu -> conv(37, 3, pad = 2) -> relu -> pool(2) -> affine(10) -> softmax;
    struct ManyChannels = [130, 6, 6] -> conv(40, 3, pad = same) -> relu -> conv(20, 3) -> relu -> affine(5) -> softmax;
    struct Resnet = [3, 16, 16] -> stem: conv(16, 3, pad = 1, bias = false) -> bn -> relu -> layer1: 2 * basic(16)
        -> layer2: down(24) -> basic(24) -> global_avg_pool -> affine(6) -> softmax;
    struct ResidualWithoutNorm = [8, 9, 9] -> 2 * (residual(conv(8, 3, pad = 1) -> relu -> conv(8, 3, pad = 1)) -> relu)
        -> residual(conv(8, 1) -> bn) -> pool(2) -> affine(3) -> softmax;
    struct Depthwise = [8, 12, 12] -> conv(8, 3, groups = 8, pad = 1) -> bn -> relu -> conv(24, 1) -> bn -> relu
        -> conv(24, 3, groups = 24, stride = 2, pad = 1) -> silu -> conv(17, 1) -> relu -> global_avg_pool -> affine(5) -> softmax;
    struct Windows = [6, 15, 15] -> conv(12, 3, groups = 3) -> relu -> conv(10, 3, dilation = 2, bias = false)
        -> leaky_relu(0.1) -> conv(9, [3, 1], stride = [1, 2], pad = [1, 0]) -> sigmoid -> conv(17, 1) -> tanh
        -> conv(5, 3, stride = 2, pad = 1);
    struct OverlappingPools = [4, 17, 17] -> conv(12, 3, pad = 1) -> relu -> pool(3, stride = 2) -> conv(18, 3) -> relu
        -> pool(3, stride = 2, pad = 1) -> pool(2, stride = 1, ceil = true) -> affine(4) -> softmax;
    struct AveragePools = [3, 15, 15] -> conv(10, 3) -> relu -> avg_pool(3, stride = 2, pad = 1, ceil = true)
        -> conv(19, 3, pad = 1) -> relu -> avg_pool(2) -> global_avg_pool -> affine(4) -> softmax;
    struct NarrowDense = [50] -> affine(70) -> relu -> affine(64, bias = false) -> relu -> affine(10) -> softmax;
    struct WideDense = [784] -> affine(130) -> relu -> affine(10) -> softmax;
    struct WideHidden = [70] -> affine(600) -> relu -> affine(520) -> relu -> affine(10) -> softmax;
    struct DenseNorm = [40] -> affine(48) -> bn -> relu -> affine(33) -> bn(eps = 0.001, momentum = 0.2) -> tanh -> affine(3);
    struct LayerNorm = [40] -> affine(48) -> layer_norm -> gelu -> residual(affine(48) -> layer_norm -> gelu) -> affine(5)
        -> log_softmax;
    struct LayerNormOfMap = [3, 9, 9] -> conv(11, 3) -> layer_norm -> relu -> conv(6, 3) -> gelu -> affine(4) -> softmax;
    struct Activations = [30] -> affine(41) -> silu -> affine(37) -> tanh -> affine(35) -> gelu -> affine(20) -> leaky_relu
        -> affine(19) -> sigmoid;
    struct Dropout = [5, 10, 10] -> conv(12, 3) -> relu -> dropout(0.3) -> conv(9, 3) -> dropout(0.2) -> relu -> affine(40)
        -> relu -> dropout -> affine(4) -> softmax;
    struct Inception = [6, 12, 12] -> inception(5, 8) -> pool(2) -> inception(3, 17) -> global_avg_pool -> affine(4) -> softmax;
    struct Merges = { let a = [5, 8, 8] -> conv(12, 3, pad = 1, bias = false) -> bn -> relu;
        let b = a -> mul(conv(12, 1) -> sigmoid | id | conv(12, 1) -> tanh);
        let c = add(a | b | b -> conv(12, 3, pad = 1)) -> relu;
        concat(c -> pool(2) | a -> avg_pool(2)) -> affine(7) -> add(id | affine(7)) -> affine(3) };
    struct TwoInputsTwoOutputs(image: [3, 9, 9], code: [5]) = {
        let seen = image -> conv(8, 3) -> bn -> relu;
        let joined = concat(seen -> affine(16) | code -> affine(16)) -> tanh;
        let gated = mul(joined | joined -> affine(32) -> sigmoid);
        gated -> affine(3) -> softmax,
        seen -> conv(2, 1)
    };
    struct Generator = [4] -> affine(18) -> relu -> affine(2 * 7 * 7) -> reshape([2, 7, 7]) -> conv(3, 3, pad = same) -> tanh;
    struct Discriminator = [3, 7, 7] -> conv(9, 3) -> bn -> relu -> pool(2, stride = 1) -> affine(2) -> sigmoid;
    struct Gan = [4] -> generator: Generator -> [3, 7, 7] -> Discriminator -> [2];
    struct SoftmaxOfMaps = [4, 9, 9] -> conv(7, 3) -> softmax -> conv(21, 1) -> log_softmax -> conv(5, 3) -> softmax;
}

type Rule<T> = Box<Optimizer<T>>;

fn sgd<T: Real>() -> Rule<T> {
    Box::new(Sgd::new(0.02))
}

fn momentum<T: Real>() -> Rule<T> {
    Box::new(Momentum::new(0.01, 0.9))
}

fn adam<T: Real>() -> Rule<T> {
    Box::new(Adam::new(0.002))
}

/// The name of a network, with the function that hashes what it does.
type Subject = (&'static str, fn() -> Bits);

const SUBJECTS: &[Subject] = &[
    ("conv_pool_lenet", || classified::<Lenet, _, _>(momentum)),
    ("conv_pool_twice", || classified::<ConvPoolConvPool, _, _>(momentum)),
    ("conv_winograd_chain", || classified::<Winograd, _, _>(sgd)),
    ("conv_many_channels", || classified::<ManyChannels, _, _>(sgd)),
    ("conv_depthwise_pointwise", || classified::<Depthwise, _, _>(momentum)),
    ("conv_grouped_dilated_strided", || fitted::<Windows, _, _>(momentum)),
    ("residual_bn", || classified::<Resnet, _, _>(momentum)),
    ("residual_without_bn", || classified::<ResidualWithoutNorm, _, _>(momentum)),
    ("pool_overlapping", || classified::<OverlappingPools, _, _>(momentum)),
    ("pool_average", || classified::<AveragePools, _, _>(momentum)),
    ("dense_narrow", || classified::<NarrowDense, _, _>(momentum)),
    ("dense_wide_inputs", || classified::<WideDense, _, _>(momentum)),
    ("dense_wide_hidden", || classified::<WideHidden, _, _>(sgd)),
    ("dense_bn", || fitted::<DenseNorm, _, _>(momentum)),
    ("layer_norm_gelu_log_softmax", || classified::<LayerNorm, _, _>(momentum)),
    ("layer_norm_of_map", || classified::<LayerNormOfMap, _, _>(momentum)),
    ("activations_sigmoid_head", || decided::<Activations, _, _>(momentum)),
    ("dropout", || classified::<Dropout, _, _>(momentum)),
    ("concat_inception", || classified::<Inception, _, _>(momentum)),
    ("merges_add_mul_concat", || fitted::<Merges, _, _>(momentum)),
    ("two_inputs_two_outputs", two_inputs_two_outputs),
    ("parts_by_path", || decided::<Gan, _, _>(momentum)),
    ("softmax_of_maps", || fitted::<SoftmaxOfMaps, _, _>(momentum)),
    ("f64_conv_pool_twice", || classified::<ConvPoolConvPool<f64>, _, _>(momentum)),
    ("f64_merges_add_mul_concat", || fitted::<Merges<f64>, _, _>(adam)),
    ("adam_conv_pool_lenet", || classified::<Lenet, _, _>(adam)),
    ("adam_dense_bn", || fitted::<DenseNorm, _, _>(adam)),
];

/// As 64-bit FNV-1a, but a number at a time: in a debug build the hash would take longer than the networks.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes the bits of a number, which as an `f64` are as telling as its own. A network that yields anything but finite
    /// numbers would compare nothing.
    fn add<T: Real>(&mut self, number: T) {
        let number = number.to_f64();
        assert!(number.is_finite(), "{number}");
        // Turned, because a product carries no difference to lower bits.
        self.0 = (self.0.rotate_left(23) ^ number.to_bits()).wrapping_mul(0x100_0000_01b3);
    }

    fn add_all<T: Real>(&mut self, numbers: &[T]) {
        numbers.iter().for_each(|&number| self.add(number));
    }
}

/// A hash for each of the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Bits([Hash; COLUMNS.len()]);

/// Numbers from -1 to 1 that look random, the same everywhere.
fn noise<T: Real>(count: usize, seed: u64) -> impl Iterator<Item = T> {
    (0..count as u64).map(move |i| {
        let mut z = (i ^ seed.rotate_left(32)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // As many bits as an `f32` holds.
        T::from_f64(((z ^ (z >> 32)) >> 40) as f64 / f64::from(1u32 << 23) - 1.0)
    })
}

fn batch<S: Shape<Element<T> = T>, T: Real>(samples: usize, seed: u64) -> Batch<S, T> {
    let numbers: Vec<T> = noise(samples * S::LEN, seed).collect();
    Batch::from_slice(&numbers).expect("whole samples")
}

/// The tensors of a network by name, so that it does not matter where they lie in the block.
fn tensors<N: Network>() -> Vec<FlatSegment> {
    let mut segments = flatten(N::ENTRIES);
    segments.sort_by(|a, b| a.label.cmp(&b.label));
    segments
}

/// A network with parameters of its own, whatever rule they start by: no bias is zero and no scale one.
fn stirred<N: Network>() -> N {
    let mut net = N::new(1);
    let block = net.block_mut();
    for (i, segment) in tensors::<N>().iter().enumerate() {
        // Weights are scaled by their inputs, so that deep networks neither explode nor fall silent.
        let inputs: usize = segment.shape.iter().skip(1).product();
        let (middle, spread) = match &segment.label {
            label if label.ends_with("running_var") => (1.0, 0.5),
            label if label.ends_with("weight") && segment.shape.len() == 1 => (1.0, 0.2),
            _ if segment.shape.len() == 1 => (0.0, 0.1),
            _ => (0.0, 1.5 / (inputs as f64).sqrt()),
        };
        let mut numbers = noise::<f64>(segment.len(), 1000 + i as u64);
        segment.for_each_position(|position| {
            let number = numbers.next().expect("one for each");
            block[position] = N::Scalar::from_f64(middle + spread * number);
        });
    }
    net
}

/// Predicts with batches of each size, learns from them in turn, and asks for the gradients of the inputs.
///
/// `predict` and `input_gradients` hash what is in their names; `pass` runs a batch forward and backward and returns its loss.
fn bits<N: Network>(
    rule: fn() -> Rule<N::Scalar>,
    predict: impl Fn(&N, usize, &mut Hash),
    pass: impl Fn(&N, &mut Training<N>, usize) -> N::Scalar,
    input_gradients: impl Fn(&Training<N>, &mut Hash),
) -> Bits {
    let tensors = tensors::<N>();
    let hash = |block: &[N::Scalar], with_statistics: bool, hash: &mut Hash| {
        for segment in tensors.iter().filter(|segment| with_statistics || !segment.label.contains("running_")) {
            segment.for_each_position(|position| hash.add(block[position]));
        }
    };
    let [mut prediction, mut loss, mut gradients, mut inputs, mut parameters] = [Hash::new(); COLUMNS.len()];
    let mut net: N = stirred();
    for samples in BATCHES {
        predict(&net, samples, &mut prediction);
    }
    // Batches are shorter than the memory for them, as the last of an epoch is.
    let mut training = Training::new(BATCHES[0]).seed(9);
    let mut rule = rule();
    for samples in BATCHES.into_iter().cycle().take(STEPS) {
        loss.add(pass(&net, &mut training, samples));
        hash(training.gradients(), false, &mut gradients);
        training.step(&mut net, &mut *rule).expect("a step");
    }
    hash(net.block(), true, &mut parameters);
    let mut training = Training::new(BATCHES[0]).seed(9).with_input_gradients();
    for samples in BATCHES {
        loss.add(pass(&net, &mut training, samples));
        hash(training.gradients(), false, &mut gradients);
        input_gradients(&training, &mut inputs);
    }
    Bits([prediction, loss, gradients, inputs, parameters])
}

/// A network with one input and one output; `targets` for so many numbers of output or, of a loss with labels, samples.
fn single<T, A, B, N, L>(rule: fn() -> Rule<T>, loss: &L, targets: impl Fn(usize) -> Vec<L::Target>) -> Bits
where
    T: Real,
    A: Shape<Element<T> = T>,
    B: Shape<Element<T> = T>,
    N: Network<Scalar = T, Inputs = (A,), Outputs = (B,)>,
    L: Loss<T>,
{
    bits::<N>(
        rule,
        |net, samples, hash| {
            let inputs = batch::<A, T>(samples, 3);
            hash.add_all(net.predict(&inputs).expect("one input").as_slice());
            // The same on one thread, in memory that it is given.
            let mut outputs = vec![T::ZERO; samples * B::LEN];
            let mut workspace = vec![T::ZERO; N::workspace_len(samples)];
            net.predict_in(&inputs, [&mut outputs], &mut workspace).expect("memory enough");
            hash.add_all(&outputs);
        },
        |net, training, samples| {
            let targets = targets(samples * loss.targets_per_sample(B::LEN));
            training.loss_and_gradients(net, &batch::<A, T>(samples, 5), loss, &targets).expect("a batch")
        },
        |training, hash| hash.add_all(training.input_gradients().expect("asked for").as_slice()),
    )
}

fn labels(count: usize) -> Vec<usize> {
    (0..count).map(|i| i * i % 3).collect()
}

/// By cross-entropy.
fn classified<N, A, B>(rule: fn() -> Rule<N::Scalar>) -> Bits
where
    A: Shape<Element<N::Scalar> = N::Scalar>,
    B: Shape<Element<N::Scalar> = N::Scalar>,
    N: Network<Inputs = (A,), Outputs = (B,)>,
{
    single::<_, _, _, N, _>(rule, &CrossEntropy, labels)
}

/// By mean squares.
fn fitted<N, A, B>(rule: fn() -> Rule<N::Scalar>) -> Bits
where
    A: Shape<Element<N::Scalar> = N::Scalar>,
    B: Shape<Element<N::Scalar> = N::Scalar>,
    N: Network<Inputs = (A,), Outputs = (B,)>,
{
    single::<_, _, _, N, _>(rule, &MeanSquaredError, |count| noise(count, 7).collect())
}

/// By binary cross-entropy.
fn decided<N, A, B>(rule: fn() -> Rule<N::Scalar>) -> Bits
where
    A: Shape<Element<N::Scalar> = N::Scalar>,
    B: Shape<Element<N::Scalar> = N::Scalar>,
    N: Network<Inputs = (A,), Outputs = (B,)>,
{
    let targets = |count| (0..count).map(|i| N::Scalar::from_usize(i % 2)).collect();
    single::<_, _, _, N, _>(rule, &BinaryCrossEntropy, targets)
}

fn two_inputs_two_outputs() -> Bits {
    type Net = TwoInputsTwoOutputs;
    let inputs = |samples| (batch::<shape![3, 9, 9], f32>(samples, 3), batch::<shape![5], f32>(samples, 4));
    bits::<Net>(
        momentum,
        |net, samples, hash| {
            let (images, codes) = inputs(samples);
            let (classes, maps) = net.predict((&images, &codes)).expect("as many of each");
            hash.add_all(classes.as_slice());
            hash.add_all(maps.as_slice());
        },
        |net, training, samples| {
            let (images, codes) = inputs(samples);
            let map_len = 2 * 7 * 7;
            let targets: Vec<f32> = noise(samples * map_len, 7).collect();
            let loss = |outputs: &[&mut [f32]], gradients: &mut [&mut [f32]]| {
                let [classes, maps] = gradients else { unreachable!("two outputs") };
                let [of_classes, of_maps] = Net::HEADS else { unreachable!("two outputs") };
                let first = CrossEntropy.evaluate(*of_classes, 3, outputs[0], &labels(samples), classes)?;
                Ok(first + MeanSquaredError.evaluate(*of_maps, map_len, outputs[1], &targets, maps)?)
            };
            training.pass(net, (&images, &codes), loss).expect("a batch")
        },
        |training, hash| {
            let (images, codes) = training.input_gradients().expect("asked for");
            hash.add_all(images.as_slice());
            hash.add_all(codes.as_slice());
        },
    )
}

/// The processor's own estimates of reciprocals, which Adam starts from.
#[cfg(target_arch = "x86_64")]
fn reciprocals() -> Hash {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx")]
    fn of_avx2(x: f32) -> f32 {
        _mm256_cvtss_f32(_mm256_rcp_ps(_mm256_set1_ps(x)))
    }
    #[target_feature(enable = "avx512f")]
    fn of_avx512(x: f32) -> f32 {
        _mm512_cvtss_f32(_mm512_rcp14_ps(_mm512_set1_ps(x)))
    }

    let mut hash = Hash::new();
    for i in 0..1 << 16 {
        let x = 1.0 + i as f32 / 65536.0;
        hash.add(match instruction_set() {
            // SAFETY: the kernels run on this instruction set because the machine has it.
            "avx512" => unsafe { of_avx512(x) },
            // SAFETY: likewise.
            "avx2" => unsafe { of_avx2(x) },
            _ => 1.0 / x,
        });
    }
    hash
}

/// Portable kernels divide.
#[cfg(not(target_arch = "x86_64"))]
fn reciprocals() -> Hash {
    Hash::new()
}

/// The lines of the instruction set that this process was started with; run by the test below, for each.
#[test]
#[ignore = "part of the other test, which starts it once for each instruction set"]
fn lines_of_one_instruction_set() {
    let isa = instruction_set();
    // What the harness has begun is a line of its own.
    println!("\n{isa} reciprocals {:016x}", reciprocals().0);
    for &(name, bits) in SUBJECTS {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
            pool.install(bits)
        };
        let one = on(1);
        for ((first, second), column) in one.0.iter().zip(on(2).0).zip(COLUMNS) {
            assert!(*first == second, "{isa} {name}: two threads give other bits than one in {column}");
        }
        let hashes: String = one.0.iter().fold(String::new(), |mut line, hash| {
            write!(line, " {:016x}", hash.0).expect("a string takes it");
            line
        });
        println!("{isa} {name}{hashes}");
    }
}

/// Instruction set and name, and the hashes.
type Lines = BTreeMap<(String, String), Vec<String>>;

/// The lines of a fixture, or among others of a process.
fn lines(text: &str) -> Lines {
    let mut lines = Lines::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let (Some(isa), Some(name)) = (words.next(), words.next())
            && INSTRUCTION_SETS.contains(&isa.as_str())
        {
            lines.insert((isa, name), words.collect());
        }
    }
    lines
}

/// What this machine computes. The processes run side by side.
fn measured() -> Lines {
    let program = std::env::current_exe().expect("this program has a path");
    let run = |isa| {
        let mut command = Command::new(&program);
        command.args(["--exact", "lines_of_one_instruction_set", "--ignored", "--nocapture"]);
        command.env("NN_ISA", isa).stdout(Stdio::piped()).stderr(Stdio::piped());
        (isa, command.spawn().expect("this program runs again"))
    };
    // A lesser machine falls back to what it has, and so it does not matter what it was asked for.
    let mut all = Lines::new();
    for (isa, process) in INSTRUCTION_SETS.map(run) {
        let output = process.wait_with_output().expect("this program ends");
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{isa}: {stdout}{stderr}");
        let lines = lines(&stdout);
        if lines.keys().any(|(found, _)| found == isa) {
            all.extend(lines);
        } else {
            eprintln!("not compared: the bits of {isa}, which this machine lacks");
        }
    }
    all
}

/// The mistakes of one line.
fn differences(found: &[String], expected: &[String]) -> String {
    let differ = COLUMNS.iter().zip(found.iter().zip(expected)).filter(|(_, (found, expected))| found != expected);
    differ.map(|(column, _)| *column).collect::<Vec<_>>().join(", ")
}

#[test]
fn bits_are_those_of_the_fixture() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE);
    let found = measured();
    if std::env::var_os("NN_BLESS").is_some() {
        bless(&path, found);
        return;
    }
    let expected = lines(&std::fs::read_to_string(&path).expect("the fixture"));
    let measured: BTreeSet<&String> = found.keys().map(|(isa, _)| isa).collect();
    let mut failures = Vec::new();
    for (isa, name) in expected.keys().filter(|key| measured.contains(&key.0) && !found.contains_key(key)) {
        failures.push(format!("{isa} {name}: in the fixture, but no such network"));
    }
    for (key, hashes) in &found {
        let (isa, name) = key;
        let reciprocals = (isa.clone(), "reciprocals".to_owned());
        let by_estimate = *name == reciprocals.1 || name.starts_with("adam");
        if by_estimate && expected.contains_key(&reciprocals) && found[&reciprocals] != expected[&reciprocals] {
            eprintln!("not compared: {isa} {name}, because this processor estimates reciprocals in its own way");
            continue;
        }
        match expected.get(key) {
            None => failures.push(format!("{isa} {name}: not in the fixture")),
            Some(expected) if expected != hashes => {
                failures.push(format!("{isa} {name}: other bits in {}", differences(hashes, expected)));
            }
            Some(_) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Writes the fixture. Lines of instruction sets that were not measured stay.
fn bless(path: &Path, found: Lines) {
    let mut all = std::fs::read_to_string(path).map(|text| lines(&text)).unwrap_or_default();
    let measured: BTreeSet<String> = found.keys().map(|(isa, _)| isa.clone()).collect();
    all.retain(|(isa, _), _| !measured.contains(isa));
    all.extend(found);
    let mut text = format!("{HEADER}# instruction set, network, {}\n", COLUMNS.join(", "));
    for ((isa, name), hashes) in all {
        writeln!(text, "{isa} {name} {}", hashes.join(" ")).expect("a string takes it");
    }
    std::fs::write(path, text).expect("the fixture is written");
}
