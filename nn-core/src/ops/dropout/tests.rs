//! The statistics of the draws, and that a mask is the same wherever and whenever it is drawn.

use super::*;
use crate::exec::Pass;
use crate::exec::draw::Draw;
use crate::ops::testing::numbers;
use crate::simd::isa::on_every_isa;
use std::collections::HashSet;
use std::vec;
use std::vec::Vec;

const DRAW: Draw = Draw { seed: 1, step: 2, sample: 3, layer: 4 };

fn forward<T: Real>(rate: f64, x: &[T], y: &mut [T], draw: Draw) {
    let pass = Pass::training(5, draw.seed, draw.step);
    let call = Forward::new(&pass, draw.sample as usize, &[][..]);
    Dropout { rate }.forward(Forward { inputs: &[x], outputs: &mut [y], layer: draw.layer, ..call });
}

fn backward<T: Real>(rate: f64, dy: &mut [T], dx: &mut [T], draw: Draw) {
    let pass = Pass::training(5, draw.seed, draw.step);
    let call = Backward::new(&pass, draw.sample as usize, &[]);
    let layer = draw.layer;
    Dropout { rate }.backward(Backward { output_gradients: &mut [dy], input_gradients: &mut [dx], layer, ..call });
}

fn kept(rate: f64, len: usize, draw: Draw) -> Vec<bool> {
    let mut y = vec![9.0_f32; len];
    forward(rate, &vec![1.0; len], &mut y, draw);
    y.into_iter().map(|y| y != 0.0).collect()
}

#[test]
fn keeps_its_share_and_the_mean() {
    for rate in [0.0, 0.1, 0.25, 0.5, 0.9, 1.0] {
        let len = 200_000;
        let mut y = vec![0.0_f64; len];
        forward(rate, &vec![1.0; len], &mut y, DRAW);
        let dropped = y.iter().filter(|&&y| y == 0.0).count() as f64 / len as f64;
        // Five standard deviations.
        assert!((dropped - rate).abs() <= 5.0 * (rate * (1.0 - rate) / len as f64).sqrt(), "{rate}: {dropped}");
        assert!(y.iter().all(|&y| y == 0.0 || (y - 1.0 / (1.0 - rate)).abs() < 1e-12));
    }
}

#[test]
fn is_the_same_on_every_instruction_set_and_backward() {
    let x = numbers::<f32>(1003, 1);
    let mut expected = vec![0.0; x.len()];
    forward(0.3, &x, &mut expected, DRAW);
    on_every_isa(|isa| {
        let mut y = vec![9.0; x.len()];
        forward(0.3, &x, &mut y, DRAW);
        assert_eq!(y, expected, "{isa:?}");
        let mut dx = vec![9.0; x.len()];
        backward(0.3, &mut x.clone(), &mut dx, DRAW);
        assert_eq!(dx, expected, "{isa:?}");
        backward(0.3, &mut x.clone(), &mut [], DRAW);
    });
    let mut wide = vec![0.0_f64; x.len()];
    forward(0.3, &vec![1.0; x.len()], &mut wide, DRAW);
    assert!(wide.iter().zip(&expected).all(|(a, b)| (*a == 0.0) == (*b == 0.0)));
}

#[test]
fn every_part_of_the_key_counts() {
    let mut draws = vec![DRAW];
    for by in 1..50 {
        draws.push(Draw { seed: 1 + by, ..DRAW });
        draws.push(Draw { step: 2 + by, ..DRAW });
        draws.push(Draw { sample: 3 + by, ..DRAW });
        draws.push(Draw { layer: 4 + by, ..DRAW });
    }
    draws.push(Draw { seed: 2, step: 1, ..DRAW });
    let masks: Vec<_> = draws.into_iter().map(|draw| kept(0.5, 256, draw)).collect();
    assert_eq!(masks.iter().collect::<HashSet<_>>().len(), masks.len());
    // No two masks agree more than independent ones would: 128 of 256, five standard deviations of 8.
    for (i, a) in masks.iter().enumerate() {
        for b in &masks[..i] {
            let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
            assert!((80..=176).contains(&equal), "{equal} of 256");
        }
    }
}

#[test]
fn neighbours_are_independent() {
    let mask = kept(0.5, 100_000, DRAW);
    for distance in [1, 2, 4, 8, 16, 32, 256, 1024] {
        let pairs = mask.len() - distance;
        let equal = (0..pairs).filter(|&i| mask[i] == mask[i + distance]).count() as f64 / pairs as f64;
        assert!((equal - 0.5).abs() < 2.5 / (pairs as f64).sqrt(), "{equal} at {distance}");
    }
}

#[test]
fn the_gradient_is_exact() {
    // The function is linear, so its gradient is itself.
    let (x, dy) = (numbers::<f64>(100, 1), numbers::<f64>(100, 2));
    let (mut y, mut dx) = (vec![0.0; 100], vec![0.0; 100]);
    forward(0.4, &x, &mut y, DRAW);
    backward(0.4, &mut dy.clone(), &mut dx, DRAW);
    for i in 0..100 {
        assert!((y[i] * dy[i] - x[i] * dx[i]).abs() < 1e-15, "number {i}");
    }
}
