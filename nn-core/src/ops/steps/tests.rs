//! Against the definition, and gradients against central differences.

use super::*;
use crate::ops::testing::{Failures, backward_of, dot, forward_of, numbers};
use std::vec;
use std::vec::Vec;

fn check(d: &(impl Operation<f64, &'static [f64]> + Differentiable<f64>), naive: impl Fn(&[f64]) -> Vec<f64>) {
    let starts: [&[usize]; 1] = [&[0, 3, 4, 8]];
    let (pass, x) = (Pass::training(3, 0, 0).starts(&starts), numbers::<f64>(8 * 5, 1));
    let expected: Vec<f64> = [0..15, 15..20, 20..40].into_iter().flat_map(|rows| naive(&x[rows])).collect();
    let mut y = vec![9.0; 15];
    forward_of(&pass, d, &[&x], &[], &mut y);
    let mut failures = Failures::default();
    failures.compare("y", &y, &expected, 1e-12);
    let (weights, mut dx) = (numbers::<f64>(15, 2), vec![9.0; 40]);
    backward_of(&pass, d, &[&[]], &[&[]], &[], &mut weights.clone(), &mut [&mut dx], &mut []);
    failures.check_gradient("dx", &dx, &x, |x| {
        forward_of(&pass, d, &[x], &[], &mut y);
        dot(&y, &weights)
    });
    failures.report();
}

const STEPS: Steps = Steps { count: 4, varies: Some(0) };

#[test]
fn last() {
    check(&LastStep { steps: STEPS, len: 5 }, |rows| rows[rows.len() - 5..].to_vec());
}

#[test]
fn mean() {
    let column = |rows: &[f64], i: usize| rows.iter().skip(i).step_by(5).sum::<f64>() / (rows.len() / 5) as f64;
    check(&MeanStep { steps: STEPS, len: 5 }, |rows| (0..5).map(|i| column(rows, i)).collect());
}
