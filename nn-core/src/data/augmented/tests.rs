use super::*;
use crate::data::{Dataset, Masked, Samples, VOID};

const SHAPE: [usize; 3] = [2, 5, 6];
const LEN: usize = 60;

/// Images whose numbers are all different.
fn images(count: usize) -> Samples<f64, usize> {
    let numbers = (0..count * LEN).map(|i| (i * 37 % 1009) as f64 + 1.0).collect();
    Samples::new(count, numbers, (0..count).collect()).expect("valid")
}

/// One image at many steps.
fn visits(data: &Augmented<'_, Samples<f64, usize>>, steps: u64) -> Vec<Vec<f64>> {
    let visit = |step| {
        let mut image = vec![0.0; LEN];
        data.gather_for(Visit { step, place: 0 }, &[0], &mut image).expect("valid");
        image
    };
    (0..steps).map(visit).collect()
}

fn original() -> Vec<f64> {
    let mut image = vec![0.0; LEN];
    images(1).gather(&[0], &mut image).expect("valid");
    image
}

/// The pixel of a channel, by what the image says of its places.
fn moved(at: impl Fn(i64, i64) -> [i64; 2]) -> Vec<f64> {
    let image = original();
    let pixel = |c: i64, y: i64, x: i64| {
        let [y, x] = at(y, x);
        image[(c * 30 + y.clamp(0, 4) * 6 + x.clamp(0, 5)) as usize]
    };
    (0..60).map(|i| pixel(i / 30, i / 6 % 5, i % 6)).collect()
}

#[test]
fn every_shift_is_as_frequent() {
    let data = images(1);
    let found = visits(&Augmented::new(&data, SHAPE).shift(1), 900);
    let mut left = found.len();
    for (down, right) in (0..9).map(|i| (i / 3 - 1, i % 3 - 1)) {
        let expected = moved(|y, x| [y - down, x - right]);
        let count = found.iter().filter(|image| **image == expected).count();
        assert!(
            (60..140).contains(&count),
            "{count} of 900 by {down}, {right}; 100 are expected, four deviations are 38"
        );
        left -= count;
    }
    assert_eq!(left, 0, "nothing else");
}

#[test]
fn every_other_image_is_mirrored() {
    let data = images(1);
    let found = visits(&Augmented::new(&data, SHAPE).flip(), 400);
    let mirrored = moved(|y, x| [y, 5 - x]);
    let count = found.iter().filter(|image| **image == mirrored).count();
    assert!((160..240).contains(&count), "{count} of 400");
    assert_eq!(found.iter().filter(|image| **image == original()).count(), 400 - count);
}

#[test]
fn a_quarter_turn_moves_pixels() {
    let from: Vec<f64> = (0..9).map(f64::from).collect();
    let mut to = [0.0; 9];
    let turn = Geometry { angle: 90.0_f64.to_radians(), ..Geometry::default() };
    turn.apply([1, 3, 3], &from, &mut to);
    for (found, expected) in to.iter().zip([6.0, 3.0, 0.0, 7.0, 4.0, 1.0, 8.0, 5.0, 2.0]) {
        assert!((found - expected).abs() < 1e-12, "{to:?}");
    }
}

/// Interpolation is exact where numbers rise evenly: each then tells where it came from. The expected places are computed by the
/// matrix the other way: from where a pixel was to where it is.
#[test]
fn places_are_those_of_the_matrix() {
    let [height, width] = [21, 31];
    let rows: Vec<f64> = (0..height * width).map(|i| (i / width) as f64).collect();
    let columns: Vec<f64> = (0..height * width).map(|i| (i % width) as f64).collect();
    let from = [rows, columns].concat();
    for (shift, flip, angle, scale) in
        [([0, 0], false, 0.3, 1.0), ([2, -3], false, 0.0, 1.25), ([1, 2], true, -0.5, 0.9), ([-1, 0], true, 2.0, 1.1)]
    {
        let mut to = vec![0.0; from.len()];
        Geometry { shift, flip, angle, scale }.apply([2, height, width], &from, &mut to);
        let (mut checked, half) = (0, height * width);
        for i in 0..half {
            let (y, x) = (to[i] - 10.0, to[half + i] - 15.0);
            if y.abs() > 9.99 || x.abs() > 14.99 {
                continue; // from beyond the edge
            }
            let x = if flip { -x } else { x };
            let down = scale * (angle.cos() * y + angle.sin() * x) + 10.0 + shift[0] as f64;
            let right = scale * (angle.cos() * x - angle.sin() * y) + 15.0 + shift[1] as f64;
            let error = (down - (i / width) as f64).abs() + (right - (i % width) as f64).abs();
            assert!(error < 1e-9, "pixel {i} of {shift:?} {flip} {angle} {scale}: {down}, {right}");
            checked += 1;
        }
        assert!(checked > 200, "{checked}");
    }
}

