//! All optimizers on the same network: four hidden layers of 100, mini-batches of 128.
//!
//!     cargo run --release -p nn-textbook --example optimizer_comparison
//!
//! Every one starts from the same weights and sees the same pictures in the same order.

use std::error::Error;
use std::process::ExitCode;

use nn_core::plot::Curves;
use nn_core::train::optimizer::{AdaGrad, Lion, Nesterov, RAdam, RmsProp};
use nn_core::{Adam, AdamW, CrossEntropy, Momentum, Optimizer, Sgd, evaluate, network};
use nn_textbook::{Arguments, losses, run};

network! {
    struct Clothes = [1, 28, 28] -> 4 * (affine(100) -> relu) -> affine(10) -> softmax;
}

fn optimizers() -> [(&'static str, Box<Optimizer>); 9] {
    [
        ("SGD 0.01", Box::new(Sgd::new(0.01))),
        ("momentum 0.01", Box::new(Momentum::new(0.01, 0.9))),
        ("Nesterov 0.01", Box::new(Nesterov::new(0.01, 0.9))),
        ("AdaGrad 0.01", Box::new(AdaGrad::new(0.01))),
        ("RMSProp 0.001", Box::new(RmsProp::new(0.001))),
        ("Adam 0.001", Box::new(Adam::new(0.001))),
        ("AdamW 0.001", Box::new(AdamW::new(0.001))),
        ("RAdam 0.001", Box::new(RAdam::new(0.001))),
        ("Lion 0.0001", Box::new(Lion::new(0.0001))),
    ]
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, test) = arguments.fashion(usize::MAX, usize::MAX)?;
    let steps = arguments.choose(2000, 1000);
    println!("{steps} steps; the loss is the mean of the last fifty");
    let mut curves = Curves::new("784-100-100-100-100-10, batches of 128").axes("step", "cross-entropy");
    for (name, mut optimizer) in optimizers() {
        let mut net = Clothes::new(1);
        let losses = losses(&mut net, &mut optimizer, &data, 128, steps)?;
        let last = losses.iter().rev().take(50).sum::<f64>() / 50.0;
        let accuracy = 100.0 * evaluate(&net, &test, &CrossEntropy, 1000)?.accuracy.unwrap_or(f64::NAN);
        println!("  {name:<14} loss {last:.3}   {accuracy:.1} % of the test pictures right");
        curves = curves.curve(name, &losses);
    }
    curves.smoothed(51).between(0.0, 1.5).save(arguments.picture("optimizer_comparison.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Nine optimizers on one network", experiment)
}
