use super::*;
use crate::ops::testing::{self, Failures, dot, numbers, wide};
use crate::simd::isa::on_every_isa;
use nn_sizes::Rows;
use std::vec;

const CASES: [(usize, usize, bool); 8] = [
    (1, 1, false),
    (1, 1, true),
    (5, 3, false),
    (5, 3, true),
    (2, 16, false),
    (3, 33, false),
    (3, 33, true),
    (49, 7, false),
];

fn prelu((rows, len, shared): (usize, usize, bool)) -> Prelu {
    Prelu { rows: Rows { rows, len }, shared }
}

#[test]
fn agrees_with_the_definition() {
    let mut failures = Failures::default();
    on_every_isa(|isa| {
        for d in CASES.map(prelu) {
            let (x, slopes) = (numbers::<f32>(len(&d), 1), numbers::<f32>(d.parameters(), 2));
            let slope = |i: usize| f64::from(slopes[if d.shared { 0 } else { i % d.rows.len }]);
            let mut y = vec![9.0; len(&d)];
            testing::forward(&d, &[&x], &slopes, &mut y);
            let expected: Vec<f64> =
                wide(&x).into_iter().enumerate().map(|(i, x)| if x > 0.0 { x } else { x * slope(i) }).collect();
            failures.compare(&format!("{d:?} on {isa:?}"), &y, &expected, 1e-6);
        }
    });
    failures.report();
}

#[test]
fn gradients() {
    let mut failures = Failures::default();
    for d in CASES.map(prelu) {
        let (x, slopes, weights) =
            (numbers::<f64>(len(&d), 1), numbers::<f64>(d.parameters(), 2), numbers::<f64>(len(&d), 3));
        let (mut y, mut dx, mut dp) = (vec![0.0; len(&d)], vec![9.0; len(&d)], vec![0.0; d.parameters()]);
        testing::backward(&d, &[&x], &[], &slopes, &mut weights.clone(), &mut [&mut dx], &mut dp);
        failures.check_gradient(&format!("input of {d:?}"), &dx, &x, |x| {
            testing::forward(&d, &[x], &slopes, &mut y);
            dot(&y, &weights)
        });
        failures.check_gradient(&format!("slopes of {d:?}"), &dp, &slopes, |slopes| {
            testing::forward(&d, &[&x], slopes, &mut y);
            dot(&y, &weights)
        });
        // Frozen slopes.
        let mut again = vec![9.0; len(&d)];
        testing::backward(&d, &[&x], &[], &slopes, &mut weights.clone(), &mut [&mut again], &mut []);
        assert_eq!(again, dx, "{d:?}");
    }
    failures.report();
}
