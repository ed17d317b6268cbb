//! Against the formulas, number by number, and in parts.

use super::OptimizerKernels;
use crate::Real;
use crate::ops::testing::{Failures, numbers, wide};
use crate::simd::isa::on_every_isa;
use std::vec;
use std::vec::Vec;

#[derive(Clone, Copy, Debug)]
enum Rule {
    Sgd,
    Momentum,
    Nesterov,
    Scaled,
    Adam,
    Lion,
    Roots,
    Follow,
}
const RULES: [Rule; 8] =
    [Rule::Sgd, Rule::Momentum, Rule::Nesterov, Rule::Scaled, Rule::Adam, Rule::Lion, Rule::Roots, Rule::Follow];

fn step<T: Real>(rule: Rule, w: &mut [T], g: &[T], m: &mut [T], r: &mut [T]) {
    match rule {
        Rule::Sgd => T::sgd_step(0.1, w, g),
        Rule::Momentum => T::momentum_step(0.1, 0.9, w, g, m),
        Rule::Nesterov => T::nesterov_step(0.1, 0.9, w, g, m),
        Rule::Scaled => T::scaled_step(0.01, 0.95, 1e-6, w, g, r),
        Rule::Adam => {
            // With corrections of 1.9 and 1.999.
            let (rate, epsilon) = (0.01 / 1.9 * 1.999_f64.sqrt(), 1e-8 * 1.999_f64.sqrt());
            T::adam_step(rate, [0.9, 0.999], epsilon, w, g, m, r);
        }
        Rule::Lion => T::lion_step(0.01, [0.9, 0.99], w, g, m),
        Rule::Roots => T::root_step(0.9, r, g),
        Rule::Follow => T::follow_step(0.1, w, g),
    }
}

fn naive(rule: Rule, w: &mut f64, g: f64, m: &mut f64, r: &mut f64) {
    match rule {
        Rule::Sgd => *w -= 0.1 * g,
        Rule::Momentum => {
            *m = 0.9 * *m + g;
            *w -= 0.1 * *m;
        }
        Rule::Nesterov => {
            *m = 0.9 * *m + g;
            *w -= 0.1 * (g + 0.9 * *m);
        }
        Rule::Scaled => {
            *r = (0.95 * *r * *r + g * g).sqrt();
            *w -= 0.01 * g / (*r + 1e-6);
        }
        Rule::Adam => {
            *m = 0.9 * *m + g;
            *r = (0.999 * *r * *r + g * g).sqrt();
            *w -= 0.01 * (*m / 1.9) / (*r / 1.999_f64.sqrt() + 1e-8);
        }
        Rule::Lion => {
            let direction = 0.9 * *m + 0.1 * g;
            *w -= if direction == 0.0 { 0.0 } else { 0.01 * direction.signum() };
            *m = 0.99 * *m + 0.01 * g;
        }
        Rule::Roots => *r = (0.9 * *r * *r + g * g).sqrt(),
        Rule::Follow => *w = 0.9 * *w + 0.1 * g,
    }
}

fn start<T: Real>(len: usize) -> [Vec<T>; 4] {
    let r = numbers::<T>(len, 4).into_iter().map(T::abs).collect();
    [numbers(len, 1), numbers(len, 2), numbers(len, 3), r]
}

#[test]
fn agree_with_the_formulas() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for (rule, len) in RULES.into_iter().flat_map(|rule| [0, 1, 3, 8, 16, 17, 100].map(|len| (rule, len))) {
            let [mut w, g, mut m, mut r] = start::<f32>(len);
            let [mut wide_w, mut wide_m, mut wide_r] = [&w, &m, &r].map(|x| wide(x));
            step(rule, &mut w, &g, &mut m, &mut r);
            for i in 0..len {
                naive(rule, &mut wide_w[i], f64::from(g[i]), &mut wide_m[i], &mut wide_r[i]);
            }
            for (name, found, expected) in [("w", &w, &wide_w), ("m", &m, &wide_m), ("r", &r, &wide_r)] {
                failures.compare(&format!("{name} of {rule:?}, {len} on {isa:?}"), found, expected, 1e-6);
            }
        }
    });
    failures.report();
}

#[test]
fn parts_give_the_same_bits() {
    on_every_isa(|isa| {
        for rule in RULES {
            let [mut w, g, mut m, mut r] = start::<f32>(101);
            step(rule, &mut w, &g, &mut m, &mut r);
            for size in [1, 2, 7, 16, 37] {
                let [mut w2, g, mut m2, mut r2] = start::<f32>(101);
                let parts = w2.chunks_mut(size).zip(g.chunks(size)).zip(m2.chunks_mut(size)).zip(r2.chunks_mut(size));
                for (((w, g), m), r) in parts {
                    step(rule, w, g, m, r);
                }
                assert_eq!([&w, &m, &r], [&w2, &m2, &r2], "{rule:?} in parts of {size} on {isa:?}");
            }
        }
    });
}

