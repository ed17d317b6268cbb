//! Random search for a learning rate and a weight decay, and a second round near the best of the first.
//!
//!     cargo run --release -p nn-textbook --example hyperparameters
//!
//! Both are drawn log-uniformly; a fifth of 500 pictures is held back to judge by, as in the textbook.

use std::error::Error;
use std::ops::Range;
use std::process::ExitCode;

use nn_core::data::Dataset;
use nn_core::train::search::{Report, Search, Space};
use nn_core::{CrossEntropy, Sgd, Trainer, evaluate, network};
use nn_textbook::{Arguments, run};

network! {
    struct Clothes = [1, 28, 28] -> 6 * (affine(100) -> relu) -> affine(10) -> softmax;
}

/// A round of trials within these ranges.
fn search(
    rates: Range<f64>,
    decays: Range<f64>,
    trials: usize,
    epochs: usize,
    [learnt, held_back]: [&Dataset; 2],
) -> Result<Report, Box<dyn Error>> {
    let space = Space::new().log_uniform("rate", rates).log_uniform("decay", decays);
    let threads = std::thread::available_parallelism()?.get();
    Ok(Search::random(space, trials).seed(1).threads(threads).maximise().run(|trial| {
        let mut net = Clothes::new(1);
        let sgd = Sgd::new(trial.number("rate")?).weight_decay(trial.number("decay")?);
        Trainer::new(sgd).epochs(epochs).threads(1).fit(&mut net, learnt)?;
        Ok(evaluate(&net, held_back, &CrossEntropy, 1000)?.accuracy.unwrap_or(f64::NAN))
    })?)
}

/// The range that the best fifth of the trials lie in.
fn narrowed(report: &Report, name: &str) -> Result<Range<f64>, nn_core::Error> {
    let best = report.iter().take(report.iter().len().div_ceil(5).max(2));
    let values = best.map(|outcome| outcome.trial.number(name)).collect::<Result<Vec<_>, _>>()?;
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0), |(low, high), &value| (value.min(low), value.max(high)));
    // A little wider: the best may lie beyond them.
    Ok(low / 1.5..high * 1.5)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(usize::MAX, usize::MAX)?;
    let (learnt, held_back) = data.shuffled(1).take(500).split(0.8)?;
    let (trials, epochs) = arguments.choose((100, 100), (30, 50));
    println!("Seven layers; {} pictures to learn from, {} to judge by, {epochs} epochs", learnt.len(), held_back.len());
    let sets = [&learnt, &held_back];
    let first = search(1e-6..1.0, 1e-8..1e-1, trials, epochs, sets)?;
    println!("\nFirst round\n{first}");
    let (rates, decays) = (narrowed(&first, "rate")?, narrowed(&first, "decay")?);
    println!(
        "Second round: rate from {:.2e} to {:.2e}, decay from {:.2e} to {:.2e}",
        rates.start, rates.end, decays.start, decays.end
    );
    let second = search(rates, decays, trials / 2, epochs, sets)?;
    println!("{second}");
    first.plot("First round").save(arguments.picture("hyperparameters_first.png")?)?;
    second.plot("Second round").save(arguments.picture("hyperparameters_second.png")?)?;

    let best = second.best().ok_or("no trial ended with finite numbers")?;
    let mut net = Clothes::new(1);
    let sgd = Sgd::new(best.trial.number("rate")?).weight_decay(best.trial.number("decay")?);
    Trainer::new(sgd).epochs(epochs).fit(&mut net, &learnt)?;
    let accuracy = evaluate(&net, &test, &CrossEntropy, 1000)?.accuracy.unwrap_or(f64::NAN);
    println!("The best: {:.1} % of the test pictures right", 100.0 * accuracy);
    Ok(())
}

fn main() -> ExitCode {
    run("Settings found by random search", experiment)
}
