//! How near sentences are to those that were wanted.

use std::collections::HashMap;

/// The longest runs of words that are compared.
const LONGEST: usize = 4;

/// BLEU-4 of all sentences together, with one that is wanted for each (Papineni et al., "BLEU: a method for automatic evaluation of
/// machine translation", 2002): the geometric mean of the shares of runs of one to four words that are wanted too, less where the
/// sentences are too short. From 0 to 1; 0 where no run of some length is right.
pub fn bleu(pairs: &[(&[usize], &[usize])]) -> f64 {
    let mut logarithms = 0.0;
    for len in 1..=LONGEST {
        let (mut right, mut all) = (0, 0);
        for (found, wanted) in pairs {
            let wanted = runs(wanted, len);
            let of = |run: &[usize]| wanted.get(run).copied().unwrap_or(0);
            right += runs(found, len).into_iter().map(|(run, count)| count.min(of(run))).sum::<usize>();
            all += found.len().saturating_sub(len - 1);
        }
        if right == 0 {
            return 0.0;
        }
        logarithms += (right as f64 / all as f64).ln();
    }
    let words = |which: fn(&(&[usize], &[usize])) -> usize| pairs.iter().map(which).sum::<usize>() as f64;
    let brevity = (1.0 - words(|pair| pair.1.len()) / words(|pair| pair.0.len())).min(0.0);
    (brevity + logarithms / LONGEST as f64).exp()
}

/// How often each run of so many words is there.
fn runs(words: &[usize], len: usize) -> HashMap<&[usize], usize> {
    let mut runs = HashMap::new();
    words.windows(len).for_each(|run| *runs.entry(run).or_default() += 1);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_the_formula() {
        let wanted: &[usize] = &[1, 10, 4, 2, 20];
        assert!((bleu(&[(wanted, wanted)]) - 1.0).abs() < 1e-12);
        assert_eq!(bleu(&[(&[1, 2, 3], wanted)]), 0.0);
        assert_eq!(bleu(&[(&[], wanted)]), 0.0);
        // Runs of one word 5 and 4 of 5, of two 4 and 3 of 4, of three 3 and 2 of 3, of four 2 and 1 of 2.
        let expected = (9.0_f64 / 10.0 * 7.0 / 8.0 * 5.0 / 6.0 * 3.0 / 4.0).powf(0.25);
        assert!((bleu(&[(wanted, wanted), (&[1, 10, 4, 2, 21], wanted)]) - expected).abs() < 1e-12);
        // A repeated word counts as often as it is wanted; four words for five cost exp(-1/4).
        let short = bleu(&[(&[1, 10, 4, 2], wanted)]);
        assert!((short - (-0.25_f64).exp()).abs() < 1e-12, "{short}");
        assert!(bleu(&[(&[1, 1, 10, 4, 2, 20], wanted)]) < 1.0);
    }
}
