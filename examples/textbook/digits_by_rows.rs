//! Pictures read row by row: 28 steps of a recurrent network against convolutions.
//!
//!     cargo run --release -p nn-textbook --example digits_by_rows

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::Dataset;
use nn_core::plot::Curves;
use nn_core::train::Epoch;
use nn_core::{Adam, Error as NnError, Network, Trainer, network, shape};
use nn_textbook::{Arguments, run};

network! {
    /// A row at a time, and what is remembered after the last.
    struct ByRows = [1, 28, 28] -> reshape([28, 28]) -> gru(128) -> last -> affine(10) -> softmax;

    /// The whole picture at once.
    struct ByConvolution =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// Trains a network, and gives it with the accuracy on the test pictures after each epoch.
fn train<N>(name: &str, epochs: usize, [train, test]: [&Dataset; 2]) -> Result<(N, Vec<f64>), NnError>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let (start, mut net) = (Instant::now(), N::new(1));
    let history = Trainer::new(Adam::new(0.001)).epochs(epochs).batch_size(64).validation(test).fit(&mut net, train)?;
    let percent = |epoch: &Epoch| 100.0 * epoch.validation_accuracy.unwrap_or(f64::NAN);
    let accuracies: Vec<f64> = history.iter().map(percent).collect();
    let last = accuracies.last().copied().unwrap_or(f64::NAN);
    println!("  {name:<20} {:>7} parameters   {last:.1} %   {:.1} s", N::PARAMETERS, start.elapsed().as_secs_f64());
    Ok((net, accuracies))
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (train, test) = arguments.fashion(6000, 1000)?;
    let epochs = arguments.choose(20, 10);
    println!("{} pictures, {epochs} epochs; of {} test pictures are right:", train.len(), test.len());
    let (net, by_rows) = self::train::<ByRows>("gru, row by row", epochs, [&train, &test])?;
    let (_, by_convolution) = self::train::<ByConvolution>("convolution", epochs, [&train, &test])?;
    net.save(arguments.file("rows.safetensors")?)?;
    Curves::new("Test pictures told right")
        .axes("epoch", "%")
        .curve("gru, row by row", &by_rows)
        .curve("convolution", &by_convolution)
        .save(arguments.picture("digits_by_rows.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Pictures row by row", experiment)
}
