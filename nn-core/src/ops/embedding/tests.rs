//! Rows of a small table, on batches of several samples.

use super::*;
use crate::exec::Pass;
use crate::ops::testing::numbers;
use std::vec;
use std::vec::Vec;

/// Three numbers a sample, each below five, each of which becomes four.
const D: Embedding = Embedding { count: 3, words: 5, size: 4 };

/// Two samples: 4 is named three times, 1 twice, 0 once, 2 and 3 never.
const WORDS: [u32; 6] = [4, 1, 4, 0, 4, 1];

fn backward(words: &[u32], dy: &mut [f32], table: &[f32], dp: &mut [f32]) {
    D.backward(Backward {
        whole: &[words],
        output_gradients: &mut [dy],
        parameter_gradients: dp,
        ..Backward::new(&Pass::alone(words.len() / D.count), 0, table)
    });
}

#[test]
fn each_number_becomes_its_row() {
    let table = numbers::<f32>(20, 1);
    let mut y = vec![9.0; 24];
    D.forward(Forward { whole: &[&WORDS], outputs: &mut [&mut y], ..Forward::new(&Pass::alone(2), 0, &table[..]) });
    let expected: Vec<f32> = WORDS.iter().flat_map(|&word| table[word as usize * 4..][..4].to_vec()).collect();
    assert_eq!(y, expected);
}

#[test]
fn gradients_of_a_row_add_up_in_the_order_of_the_batch() {
    let (table, dy) = (numbers::<f32>(20, 1), numbers::<f32>(24, 2));
    let mut dp = vec![9.0; 20];
    backward(&WORDS, &mut dy.clone(), &table, &mut dp);
    let of = |output: usize, i: usize| dy[output * 4 + i];
    for i in 0..4 {
        assert_eq!(dp[i], of(3, i), "row 0");
        assert_eq!(dp[4 + i], of(1, i) + of(5, i), "row 1");
        assert_eq!(dp[16 + i], of(0, i) + of(2, i) + of(4, i), "row 4");
    }
    assert_eq!(dp[8..16], [0.0; 8], "rows 2 and 3");
}

#[test]
fn a_frozen_table_has_no_gradient() {
    let (table, mut dy) = (numbers::<f32>(20, 1), numbers::<f32>(24, 2));
    backward(&WORDS, &mut dy, &table, &mut []);
    assert_eq!(dy, numbers::<f32>(24, 2));
}

#[test]
fn no_samples_leave_no_gradient() {
    let mut dp = vec![9.0; 20];
    backward(&[], &mut [], &numbers::<f32>(20, 1), &mut dp);
    assert_eq!(dp, [0.0; 20]);
}
