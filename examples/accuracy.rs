//! How well the textbook's networks learn Fashion-MNIST, over several seeds: the protocols that PyTorch was measured with.
//!
//!     cargo run --release --example accuracy
//!     cargo run --release --example accuracy -- --seeds 1 --data DIR

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use nn_core::__private::sizes::Init;
use nn_core::data::{Dataset, fashion_mnist};
use nn_core::{Adam, CrossEntropy, Network, Trainer, evaluate, network, shape};
use nn_examples::location::Location;

network! {
    /// The textbook's first network.
    struct Dense = [1, 28, 28] -> affine(128) -> relu -> affine(10) -> softmax;

    /// Its convolution network.
    struct Convolution = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// Trains the textbook's networks with several seeds and prints their accuracies.
#[derive(Parser)]
struct Arguments {
    /// Folder with Fashion-MNIST, where the system does not have it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many seeds, from 0 on
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// How many pictures to learn from at most, from the first on
    #[arg(long, default_value_t = 60_000)]
    train: usize,
    /// How many pictures to test with at most
    #[arg(long, default_value_t = 10_000)]
    test: usize,
}

fn main() -> ExitCode {
    nn_examples::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let location = Location::find(arguments.data.clone());
    let (train, test) = fashion_mnist(location.folder())?;
    let (train, test) = (train.take(arguments.train), test.take(arguments.test));
    println!("data: {location}\n{} pictures to learn from, {} to test with; 5 epochs", train.len(), test.len());
    println!("784-128-10, batches of 128, Adam 0.0005, He");
    measure::<Dense>(128, 5e-4, arguments.seeds, &train, &test)?;
    println!("convolution network, batches of 100, Adam 0.001, He");
    measure::<Convolution>(100, 1e-3, arguments.seeds, &train, &test)
}

fn measure<N>(batch: usize, rate: f64, seeds: u64, train: &Dataset, test: &Dataset) -> Result<(), Box<dyn Error>>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let mut sums = [0.0; 2];
    for seed in 0..seeds {
        let mut net = N::with_init(Init::He, seed);
        let history = Trainer::new(Adam::new(rate)).epochs(5).batch_size(batch).seed(seed).fit(&mut net, train)?;
        let seconds: f64 = history.iter().map(|epoch| epoch.seconds).sum();
        let accuracies = [accuracy(&net, train)?, accuracy(&net, test)?];
        println!("  seed {seed}: train {:.4}, test {:.4}, {seconds:.1} s", accuracies[0], accuracies[1]);
        sums = [sums[0] + accuracies[0], sums[1] + accuracies[1]];
    }
    let [train, test] = sums.map(|sum| sum / seeds as f64);
    println!("  mean:   train {train:.4}, test {test:.4}");
    Ok(())
}

fn accuracy<N>(net: &N, data: &Dataset) -> Result<f64, Box<dyn Error>>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    Ok(evaluate(net, data, &CrossEntropy, 256)?.accuracy.ok_or("the loss does not classify")?)
}