#[test]
fn noise_is_normal_and_holes_are_square() {
    let data = images(1);
    let original = original();
    let found = visits(&Augmented::new(&data, SHAPE).noise(0.5), 1000);
    let noise: Vec<f64> = found.iter().flat_map(|image| image.iter().zip(&original).map(|(a, b)| a - b)).collect();
    let moment = |power: i32| noise.iter().map(|x| (x / 0.5).powi(power)).sum::<f64>() / noise.len() as f64;
    for (power, expected, tolerance) in [(1, 0.0, 0.02), (2, 1.0, 0.03), (3, 0.0, 0.08), (4, 3.0, 0.25)] {
        assert!((moment(power) - expected).abs() < tolerance, "moment {power}: {}", moment(power));
    }

    let found = visits(&Augmented::new(&data, SHAPE).cut_out(3), 400);
    let mut sizes = [0; 10];
    for image in &found {
        assert!(image.iter().zip(&original).all(|(a, b)| *a == 0.0 || a == b));
        let cut: Vec<bool> = image.iter().map(|number| *number == 0.0).collect();
        assert_eq!(cut[..30], cut[30..], "the same of all channels");
        sizes[cut[..30].iter().filter(|cut| **cut).count()] += 1;
    }
    // The centre is on the edge of an axis of five in two cases of five, of an axis of six in two of six.
    assert!(sizes[9] > 110 && sizes[9] < 210, "of 400, 160 are expected: {sizes:?}");
    assert_eq!(sizes[9] + sizes[6] + sizes[4], 400, "{sizes:?}");
}

/// A picture and a mask that say the same: where nothing is interpolated they still do after any change.
#[test]
fn masks_move_with_their_images() {
    let bytes: Vec<u8> = (0..30).map(|i| i * 8).collect();
    let images = Dataset::new(bytes.clone(), [1, 5, 6], vec![0], 1).expect("valid");
    let data = Masked::new(images, bytes, 241).expect("a mask");
    let augmented = Augmented::new(&data, data.shape()).shift(2).flip();
    let (mut moved, mut void) = (0, 0);
    for step in 0..200 {
        let (visit, mut image, mut mask) = (Visit { step, place: 3 }, [0.0; 30], [0; 30]);
        Source::<f64>::gather_for(&augmented, visit, &[0], &mut image).expect("valid");
        Source::<f64>::targets_for(&augmented, visit, &[0], &mut mask).expect("valid");
        for (pixel, (&number, &label)) in image.iter().zip(&mask).enumerate() {
            let byte = (number * 255.0).round() as u8;
            assert!(label == byte || label == VOID, "step {step}, pixel {pixel}: {byte} and {label}");
            void += usize::from(label == VOID);
            moved += usize::from(label != VOID && usize::from(label) != pixel * 8);
        }
    }
    // A shift of 0 to 2 leaves 1.2 rows of 5 and 1.2 columns of 6 void at the mean: 1 - 0.76 * 0.8 of all pixels.
    assert!((2000..2700).contains(&void), "{void} of 6000 pixels are void, 2352 expected");
    assert!(moved > 2000, "{moved}");
    let mut mask = [9; 30];
    Source::<f64>::targets(&augmented, &[0], &mut mask).expect("valid");
    assert_eq!(mask, data.mask(0), "evaluated as they are");
}

/// The corners of pixels go where the pixels go: the middle of each pixel of the mask comes from where its origin was.
#[test]
fn points_move_with_the_image() {
    for (shift, flip, angle, scale) in
        [([0, 0], false, 0.3, 1.0), ([2, -3], true, 0.0, 1.25), ([1, 2], true, -0.5, 0.9), ([-1, 0], false, 2.0, 1.1)]
    {
        let geometry = Geometry { shift, flip, angle, scale };
        let motion = Motion { geometry, size: [21, 30] };
        for place in [[0, 0], [5, 20], [20, 29]] {
            let [y, x] = geometry.origin(place, [21, 30]);
            let [down, right] = motion.moved([y + 0.5, x + 0.5]);
            let error = (down - place[0] as f64 - 0.5).abs() + (right - place[1] as f64 - 0.5).abs();
            assert!(error < 1e-9, "{place:?} of {geometry:?}: {down}, {right}");
        }
    }
}

