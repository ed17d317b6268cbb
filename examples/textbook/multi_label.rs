//! Several labels at once: which two garments lie somewhere in a picture.
//!
//!     cargo run --release --example multi_label
//!
//! Each label is a yes-or-no question of its own: ten sigmoids, binary cross-entropy, and precision and recall for each.

use std::error::Error;
use std::process::ExitCode;

use nn_core::data::{Augmented, Dataset, FASHION_CLASSES, Samples};
use nn_core::plot::{Bars, Picture, Pictures};
use nn_core::train::metric::{Confusion, Predictions};
use nn_core::{Adam, BinaryCrossEntropy, Trainer, network};
use nn_textbook::{Arguments, Noise, run};

network! {
    block look(channels) = conv(channels, 3, pad = same) -> bn -> relu -> pool(2);

    struct Wardrobe =
        [1, 40, 40] -> look(16) -> look(32) -> look(32) -> affine(64) -> bn -> relu -> affine(10) -> sigmoid;
}

const SIDE: usize = 40;
const LABELS: usize = FASHION_CLASSES.len();
const SHOWN: usize = 10;

/// Pictures of two garments of different classes, each anywhere: what lies over the other is the brighter.
fn pairs(data: &Dataset, count: usize, seed: u64) -> Result<Samples<f32, f32>, nn_core::Error> {
    let mut noise = Noise::new(seed);
    let (mut pixels, mut targets) = (vec![0.0_f32; count * SIDE * SIDE], vec![0.0; count * LABELS]);
    for (picture, targets) in pixels.chunks_exact_mut(SIDE * SIDE).zip(targets.chunks_exact_mut(LABELS)) {
        while targets.iter().sum::<f32>() < 2.0 {
            let index = noise.below(data.len());
            if targets[data.label(index)] > 0.0 {
                continue;
            }
            targets[data.label(index)] = 1.0;
            let corner = noise.below(SIDE - 27) * SIDE + noise.below(SIDE - 27);
            for (i, &byte) in data.image(index).iter().enumerate() {
                let place = &mut picture[corner + i / 28 * SIDE + i % 28];
                *place = place.max(f32::from(byte) / 255.0);
            }
        }
    }
    Samples::new(count, pixels, targets)
}

/// The garments that are told, and in brackets those that are overlooked.
fn caption(outputs: &[f32], targets: &[f32]) -> String {
    let labels = outputs.iter().zip(targets).zip(FASHION_CLASSES);
    let words = labels.filter_map(|((&output, &target), name)| match (output > 0.5, target > 0.5) {
        (true, _) => Some(name.to_owned()),
        (false, true) => Some(format!("({name})")),
        (false, false) => None,
    });
    words.collect::<Vec<_>>().join(", ")
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (train, test) = arguments.fashion(6000, 1000)?;
    let (train, test) = (pairs(&train, arguments.choose(60_000, 20_000), 1)?, pairs(&test, 1000, 2)?);
    let mut net = Wardrobe::new(1);
    let trainer = Trainer::new(Adam::new(0.001)).loss(BinaryCrossEntropy).epochs(arguments.choose(15, 6));
    let mut trainer = trainer.validation(&test).on_epoch(|_, epoch| {
        let right = 100.0 * epoch.accuracy().unwrap_or(0.0);
        println!(
            "epoch {:>2}: loss {:.4}, all ten answers right of {right:.1} % of the test pictures",
            epoch.epoch,
            epoch.loss()
        );
        Ok(())
    });
    trainer.fit(&mut net, &Augmented::new(&train, [1, SIDE, SIDE]).flip().shift(2))?;

    let seen = Predictions::of(&net, &test, 100)?;
    let answers = (0..LABELS).map(|label| seen.answers(label)).collect::<Result<Vec<_>, _>>()?;
    println!("\n{:>12}  precision  recall     F1", "");
    for (name, answers) in FASHION_CLASSES.iter().zip(&answers) {
        println!("{name:>12}  {:>9.3}  {:>6.3}  {:>5.3}", answers.precision(1), answers.recall(1), answers.f1(1));
    }
    let mean = answers.iter().map(|answers| answers.f1(1)).sum::<f64>() / LABELS as f64;
    println!("mean F1 {mean:.3}, area under the curve of all answers {:.3}", seen.auc_of_answers()?);

    let measure = |of: fn(&Confusion, usize) -> f64| answers.iter().map(|answers| of(answers, 1)).collect::<Vec<_>>();
    Bars::new("Two garments in a picture", FASHION_CLASSES)
        .bars("precision", &measure(Confusion::precision))
        .bars("recall", &measure(Confusion::recall))
        .save(arguments.picture("multi_label.svg")?)?;
    draw(&test, &seen, arguments)
}

fn draw(test: &Samples<f32, f32>, seen: &Predictions<f32, f32>, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    use nn_core::data::Source;
    let mut pixels = vec![0.0; SHOWN * SIDE * SIDE];
    test.gather(&(0..SHOWN).collect::<Vec<_>>(), &mut pixels)?;
    let answers = seen.outputs().chunks_exact(LABELS).zip(seen.targets().chunks_exact(LABELS));
    let pictures = pixels.chunks_exact(SIDE * SIDE).zip(answers).map(|(pixels, (outputs, targets))| {
        Picture::new(pixels.iter().copied(), [1, SIDE, SIDE]).caption(caption(outputs, targets))
    });
    Pictures::new("What is told, and what is overlooked (in brackets)")
        .columns(5)
        .scale(4)
        .pictures(pictures)
        .save(arguments.picture("multi_label.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Several labels: two garments in one picture", experiment)
}
