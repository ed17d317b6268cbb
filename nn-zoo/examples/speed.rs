//! How fast the networks predict and learn at 224 × 224 on this machine.
//!
//! ```sh
//! cargo run --release -p nn-zoo --all-features --example speed
//! cargo run --release -p nn-zoo --all-features --example speed -- --net resnet18 --threads 1 --train
//! ```
//!
//! Prints a line for each network, with the shortest time of all runs in milliseconds:
//!
//! ```text
//! resnet18 threads=1 one 22.7 eight 185.8 learn_eight 562.7
//! ```
//!
//! `nn-zoo/speed.py` prints the same of PyTorch, ONNX Runtime and OpenVINO beside it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use clap::builder::PossibleValuesParser;
use nn_core::{Batch, CrossEntropy, Network, Sgd, Training, Workspace, shape};
use nn_zoo::{MobileNetV2, ResNet18, ResNet50, SqueezeNet, Vgg16};

/// Measures how fast networks predict and learn.
#[derive(Parser)]
struct Arguments {
    /// Measure this network; may be given several times [default: all of them]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(NETWORKS.map(|(name, _)| name)))]
    net: Vec<String>,
    /// Threads to work on [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// How long to measure each of the times
    #[arg(long, value_name = "S", default_value = "2")]
    seconds: f64,
    /// Also learn from eight images
    #[arg(long)]
    train: bool,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Image = shape![3, 224, 224];

/// Milliseconds for a prediction of one image, of eight, and a step of learning from eight, if it is asked for.
type Measure = fn(&Arguments) -> Result<Vec<f64>, Failure>;

const NETWORKS: [(&str, Measure); 5] = [
    ("resnet18", measure::<ResNet18>),
    ("resnet50", measure::<ResNet50>),
    ("vgg16", measure::<Vgg16>),
    ("mobilenet_v2", measure::<MobileNetV2>),
    ("squeezenet1_1", measure::<SqueezeNet>),
];

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    nn_core::on_threads(arguments.threads.map(usize::from), || {
        for (name, measure) in NETWORKS {
            if !arguments.net.is_empty() && !arguments.net.iter().any(|net| net == name) {
                continue;
            }
            print!("{name} threads={}", arguments.threads.map_or("all".into(), |threads| threads.to_string()));
            for (what, milliseconds) in ["one", "eight", "learn_eight"].iter().zip(measure(arguments)?) {
                print!(" {what} {milliseconds:.2}");
            }
            println!();
        }
        Ok(())
    })?
}

fn measure<N>(arguments: &Arguments) -> Result<Vec<f64>, Failure>
where
    N: Network<Scalar = f32, Inputs = (Image,), Outputs = (shape![1000],)>,
{
    let mut net = N::new(1);
    let images = Batch::<Image>::from_slice(&noise(8 * 3 * 224 * 224))?;
    let one = Batch::<Image>::from_slice(&noise(3 * 224 * 224))?;
    let mut times = Vec::new();
    for (images, count) in [(&one, 1), (&images, 8)] {
        let (mut outputs, mut workspace) = (Batch::zeros(count), Workspace::new());
        times.push(shortest(arguments.seconds, || Ok(net.predict_into(images, &mut outputs, &mut workspace)?))?);
    }
    if arguments.train {
        let (mut training, mut sgd, labels) = (Training::<N>::new(8), Sgd::new(1e-3), [0, 1, 2, 3, 4, 5, 6, 7]);
        times.push(shortest(arguments.seconds, || {
            training.loss_and_gradients(&net, &images, &CrossEntropy, &labels)?;
            Ok(training.step(&mut net, &mut sgd)?)
        })?);
    }
    Ok(times)
}

/// The shortest time of all runs, of which there are at least three after a first one that counts for nothing, in milliseconds.
fn shortest(seconds: f64, mut run: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    run()?;
    let (start, mut shortest, mut runs) = (Instant::now(), Duration::MAX, 0);
    while runs < 3 || start.elapsed().as_secs_f64() < seconds {
        let begin = Instant::now();
        run()?;
        shortest = shortest.min(begin.elapsed());
        runs += 1;
    }
    Ok(shortest.as_secs_f64() * 1e3)
}

/// Numbers between -1 and 1.
fn noise(count: usize) -> Vec<f32> {
    (0..count).map(|number| (number * 7919 % 2003) as f32 / 1001.0 - 1.0).collect()
}
