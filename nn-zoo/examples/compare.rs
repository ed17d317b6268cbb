//! Compares the networks with torchvision's, whose weights and outputs `nn-zoo/reference.py` has written to a folder.
//!
//! ```sh
//! python3 nn-zoo/reference.py /tmp/zoo
//! cargo run --release -p nn-zoo --all-features --example compare -- /tmp/zoo
//! ```

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::MiniBatch;
use nn_core::parameters::{FlatSegment, flatten};
use nn_core::train::loss::scaled;
use nn_core::weights::Weights;
use nn_core::{Batch, BatchView, CrossEntropy, Network, Sgd, Training, shape};
use nn_zoo::{
    AlexNet, DenseNet121, GoogLeNet, GoogLeNetTraining, MobileNetV2, ResNet18, ResNet34, ResNet50, ResNet152,
    SqueezeNet, Vgg16, Vgg19,
};
use safetensors::{Dtype, SafeTensors};

/// Relative to the largest number, more than this is a difference.
const TOLERANCE: f64 = 1e-4;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: compare FOLDER, which `python3 nn-zoo/reference.py FOLDER` has filled");
        return ExitCode::from(2);
    };
    let folder = Path::new(&folder);
    println!("{:<16} {:>12} {:>10} {:>10} {:>10}", "network", "parameters", "one", "four", "seconds");
    let found = [
        compare::<AlexNet>(folder, "alexnet"),
        compare::<Vgg16>(folder, "vgg16"),
        compare::<Vgg19>(folder, "vgg19"),
        compare::<GoogLeNet>(folder, "googlenet"),
        compare::<ResNet18>(folder, "resnet18"),
        train::<ResNet18<f64>>(folder, "resnet18", |training, net, images, labels| {
            training.loss_and_gradients(net, images, &CrossEntropy, labels)
        }),
        train::<GoogLeNetTraining<f64>>(folder, "googlenet", |training, net, images, labels| {
            let losses = (CrossEntropy, scaled(0.3, CrossEntropy), scaled(0.3, CrossEntropy));
            let mut batch = MiniBatch::new(labels.len());
            batch.gather((images, labels), &[0, 1, 2, 3])?;
            training.loss_and_gradients_of(net, &batch, &losses)
        }),
        compare::<ResNet34>(folder, "resnet34"),
        compare::<ResNet50>(folder, "resnet50"),
        compare::<ResNet152>(folder, "resnet152"),
        compare::<SqueezeNet>(folder, "squeezenet1_1"),
        compare::<MobileNetV2>(folder, "mobilenet_v2"),
        compare::<DenseNet121>(folder, "densenet121"),
    ];
    let mut is_equal = true;
    for found in found {
        is_equal &= found.unwrap_or_else(|failure| {
            eprintln!("error: {failure}");
            false
        });
    }
    if is_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Image = shape![3, 224, 224];

/// A network that classifies images.
trait Classifier: Network<Scalar = f32, Inputs = (Image,), Outputs = (shape![1000],)> {}

impl<N: Network<Scalar = f32, Inputs = (Image,), Outputs = (shape![1000],)>> Classifier for N {}

/// Whether the outputs are torchvision's, of one image and of four.
fn compare<N: Classifier>(folder: &Path, name: &str) -> Result<bool, Failure> {
    let mut net = N::new(1);
    let report = Weights::open(folder.join(format!("{name}.safetensors")))?.load_part_into(&mut net)?;
    let is_head = |label: &String| label.starts_with("aux");
    if !report.missing.is_empty() || !report.left_over.iter().all(is_head) {
        let [missing, more] = [&report.missing, &report.left_over].map(|names| (names.len(), names.first()));
        return Err(format!("{name}: the file has not {missing:?}, and besides {more:?}").into());
    }
    let values = Values::open(folder, name)?;
    let images: Vec<f32> = values.numbers("input")?.into_iter().map(|number| number as f32).collect();
    let expected = values.numbers("output")?;
    let mut differences = [0.0; 2];
    let mut seconds = 0.0;
    for (difference, count) in differences.iter_mut().zip([1, 4]) {
        let images = BatchView::<Image>::from_slice(&images[..count * 3 * 224 * 224])?;
        let start = Instant::now();
        let outputs = net.predict(images)?;
        seconds = start.elapsed().as_secs_f64();
        *difference = relative(outputs.as_slice(), &expected[..count * 1000]);
    }
    let [one, four] = differences;
    println!("{name:<16} {:>12} {one:>10.1e} {four:>10.1e} {seconds:>10.2}", trained::<N>());
    Ok(one < TOLERANCE && four < TOLERANCE)
}

