//! Whole networks: prediction, loss, gradients, one step of Adam.

use std::path::Path;

use nn_core::__private::sizes::Role;
use nn_core::data::{Dataset, Source, fashion_mnist};
use nn_core::parameters::flatten;
use nn_core::shape::Shape;
use nn_core::{Adam, BatchView, CrossEntropy, Network, Number, Training, network};

use crate::fixture::{Fixture, path};
use crate::state::{Temporary, state_dict};
use crate::{comparison, formula, in_file_order, of, to_f64};

network! {
    /// The textbook's first network.
    struct Dense50 = [1, 28, 28] -> affine(50) -> relu -> affine(10) -> softmax;

    /// A wider one.
    struct Dense128 = [1, 28, 28] -> affine(128) -> relu -> affine(10) -> softmax;

    /// The textbook's convolution network.
    struct SimpleConv = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    block basic(channels) =
        residual(
            conv(channels, 3, pad = same, bias = false) -> batch_norm -> relu
                -> conv(channels, 3, pad = same, bias = false) -> batch_norm
        ) -> relu;

    /// Batch normalisation and ways around.
    struct Residual =
        [3, 8, 8] -> stem: conv(4, 3, pad = 1) -> batch_norm -> relu
            -> layer1: 2 * basic(4)
            -> global_avg_pool -> affine(5) -> softmax;

    /// Branches of three kinds.
    struct Branches =
        [3, 8, 8] -> conv(4, 3, pad = 1) -> relu
            -> concat(conv(3, 1) -> relu | conv(4, 3, pad = 1) -> relu | pool(3, stride = 1, pad = 1) -> conv(2, 1))
            -> [9, 8, 8] -> relu -> pool(2) -> affine(5) -> softmax;
}

const LEARNING_RATE: f64 = 1e-3;

/// Compares everything that a fixture holds with what `net`, which has the reference's weights, computes.
fn compare<N, I, O>(name: &str, mut net: N, inputs: &[f64], labels: &[usize])
where
    I: Shape<Element<N::Scalar> = N::Scalar>,
    O: Shape<Element<N::Scalar> = N::Scalar>,
    N: Network<Inputs = (I,), Outputs = (O,)>,
{
    let reference = Fixture::open(name);
    let mut comparison = comparison::<N::Scalar>(name);
    let inputs = of::<N::Scalar>(inputs);
    let inputs = BatchView::<I, N::Scalar>::from_slice(&inputs).expect("whole samples");

    let outputs = net.predict(inputs).expect("a batch of the right shape");
    comparison.close("probabilities", reference.get("probabilities"), &to_f64(outputs.as_slice()));

    let mut training = Training::<N>::new(labels.len()).with_input_gradients();
    let loss = training.loss_and_gradients(&net, inputs, &CrossEntropy, labels).expect("labels of the network");
    comparison.close("loss", reference.get("loss"), &[loss.to_f64()]);
    let input_gradients = training.input_gradients().expect("asked for");
    comparison.close("input gradient", reference.get("input_gradient"), &to_f64(input_gradients.as_slice()));

    let before = flatten(N::ENTRIES).iter().map(|segment| in_file_order(segment, net.block())).collect::<Vec<_>>();
    let gradients = training.gradients().to_vec();
    training.step(&mut net, &mut Adam::new(LEARNING_RATE)).expect("a step");
    for (segment, before) in flatten(N::ENTRIES).iter().zip(before) {
        let label = &segment.label;
        let after = in_file_order(segment, net.block());
        let stepped_label = format!("stepped.{label}");
        let (stepped, after) = reference.thinned(&stepped_label, &after);
        if matches!(segment.role, Role::RunningMean { .. } | Role::RunningVariance { .. }) {
            comparison.close(&stepped_label, stepped, &after);
            continue;
        }
        let gradient = in_file_order(segment, &gradients);
        let gradient_label = format!("gradient.{label}");
        let (expected, thinned) = reference.thinned(&gradient_label, &gradient);
        comparison.close(&gradient_label, expected, &thinned);
        // The sums stand in for what is not stored. Their tolerance is that of as many numbers.
        let sums = [gradient.iter().sum(), gradient.iter().map(|x| x * x).sum()];
        let each = comparison.tolerance(expected) * (gradient.len() as f64).sqrt();
        let largest = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        comparison.within(&format!("sums.{label}"), reference.get(&format!("sums.{label}")), &sums, |i| {
            if i == 0 { 4.0 * each } else { 4.0 * each * (largest + each) }
        });

        // The first step of Adam is rate × g / (|g| + 1e-8), which turns an error d of a gradient into one of at most
        // 1e-8 × d / (|g| - d + 1e-8)², and never into more than from one sign to the other. Adam's own arithmetic
        // is off by six units in the last place at most (half a dozen roundings, and a quotient by three), and the parameter is
        // rounded once more.
        let d = comparison.tolerance(expected);
        let (_, before) = reference.thinned(&stepped_label, &before);
        let rounding = |i: usize| (before[i].abs() + 6.0 * LEARNING_RATE) * f64::from(f32::EPSILON);
        comparison.within(&stepped_label, stepped, &after, |i| {
            let least = (expected[i].abs() - d).max(0.0) + 1e-8;
            LEARNING_RATE * (1e-8 * d / (least * least)).min(2.0) + rounding(i)
        });
    }
    comparison.finish();
}

