//! Learning with all that is usual around it: early stopping, the best checkpoint, a falling rate, a confusion matrix, curves.
//!
//!     cargo run --release -p nn-textbook --example learning

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use nn_core::data::{FASHION_CLASSES, fashion_mnist};
use nn_core::plot::Curves;
use nn_core::train::callback::{Checkpoint, EarlyStopping};
use nn_core::train::metric::Predictions;
use nn_core::train::schedule::{Every, Exponential};
use nn_core::{AdamW, Trainer, network};
use nn_examples::location::Location;

network! {
    /// A small dense network, which learns so fast that it soon knows the training pictures by heart.
    struct Clothes = [1, 28, 28] -> affine(64) -> relu -> affine(10) -> softmax;
}

fn main() -> ExitCode {
    nn_examples::exit(run(Path::new("out")))
}

fn run(out: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(out)?;
    let (train, test) = fashion_mnist(Location::find(None).folder())?;
    let mut net = Clothes::new(1);
    let history = Trainer::new(AdamW::new(0.003))
        .epochs(30)
        .validation(&test)
        .schedule(Every::Epoch, Exponential::new(0.9))
        .callback(EarlyStopping::new(3))
        .callback(Checkpoint::best(out.join("best.safetensors").display().to_string()))
        .progress()
        .fit(&mut net, &train)?;
    println!("{}", Predictions::of(&net, &test, 100)?.confusion()?.named(FASHION_CLASSES));
    let curves = Curves::new("Fashion-MNIST").axes("epoch", "loss").curve("training", &history.train_losses());
    curves.curve("test", &history.validation_losses()).save(out.join("learning.svg"))?;
    Ok(())
}