/// Whether the loss, the gradients and the running statistics of a step are torchvision's, in double precision: in single precision
/// torchvision's own gradients are some percent from those.
fn train<N: Network<Scalar = f64>>(
    folder: &Path,
    name: &str,
    loss: impl FnOnce(&mut Training<N>, &N, &Batch<Image, f64>, &[usize]) -> Result<f64, nn_core::Error>,
) -> Result<bool, Failure> {
    let mut net: N = Weights::open(folder.join(format!("{name}.safetensors")))?.load()?;
    let values = Values::open(folder, name)?;
    let labels: Vec<usize> = values.numbers("labels")?.into_iter().map(|label| label as usize).collect();
    let images = Batch::<Image, f64>::from_slice(&values.numbers("input")?)?;
    let mut training = Training::<N>::new(labels.len());
    training.dropout(false);
    let loss = loss(&mut training, &net, &images, &labels)?;
    let mut differences = vec![("loss".to_owned(), relative(&[loss], &values.numbers("loss")?))];
    let gradients = training.gradients().to_vec();
    training.step(&mut net, &mut Sgd::new(1e-30))?;
    for segment in flatten(N::ENTRIES) {
        let (kind, block) = match segment.label.contains("running") {
            true => ("running", net.block()),
            false => ("gradient", &gradients[..]),
        };
        let label = format!("{kind}/{}", segment.label);
        let difference = relative(&in_file_order(&segment, block), &values.numbers(&label)?);
        differences.push((label, difference));
    }
    differences.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (label, most) = &differences[0];
    println!("{name:<16} a step of training: of {} tensors {label} differs most, by {most:.1e}", differences.len());
    Ok(*most < TOLERANCE)
}

/// Numbers that are trained.
fn trained<N: Network>() -> usize {
    let segments = flatten(N::ENTRIES);
    segments.iter().filter(|segment| !segment.label.contains("running")).map(FlatSegment::len).sum()
}

fn in_file_order(segment: &FlatSegment, block: &[f64]) -> Vec<f64> {
    let mut numbers = Vec::with_capacity(segment.len());
    segment.for_each_position(|position| numbers.push(block[position]));
    numbers
}

/// The largest difference, relative to the largest number.
fn relative<T: Copy + Into<f64>>(found: &[T], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(f64::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
    let difference = found.iter().zip(expected).map(|(&a, b)| (a.into() - b).abs());
    // A NaN is no small difference.
    difference.fold(0.0, |most: f64, d| if d.is_nan() { f64::INFINITY } else { most.max(d) }) / largest
}

/// The numbers that torchvision has written.
struct Values(Vec<u8>);

impl Values {
    fn open(folder: &Path, name: &str) -> Result<Self, Failure> {
        Ok(Self(std::fs::read(folder.join(format!("{name}_values.safetensors")))?))
    }

    fn numbers(&self, name: &str) -> Result<Vec<f64>, Failure> {
        let file = SafeTensors::deserialize(&self.0)?;
        let tensor = file.tensor(name)?;
        if tensor.dtype() == Dtype::F64 {
            let (numbers, _) = tensor.data().as_chunks::<8>();
            return Ok(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect());
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        Ok(numbers.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect())
    }
}