/// A network whose weights follow from the formula, read as a file that PyTorch could have written.
fn by_formula<N: Network>(name: &str) -> N {
    let tensors: Vec<_> = (flatten(N::ENTRIES).into_iter())
        .map(|segment| {
            let numbers = formula::weight(&format!("{name}/{}", segment.label), segment.shape);
            (segment.label, segment.shape.to_vec(), numbers)
        })
        .collect();
    let file = Temporary::new(&format!("{name}-{}", size_of::<N::Scalar>()), &state_dict(&tensors));
    loaded(&file.0)
}

fn loaded<N: Network>(path: &Path) -> N {
    N::load(path).unwrap_or_else(|error| panic!("{error}"))
}

/// The first eight test images that ship with the repository, in single precision, and their labels.
fn pictures() -> (Vec<f64>, Vec<usize>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/fashion-mnist");
    let (_, test): (Dataset, Dataset) = fashion_mnist(folder).expect("the images are part of the repository");
    let (mut inputs, mut labels) = (vec![0.0_f32; 8 * 784], vec![0; 8]);
    let indices = [0, 1, 2, 3, 4, 5, 6, 7];
    test.gather(&indices, &mut inputs).expect("eight images");
    Source::<f32>::targets(&test, &indices, &mut labels).expect("eight labels");
    (to_f64(&inputs), labels)
}

#[test]
fn dense_50() {
    let (inputs, labels) = pictures();
    compare("dense_50", by_formula::<Dense50>("dense_50"), &inputs, &labels);
    compare("dense_50", by_formula::<Dense50<f64>>("dense_50"), &inputs, &labels);
}

#[test]
fn dense_128() {
    let (inputs, labels) = pictures();
    compare("dense_128", by_formula::<Dense128>("dense_128"), &inputs, &labels);
    compare("dense_128", by_formula::<Dense128<f64>>("dense_128"), &inputs, &labels);
}

#[test]
fn simple_conv() {
    let (inputs, labels) = pictures();
    compare("simple_conv", by_formula::<SimpleConv>("simple_conv"), &inputs, &labels);
    compare("simple_conv", by_formula::<SimpleConv<f64>>("simple_conv"), &inputs, &labels);
}

/// The small networks come with the file that PyTorch wrote, `num_batches_tracked` and all.
fn small<N, I, O>(name: &str)
where
    I: Shape<Element<N::Scalar> = N::Scalar>,
    O: Shape<Element<N::Scalar> = N::Scalar>,
    N: Network<Inputs = (I,), Outputs = (O,)>,
{
    let reference = Fixture::open(name);
    let labels: Vec<usize> = reference.get("labels").iter().map(|&label| label as usize).collect();
    compare(name, loaded::<N>(&path(&format!("{name}_state_dict"))), reference.get("input"), &labels);
}

#[test]
fn residual() {
    small::<Residual, _, _>("residual");
    small::<Residual<f64>, _, _>("residual");
}

#[test]
fn branches() {
    small::<Branches, _, _>("branches");
    small::<Branches<f64>, _, _>("branches");
}