#[test]
fn masks_that_do_not_fit_are_told() {
    let images = || Dataset::new(vec![0; 12], [1, 2, 3], vec![0, 0], 1).expect("valid");
    for (masks, classes, message) in [
        (vec![0; 11], 2, "bytes of masks: expected 2×3 for each of 2 images, found 11"),
        (vec![0; 12], 256, "count of classes of masks is 256, but must be from 1 to 255"),
        (
            [vec![0; 7], vec![2; 5]].concat(),
            2,
            "the masks: label 2 of sample 1 is out of range; 2 classes are labelled 0 to 1",
        ),
    ] {
        assert_eq!(Masked::new(images(), masks, classes).expect_err(message).to_string(), message);
    }
    let data = Masked::new(images(), (0..12).map(|i| i / 6).collect(), 2).expect("masks");
    let (first, second) = data.split_at(1).expect("two images");
    let mut mask = [9; 6];
    Source::<f32>::targets(&second, &[0], &mut mask).expect("one");
    assert_eq!((first.mask(0), mask), (&[0; 6][..], [1; 6]));
    assert!(Source::<f32>::targets(&second, &[1], &mut mask).is_err());
}

#[test]
fn draws_depend_on_the_visit_alone() {
    let data = images(6);
    let augmented =
        Augmented::new(&data, SHAPE).seed(3).shift(2).flip().rotate(20.0).scale(0.8..=1.2).noise(0.1).cut_out(2);
    let gather = |augmented: &Augmented<'_, _>, step, place, indices: &[usize]| {
        let mut images = vec![0.0; indices.len() * LEN];
        augmented.gather_for(Visit { step, place }, indices, &mut images).expect("valid");
        images
    };
    let whole = gather(&augmented, 7, 0, &[4, 4, 0, 2]);
    let parts = [gather(&augmented, 7, 0, &[4]), gather(&augmented, 7, 1, &[4, 0]), gather(&augmented, 7, 3, &[2])];
    assert_eq!(whole, parts.concat());
    assert_ne!(whole[..LEN], whole[LEN..2 * LEN], "the same image in two places");
    assert_ne!(whole, gather(&augmented, 8, 0, &[4, 4, 0, 2]), "another step");
    assert_ne!(whole, gather(&augmented.clone().seed(4), 7, 0, &[4, 4, 0, 2]), "another seed");

    let (mut plain, mut expected) = (vec![0.0; LEN], vec![0.0; LEN]);
    augmented.gather(&[4], &mut plain).expect("valid");
    data.gather(&[4], &mut expected).expect("valid");
    assert_eq!(plain, expected, "evaluated as they are");
}

#[test]
fn what_does_not_fit_is_told() {
    let data = Dataset::new(vec![0; LEN], SHAPE, vec![0], 1).expect("valid");
    let good = || Augmented::new(&data, SHAPE);
    for (augmented, message) in [
        (
            Augmented::new(&data, [1, 5, 6]),
            "shape of images to be augmented: expected 60 numbers, as each sample has, found [1, 5, 6]",
        ),
        (good().rotate(f64::NAN), "degrees of a rotation is NaN, but must be from 0 to 360"),
        (good().scale(0.0..=1.0), "least factor of a scale is 0, but must be a positive, finite number"),
        (good().scale(2.0..=1.0), "largest factor of a scale is 1, but must be finite, and not below the least"),
        (good().noise(-1.0), "deviation of noise is -1, but must be a finite number, not negative"),
    ] {
        let found = augmented.gather_for(Visit { step: 0, place: 0 }, &[0], &mut [0.0_f32; LEN]);
        assert_eq!(found.expect_err(message).to_string(), message);
    }
    assert!(
        good()
            .shift(usize::MAX / 8)
            .cut_out(usize::MAX / 8)
            .gather_for(Visit { step: 0, place: 0 }, &[0], &mut [0.0_f32; LEN])
            .is_ok()
    );
}
