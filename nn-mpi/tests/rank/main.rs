//! One rank of the tests: `rank <folder> [name=value …]`. It leaves what it has found in `<folder>/<rank>`.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, abort, exit, id};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use std::{fs, thread};

use nn_core::data::{Samples, Source, Visit};
use nn_core::train::callback::Checkpoint;
use nn_core::train::exchange::GradientExchange;
use nn_core::{Adam, Error, Network, Real, Trainer, network};
use nn_mpi::Distributed;

network! {
    struct Net = [1, 6, 6] -> conv(5, 3) -> bn -> relu -> dropout(0.2) -> affine(8) -> tanh -> affine(3) -> softmax;
}

/// What the test asks for.
struct Settings(HashMap<String, String>);

impl Settings {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).map_or(default, |text| text.parse().expect("a number"))
    }
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let pairs = arguments
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.into(), value.into())).expect("name=value"));
    let settings = Settings(pairs.collect());
    let mut cluster = Distributed::init()?.parts(settings.number("parts", 4) as usize);
    cluster = cluster.time_limit(Duration::from_secs(settings.number("limit", 60)));
    if settings.text("half").is_some() {
        cluster = cluster.half_precision();
    }
    let found = match settings.text("sums") {
        Some(_) => sums::<f32>(&cluster)? + &sums::<f64>(&cluster)?,
        None => train(&cluster, Path::new(&folder), &settings)?,
    };
    fs::write(Path::new(&folder).join(cluster.rank().to_string()), found).expect("writable");
    Ok(())
}

/// Trains, and gives the bits of the parameters and of the losses.
fn train(cluster: &Distributed, folder: &Path, settings: &Settings) -> Result<String, Error> {
    let is_meant = settings.number("on", 1) == cluster.rank() as u64;
    let samples = 43 + u64::from(is_meant && settings.text("differs") == Some("data")) as usize;
    let inputs = (0..samples * 36).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect();
    let samples = Samples::new(samples, inputs, (0..samples).map(|i| i * 31 % 3).collect())?;
    let leaves = if is_meant { settings.number("leaves", u64::MAX) } else { u64::MAX };
    let data = Slow { samples, pause: settings.number("pause", 0), leaves, visits: AtomicU64::new(0) };
    if let Some(fate) = settings.text("fate").filter(|_| is_meant) {
        let (fate, after) = (fate.to_owned(), Duration::from_millis(settings.number("after", 0)));
        thread::spawn(move || {
            thread::sleep(after);
            meet(&fate);
        });
    }
    let mut net = Net::new(1 + cluster.rank() as u64);
    let seed = u64::from(is_meant && settings.text("differs") == Some("seed"));
    let checkpoint = folder.join("last.safetensors").display().to_string();
    let mut trainer = Trainer::new(Adam::new(0.01))
        .epochs(settings.number("epochs", 3) as usize)
        .batch_size(settings.number("batch", 10) as usize)
        .seed(seed)
        .threads(1)
        .validation(&data.samples)
        .callback(Checkpoint::every_steps(3, checkpoint))
        .over(cluster);
    if let Some(path) = settings.text("resume") {
        trainer.resume(path, &mut net)?;
    }
    let history = trainer.fit(&mut net, &data)?;
    let bits: Vec<u32> = net.block().iter().map(|x| x.to_bits()).collect();
    let losses: Vec<_> = history
        .last()
        .map(|last| (last.train_loss.to_bits(), last.validation_loss.map(f64::to_bits)))
        .into_iter()
        .collect();
    Ok(format!("{bits:?} {losses:?}"))
}

/// Ends this process, or stops it, in one of the ways in which a rank is lost.
fn meet(fate: &str) {
    let signal = |signal: &str| {
        let _ = Command::new("kill").args([signal, &id().to_string()]).status();
    };
    match fate {
        "kill" => signal("-KILL"),
        "stop" => signal("-STOP"),
        "abort" => abort(),
        "exit" => exit(0),
        "panic" => panic!("a fate"),
        other => unreachable!("{other}"),
    }
}

/// Samples that take their time, and fail at last.
struct Slow {
    samples: Samples<f32, usize>,
    /// Milliseconds for each part of a mini-batch.
    pause: u64,
    leaves: u64,
    visits: AtomicU64,
}

impl Source<f32> for Slow {
    type Target = usize;

    fn len(&self) -> usize {
        Source::<f32>::len(&self.samples)
    }

    fn sample_len(&self) -> usize {
        36
    }

    fn targets_per_sample(&self) -> usize {
        1
    }

    fn gather(&self, indices: &[usize], inputs: &mut [f32]) -> Result<(), Error> {
        self.samples.gather(indices, inputs)
    }

    fn gather_for(&self, visit: Visit, indices: &[usize], inputs: &mut [f32]) -> Result<(), Error> {
        thread::sleep(Duration::from_millis(self.pause));
        if self.visits.fetch_add(1, SeqCst) == self.leaves {
            return Err(Error::Empty { what: format!("the file of step {}", visit.step) });
        }
        self.samples.gather(indices, inputs)
    }

    fn targets(&self, indices: &[usize], targets: &mut [usize]) -> Result<(), Error> {
        Source::<f32>::targets(&self.samples, indices, targets)
    }
}

/// Adds up pieces of many lengths, several at a time, and compares with the tree.
fn sums<T: Real>(mut cluster: &Distributed) -> Result<String, Error> {
    // Numbers of very different sizes, so that another order gives other bits.
    let number = |rank: usize, i: usize| {
        let scale = [1e-6, 1.0, 1e3, 1e-3][(i + rank) % 4];
        T::from_f64(((i * 7919 + rank * 104_729) % 10_007) as f64 / 10_007.0 * scale - 0.3 * scale)
    };
    let piece = |rank: usize, len: usize| (0..len).map(|i| number(rank, i)).collect::<Vec<T>>();
    let lens = [0, 1, 2, 3, 257, 1000, 600_001, 5];
    for _ in 0..3 {
        for len in lens {
            cluster.start(&piece(cluster.rank(), len))?;
        }
        let mut few = vec![0.0; cluster.ranks()];
        few[cluster.rank()] = cluster.rank() as f64 + 0.5;
        GradientExchange::<T>::gather(&mut cluster, &mut few)?;
        assert!(few.iter().enumerate().all(|(rank, found)| *found == rank as f64 + 0.5), "{few:?}");
        for len in lens {
            let mut found = vec![T::ZERO; len];
            cluster.finish(&mut found)?;
            assert!(found == tree(&|rank| piece(rank, len), 0, cluster.ranks()), "{len} numbers");
        }
        let mut shared = piece(cluster.rank(), 300_000);
        cluster.share(&mut shared)?;
        assert!(shared == piece(0, 300_000));
    }
    Ok("right ".into())
}

fn tree<T: Real>(piece: &dyn Fn(usize) -> Vec<T>, first: usize, end: usize) -> Vec<T> {
    if end - first == 1 {
        return piece(first);
    }
    let middle = first + (end - first) / 2;
    let (left, right) = (tree(piece, first, middle), tree(piece, middle, end));
    left.into_iter().zip(right).map(|(a, b)| a + b).collect()
}