#[test]
fn subnormal_numbers_become_zero_and_no_others() {
    let least = f32::MIN_POSITIVE;
    let dropped = [least, -least, least / 3.0, 1e-45, -1e-45, 0.0, -0.0];
    let kept = [least * 1.01, -least * 1.01, 1.0, -3e38, f32::INFINITY, f32::NEG_INFINITY];
    on_every_isa(|isa| {
        for len in [1, 13, 16, 40] {
            let pattern = dropped.into_iter().chain(kept).cycle();
            let mut numbers: Vec<f32> = pattern.clone().take(len).chain([f32::NAN]).collect();
            f32::drop_subnormal(&mut numbers);
            assert!(numbers.pop().is_some_and(f32::is_nan), "{isa:?}");
            let expected: Vec<f32> = pattern.map(|x| if x.abs() <= least { 0.0 } else { x }).take(len).collect();
            assert_eq!(numbers, expected, "{isa:?}");
        }
    });
}

#[test]
fn a_zero_gradient_moves_nothing() {
    on_every_isa(|isa| {
        for rule in [Rule::Sgd, Rule::Momentum, Rule::Nesterov, Rule::Scaled, Rule::Adam, Rule::Lion] {
            let mut w = vec![1.0_f32; 5];
            step(rule, &mut w, &[0.0; 5], &mut [0.0; 5], &mut [0.0; 5]);
            assert_eq!(w, [1.0; 5], "{rule:?} on {isa:?}");
        }
    });
}

#[test]
fn squares_are_summed_in_double_precision() {
    on_every_isa(|isa| {
        for len in [0, 1, 31, 32, 33, 100] {
            let mut g = numbers::<f32>(len, 1);
            let expected: f64 = g.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
            let found = f32::sum_of_squares(&g);
            assert!((found - expected).abs() <= 1e-14 * expected, "{len} on {isa:?}: {found}, not {expected}");
            g.push(1e30);
            assert!((f32::sum_of_squares(&g) / 1e60 - 1.0).abs() < 1e-6, "{isa:?}");
        }
    });
}

#[test]
fn gradients_are_scaled_clipped_and_decayed() {
    let w = numbers::<f32>(37, 1);
    let mut g = numbers::<f32>(37, 2);
    (g[3], g[30], g[36]) = (f32::INFINITY, f32::NAN, -1e30);
    on_every_isa(|isa| {
        let mut prepared = vec![0.0; 37];
        f32::prepare_gradient(0.5, 0.2, 0.1, &w, &g, &mut prepared);
        for i in 0..37 {
            let expected = (0.5 * g[i]).clamp(-0.2, 0.2) + 0.1 * w[i];
            let found = prepared[i];
            assert!(if i == 30 { found.is_nan() } else { (found - expected).abs() < 1e-7 }, "{i} on {isa:?}: {found}");
        }
        // Without a limit nothing is clipped.
        f32::prepare_gradient(1.0, f64::INFINITY, 0.0, &w, &g, &mut prepared);
        assert!((0..37).all(|i| prepared[i].to_bits() == g[i].to_bits()), "{isa:?}");
    });
}

/// Gradients from the smallest number to those whose moments no number can hold.
#[test]
fn adam_takes_gradients_of_every_size() {
    let g: Vec<f32> = (-45..=37).map(|exponent| libm::exp10(f64::from(exponent)) as f32).collect();
    on_every_isa(|isa| {
        let (mut w, mut m, mut r) = (vec![0.0_f32; g.len()], vec![0.0; g.len()], vec![0.0; g.len()]);
        step(Rule::Adam, &mut w, &g, &mut m, &mut r);
        for (i, &g) in g.iter().enumerate() {
            let (mut expected, mut m, mut root) = (0.0, 0.0, 0.0);
            naive(Rule::Adam, &mut expected, g.into(), &mut m, &mut root);
            // Subnormal gradients have few bits themselves, and what is left of a division by them has fewer.
            let tolerance = if g < f32::MIN_POSITIVE { 1e-3 } else { 1e-6 };
            let near = |found: f32, expected: f64| {
                (f64::from(found) - expected).abs() <= tolerance * expected.abs() + f64::from(f32::MIN_POSITIVE) * 1e-6
            };
            assert!(near(r[i], root), "root for gradient {g} on {isa:?}: {}, expected {root}", r[i]);
            assert!(near(w[i], expected), "gradient {g} on {isa:?}: {}, expected {expected}", w[i]);
        }
    });
}
