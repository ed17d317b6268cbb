//! Deep networks on Fashion-MNIST: six convolutions, and a residual network of twenty layers.
//!
//!     cargo run --release -p nn-textbook --example deep_networks
//!
//! Both see each picture shifted by up to two pixels, and half of them mirrored. Their accuracies on the test pictures after each epoch
//! are drawn.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::{Augmented, Dataset};
use nn_core::plot::Curves;
use nn_core::train::optimizer::{Nesterov, Rule};
use nn_core::train::schedule::{Every, OneCycle};
use nn_core::{Adam, Network, Optimizer, Trainer, network, shape};
use nn_textbook::{Arguments, run};
use nn_zoo::DeepConvNet;

network! {
    /// Two convolutions and the way around them.
    block basic(channels) = residual(
        conv(channels, 3, pad = 1, bias = false) -> bn -> relu -> conv(channels, 3, pad = 1, bias = false) -> bn
    ) -> relu;

    /// The same where maps shrink to half their size, and the way around with them.
    block shrinking(channels) = add(
        conv(channels, 3, stride = 2, pad = 1, bias = false) -> bn -> relu -> conv(channels, 3, pad = 1, bias = false) -> bn
        | conv(channels, 1, stride = 2, bias = false) -> bn
    ) -> relu;

    /// The residual network for small pictures (He et al., 2015).
    struct ResNet20 = [1, 28, 28]
        -> conv(16, 3, pad = 1, bias = false) -> bn -> relu
        -> 3 * basic(16) -> shrinking(32) -> 2 * basic(32) -> shrinking(64) -> 2 * basic(64)
        -> global_avg_pool -> affine(10) -> softmax;
}

/// Trains, and gives the accuracy on test pictures after each epoch.
fn train<N>(
    optimizer: Optimizer<f32, impl Rule<f32>>,
    epochs: usize,
    [data, test]: [&Dataset; 2],
) -> Result<Vec<f64>, nn_core::Error>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let mut net = N::new(1);
    let steps = epochs * data.len().div_ceil(128);
    let start = Instant::now();
    let history = Trainer::new(optimizer)
        .epochs(epochs)
        .batch_size(128)
        .schedule(Every::Step, OneCycle::new(steps as u64))
        .validation(test)
        .progress()
        .fit(&mut net, &Augmented::new(data, [1, 28, 28]).shift(2).flip().seed(1))?;
    let accuracies: Vec<f64> = history.iter().filter_map(|epoch| epoch.validation_accuracy).collect();
    let last = accuracies.last().copied().unwrap_or(f64::NAN);
    let seconds = start.elapsed().as_secs_f64();
    println!("  {:<12} {epochs} epochs in {seconds:.0} s   test {:.2} %", N::NAME, 100.0 * last);
    Ok(accuracies)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(6000, 2000)?;
    let sets = [&data, &test];
    println!("{} training pictures, {} test pictures", data.len(), test.len());
    let deep = train::<DeepConvNet>(Adam::new(0.002), arguments.choose(20, 5), sets)?;
    let nesterov = Nesterov::new(0.1, 0.9).weight_decay(5e-4);
    let residual = train::<ResNet20>(nesterov, arguments.choose(10, 2), sets)?;
    Curves::new("Deep networks")
        .axes("epoch", "accuracy on test pictures")
        .curve("six convolutions", &deep)
        .curve("ResNet-20", &residual)
        .save(arguments.picture("deep_networks.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Deep networks on Fashion-MNIST", experiment)
}
