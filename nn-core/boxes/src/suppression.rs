//! One box for one thing.

use core::cmp::Ordering;

use crate::Rect;

/// Something that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where.
    pub rect: Rect,
    /// Of which class.
    pub class: usize,
    /// How sure that is.
    pub score: f32,
}

/// Which boxes stand in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Those of the same class.
    Class,
    /// All.
    All,
}

impl Among {
    fn includes(self, a: &Detection, b: &Detection) -> bool {
        self == Self::All || a.class == b.class
    }
}

/// How the score falls of a box that shares much with a surer one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// By its intersection over union, where that is more than this.
    Linear(f32),
    /// By a normal distribution of it with this variance.
    Gaussian(f32),
}

impl Decay {
    fn factor(self, iou: f32) -> f32 {
        match self {
            Self::Linear(limit) => {
                if iou > limit {
                    1.0 - iou
                } else {
                    1.0
                }
            }
            Self::Gaussian(variance) => libm::expf(-iou * iou / variance),
        }
    }
}

/// The surest first. Of boxes that are as sure the one further left and up comes first, so that their order does not matter.
fn by_score(a: &Detection, b: &Detection) -> Ordering {
    let edges = || a.rect.edges().into_iter().zip(b.rect.edges());
    let by_place =
        || edges().map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(a.class.cmp(&b.class));
    b.score.total_cmp(&a.score).then_with(by_place)
}

/// Moves those with a score to the front, and says how many they are: NaN is none.
fn with_scores(list: &mut [Detection]) -> usize {
    let mut count = 0;
    for i in 0..list.len() {
        if !list[i].score.is_nan() {
            list.swap(count, i);
            count += 1;
        }
    }
    count
}

/// Non-maximum suppression: of boxes whose intersection over union is more than `limit`, only the surest is left. Those that are left
/// come to the front, the surest first; returns how many they are. Boxes with NaN for a score are dropped.
pub fn suppress(list: &mut [Detection], limit: f32, among: Among) -> usize {
    suppress_until(list, limit, among, usize::MAX)
}

/// The same until so many are left; others may stand behind them.
pub(crate) fn suppress_until(list: &mut [Detection], limit: f32, among: Among, most: usize) -> usize {
    let count = with_scores(list);
    let list = &mut list[..count];
    list.sort_unstable_by(by_score);
    let mut kept = 0;
    for i in 0..count {
        if kept == most {
            break;
        }
        let is_free = |other: &Detection| !among.includes(other, &list[i]) || other.rect.iou(&list[i].rect) <= limit;
        if list[..kept].iter().all(is_free) {
            list.swap(kept, i);
            kept += 1;
        }
    }
    kept
}

/// Soft suppression (Bodla et al., 2017): the scores of boxes that share much with a surer one fall, and those below `least` are
/// dropped. Those that are left come to the front, the surest first; returns how many they are.
pub fn soften(list: &mut [Detection], decay: Decay, least: f32, among: Among) -> usize {
    let count = with_scores(list);
    let list = &mut list[..count];
    for first in 0..count {
        let surest = (first..count).min_by(|&a, &b| by_score(&list[a], &list[b])).unwrap_or(first);
        // None that is left is surer, and scores only fall.
        let falls_short = |score: f32| score < least;
        if falls_short(list[surest].score) {
            return first;
        }
        list.swap(first, surest);
        let (done, others) = list.split_at_mut(first + 1);
        let best = done[first];
        for other in others.iter_mut().filter(|other| among.includes(&best, other)) {
            other.score *= decay.factor(best.rect.iou(&other.rect));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(left: f32, class: usize, score: f32) -> Detection {
        Detection { rect: Rect::new([left, 0.0, left + 10.0, 10.0]).expect("a box"), class, score }
    }

    fn scores(list: &[Detection]) -> Vec<f32> {
        list.iter().map(|found| found.score).collect()
    }

    #[test]
    fn only_the_surest_is_left() {
        // 2 to the right shares 80 of 120; 5 shares 50 of 150.
        let all =
            [found(0.0, 0, 0.5), found(2.0, 0, 0.8), found(7.0, 0, 0.6), found(2.0, 1, 0.7), found(9.0, 0, f32::NAN)];
        let mut list = all;
        let kept = suppress(&mut list, 0.5, Among::Class);
        assert_eq!(scores(&list[..kept]), [0.8, 0.7, 0.6]);
        let mut list = all;
        let kept = suppress(&mut list, 0.5, Among::All);
        assert_eq!(scores(&list[..kept]), [0.8, 0.6]);
        let mut list = all;
        let kept = suppress(&mut list, 0.3, Among::All);
        assert_eq!(scores(&list[..kept]), [0.8]);
        assert_eq!(suppress(&mut [], 0.5, Among::All), 0);
    }

    #[test]
    fn order_does_not_matter() {
        let all = [found(0.0, 0, 0.5), found(1.0, 0, 0.5), found(20.0, 0, 0.5), found(21.0, 0, 0.5)];
        let (mut list, mut turned) = (all, all);
        turned.reverse();
        let kept = [suppress(&mut list, 0.5, Among::All), suppress(&mut turned, 0.5, Among::All)];
        assert_eq!((kept, &list[..2]), ([2, 2], &turned[..2]));
    }

    #[test]
    fn scores_fall_by_what_is_shared() {
        // Of 0.9 at 0: the one at 5 shares a third. Linear: 0.6 becomes 0.4; below the limit of a half it stays.
        let all = [found(5.0, 0, 0.6), found(0.0, 0, 0.9), found(50.0, 0, 0.5)];
        let mut list = all;
        assert_eq!(soften(&mut list, Decay::Linear(0.3), 0.1, Among::All), 3);
        let expected = [0.9, 0.5, 0.4];
        assert!(scores(&list).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{list:?}");
        let mut list = all;
        assert_eq!(soften(&mut list, Decay::Linear(0.5), 0.1, Among::All), 3);
        assert_eq!(scores(&list), [0.9, 0.6, 0.5]);
        let mut list = all;
        assert_eq!(soften(&mut list, Decay::Gaussian(0.5), 0.49, Among::All), 2);
        assert_eq!(scores(&list[..2]), [0.9, 0.5]);
        assert!((list[2].score - 0.6 * (-1.0_f32 / 9.0 / 0.5).exp()).abs() < 1e-6, "{list:?}");
    }
}
