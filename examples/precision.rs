//! What weights of fewer bits cost in accuracy and save in bytes, for a weights file of the network of `fashion`.
//!
//!     cargo run --release --example precision
//!     cargo run --release --example precision -- out/clothes.safetensors --data DIR

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use nn_core::data::fashion_mnist;
use nn_core::parameters::flatten;
use nn_core::weights::{Precision, round};
use nn_core::{CrossEntropy, Network, evaluate, network};
use nn_examples::location::Location;

network! {
    /// The network of `fashion`.
    struct Clothes = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// Pictures that are predicted together.
const BATCH: usize = 100;

/// Prints the accuracy and the size of a trained network for each precision that its weights can be stored in.
#[derive(Parser)]
struct Arguments {
    /// The weights: safetensors, plain or gz; those that ship with the examples unless given
    weights: Option<PathBuf>,
    /// Folder with Fashion-MNIST, where the system does not have it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

fn main() -> ExitCode {
    nn_examples::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/clothes.safetensors.gz");
    let trained = Clothes::load(arguments.weights.as_deref().unwrap_or(&shipped))?;
    let location = Location::find(arguments.data.clone());
    let (_, test) = fashion_mnist(location.folder())?;
    println!("data: {location}\n{} pictures to test with\n", test.len());
    println!("precision   accuracy       bytes   largest error of a weight");
    for (name, precision) in Precision::ALL {
        let mut net = trained.clone();
        let rounded = round(precision, &flatten(<Clothes as Network>::ENTRIES), net.block_mut())
            .ok_or_else(|| format!("a weight is too large for {name}"))?;
        let accuracy = evaluate(&net, &test, &CrossEntropy, BATCH)?.accuracy.unwrap_or(0.0);
        println!("{name:<9}  {:>7.2} %  {:>10}   {:.1e}", 100.0 * accuracy, rounded.bytes, rounded.largest_error);
    }
    Ok(())
}
