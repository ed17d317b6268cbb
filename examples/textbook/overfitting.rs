//! A large network that learns 300 pictures by heart, and what keeps it from that.
//!
//!     cargo run --release -p nn-textbook --example overfitting
//!
//! Seven layers, plain, with weight decay of 0.1, and with dropout of 0.2: accuracy on training and on test pictures.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::Dataset;
use nn_core::plot::{Curves, Grid};
use nn_core::{CrossEntropy, Network, Sgd, Trainer, evaluate, network, shape};
use nn_textbook::{Arguments, run};

network! {
    struct Plain = [1, 28, 28] -> 6 * (affine(100) -> relu) -> affine(10) -> softmax;
    struct Dropped = [1, 28, 28] -> 6 * (affine(100) -> relu -> dropout(0.2)) -> affine(10) -> softmax;
}

/// Trains, and gives the accuracies on training and test pictures after each epoch, neither with dropout.
fn train<N>(decay: f64, [data, test]: [&Dataset; 2], epochs: usize) -> Result<[Vec<f64>; 2], nn_core::Error>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let mut net = N::new(1);
    let mut accuracies = [Vec::new(), Vec::new()];
    let sgd = Sgd::new(0.01).weight_decay(decay);
    let mut trainer = Trainer::<N>::new(sgd).epochs(epochs).seed(1).on_epoch(|run, _| {
        for (accuracies, data) in accuracies.iter_mut().zip([data, test]) {
            accuracies.extend(evaluate(run.net, data, &CrossEntropy, 1000)?.accuracy);
        }
        Ok(())
    });
    trainer.fit(&mut net, data)?;
    drop(trainer);
    Ok(accuracies)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(usize::MAX, 1000)?;
    let (data, epochs) = (data.shuffled(1).take(300), arguments.choose(600, 300));
    let sets = [&data, &test];
    println!("{} training pictures, {} test pictures, {epochs} epochs", data.len(), test.len());
    let mut grid = Grid::new("Seven layers and 300 pictures").columns(3);
    for (name, [training, test]) in [
        ("nothing", train::<Plain>(0.0, sets, epochs)?),
        ("weight decay 0.1", train::<Plain>(0.1, sets, epochs)?),
        ("dropout 0.2", train::<Dropped>(0.0, sets, epochs)?),
    ] {
        let percent = |accuracies: &[f64]| 100.0 * accuracies.last().copied().unwrap_or(f64::NAN);
        let (known, unknown) = (percent(&training), percent(&test));
        println!("  {name:<17} training {known:>5.1} %   test {unknown:.1} %   gap {:.1}", known - unknown);
        grid = grid.panel(
            Curves::new(name)
                .axes("epoch", "accuracy")
                .curve("training", &training)
                .curve("test", &test)
                .between(0.0, 1.0),
        );
    }
    grid.save(arguments.picture("overfitting.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Learning by heart, and what helps", experiment)
}
