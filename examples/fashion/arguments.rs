//! What the command line says.

use std::path::PathBuf;

use clap::Parser;

/// Trains a small convolution network on Fashion-MNIST, saves it, loads it back and shows what it sees.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Folder with the four files of the data set, plain or gz [default: the full set where Debian's package
    /// dataset-fashion-mnist puts it, else the part that ships with the examples]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// How often to go through the training images
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub epochs: usize,

    /// Images per step
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub batch: usize,

    /// Adam's step size
    #[arg(long, value_name = "RATE", default_value_t = 0.001)]
    pub learning_rate: f64,

    /// Seed of the first weights and of the order of the images; equal seeds give equal networks
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Threads to work on; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Folder for the weights and the pictures, created if need be
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
}
