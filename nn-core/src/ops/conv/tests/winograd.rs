//! The kernels of F(2 × 2, 3 × 3) by themselves, for sizes at which they are not taken, and their rounding.

use super::*;

/// Calls the three kernels, whatever the sizes: output, input gradient and weight gradient.
fn kernels<T: Real>(d: &Conv, x: &[T], p: &[T], dz: &[T]) -> [Vec<T>; 3] {
    let nine = |len| vec![T::from_f64(9.0); len];
    let turned = d.input_gradient();
    let (mut y, mut dx, mut dp) = (nine(len(d.output)), nine(len(d.input)), vec![T::ZERO; p.len()]);
    let mut scratch = nine(d.winograd_gradient_scratch().max(turned.winograd_scratch()));
    let mut weights = nine(d.winograd_weights());
    T::winograd_weights(d, [0, d.input[2]], [0, d.output[2]], p, &mut weights);
    let biases = &p[d.weights()..];
    T::winograd_forward(d, 0, x, &weights, biases, Epilogue::none(), &mut y, &mut nine(d.winograd_scratch()));
    T::winograd_turned_weights(d, p, &mut weights);
    T::winograd_forward(&turned, 0, dz, &weights, &[], Epilogue::none(), &mut dx, &mut scratch);
    T::winograd_weight_gradient(d, x, dz, &mut dp, &mut scratch);
    [y, dx, dp]
}

/// The same without Winograd's way.
fn direct<T: Real>(d: &Conv, x: &[T], p: &[T], dz: &[T]) -> [Vec<T>; 3] {
    let (mut y, mut dx, mut dp) = (vec![T::ZERO; len(d.output)], vec![T::ZERO; len(d.input)], vec![T::ZERO; p.len()]);
    let mut bordered = vec![T::ZERO; d.padded_len() + d.input_gradient().padded_len()];
    let padded = pad(d, x, &mut bordered);
    T::conv_forward(d, 0, padded, p, Epilogue::none(), &mut y);
    T::conv_weight_gradient(d, padded, dz, &mut dp);
    let mut turned = vec![T::ZERO; d.weights()];
    T::conv_turned_weights(d, p, &mut turned);
    T::conv_input_gradient(d, pad(&d.input_gradient(), dz, &mut bordered), &turned, &mut dx);
    [y, dx, dp]
}

fn expected<T: Real>(d: &Conv, x: &[T], p: &[T], dz: &[T]) -> [Vec<f64>; 3] {
    let (x, p, dz) = (wide(x), wide(p), wide(dz));
    let [dx, dp] = reference_gradients(d, &x, &p, &dz);
    [reference(d, &x, &p), dx, dp]
}

fn check<T: Real>(d: &Conv, tolerance: f64, what: &str, failures: &mut Failures) {
    let (x, p, dz) = (numbers::<T>(len(d.input), 1), numbers::<T>(d.parameters(), 2), numbers::<T>(len(d.output), 3));
    let expected = expected(d, &x, &p, &dz);
    for ((name, found), expected) in ["y", "dx", "dp"].iter().zip(kernels(d, &x, &p, &dz)).zip(expected) {
        failures.compare(&format!("{name} of {what} {d:?}"), &found, &expected, tolerance);
    }
}

/// Maps smaller than a tile, tiles that hang over, channels about those of a vector, every padding.
#[test]
fn any_size_on_every_isa() {
    let mut failures = Failures::default();
    for [height, width] in [[1, 1], [1, 6], [2, 3], [3, 2], [4, 5], [5, 5], [6, 7], [8, 8], [9, 14]] {
        for [inputs, outputs] in [[1, 1], [3, 17], [15, 16], [16, 33], [17, 15], [33, 3]] {
            for pad in [[0, 0], [1, 1], [2, 2], [0, 2], [2, 1]] {
                if height + 2 * pad[0] < 3 || width + 2 * pad[1] < 3 {
                    continue;
                }
                let d = conv([height, width, inputs], outputs, [3, 3], |d| d.pad = pad);
                on_every_isa(|isa| check::<f32>(&d, 4e-6, &format!("{isa:?}"), &mut failures));
                check::<f64>(&d, 1e-13, "f64", &mut failures);
            }
        }
    }
    failures.report();
}

/// The root of the mean square of what `found` is wrong by.
pub(super) fn error(found: &[f32], expected: &[f64]) -> f64 {
    let squares: f64 = found.iter().zip(expected).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum();
    (squares / found.len() as f64).sqrt()
}

/// How much more than the direct form it may be wrong by, as `docs/kernels/winograd.md` promises.
pub(super) const FACTOR: f64 = 2.0;

#[test]
fn rounds_little_more_than_the_direct_form() {
    // With all bits of the type, so that the transforms round.
    let numbers = |len, seed| numbers::<f32>(len, seed).into_iter().map(|x| x * 0.7).collect::<Vec<_>>();
    let mut failures = Failures::default();
    for ([size, inputs], outputs) in [([28, 16], 16), ([16, 32], 32), ([8, 64], 64), ([9, 64], 128)] {
        let d = conv([size, size, inputs], outputs, [3, 3], |d| d.pad = [1, 1]);
        let (x, p, dz) = (numbers(len(d.input), 1), numbers(d.parameters(), 2), numbers(len(d.output), 3));
        let expected = expected(&d, &x, &p, &dz);
        on_every_isa(|isa| {
            let (found, direct) = (kernels(&d, &x, &p, &dz), direct(&d, &x, &p, &dz));
            for (i, name) in ["y", "dx", "dp"].iter().enumerate() {
                let [ours, plain] = [&found[i], &direct[i]].map(|found| error(found, &expected[i]));
                failures.require(ours < FACTOR * plain, &format!("{name} of {d:?} on {isa:?}: {ours:e} for {plain:e}"));
            }
        });
    }
    failures.report();
}

/// Rows from an even one on are computed as in the whole.
#[test]
fn rows_do_not_change_bits() {
    on_every_isa(|isa| {
        let d = conv([19, 17, 18], 20, [3, 3], |d| d.pad = [1, 1]);
        let (x, p) = (numbers::<f32>(len(d.input), 1), numbers::<f32>(d.parameters(), 2));
        let (weights, mut scratch) = (prepacked(&d, &d, &p), vec![9.0; d.forward_scratch()]);
        let mut whole = vec![0.0; len(d.output)];
        rows(&d, 0, &x, &p, &weights, Epilogue::none(), &mut whole, &mut scratch);
        for (pair, whole) in whole.chunks(2 * d.output[1] * d.output[2]).enumerate() {
            let mut alone = vec![0.0; whole.len()];
            rows(&d, 2 * pair, &x, &p, &weights, Epilogue::none(), &mut alone, &mut scratch);
            assert_eq!(alone, whole, "rows {} on {isa:?}", 2 * pair);
        }
    });
}
