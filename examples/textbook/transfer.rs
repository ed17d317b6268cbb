//! What was learnt from eight kinds of clothes, for two others of which there are few pictures.
//!
//!     cargo run --release -p nn-textbook --example transfer
//!
//! A convolution network learns eight kinds from thousands of pictures. Then it tells coats from shirts, which are the hardest to tell
//! apart, from a hundred pictures of each: from scratch; with the layers before its head as they are; and with all layers, those before the head
//! at a smaller rate. Five seeds each.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::{Dataset, FASHION_CLASSES};
use nn_core::plot::Bars;
use nn_core::train::Group;
use nn_core::{Adam, CrossEntropy, Network, Trainer, evaluate, network};
use nn_textbook::{Arguments, run};

/// The kinds that there are few pictures of: coats and shirts.
const FEW: [usize; 2] = [4, 6];
const SEEDS: u64 = 5;

network! {
    /// What both networks share: their layers before the head.
    block features =
        conv(16, 3, pad = 1) -> relu -> pool(2) -> conv(32, 3, pad = 1) -> relu -> pool(2)
        -> conv(64, 3, pad = 1) -> relu -> pool(2);

    block classify(classes) = affine(64) -> relu -> affine(classes);

    struct Eight = [1, 28, 28] -> trunk: features -> head: classify(8) -> softmax;
    struct Two = [1, 28, 28] -> trunk: features -> head: classify(2) -> softmax;
}

/// How the network for two kinds comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Scratch,
    HeadOnly,
    FineTuned,
}

impl Way {
    const ALL: [Self; 3] = [Self::Scratch, Self::HeadOnly, Self::FineTuned];

    fn name(self) -> &'static str {
        match self {
            Self::Scratch => "from scratch",
            Self::HeadOnly => "head only",
            Self::FineTuned => "fine-tuned",
        }
    }
}

/// A network for two kinds with the trunk of the one for eight.
fn grafted(trained: &Eight, seed: u64) -> Two {
    let mut net = Two::new(seed);
    let [from, to] = [trained.parameters().trunk().range(), net.parameters().trunk().range()];
    net.block_mut()[to].copy_from_slice(&trained.block()[from]);
    net
}

/// The accuracy on test pictures, and the milliseconds of an epoch.
fn adapt(way: Way, trained: &Eight, seed: u64, [few, test]: [&Dataset; 2]) -> Result<[f64; 2], nn_core::Error> {
    const EPOCHS: usize = 30;
    let few = few.clone().shuffled(seed);
    let trainer = Trainer::new(Adam::new(0.001)).batch_size(20).epochs(EPOCHS).seed(seed);
    let (mut net, mut trainer) = match way {
        Way::Scratch => (Two::new(seed), trainer),
        Way::HeadOnly => (grafted(trained, seed), trainer.freeze("trunk")),
        Way::FineTuned => (grafted(trained, seed), trainer.group("trunk", Group { rate: 0.3, ..Group::default() })),
    };
    let start = Instant::now();
    trainer.fit(&mut net, &few)?;
    let epoch = start.elapsed().as_secs_f64() * 1e3 / EPOCHS as f64;
    let accuracy = evaluate(&net, test, &CrossEntropy, 500)?.accuracy.unwrap_or(f64::NAN);
    Ok([accuracy, epoch])
}

/// The first so many pictures of each of two classes.
fn first_of_each(data: &Dataset, count: usize, seed: u64) -> Result<Dataset, nn_core::Error> {
    let data = data.clone().shuffled(seed);
    let (mut bytes, mut labels) = (Vec::new(), Vec::new());
    for class in 0..2 {
        let images = (0..data.len()).filter(|&image| data.label(image) == class).take(count);
        for image in images {
            bytes.extend_from_slice(data.image(image));
            labels.push(class);
        }
    }
    Dataset::new(bytes, data.shape(), labels, 2)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(20_000, usize::MAX)?;
    let others: Vec<usize> = (0..10).filter(|class| !FEW.contains(class)).collect();
    let many = data.of_classes(&others)?;
    let mut trained = Eight::new(1);
    let epochs = arguments.choose(10, 4);
    Trainer::new(Adam::new(0.001)).epochs(epochs).batch_size(100).progress().fit(&mut trained, &many)?;
    let accuracy = evaluate(&trained, &test.of_classes(&others)?, &CrossEntropy, 500)?.accuracy.unwrap_or(f64::NAN);
    println!("eight kinds, {} pictures, {epochs} epochs: {:.1} % of the test pictures", many.len(), 100.0 * accuracy);

    let (few, test) = (data.of_classes(&FEW)?, test.of_classes(&FEW)?);
    let [one, other] = FEW.map(|class| FASHION_CLASSES[class]);
    println!("{one} or {other}, a hundred pictures of each, {SEEDS} seeds:");
    let mut means = Vec::new();
    for way in Way::ALL {
        let (mut accuracies, mut fastest) = (Vec::new(), f64::INFINITY);
        for seed in 1..=SEEDS {
            let [accuracy, epoch] = adapt(way, &trained, seed, [&first_of_each(&few, 100, seed)?, &test])?;
            accuracies.push(100.0 * accuracy);
            fastest = fastest.min(epoch);
        }
        let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
        let least = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
        let most = accuracies.iter().copied().fold(0.0, f64::max);
        println!("  {:<13} {mean:.1} % ({least:.1} to {most:.1})   {fastest:.1} ms an epoch", way.name());
        means.push(mean);
    }
    let names = Way::ALL.map(Way::name);
    let bars =
        Bars::new("Coat or shirt, from a hundred pictures of each", names).unit("%").bars("test pictures", &means);
    bars.save(arguments.picture("transfer.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("From eight kinds of clothes to two others", experiment)
}
