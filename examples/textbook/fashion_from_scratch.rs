//! A network of two layers on Fashion-MNIST, from the gradient check to settings found by search.
//!
//!     cargo run --release -p nn-textbook --example fashion_from_scratch
//!
//! The textbook's 784-128-10: all pictures at once against mini-batches, SGD against Adam, five epochs each. Then a search, on pictures
//! held back from the training set, for what does better in as many epochs.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::{Dataset, Layout, MiniBatch, Order};
use nn_core::plot::Curves;
use nn_core::train::schedule::{Every, OneCycle};
use nn_core::train::search::{Search, Space, Trial};
use nn_core::{
    Adam, AdamW, Batch, CrossEntropy, Error as NnError, GradientCheck, Network, Optimizer, Sgd, Trainer, Training,
    evaluate, network, shape,
};
use nn_textbook::{Arguments, run};

network! {
    struct Clothes = [1, 28, 28] -> affine(128) -> relu -> affine(10) -> softmax;
}

const EPOCHS: usize = 5;

/// Compares the gradients of some pictures with differences of the loss, in double precision.
fn check(data: &Dataset) -> Result<(), NnError> {
    let mut pictures = Batch::<shape![1, 28, 28], f64>::zeros(3);
    data.gather_images(&[0, 1, 2], Layout::ChannelsFirst, pictures.as_mut_slice())?;
    let labels: Vec<usize> = data.labels().take(3).collect();
    let net = Clothes::<f64>::new(1);
    for difference in GradientCheck::new().at_most(1000).network(&net, &pictures, &CrossEntropy, &labels)? {
        println!("  {:<16} analytic and numerical gradient differ by {:.1e}", difference.label, difference.relative);
    }
    Ok(())
}

/// Trains for five epochs, and gives the cost of each step, by the share of the epochs that is done.
fn train(
    name: &str,
    optimizer: &mut Optimizer,
    batch_size: usize,
    [data, test]: [&Dataset; 2],
) -> Result<Vec<(f64, f64)>, NnError> {
    let start = Instant::now();
    let mut net = Clothes::new(1);
    let (mut training, mut batch) = (Training::new(batch_size), MiniBatch::new(batch_size));
    let mut order = Order::new(data.len(), 1);
    let mut costs = Vec::new();
    for epoch in 0..EPOCHS {
        order.shuffle(epoch as u64);
        let mut batches = order.batches(batch_size);
        let mut seen = 0;
        while let Some(indices) = batches.next() {
            batch.gather(data, indices)?;
            seen += indices.len();
            let cost = training.loss_and_gradients_of(&net, &batch, &CrossEntropy)?;
            costs.push((epoch as f64 + seen as f64 / data.len() as f64, cost.into()));
            training.step(&mut net, optimizer)?;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    report(name, &net, [data, test], seconds)?;
    Ok(costs)
}

/// Prints the accuracies of a network that took so long to train.
fn report(name: &str, net: &Clothes, [data, test]: [&Dataset; 2], seconds: f64) -> Result<(), NnError> {
    let percent =
        |data| Ok::<_, NnError>(100.0 * evaluate(net, data, &CrossEntropy, 1000)?.accuracy.unwrap_or(f64::NAN));
    println!("  {name:<32} training {:.1} %   test {:.1} %   {seconds:.1} s", percent(data)?, percent(test)?);
    Ok(())
}

/// What the search may choose.
fn space() -> Space {
    Space::new()
        .log_uniform("rate", 5e-4..1e-2)
        .log_uniform("decay", 1e-4..1e-1)
        .choice("batch", ["32", "64", "128", "256"])
        .choice("schedule", ["constant", "one cycle"])
}

/// Trains with what a trial says; `threads` are those that train.
fn train_trial(trial: &Trial, data: &Dataset, threads: usize) -> Result<Clothes, NnError> {
    let batch_size = trial.choice("batch")?.parse().expect("the choices are numbers");
    let optimizer = AdamW::new(trial.number("rate")?).weight_decay(trial.number("decay")?);
    let mut trainer = Trainer::new(optimizer).epochs(EPOCHS).batch_size(batch_size).seed(1).threads(threads);
    if trial.choice("schedule")? == "one cycle" {
        let steps = data.len().div_ceil(batch_size) * EPOCHS;
        trainer = trainer.schedule(Every::Step, OneCycle::new(steps as u64));
    }
    let mut net = Clothes::new(1);
    trainer.fit(&mut net, data)?;
    Ok(net)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(usize::MAX, usize::MAX)?;
    let sets = [&data, &test];
    println!("784-128-10, {} training and {} test pictures, {EPOCHS} epochs", data.len(), test.len());
    check(&data)?;

    let all = data.len();
    let curves = Curves::new("784-128-10: cost by how it is trained")
        .axes("epoch", "cross-entropy")
        .points("all at once, SGD 0.1", &train("all at once, SGD 0.1", &mut Sgd::new(0.1), all, sets)?)
        .points("batches of 512, SGD 0.1", &train("batches of 512, SGD 0.1", &mut Sgd::new(0.1), 512, sets)?)
        .points("of 128, Adam 0.0005", &train("batches of 128, Adam 0.0005", &mut Adam::new(5e-4), 128, sets)?);

    let (trials, threads) = (arguments.choose(40, 12), std::thread::available_parallelism()?.get());
    let (learnt, held_back) = data.clone().shuffled(2).split(0.85)?;
    let searched = Search::random(space(), trials).seed(1).threads(threads).maximise().run(|trial| {
        let net = train_trial(trial, &learnt, 1)?;
        Ok(evaluate(&net, &held_back, &CrossEntropy, 1000)?.accuracy.unwrap_or(f64::NAN))
    })?;
    println!("\nA search over {trials} settings, judged on {} pictures held back:\n{searched}", held_back.len());
    let best = searched.best().ok_or("no trial ended with finite numbers")?;
    let start = Instant::now();
    let net = train_trial(&best.trial, &data, threads)?;
    report("the best of them, on all", &net, sets, start.elapsed().as_secs_f64())?;
    curves.smoothed(9).between(0.0, 2.5).save(arguments.picture("fashion_from_scratch.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("A network of two layers from scratch", experiment)
}
