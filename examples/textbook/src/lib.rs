//! What the experiments share: their command line, their data, and numbers that look random.

pub mod bleu;
pub mod captions;
pub mod scenes;

use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use nn_core::data::{Dataset, MiniBatch, Order, fashion_mnist};
use nn_core::parameters::{Role, flatten};
use nn_core::{CrossEntropy, Network, Optimizer, Training, shape};
use nn_examples::location::Location;

/// What every experiment takes.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// All pictures and steps, as in the textbook; else so few that two cores are done within two minutes
    #[arg(long)]
    pub full: bool,

    /// Folder with the four files of Fashion-MNIST [default: the full set where Debian's package dataset-fashion-mnist puts
    /// it, else the part that ships with the examples]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Folder for the pictures, created if need be
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
}

impl Arguments {
    /// One number in the long run, another in the short one.
    pub fn choose<T>(&self, full: T, short: T) -> T {
        if self.full { full } else { short }
    }

    /// Fashion-MNIST: training and test pictures, at most so many of each in the short run.
    ///
    /// # Errors
    ///
    /// When the files are missing or damaged.
    pub fn fashion(&self, train: usize, test: usize) -> Result<(Dataset, Dataset), nn_core::Error> {
        let location = Location::find(self.data.clone());
        let (all, all_test) = fashion_mnist(location.folder())?;
        Ok(self.choose((all.clone(), all_test.clone()), (all.shuffled(1).take(train), all_test.take(test))))
    }

    /// Where a picture goes; says so.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn picture(&self, name: &str) -> Result<PathBuf, std::io::Error> {
        let path = self.file(name)?;
        println!("drawn: {}", path.display());
        Ok(path)
    }

    /// Where another file goes.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn file(&self, name: &str) -> Result<PathBuf, std::io::Error> {
        fs::create_dir_all(&self.out)?;
        Ok(self.out.join(name))
    }
}

/// Runs an experiment, says how long it took, and ends the program: an error is one line that says what to do.
pub fn run(about: &str, experiment: impl FnOnce(&Arguments) -> Result<(), Box<dyn Error>>) -> ExitCode {
    let arguments = Arguments::parse();
    println!("{about}{}\n", arguments.choose("", " (short run: fewer pictures or steps; --full for all)"));
    let start = Instant::now();
    let result = experiment(&arguments).map_err(|error| -> Box<dyn Display> { Box::new(error.to_string()) });
    if result.is_ok() {
        println!("{:.1} s", start.elapsed().as_secs_f64());
    }
    nn_examples::exit(result)
}

/// Draws all weights anew, with the deviation that is given for their count of inputs, always the same way; biases become zero.
pub fn start_weights<N: Network<Scalar = f32>>(net: &mut N, deviation: impl Fn(usize) -> f64) {
    let mut noise = Noise::new(7);
    for segment in flatten(N::ENTRIES) {
        let deviation = match segment.role {
            Role::Weight { fan_in, .. } => deviation(fan_in),
            Role::Bias => 0.0,
            _ => continue,
        };
        for parameter in &mut net.block_mut()[segment.range()] {
            *parameter = (deviation * noise.normal()) as f32;
        }
    }
}

/// Trains for so many steps, and gives the loss of each.
///
/// # Errors
///
/// When the data do not suit the network.
pub fn losses<N>(
    net: &mut N,
    optimizer: &mut Optimizer,
    data: &Dataset,
    batch_size: usize,
    steps: usize,
) -> Result<Vec<f64>, nn_core::Error>
where
    N: Network<Scalar = f32, Inputs = (shape![1, 28, 28],), Outputs = (shape![10],)>,
{
    let (mut training, mut batch) = (Training::new(batch_size), MiniBatch::new(batch_size));
    let mut order = Order::new(data.len(), 1);
    let mut losses = Vec::new();
    for epoch in 1.. {
        order.shuffle(epoch);
        let mut batches = order.batches(batch_size);
        while let Some(indices) = batches.next() {
            if losses.len() == steps {
                return Ok(losses);
            }
            batch.gather(data, indices)?;
            losses.push(training.loss_and_gradients_of(net, &batch, &CrossEntropy)?.into());
            training.step(net, optimizer)?;
        }
    }
    Ok(losses)
}

/// Numbers that look random, the same on every machine (Steele, Lea and Flood's SplitMix64, 2014).
#[derive(Clone, Debug)]
pub struct Noise(u64);

impl Noise {
    /// Others for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1, each as likely.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Below `count`, each as likely.
    pub fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// With mean 0 and deviation 1 (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}
