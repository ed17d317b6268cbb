//! Anchors: boxes at every place of a map, of which a network says what is near.

use crate::{Rect, RectError};

/// Anchors of these widths and heights, in the middle of each of the cells of a map that is `stride` pixels for each: of the first shape
/// row by row, then of the next. That is the order of a network's output `[shapes, height, width]`.
///
/// # Errors
///
/// When a shape has no size, or the stride is not a positive number.
///
/// ```
/// let anchors = nn_boxes::anchors([2, 3], 8.0, &[[16.0, 16.0], [8.0, 24.0]])?;
/// assert_eq!((anchors.len(), anchors[4].edges()), (12, [4.0, 4.0, 20.0, 20.0]));
/// # Ok::<(), nn_boxes::RectError>(())
/// ```
pub fn anchors([rows, columns]: [usize; 2], stride: f32, shapes: &[[f32; 2]]) -> Result<Vec<Rect>, RectError> {
    let mut all = Vec::with_capacity(shapes.len() * rows * columns);
    for &shape in shapes {
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            all.push(Rect::around([(column as f32 + 0.5) * stride, (row as f32 + 0.5) * stride], shape)?);
        }
    }
    Ok(all)
}

/// What an anchor should say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// That this thing is here, of those in the picture.
    Thing(usize),
    /// That nothing is here.
    Nothing,
    /// Nobody asks it.
    Unsure,
}

/// What each anchor should say of the things in a picture (Ren et al., 2015): the thing with which it shares most, if their
/// intersection over union is `yes` or more; nothing if it is less than `no` with all of them. An anchor that shares most with a
/// thing says so even below `yes`, so that none is missed. Without things, all say nothing.
pub fn marks(anchors: &[Rect], things: &[Rect], yes: f32, no: f32) -> Vec<Mark> {
    let overlaps: Vec<Vec<f32>> =
        things.iter().map(|thing| anchors.iter().map(|anchor| anchor.iou(thing)).collect()).collect();
    let largest: Vec<f32> = overlaps.iter().map(|row| row.iter().copied().fold(0.0, f32::max)).collect();
    let mark = |anchor: usize| {
        let best =
            (0..things.len()).max_by(|&a, &b| overlaps[a][anchor].total_cmp(&overlaps[b][anchor]).then(b.cmp(&a)));
        let Some(best) = best else { return Mark::Nothing };
        let is_best_of = |thing: &usize| overlaps[*thing][anchor] == largest[*thing] && largest[*thing] > no;
        let overlap = overlaps[best][anchor];
        match (0..things.len()).find(is_best_of) {
            _ if overlap >= yes => Mark::Thing(best),
            Some(thing) => Mark::Thing(thing),
            None if overlap < no => Mark::Nothing,
            None => Mark::Unsure,
        }
    };
    (0..anchors.len()).map(mark).collect()
}

/// Hard-negative mining (Liu et al., 2016): of the anchors that are to say nothing, those that lose most, up to `ratio` for each
/// anchor of a thing, and at least `least`. Their indices, the hardest first; of equals the first.
///
/// # Panics
///
/// When there is not a loss for each mark.
pub fn hardest(marks: &[Mark], losses: &[f32], ratio: usize, least: usize) -> Vec<usize> {
    assert!(marks.len() == losses.len(), "{} losses for {} marks", losses.len(), marks.len());
    let things = marks.iter().filter(|mark| matches!(mark, Mark::Thing(_))).count();
    let mut negatives: Vec<usize> = (0..marks.len()).filter(|&i| marks[i] == Mark::Nothing).collect();
    negatives.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
    negatives.truncate((things * ratio).max(least));
    negatives
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(edges: [f32; 4]) -> Rect {
        Rect::new(edges).expect("a box")
    }

    #[test]
    fn anchors_say_what_they_share_most_with() {
        let anchors = [
            rect([0.0, 0.0, 10.0, 10.0]),
            rect([2.0, 0.0, 12.0, 10.0]),
            rect([5.0, 0.0, 15.0, 10.0]),
            rect([50.0, 0.0, 60.0, 10.0]),
            rect([80.0, 0.0, 90.0, 10.0]),
        ];
        // With the first thing 1, 0.667, 0.333 and nothing; with the second 0.25 at most, which is more than 0.2.
        let things = [rect([0.0, 0.0, 10.0, 10.0]), rect([56.0, 0.0, 66.0, 10.0])];
        use Mark::{Nothing, Thing, Unsure};
        assert_eq!(marks(&anchors, &things, 0.6, 0.2), [Thing(0), Thing(0), Unsure, Thing(1), Nothing]);
        assert_eq!(marks(&anchors, &things, 0.9, 0.4), [Thing(0), Unsure, Nothing, Nothing, Nothing]);
        assert_eq!(marks(&anchors, &[], 0.6, 0.3), [Nothing; 5]);
    }

    #[test]
    fn the_hardest_negatives_are_those_that_lose_most() {
        use Mark::{Nothing, Thing, Unsure};
        let marks = [Nothing, Thing(0), Nothing, Unsure, Nothing, Nothing];
        let losses = [0.1, 9.0, 0.5, 9.0, 0.5, 0.3];
        assert_eq!(hardest(&marks, &losses, 3, 1), [2, 4, 5]);
        assert_eq!(hardest(&marks, &losses, 9, 1), [2, 4, 5, 0]);
        assert_eq!(hardest(&[Nothing; 3], &[0.1, 0.2, 0.3], 3, 2), [2, 1]);
    }

    #[test]
    fn shapes_without_size_are_told() {
        assert!(anchors([2, 2], 4.0, &[[0.0, 3.0]]).is_err());
        assert!(anchors([2, 2], f32::NAN, &[[2.0, 3.0]]).is_err());
    }
}
