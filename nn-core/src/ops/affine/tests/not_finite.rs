//! Infinite numbers and NaN, which zeros leave as they are.

use super::{Zeros, affine, backward, forward, reference, reference_gradients};
use crate::exec::Pass;
use crate::ops::testing::{numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Affine;
use std::format;
use std::vec;
use std::vec::Vec;

#[test]
fn nan_is_not_zero() {
    let (n, d) = (24, affine(64, 50));
    on_every_isa(|isa| {
        let pass = Pass::alone(n);
        let (mut x, p) = (vec![0.0_f32; n * d.inputs], numbers::<f32>(d.parameters(), 2));
        let (mut y, mut dy) = (vec![0.0; n * d.outputs], vec![0.0; n * d.outputs]);
        (x[7 * d.inputs + 9], dy[7 * d.outputs + 9]) = (f32::NAN, f32::NAN);
        forward(&pass, &d, &x, &p, &mut y);
        let (mut dx, mut dp) = (x.clone(), p.clone());
        backward(&pass, &d, &x, &y, &p, &mut dy, &mut dx, &mut dp);
        for row in 0..n {
            let all_are_nan = |numbers: &[f32], len: usize| numbers[row * len..][..len].iter().all(|z| z.is_nan());
            assert_eq!(all_are_nan(&y, d.outputs), row == 7, "y of sample {row} on {isa:?}");
            let mut alone = vec![0.0; d.outputs];
            forward(&Pass::alone(1), &d, &x[row * d.inputs..][..d.inputs], &p, &mut alone);
            assert_eq!(alone.iter().all(|z| z.is_nan()), row == 7, "y of sample {row} alone on {isa:?}");
            assert_eq!(all_are_nan(&dx, d.inputs), row == 7, "dx of sample {row} on {isa:?}");
        }
        // Zero times NaN, too.
        for (i, dp) in dp.iter().enumerate() {
            assert_eq!(dp.is_nan(), i / d.outputs == 9 || i % d.outputs == 9, "number {i} of dp on {isa:?}");
        }
    });
}

/// Whether the same are infinite, with the same sign, or NaN.
fn have_the_same_limits(found: &[f32], expected: &[f64]) -> bool {
    let limit = |number: f64| if number.is_finite() { 0.0 } else { number };
    let alike = |(found, expected): (&f32, &f64)| {
        let (found, expected) = (limit((*found).into()), limit(*expected));
        found == expected || found.is_nan() && expected.is_nan()
    };
    found.len() == expected.len() && found.iter().zip(expected).all(alike)
}

/// Infinite numbers and NaN among many zeros, in each operand alone: the same sample gives the same alone and in any batch, and all
/// gradients are those of the sums with every term.
#[test]
fn zero_times_infinity_is_not_left_out() {
    let odd = [f32::INFINITY, f32::NAN, f32::NEG_INFINITY];
    let sizes = [1, 16, 33, 64, 130].into_iter().flat_map(|n| [(n, 33), (n, 128)]);
    for (n, outputs) in sizes.chain([(16, 1030)]) {
        let d = affine(200, outputs);
        // Nothing odd in the first case; one number at a time in each operand; all three kinds far apart.
        for case in 0..13 {
            let mut operands = [numbers(n * d.inputs, 1), numbers(d.parameters(), 2), numbers(n * outputs, 3)];
            Zeros::Some.set(&mut operands[0], d.inputs);
            Zeros::Some.set(&mut operands[2], outputs);
            // Outputs that no sample's gradient reaches.
            operands[2].iter_mut().enumerate().filter(|(i, _)| i % outputs > 16).for_each(|(_, dz)| *dz = 0.0);
            if case > 0 {
                let operand = &mut operands[(case - 1) / 4];
                let kinds = if case % 4 == 0 { &odd[..] } else { &odd[case % 4 - 1..][..1] };
                for (number, &kind) in kinds.iter().enumerate() {
                    let place = (operand.len() - 1) * (number + 1) / 3;
                    operand[place] = kind;
                }
            }
            check(&d, &operands, &format!("case {case}, {n} samples of {d:?}"));
        }
    }
}

/// Compares all results of a layer with inputs, parameters and gradients of the outputs.
fn check(d: &Affine, [x, p, dz]: &[Vec<f32>; 3], what: &str) {
    let n = x.len() / d.inputs;
    let expected = reference(n, d, &wide(x), &wide(p));
    let [expected_dx, expected_dp] = reference_gradients(n, d, &wide(x), &wide(p), &wide(dz));
    on_every_isa(|isa| {
        let mut y = vec![9.0; n * d.outputs];
        // Another thread would take another instruction set.
        forward(&Pass::alone(n), d, x, p, &mut y);
        assert!(have_the_same_limits(&y, &expected), "y of {what} on {isa:?}");
        for (x, y) in x.chunks(d.inputs).zip(y.chunks(d.outputs)).step_by(7) {
            let mut alone = vec![9.0; d.outputs];
            forward(&Pass::alone(1), d, x, p, &mut alone);
            let same = alone.iter().zip(y).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same, "alone: {what} on {isa:?}");
        }
        let (mut dx, mut dp) = (x.clone(), p.clone());
        backward(&Pass::alone(n), d, x, &[], p, &mut dz.clone(), &mut dx, &mut dp);
        assert!(have_the_same_limits(&dx, &expected_dx), "dx of {what} on {isa:?}");
        assert!(have_the_same_limits(&dp, &expected_dp), "dp of {what} on {isa:?}");
    });
}
