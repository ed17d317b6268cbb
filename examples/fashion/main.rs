//! Trains a small convolution network on pictures of clothes, saves it, loads it back and shows what it sees.
//!
//!     cargo run --release --example fashion
//!     cargo run --release --example fashion -- --help

mod arguments;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use nn_core::data::{Dataset, Layout, fashion_mnist};
use nn_core::{Adam, Batch, CrossEntropy, Network, Trainer, argmax, evaluate, network, shape};
use nn_examples::contact_sheet;
use nn_examples::location::Location;
use nn_examples::picture::Picture;
use nn_examples::terminal::{self, Style};

use arguments::Arguments;

network! {
    /// The textbook's convolution network: a 28×28 grey picture in, ten probabilities out.
    pub struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// A picture as the network takes it.
type Image = shape![1, 28, 28];

/// The first test pictures are shown, as many as this,
const FIRST: usize = 15;
/// and the first that the network gets wrong.
const WRONG: usize = 5;

fn main() -> ExitCode {
    nn_examples::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    // Before the training, so that a folder that cannot be written to costs no time.
    let out = &arguments.out;
    std::fs::create_dir_all(out)
        .map_err(|error| format!("cannot create the folder {}: {error}; give another with --out", out.display()))?;

    if let Some(threads) = arguments.threads {
        // For everything, not the training alone.
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
            .map_err(|error| format!("cannot start {threads} threads: {error}; ask for fewer with --threads"))?;
    }

    let location = Location::find(arguments.data.clone());
    let (train, test) = fashion_mnist(location.folder())?;
    println!("data: {location}\n      {} pictures to learn from, {} to test with\n", train.len(), test.len());
    println!("{}\n", Clothes::summary());

    let mut net = Clothes::new(arguments.seed);
    train_network(&mut net, &train, &test, arguments)?;

    let path = out.join("clothes.safetensors");
    let loaded = save_and_load(&net, &path, &test)?;
    show(&loaded, &test, &out.join("clothes.png"))
}

fn train_network(
    net: &mut Clothes,
    train: &Dataset,
    test: &Dataset,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    let history = Trainer::new(Adam::new(arguments.learning_rate))
        .epochs(arguments.epochs)
        .batch_size(arguments.batch)
        .seed(arguments.seed)
        .validation(test)
        .progress()
        .fit(net, train)?;

    let seconds: f64 = history.iter().map(|epoch| epoch.seconds).sum();
    println!(
        "\n{seconds:.1} s of training. The lines above say what was measured while the network was learning; after it:"
    );
    for (name, data) in [("train", train), ("test", test)] {
        let result = evaluate(net, data, &CrossEntropy, arguments.batch)?;
        let right = 100.0 * result.accuracy.unwrap_or_default();
        println!("{name:>5}: {right:.2} % right, loss {:.4}", result.loss);
    }
    Ok(())
}

/// Saves the network, and returns another one, loaded from the file, that predicts the same.
fn save_and_load(net: &Clothes, path: &Path, test: &Dataset) -> Result<Clothes, Box<dyn Error>> {
    net.save(path)?;
    let loaded = Clothes::load(path)?;

    let all: Vec<usize> = (0..test.len()).collect();
    let pictures = gather(test, &all)?;
    if net.predict(&pictures)? != loaded.predict(&pictures)? {
        return Err(
            format!("the network loaded from {} does not predict what the saved one did", path.display()).into()
        );
    }
    println!("\nsaved to {}; loaded into a fresh network, it predicts the same to the last bit", path.display());
    Ok(loaded)
}

/// Shows what the network makes of test pictures: a few in the terminal, more on a contact sheet.
fn show(net: &Clothes, test: &Dataset, path: &Path) -> Result<(), Box<dyn Error>> {
    let all: Vec<usize> = (0..test.len()).collect();
    let outputs = net.predict(&gather(test, &all)?)?;
    let name = |class| test.class_name(class).unwrap_or("?");
    let pictures: Vec<Picture> = (all.iter().zip(outputs.iter()))
        .map(|(&index, probabilities)| {
            let predicted = argmax(probabilities);
            Picture {
                index,
                pixels: test.image(index),
                predicted: name(predicted),
                probability: probabilities[predicted],
                class: name(test.label(index)),
            }
        })
        .collect();
    let first = pictures.iter().take(FIRST);
    let wrong = pictures.iter().skip(FIRST).filter(|picture| !picture.is_right()).take(WRONG);

    let few: Vec<Picture> = first.clone().take(2).chain(wrong.clone().take(2)).copied().collect();
    println!("\nTwo test pictures, and two that it gets wrong:\n");
    print!("{}", terminal::render(&few, Style::of_stdout(), terminal::width()));

    let more: Vec<Picture> = first.chain(wrong).copied().collect();
    contact_sheet::save(path, &more)
        .map_err(|error| format!("cannot write {}: {error}; give another folder with --out", path.display()))?;
    println!("More of them: {}", path.display());
    Ok(())
}

/// Pictures as the network takes them.
fn gather(data: &Dataset, indices: &[usize]) -> Result<Batch<Image>, nn_core::Error> {
    let mut batch = Batch::zeros(indices.len());
    data.gather_images(indices, Layout::ChannelsFirst, batch.as_mut_slice())?;
    Ok(batch)
}
