//! The steps of optimizers.

use nn_core::__private::memory::Buffer;
use nn_core::train::optimizer::{Arrays, Pace, Rule};
use nn_core::{Adam, Momentum, Optimizer, Sgd};

use crate::benchmark::{Benchmark, Call, moved, numbers};

/// Over the parameters of 784-128-10, of a convolution network, and of one that no cache holds.
pub fn all() -> Vec<Benchmark> {
    [101_770, 433_890, 1 << 24].into_iter().flat_map(steps).collect()
}

fn steps(len: usize) -> [Benchmark; 5] {
    let shape = format!("{len} parameters");
    [
        Benchmark::new(["sgd", "step"], shape.clone(), moved(len, len), move || step(Sgd::new(1e-6), len)),
        Benchmark::new(["momentum", "step"], shape.clone(), moved(len, 2 * len), move || {
            step(Momentum::new(1e-6, 0.9), len)
        }),
        Benchmark::new(["own", "step"], shape.clone(), moved(len, 2 * len), move || {
            step(Optimizer::with_rule(1e-6, Own), len)
        }),
        Benchmark::new(["clipped", "step"], shape.clone(), moved(len, 2 * len), move || {
            step(Momentum::new(1e-6, 0.9).clip_norm(1.0), len)
        }),
        Benchmark::new(["adam", "step"], shape, moved(len, 3 * len), move || step(Adam::new(1e-6), len)),
    ]
    .map(Benchmark::together)
}

/// Momentum as plain loops, as a rule of one's own is written.
struct Own;

impl Rule<f32> for Own {
    fn name(&self) -> &'static str {
        "own"
    }

    fn arrays(&self) -> &'static [&'static str] {
        &["velocity"]
    }

    #[inline]
    fn update(&self, pace: &Pace, parameters: &mut [f32], gradients: &[f32], arrays: Arrays<'_, f32>) {
        let [velocity] = arrays.take();
        let rate = pace.rate as f32;
        for ((p, g), v) in parameters.iter_mut().zip(gradients).zip(velocity) {
            *v = 0.9 * *v + g;
            *p -= rate * *v;
        }
    }
}

fn step(mut rule: Optimizer<f32, impl Rule<f32>>, len: usize) -> Call {
    // As training has them: all blocks, those of the rule as well, start at the same place of a page.
    let [mut parameters, gradients] = [(); 2].map(|()| Buffer::from_slice(&numbers(len)));
    Box::new(move || rule.step(&[], &mut parameters, &gradients).expect("valid settings"))
}
