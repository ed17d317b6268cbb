//! Sixty layers one after the other, and the same with a way around every two of them.
//!
//!     cargo run --release -p nn-textbook --example shortcuts
//!
//! The losses of their steps are drawn: without shortcuts the deep network learns worse than with them, though it could represent the
//! same (He et al., 2015).

use std::error::Error;
use std::process::ExitCode;

use nn_core::plot::Curves;
use nn_core::{Momentum, network};
use nn_textbook::{Arguments, losses, run};

network! {
    const CHANNELS = 16;

    /// Normalised, so that neither network fails for the size of its numbers alone.
    block two =
        conv(CHANNELS, 3, pad = 1, bias = false) -> bn -> relu -> conv(CHANNELS, 3, pad = 1, bias = false) -> bn;

    /// Each picture becomes 7 × 7 pixels first.
    block stem = conv(CHANNELS, 4, stride = 4, bias = false) -> bn -> relu;

    struct Plain = [1, 28, 28] -> stem -> 29 * (two -> relu) -> global_avg_pool -> affine(10) -> softmax;
    struct Residual = [1, 28, 28] -> stem -> 29 * (residual(two) -> relu) -> global_avg_pool -> affine(10) -> softmax;
}

/// The mean of each loss and those before it, of which there are at most so many.
fn smooth(losses: &[f64], over: usize) -> Vec<f64> {
    let window = |end: usize| &losses[end.saturating_sub(over)..end];
    (1..=losses.len()).map(|end| window(end).iter().sum::<f64>() / window(end).len() as f64).collect()
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (data, _) = arguments.fashion(10_000, 100)?;
    let steps = arguments.choose(2000, 300);
    println!("{} training pictures, {steps} steps with 64 of them", data.len());
    let mut curves = Curves::new("Sixty layers").axes("step", "cross-entropy, mean of 20 steps");
    let plain = losses(&mut Plain::new(1), &mut Momentum::new(0.05, 0.9), &data, 64, steps)?;
    let residual = losses(&mut Residual::new(1), &mut Momentum::new(0.05, 0.9), &data, 64, steps)?;
    for (name, losses) in [("plain", plain), ("with shortcuts", residual)] {
        let smooth = smooth(&losses, 20);
        println!("  {name:<15} loss at the end {:.3}", smooth.last().copied().unwrap_or(f64::NAN));
        curves = curves.curve(name, &smooth);
    }
    curves.save(arguments.picture("shortcuts.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("Sixty layers, with and without shortcuts", experiment)
}
