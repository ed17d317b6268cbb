//! Trains on pictures of clothes by several processes, and tells what sharing the work costs.
//!
//!     cargo build --release --example cluster
//!     mpirun -n 2 target/release/examples/cluster
//!     mpirun -n 2 target/release/examples/cluster network=resnet20 batch=64 samples=1000
//!
//! Settings are `network` (simple_conv, deep_conv, resnet20), `epochs`, `batch`, `samples`, `threads` of each process, `parts`,
//! `data` (a folder with Fashion-MNIST), `half=yes` for half precision, and `plain=yes` for no exchange at all.

mod networks;

use std::collections::HashMap;
use std::process::ExitCode;

use nn_core::data::{Samples, Source, fashion_mnist};
use nn_core::shape::Shape;
use nn_core::train::History;
use nn_core::train::callback::Lines;
use nn_core::{Adam, Error, Network, Trainer, shape};
use nn_mpi::Distributed;

use networks::{DeepConv, ResNet20, SimpleConv};

/// The pictures that ship with the repository.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/fashion-mnist");

/// What is set on the command line.
struct Settings(HashMap<String, String>);

impl Settings {
    fn text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.0.get(name).map_or(default, String::as_str)
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, String> {
        let text = self.0.get(name);
        text.map_or(Ok(default), |text| text.parse().map_err(|_| format!("{name}={text}: give a whole number")))
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = HashMap::new();
    for argument in std::env::args().skip(1) {
        let (name, value) =
            argument.split_once('=').ok_or_else(|| format!("{argument}: write settings as name=value"))?;
        settings.insert(name.to_owned(), value.to_owned());
    }
    let settings = Settings(settings);
    let mut cluster = Distributed::init()?;
    if let Some(parts) = settings.0.get("parts") {
        cluster = cluster.parts(parts.parse().map_err(|_| format!("parts={parts}: give a whole number"))?);
    }
    if settings.text("half", "no") == "yes" {
        cluster = cluster.half_precision();
    }
    let samples = settings.number("samples", usize::MAX)?;
    let clothes = || Ok::<_, Error>(fashion_mnist(settings.text("data", DATA))?.0.take(samples));
    match settings.text("network", "simple_conv") {
        "simple_conv" => train::<SimpleConv, _>(&cluster, &clothes()?, &settings, 100),
        "deep_conv" => train::<DeepConv, _>(&cluster, &clothes()?, &settings, 100),
        "resnet20" => train::<ResNet20, _>(&cluster, &noise(samples.min(2000))?, &settings, 32),
        other => Err(format!("network={other}: there are simple_conv, deep_conv and resnet20").into()),
    }
}

/// Random numbers in the shape of CIFAR-10's images.
fn noise(samples: usize) -> Result<Samples<f32, usize>, Error> {
    let inputs = (0..samples * 3072).map(|i| (i * 7919 % 10_007) as f32 / 10_007.0 - 0.5).collect();
    Samples::new(samples, inputs, (0..samples).map(|i| i * 31 % 10).collect())
}

/// Trains alone on as much as is one rank's, then with the others, and compares.
fn train<N, S>(
    cluster: &Distributed,
    data: &dyn Source<f32, Target = usize>,
    settings: &Settings,
    batch: usize,
) -> Result<(), Box<dyn std::error::Error>>
where
    S: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (S,), Outputs = (shape![10],)>,
{
    let (threads, batch) = (settings.number("threads", 1)?, settings.number("batch", batch)?);
    let epochs = settings.number("epochs", 3)?;
    let trainer = |batch| Trainer::<N>::new(Adam::new(5e-4)).batch_size(batch).threads(threads);
    if settings.text("plain", "no") == "yes" {
        let history = trainer(batch).epochs(epochs).fit(&mut N::new(1), data)?;
        println!("{} without an exchange, {threads} threads: {:.0} samples/s", N::NAME, fastest(&history));
        return Ok(());
    }
    let ranks = cluster.ranks();
    let share = Share { data, len: (data.len() / ranks).max(1) };
    let alone = fastest(&trainer((batch / ranks).max(1)).epochs(epochs.min(2)).fit(&mut N::new(1), &share)?);
    let before = cluster.waited();
    let history = trainer(batch).epochs(epochs).callback(Lines).over(cluster).fit(&mut N::new(1), data)?;
    let waited = (cluster.waited() - before).as_secs_f64();
    let (seconds, together): (f64, f64) = (history.iter().map(|epoch| epoch.seconds).sum(), fastest(&history));
    if cluster.rank() == 0 {
        println!("\n| network | ranks | batch | s/epoch | samples/s | efficiency | waiting |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        println!(
            "| {} | {ranks} | {batch} | {:.2} | {together:.0} | {:.0} % | {:.1} % |",
            N::NAME,
            data.len() as f64 / together,
            100.0 * together / (ranks as f64 * alone),
            100.0 * waited / seconds,
        );
    }
    Ok(())
}

/// Samples in a second, of the best epoch.
fn fastest(history: &History) -> f64 {
    history.iter().map(|epoch| epoch.samples_per_second).fold(0.0, f64::max)
}

/// As many samples as are one rank's.
struct Share<'d> {
    data: &'d dyn Source<f32, Target = usize>,
    len: usize,
}

impl Source<f32> for Share<'_> {
    type Target = usize;

    fn len(&self) -> usize {
        self.len
    }

    fn sample_len(&self) -> usize {
        self.data.sample_len()
    }

    fn targets_per_sample(&self) -> usize {
        self.data.targets_per_sample()
    }

    fn gather(&self, indices: &[usize], inputs: &mut [f32]) -> Result<(), Error> {
        self.data.gather(indices, inputs)
    }

    fn targets(&self, indices: &[usize], targets: &mut [usize]) -> Result<(), Error> {
        self.data.targets(indices, targets)
    }
}
