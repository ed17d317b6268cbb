use super::*;

/// A grey picture with rectangles `[left, top, right, bottom]` of some brightness.
fn picture([height, width]: [usize; 2], ground: f32, things: &[([usize; 4], f32)]) -> Vec<f32> {
    let mut picture = vec![ground; height * width];
    for &([left, top, right, bottom], brightness) in things {
        (top..bottom).for_each(|y| picture[y * width + left..y * width + right].fill(brightness));
    }
    picture
}

fn edges(boxes: &[Rect]) -> Vec<[usize; 4]> {
    boxes.iter().map(|found| found.edges().map(|edge| edge as usize)).collect()
}

const SEARCH: SelectiveSearch = SelectiveSearch { scale: 0.5, smoothing: 0.0, least: 4, most: 100 };

#[test]
fn each_thing_has_its_box_and_all_have_one() {
    let things = [([5, 4, 15, 12], 0.9), ([25, 20, 35, 38], 0.6)];
    let found = edges(&SEARCH.propose(&picture([40, 50], 0.1, &things), [1, 40, 50]));
    assert_eq!(found[0], [0, 0, 50, 40]);
    for (thing, _) in things {
        assert!(found.contains(&thing), "{thing:?} in {found:?}");
    }
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn parts_that_touch_become_a_thing() {
    // A light and a dark half, which are less alike than each is small.
    let halves = [([10, 10, 20, 16], 0.9), ([10, 16, 20, 22], 0.6)];
    let found = edges(&SEARCH.propose(&picture([40, 40], 0.0, &halves), [1, 40, 40]));
    assert!(found.contains(&[10, 10, 20, 22]), "{found:?}");
    assert!(found.contains(&halves[0].0) && found.contains(&halves[1].0), "{found:?}");
}

#[test]
fn colours_of_one_brightness_differ() {
    let red = picture([20, 20], 0.2, &[([4, 4, 12, 12], 0.8)]);
    let green = picture([20, 20], 0.8, &[([4, 4, 12, 12], 0.2)]);
    let found = edges(&SEARCH.propose(&[red, green, vec![0.5; 400]].concat(), [3, 20, 20]));
    assert_eq!(found, [[0, 0, 20, 20], [4, 4, 12, 12]]);
}

#[test]
fn large_regions_come_first_and_no_more_than_asked_for() {
    let things = [([5, 4, 15, 12], 0.9), ([25, 20, 35, 38], 0.6)];
    let picture = picture([40, 50], 0.1, &things);
    let found = SelectiveSearch { most: 1, ..SEARCH }.propose(&picture, [1, 40, 50]);
    assert_eq!(edges(&found), [[0, 0, 50, 40]]);
}

#[test]
fn noise_is_cut_into_a_bounded_count_and_the_same_each_time() {
    let noise: Vec<f32> = (0..200 * 200_u64).map(|i| (i * i * 2_654_435_761 % 1009) as f32 / 1009.0).collect();
    let search = SelectiveSearch { scale: 0.0, least: 1, most: usize::MAX, ..SEARCH };
    let found = search.propose(&noise, [1, 200, 200]);
    assert!(found.len() < 2 * MOST_SEGMENTS, "{}", found.len());
    assert_eq!(found, search.propose(&noise, [1, 200, 200]));
}

#[test]
fn odd_pictures_have_their_boxes() {
    assert!(SEARCH.propose(&[], [1, 0, 7]).is_empty());
    assert_eq!(edges(&SEARCH.propose(&[0.3], [1, 1, 1])), [[0, 0, 1, 1]]);
    assert_eq!(edges(&SEARCH.propose(&[0.3; 30], [1, 5, 6])), [[0, 0, 6, 5]]);
    let found = SelectiveSearch { smoothing: 0.8, ..SEARCH }.propose(&[f32::NAN; 30], [1, 5, 6]);
    assert_eq!(edges(&found)[0], [0, 0, 6, 5]);
}

#[test]
#[should_panic(expected = "29 numbers for a picture of 1×5×6")]
fn a_picture_of_another_size_is_refused() {
    SEARCH.propose(&[0.0; 29], [1, 5, 6]);
}
