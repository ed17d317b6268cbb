use super::*;

fn shuffled(len: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order = Order::new(len, seed);
    order.shuffle(epoch);
    order.indices().collect()
}

#[test]
fn an_order_holds_every_sample_once() {
    for len in [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 1000, 1 << 14, 60_000] {
        assert!(Order::new(len, 5).indices().eq(0..len), "{len}, as they come");
        for epoch in 0..4 {
            let mut indices = shuffled(len, 5, epoch);
            indices.sort_unstable();
            assert!(indices.into_iter().eq(0..len), "{len}, epoch {epoch}");
        }
    }
}

#[test]
fn the_longest_order_has_a_place_for_every_index() {
    let mut order = Order::new(usize::MAX, 5);
    order.shuffle(1);
    let ends = [0, 1, usize::MAX / 2, usize::MAX - 1].map(|place| order.at(place));
    assert!(ends.iter().all(|&index| index < usize::MAX));
    assert!((1..ends.len()).all(|i| !ends[i..].contains(&ends[i - 1])));
}

#[test]
fn an_order_is_that_of_its_seed_and_epoch() {
    let order = shuffled(1000, 5, 3);
    assert_eq!(order, shuffled(1000, 5, 3));
    for other in [shuffled(1000, 5, 2), shuffled(1000, 5, 4), shuffled(1000, 6, 3)] {
        let same = order.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(same < 10, "one is expected, and more than nine once in ten million times: {same}");
    }
}

#[test]
fn mini_batches_are_the_order_in_pieces() {
    for (len, size, count) in [(0, 3, 0), (1, 3, 1), (6, 3, 2), (7, 3, 3), (7, usize::MAX, 1)] {
        let mut order = Order::new(len, 5);
        order.shuffle(1);
        let mut batches = order.batches(size);
        let mut pieces = Vec::new();
        for left in (0..count).rev() {
            pieces.push(batches.next().expect("as many as were said").to_vec());
            assert_eq!((batches.len(), batches.is_empty()), (left, left == 0));
        }
        assert!(batches.next().is_none() && batches.next().is_none());
        assert!(pieces.iter().rev().skip(1).all(|piece| piece.len() == size), "{len} by {size}");
        assert!(pieces.concat().into_iter().eq(order.indices()), "{len} by {size}");
    }
}

/// The chi-square test of two tables with a cell for each two of `len` indices, in which every epoch counts with a chance
/// of `1 / len`: the sum of the squares of what a cell has more or less than expected, against the variance of all cells.
///
/// Of a random order this is a sum of nearly `(len - 1)²` squares of normal numbers, since the sums of rows and columns are
/// given. Six standard deviations from its mean lies less than one seed in a million.
#[test]
fn every_sample_is_as_often_at_each_place_and_after_each_other() {
    const EPOCHS: u64 = 20_000;
    for len in [10, 16, 17, 40, 64] {
        let (mut places, mut followers) = (vec![0_u32; len * len], vec![0_u32; len * len]);
        for epoch in 0..EPOCHS {
            let order = shuffled(len, 1, epoch);
            order.iter().enumerate().for_each(|(place, &index)| places[place * len + index] += 1);
            order.windows(2).for_each(|pair| followers[pair[0] * len + pair[1]] += 1);
        }
        // Nothing follows itself.
        let others = (0..len * len).filter(|cell| cell / len != cell % len).map(|cell| followers[cell]).collect();
        for (what, counts) in [("place", places), ("follower", others)] {
            let chance = 1.0 / len as f64;
            let expected = EPOCHS as f64 * chance;
            let squares: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2)).sum();
            let variance = counts.len() as f64 * expected * (1.0 - chance);
            let deviations = (squares / variance - 1.0) * (len as f64 - 2.0) / 2_f64.sqrt();
            assert!(deviations.abs() < 6.0, "{what} among {len}: {deviations} standard deviations");
        }
    }
}
