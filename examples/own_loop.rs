//! A training loop of one's own: the loss and its gradients, and a step.
//!
//!     cargo run --release --example own_loop
//!
//! Two half moons of points, one inside the other, are told apart. The learning rate falls from epoch to epoch, and noise that fades
//! is added to the gradients (Neelakantan et al., 2015), as an example of what a loop of one's own is for.

use std::error::Error;

use nn_core::data::Order;
use nn_core::train::schedule::{Exponential, Schedule};
use nn_core::{Adam, Batch, CrossEntropy, Training, accuracy, network, shape};

network! {
    /// A point in the plane to the probabilities of two classes.
    struct Moons = [2] -> affine(16) -> tanh -> affine(16) -> tanh -> affine(2) -> softmax;
}

const POINTS: usize = 400;
const BATCH: usize = 20;
const EPOCHS: u64 = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let (points, labels) = moons();
    let mut net = Moons::new(1);
    let mut adam = Adam::new(0.01).clip_norm(1.0);
    let schedule = Exponential::new(0.9);
    let mut training = Training::new(BATCH);
    let mut order = Order::new(POINTS, 1);
    // The batch is filled anew each step; nothing is allocated inside the loop.
    let mut inputs = Batch::<shape![2]>::zeros(BATCH);
    let mut targets = [0; BATCH];

    for epoch in 1..=EPOCHS {
        adam.set_factor(schedule.factor(epoch - 1));
        order.shuffle(epoch);
        let mut sum = 0.0;
        let mut batches = order.batches(BATCH);
        while let Some(chosen) = batches.next() {
            for (place, &index) in chosen.iter().enumerate() {
                inputs.sample_mut(place).copy_from_slice(points.sample(index));
                targets[place] = labels[index];
            }
            sum += training.loss_and_gradients(&net, &inputs, &CrossEntropy, &targets)?;
            for (i, gradient) in training.gradients_mut().iter_mut().enumerate() {
                *gradient += noise(i as u64 + adam.steps() * 7919) / (1.0 + adam.steps() as f32);
            }
            training.step(&mut net, &mut adam)?;
        }
        if epoch % 5 == 0 {
            let right = accuracy(2, net.predict(&points)?.as_slice(), &labels)?;
            println!("epoch {epoch:>2}: loss {:.4}, right {:.1} %", sum / (POINTS / BATCH) as f32, 100.0 * right);
        }
    }
    Ok(())
}

/// A number from -1 to 1 that looks random.
fn noise(count: u64) -> f32 {
    (count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f32 / (1 << 23) as f32 - 1.0
}

/// Points on two half circles that reach into each other, every other one on the same.
fn moons() -> (Batch<shape![2]>, Vec<usize>) {
    let mut points = Batch::zeros(POINTS);
    let labels: Vec<usize> = (0..POINTS).map(|i| i % 2).collect();
    for (i, (point, &label)) in points.iter_mut().zip(&labels).enumerate() {
        let angle = i as f32 / POINTS as f32 * std::f32::consts::PI;
        // A little off the circle, in a way that does not repeat.
        let radius = 1.0 + 0.2 * (i as f32 * 2.4).sin();
        let (x, y) = (radius * angle.cos(), radius * angle.sin());
        point.copy_from_slice(&if label == 0 { [x, y] } else { [1.0 - x, 0.4 - y] });
    }
    (points, labels)
}
