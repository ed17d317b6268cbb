//! How fast the networks of the side-by-side learn and predict on this machine.
//!
//!     cargo run --release --example bench
//!     cargo run --release --example bench -- --net simple_conv --threads 1 --seconds 4
//!
//! Prints a line for each network:
//!
//!     simple_conv threads=1 train 31000 samples/s infer b1 9.1 us, b256 120000 samples/s
//!
//! A training step gathers a random mini-batch from all images, held in memory, runs it forward and backward, and lets
//! Adam move the parameters. Predictions are of random numbers: the median time of one sample, and how many are
//! predicted in a second, 256 at a time. `compare.py`, beside this file, runs the same networks in other
//! frameworks as well.

mod measure;
mod memory;
mod networks;
mod noise;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use measure::{Failure, Rates, Samples};
use networks::{Food, SUBJECTS, Subject};
use nn_core::__private::exec::threads;
use nn_core::data::{Dataset, fashion_mnist};
use nn_examples::location::Location;
use noise::Noise;

/// Measures how fast networks learn and predict.
#[derive(Parser)]
struct Arguments {
    /// Measure this network; may be given several times [default: all of them]
    #[arg(long, value_name = "NAME", value_parser = names())]
    net: Vec<String>,
    /// Threads to work on [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// How long to train each network; predictions take as long again
    #[arg(long, value_name = "S", default_value = "4", value_parser = seconds)]
    seconds: Duration,
    /// Also say how much memory training takes beyond the program and its data
    #[arg(long)]
    memory: bool,
    /// Folder with Fashion-MNIST, where the system does not have it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(SUBJECTS.iter().map(|subject| subject.name))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() && seconds <= 86_400.0 => Ok(time),
        _ => Err("expected more than 0 and at most 86400".into()),
    }
}

fn main() -> ExitCode {
    nn_examples::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let wanted = |subject: &&Subject| arguments.net.is_empty() || arguments.net.iter().any(|name| name == subject.name);
    let subjects: Vec<&Subject> = SUBJECTS.iter().filter(wanted).collect();
    let needs = |food| subjects.iter().any(|subject| subject.food == food);
    let clothes = if needs(Food::Clothes) { Some(clothes(arguments.data.clone())?) } else { None };
    let noise = if needs(Food::Noise) { Some(Noise::new(1).samples(2048, 3 * 32 * 32)?) } else { None };

    nn_core::on_threads(arguments.threads.map(usize::from), || {
        for subject in subjects {
            let samples = match subject.food {
                Food::Clothes => clothes.as_ref().map(|clothes| -> Samples<'_> { clothes }),
                Food::Noise => noise.as_ref().map(|noise| -> Samples<'_> { noise }),
            };
            let Some(samples) = samples else { continue };
            show(subject.name, &(subject.measure)(samples, subject.batch, arguments.seconds)?, arguments.memory)?;
        }
        Ok(())
    })?
}

/// Prints the line of a network.
fn show(name: &str, rates: &Rates, memory: bool) -> Result<(), Failure> {
    let memory = rates.memory.filter(|_| memory).map(|bytes| bytes as f64 / 1e6);
    println!(
        "{name} threads={} train {:.0} samples/s infer b1 {:.1} us, b256 {:.0} samples/s{}",
        threads(),
        rates.learnt,
        rates.latency.as_secs_f64() * 1e6,
        rates.predicted,
        memory.map_or(String::new(), |megabytes| format!(", training takes {megabytes:.1} MB"))
    );
    Ok(std::io::stdout().flush()?)
}

/// The training images.
fn clothes(folder: Option<PathBuf>) -> Result<Dataset, Failure> {
    let location = Location::find(folder);
    let (train, _) = fashion_mnist(location.folder())?;
    if let Location::Shipped(_) = location {
        // They all fit the cache of a large machine, which the full set does not.
        eprintln!("note: learning from {} images only: {location}", train.len());
    }
    Ok(train)
}
