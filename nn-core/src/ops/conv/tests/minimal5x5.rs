//! Convolutions of few input channels by themselves, for sizes at which that way is not taken, and their rounding.

use super::winograd::{FACTOR, error};
use super::*;
use crate::ops::conv::minimal5x5;

fn five(input: [usize; 3], outputs: usize, pad: [usize; 2]) -> Conv {
    conv(input, outputs, [5, 5], |d| (d.pad, d.activation) = (pad, Activation::LeakyRelu(0.1)))
}

/// The rows of the map from `first` on.
fn kernels<T: Real>(d: &Conv, first: usize, x: &[T], p: &[T], rows: usize) -> Vec<T> {
    let (taps, biases) = p.split_at(d.weights());
    let mut weights = vec![T::from_f64(9.0); d.minimal5x5_weights()];
    let mut scratch = vec![T::from_f64(9.0); d.minimal5x5_scratch(d.output[0].div_ceil(2)).iter().sum()];
    let mut y = vec![T::from_f64(9.0); rows * d.output[1] * d.output[2]];
    T::minimal5x5_weights(d, [0, d.output[2]], taps, &mut weights);
    minimal5x5::forward(d, first, x, &weights, biases, Output::Map(&mut y, d.activation.into()), &mut scratch);
    y
}

/// The map without padding, by the definition's multiplications.
fn direct<T: Real>(d: &Conv, x: &[T], p: &[T]) -> Vec<T> {
    let mut y = vec![T::ZERO; len(d.output)];
    T::conv_forward(d, 0, x, p, Epilogue::none(), &mut y);
    y
}

fn check<T: Real>(d: &Conv, tolerance: f64, what: &str, failures: &mut Failures) {
    let (x, p) = (numbers::<T>(len(d.input), 1), numbers::<T>(d.parameters(), 2));
    let y = kernels(d, 0, &x, &p, d.output[0]);
    failures.compare(&format!("{what} {d:?}"), &y, &reference(d, &wide(&x), &wide(&p)), tolerance);
}

/// Maps smaller than a tile, tiles that hang over, rows of tiles done in pieces, channels about those of a vector, paddings.
#[test]
fn any_size_on_every_isa() {
    let mut failures = Failures::default();
    for [height, width] in [[1, 1], [1, 6], [2, 3], [5, 5], [6, 7], [8, 12], [9, 13], [7, 70], [6, 135]] {
        for [inputs, outputs] in [[1, 1], [1, 30], [2, 17], [3, 16], [4, 33]] {
            for pad in [[0, 0], [2, 2], [1, 0], [4, 5]] {
                if height + 2 * pad[0] < 5 || width + 2 * pad[1] < 5 {
                    continue;
                }
                let d = five([height, width, inputs], outputs, pad);
                on_every_isa(|isa| check::<f32>(&d, 4e-6, &format!("{isa:?}"), &mut failures));
                check::<f64>(&d, 1e-13, "f64", &mut failures);
            }
        }
    }
    failures.report();
}

#[test]
fn rounds_little_more_than_the_direct_form() {
    // With all bits of the type, so that the transforms round.
    let numbers = |len, seed| numbers::<f32>(len, seed).into_iter().map(|x| x * 0.7).collect::<Vec<_>>();
    let mut failures = Failures::default();
    for [inputs, outputs] in [[1, 30], [2, 16], [3, 16], [4, 8]] {
        let d = Conv { activation: Activation::Identity, ..five([28, 28, inputs], outputs, [0, 0]) };
        let (x, p) = (numbers(len(d.input), 1), numbers(d.parameters(), 2));
        let expected = reference(&d, &wide(&x), &wide(&p));
        on_every_isa(|isa| {
            let [ours, plain] = [kernels(&d, 0, &x, &p, d.output[0]), direct(&d, &x, &p)].map(|y| error(&y, &expected));
            failures.require(ours < FACTOR * plain, &format!("{d:?} on {isa:?}: {ours:e} for {plain:e}"));
        });
    }
    failures.report();
}

/// Rows from an even one on are computed as in the whole.
#[test]
fn rows_do_not_change_bits() {
    on_every_isa(|isa| {
        let d = five([19, 17, 1], 20, [1, 2]);
        let (x, p) = (numbers::<f32>(len(d.input), 1), numbers::<f32>(d.parameters(), 2));
        let whole = kernels(&d, 0, &x, &p, d.output[0]);
        for (pair, whole) in whole.chunks(2 * d.output[1] * d.output[2]).enumerate() {
            let rows = whole.len() / (d.output[1] * d.output[2]);
            assert_eq!(kernels(&d, 2 * pair, &x, &p, rows), whole, "rows {} on {isa:?}", 2 * pair);
        }
    });
}
