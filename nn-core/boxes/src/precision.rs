//! How good a detector is.

use crate::{Detection, Rect};

/// A thing that is in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Where.
    pub rect: Rect,
    /// Of which class.
    pub class: usize,
}

/// The limits of intersection over union that COCO averages over: 0.5, 0.55, … 0.95.
pub const COCO: [f64; 10] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/// The most detections of a picture and class that count.
const MOST: usize = 100;

/// The average precision of a class, as COCO defines it (Lin et al., 2014): the mean of the best precision that is left at recalls of
/// 0, 0.01, … 1. A detection is right if it shares at least `limit` with a thing of its class that no surer one has taken; there is a list
/// of each for every picture. Of a picture the hundred surest count. `None` when there is no thing of the class.
///
/// # Panics
///
/// When there are not as many lists of detections as of things.
pub fn average_precision(found: &[Vec<Detection>], truth: &[Vec<Truth>], class: usize, limit: f64) -> Option<f64> {
    assert!(found.len() == truth.len(), "{} lists of detections for {} pictures", found.len(), truth.len());
    let things = truth.iter().flatten().filter(|thing| thing.class == class).count();
    if things == 0 {
        return None;
    }
    let mut hits: Vec<(f32, bool)> = Vec::new();
    for (found, truth) in found.iter().zip(truth) {
        hits.extend(matches(found, truth, class, limit));
    }
    hits.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut right = 0;
    let mut curve: Vec<[f64; 2]> = Vec::with_capacity(hits.len());
    for (count, (_, is_right)) in (1..).zip(hits) {
        right += usize::from(is_right);
        curve.push([f64::from(right as u32) / things as f64, right as f64 / f64::from(count)]);
    }
    // The best precision of this recall or a higher one.
    let mut best = 0.0;
    for [_, precision] in curve.iter_mut().rev() {
        best = f64::max(best, *precision);
        *precision = best;
    }
    let at = |recall: f64| curve.get(curve.partition_point(|point| point[0] < recall)).map_or(0.0, |point| point[1]);
    Some((0..=100).map(|percent| at(f64::from(percent) / 100.0)).sum::<f64>() / 101.0)
}

/// The scores of a picture's detections of a class, the surest first, and whether each is right.
fn matches(found: &[Detection], truth: &[Truth], class: usize, limit: f64) -> Vec<(f32, bool)> {
    let mut found: Vec<&Detection> =
        found.iter().filter(|found| found.class == class && !found.score.is_nan()).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MOST);
    let mut things: Vec<&Truth> = truth.iter().filter(|thing| thing.class == class).collect();
    let mut is_right = |detection: &Detection| {
        let overlap = |thing: &Truth| {
            let (shared, union) = detection.rect.shared(&thing.rect);
            shared / union
        };
        let best = (0..things.len()).max_by(|&a, &b| overlap(things[a]).total_cmp(&overlap(things[b])));
        let best = best.filter(|&best| overlap(things[best]) >= limit.min(1.0 - 1e-10));
        best.map(|best| things.remove(best)).is_some()
    };
    found.into_iter().map(|detection| (detection.score, is_right(detection))).collect()
}

/// The mean of the [`average_precision`] of all classes that there are, and of these limits: `&[0.5]` for mAP@0.5, [`COCO`] for
/// mAP@0.5:0.95. 0 when there is no thing at all.
///
/// # Panics
///
/// As of [`average_precision`].
pub fn mean_average_precision(found: &[Vec<Detection>], truth: &[Vec<Truth>], limits: &[f64]) -> f64 {
    let classes = truth.iter().flatten().map(|thing| thing.class + 1).max().unwrap_or(0);
    let each = limits.iter().flat_map(|&limit| (0..classes).map(move |class| (class, limit)));
    let all: Vec<f64> = each.filter_map(|(class, limit)| average_precision(found, truth, class, limit)).collect();
    if all.is_empty() { 0.0 } else { all.iter().sum::<f64>() / all.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(left: f32) -> Truth {
        Truth { rect: Rect::new([left, 0.0, left + 10.0, 10.0]).expect("a box"), class: 0 }
    }

    fn found(left: f32, score: f32) -> Detection {
        Detection { rect: thing(left).rect, class: 0, score }
    }

    fn check(found: &[Vec<Detection>], truth: &[Vec<Truth>], limit: f64, expected: f64) {
        let average = average_precision(found, truth, 0, limit).expect("a thing");
        assert!((average - expected).abs() < 1e-12, "{average}, not {expected}");
    }

    #[test]
    fn averages_are_those_by_hand() {
        let truth = [vec![thing(0.0), thing(50.0)]];
        check(&[vec![found(0.0, 0.9), found(50.0, 0.8)]], &truth, 0.5, 1.0);
        check(&[vec![]], &truth, 0.5, 0.0);
        // One of two: recalls 0 to 0.5, 51 of 101, at a precision of 1.
        check(&[vec![found(0.0, 0.9)]], &truth, 0.5, 51.0 / 101.0);
        // Wrong first: precisions 0, 1/2, 2/3, and the best that is left is 2/3 at every recall.
        check(&[vec![found(90.0, 0.9), found(0.0, 0.8), found(50.0, 0.7)]], &truth, 0.5, 2.0 / 3.0);
        // The second box of the same thing is wrong: 1 up to a recall of a half, then 2/3.
        check(
            &[vec![found(0.0, 0.9), found(1.0, 0.8), found(50.0, 0.7)]],
            &truth,
            0.5,
            (51.0 + 50.0 * 2.0 / 3.0) / 101.0,
        );
        // 2 to the right shares 80 of 120.
        check(&[vec![found(2.0, 0.9), found(52.0, 0.8)]], &truth, 0.65, 1.0);
        check(&[vec![found(2.0, 0.9), found(52.0, 0.8)]], &truth, 0.7, 0.0);
    }

    #[test]
    fn pictures_without_things_count_what_is_found_in_them() {
        let truth = [vec![thing(0.0)], vec![]];
        check(&[vec![found(0.0, 0.5)], vec![found(0.0, 0.9)]], &truth, 0.5, 0.5);
        assert_eq!(average_precision(&[vec![], vec![]], &truth, 1, 0.5), None);
        assert_eq!(mean_average_precision(&[vec![found(0.0, 0.9)]], &[vec![]], &COCO), 0.0);
        let mean = mean_average_precision(&[vec![found(2.0, 0.9)]], &[vec![thing(0.0)]], &COCO);
        assert!((mean - 0.4).abs() < 1e-12, "four of ten limits are below 0.667: {mean}");
    }
}
