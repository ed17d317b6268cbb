//! Losses and their gradients.

use nn_core::layer::Head;
use nn_core::{BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError};

use crate::benchmark::{Benchmark, Call, moved, numbers};

/// Of classifiers of ten and of a thousand classes, and of an autoencoder of 28 × 28 pixels.
pub fn all() -> Vec<Benchmark> {
    [(128, 10), (128, 784), (128, 1000)].into_iter().flat_map(losses).collect()
}

fn losses((samples, len): (usize, usize)) -> [Benchmark; 4] {
    let (shape, count) = (format!("{samples} rows of {len}"), samples * len);
    let labels = move || (0..samples).map(|sample| sample * 7 % len).collect();
    let targets = move || numbers(count).iter().map(|t| t.abs().min(1.0)).collect();
    let of_numbers = moved(2 * count, count);
    [
        Benchmark::new(["cross-entropy", ""], shape.clone(), moved(count, count), move || {
            evaluate(CrossEntropy, Head::Softmax, len, count, labels())
        }),
        Benchmark::new(["binary cross-entropy", ""], shape.clone(), of_numbers, move || {
            evaluate(BinaryCrossEntropy, Head::Sigmoid, len, count, targets())
        }),
        Benchmark::new(["squared error", ""], shape.clone(), of_numbers, move || {
            evaluate(MeanSquaredError, Head::Identity, len, count, targets())
        }),
        Benchmark::new(["squared error of sigmoid", ""], shape, of_numbers, move || {
            evaluate(MeanSquaredError, Head::Sigmoid, len, count, targets())
        }),
    ]
    .map(Benchmark::together)
}

fn evaluate<L: Loss<f32> + 'static>(loss: L, head: Head, len: usize, count: usize, targets: Vec<L::Target>) -> Call {
    let (outputs, mut gradients) = (numbers(count), numbers(count));
    Box::new(move || {
        std::hint::black_box(loss.evaluate(head, len, &outputs, &targets, &mut gradients).expect("valid targets"));
    })
}
