//! What batch normalisation does for networks whose weights start badly.
//!
//!     cargo run --release -p nn-textbook --example batch_norm
//!
//! Five hidden layers of 100 on 1,000 pictures, with and without it, for sixteen deviations of the first weights from 1 down to
//! 0.0001: a grid of learning curves.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::Dataset;
use nn_core::plot::{Curves, Grid};
use nn_core::{Network, Sgd, Trainer, network, shape};
use nn_textbook::{Arguments, run, start_weights};

network! {
    struct Plain = [1, 28, 28] -> 5 * (affine(100) -> relu) -> affine(10) -> softmax;
    struct Normalised = [1, 28, 28] -> 5 * (affine(100) -> batch_norm -> relu) -> affine(10) -> softmax;
}

/// The training accuracy after each epoch. It stays what it was when the loss becomes infinite.
fn accuracies<N>(deviation: f64, data: &Dataset, epochs: usize) -> Vec<f64>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let mut net = N::new(1);
    start_weights(&mut net, |_| deviation);
    let mut accuracies = Vec::new();
    let mut trainer = Trainer::<N>::new(Sgd::new(0.01)).epochs(epochs).seed(1).on_epoch(|_, epoch| {
        accuracies.extend(epoch.train_accuracy);
        Ok(())
    });
    if let Err(error) = trainer.fit(&mut net, data) {
        println!("  deviation {deviation:.4} ends early: {error}");
    }
    drop(trainer);
    accuracies
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, _) = arguments.fashion(usize::MAX, 1)?;
    let (data, epochs) = (data.shuffled(1).take(1000), arguments.choose(40, 20));
    let mut grid = Grid::new("Training accuracy by the deviation of the first weights").columns(4);
    println!("deviation   accuracy after {epochs} epochs: plain   normalised");
    for i in 0..16 {
        let deviation = 10f64.powf(-4.0 * f64::from(i) / 15.0);
        let plain = accuracies::<Plain>(deviation, &data, epochs);
        let normalised = accuracies::<Normalised>(deviation, &data, epochs);
        let percent = |accuracies: &[f64]| 100.0 * accuracies.last().copied().unwrap_or(f64::NAN);
        println!("{deviation:>9.5} {:>36.1} % {:>10.1} %", percent(&plain), percent(&normalised));
        grid = grid.panel(
            Curves::new(format!("deviation {deviation:.4}"))
                .axes("epoch", "accuracy")
                .curve("batch norm", &normalised)
                .curve("plain", &plain)
                .between(0.0, 1.0),
        );
    }
    grid.save(arguments.picture("batch_norm.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Batch normalisation and the start of the weights", experiment)
}
