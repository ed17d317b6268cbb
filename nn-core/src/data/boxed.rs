//! Images with boxes around the things in them.

use std::sync::Arc;

use nn_boxes::{Rect, Truth};

use super::augmented::Motion;
use super::selection::{Selection, selected};
use super::{Dataset, Source, check_gather};
use crate::{Error, Real};

/// Of a box that is moved over the edge of its image, less than this share inside is no longer the thing.
const LEAST_INSIDE: f32 = 0.25;

/// Images with a list of [`Truth`]s for each: boxes and their classes. The targets of a sample are as many as there is room for: its things,
/// then `None`. [`Augmented`](super::Augmented) moves the boxes with their images: to the smallest upright box around the corners, clipped
/// to the image. A thing of which less than a quarter is left inside is dropped.
///
/// ```
/// use nn_core::boxes::{Rect, Truth};
/// use nn_core::data::{Augmented, Boxed, Dataset};
///
/// let images = Dataset::new(vec![0; 2 * 8 * 8], [1, 8, 8], vec![0, 0], 1)?;
/// let rect = Rect::new([1.0, 2.0, 4.0, 6.0]).expect("it has an area");
/// let data = Boxed::new(images, vec![vec![Truth { rect, class: 2 }], vec![]], 3, 4)?;
/// let augmented = Augmented::new(&data, data.shape()).flip().shift(2).scale(0.8..=1.2);
/// # let _ = augmented;
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Boxed {
    images: Dataset,
    things: Arc<[Vec<Truth>]>,
    classes: usize,
    room: usize,
    selection: Selection,
}

selected!([] Boxed);

impl Boxed {
    /// Images, whose own labels do not matter, the things in each, and for how many things of an image there is room. Boxes are in pixels;
    /// what lies outside of the image is cut off.
    ///
    /// # Errors
    ///
    /// When there is not a list for each image, a list has more things than there is room for, a class is not below `classes`, or a box lies
    /// wholly outside of its image.
    pub fn new(images: Dataset, mut things: Vec<Vec<Truth>>, classes: usize, room: usize) -> Result<Self, Error> {
        Error::check_count("room for things", room)?;
        if things.len() != images.len() {
            let expected = format!("one for each of {} images", images.len());
            return Err(Error::size("lists of things", expected, things.len()));
        }
        let [_, height, width] = images.shape();
        for (index, things) in things.iter_mut().enumerate() {
            if things.len() > room {
                let what = format!("things in image {index}");
                return Err(Error::size(what, format!("at most {room}, for which there is room"), things.len()));
            }
            for Truth { rect, class } in things {
                if *class >= classes {
                    return Err(Error::Label { from: "the things".into(), index, label: *class, classes });
                }
                *rect = rect.clipped([width as f32, height as f32]).ok_or_else(|| {
                    let expected = format!("inside {width}×{height} pixels");
                    Error::size(format!("box of a thing in image {index}"), expected, format!("{:?}", rect.edges()))
                })?;
            }
        }
        let selection = Selection::all(images.len());
        Ok(Self { images, things: things.into(), classes, room, selection })
    }

    /// The shape of an image: channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.images.shape()
    }

    /// Count of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The bytes of an image, channels first.
    ///
    /// # Panics
    ///
    /// When there are not that many.
    pub fn image(&self, index: usize) -> &[u8] {
        self.images.image(self.selection.at(index))
    }

    /// The things in an image.
    ///
    /// # Panics
    ///
    /// When there are not that many images.
    pub fn things(&self, index: usize) -> &[Truth] {
        &self.things[self.selection.at(index)]
    }
}

impl<T: Real> Source<T> for Boxed {
    type Target = Option<Truth>;

    fn len(&self) -> usize {
        self.len()
    }

    fn sample_len(&self) -> usize {
        self.shape().iter().product()
    }

    fn targets_per_sample(&self) -> usize {
        self.room
    }

    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        let len = Source::<T>::sample_len(self);
        check_gather("inputs of a mini-batch", indices, self.len(), len, inputs.len())?;
        let mut images = indices.iter().zip(inputs.chunks_exact_mut(len));
        images.try_for_each(|(&index, place)| self.images.gather(&[self.selection.at(index)], place))
    }

    fn targets(&self, indices: &[usize], targets: &mut [Option<Truth>]) -> Result<(), Error> {
        check_gather("targets of a mini-batch", indices, self.len(), self.room, targets.len())?;
        for (&index, place) in indices.iter().zip(targets.chunks_exact_mut(self.room)) {
            place.fill(None);
            place.iter_mut().zip(self.things(index)).for_each(|(place, thing)| *place = Some(*thing));
        }
        Ok(())
    }

    fn move_targets(&self, motion: &Motion, things: &mut [Option<Truth>]) {
        let mut kept = 0;
        for i in 0..things.len() {
            let moved =
                things[i].take().and_then(|Truth { rect, class }| Some(Truth { rect: moved(motion, &rect)?, class }));
            if moved.is_some() {
                things[kept] = moved;
                kept += 1;
            }
        }
    }
}

/// Where a box has gone with its image, if enough of it is still inside.
fn moved(motion: &Motion, rect: &Rect) -> Option<Rect> {
    let [left, top, right, bottom] = rect.edges().map(f64::from);
    let corners = [[top, left], [top, right], [bottom, left], [bottom, right]].map(|corner| motion.moved(corner));
    let bound = |axis: usize, better: fn(f64, f64) -> f64| corners.iter().map(|corner| corner[axis]).reduce(better);
    let edges = [bound(1, f64::min)?, bound(0, f64::min)?, bound(1, f64::max)?, bound(0, f64::max)?];
    let whole = Rect::new(edges.map(|edge| edge as f32)).ok()?;
    let [height, width] = motion.size().map(|side| side as f32);
    whole.clipped([width, height]).filter(|inside| inside.area() >= LEAST_INSIDE * whole.area())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Augmented, Visit};

    fn truth(edges: [f32; 4], class: usize) -> Truth {
        Truth { rect: Rect::new(edges).expect("a box"), class }
    }

    fn images(count: usize) -> Dataset {
        Dataset::new(vec![0; count * 40 * 60], [1, 40, 60], vec![0; count], 1).expect("valid")
    }

    /// A bright rectangle whose box is its own, moved in every way: the box is around what is bright.
    #[test]
    fn boxes_move_with_their_images() {
        let [left, top, right, bottom] = [20, 12, 34, 22];
        let mut bytes = vec![0; 40 * 60];
        (top..bottom).for_each(|y| bytes[y * 60 + left..y * 60 + right].fill(255));
        let images = Dataset::new(bytes, [1, 40, 60], vec![0], 1).expect("valid");
        let thing = truth([left, top, right, bottom].map(|edge| edge as f32), 1);
        let data = Boxed::new(images, vec![vec![thing]], 2, 3).expect("valid");
        let augmented = Augmented::new(&data, data.shape()).shift(3).flip().scale(0.7..=1.3);
        for step in 0..50 {
            let (visit, mut image, mut things) = (Visit { step, place: 0 }, vec![0.0; 2400], [None; 3]);
            Source::<f64>::gather_for(&augmented, visit, &[0], &mut image).expect("valid");
            Source::<f64>::targets_for(&augmented, visit, &[0], &mut things).expect("valid");
            let bright = |i: &usize| image[*i] > 0.5;
            let columns = || (0..2400).filter(bright).map(|i| i % 60);
            let rows = || (0..2400).filter(bright).map(|i| i / 60);
            let found =
                [columns().min(), rows().min(), columns().max(), rows().max()].map(|edge| edge.expect("bright"));
            let expected = [found[0], found[1], found[2] + 1, found[3] + 1];
            let Some(Truth { rect, class: 1 }) = things[0] else { panic!("{things:?}") };
            for (edge, expected) in rect.edges().iter().zip(expected) {
                assert!((edge - expected as f32).abs() <= 1.0, "step {step}: {rect:?}, {expected:?}");
            }
            assert_eq!(things[1..], [None; 2]);
        }
    }

    #[test]
    fn what_has_left_the_image_is_dropped() {
        let things = vec![vec![truth([0.0, 0.0, 4.0, 4.0], 0), truth([30.0, 10.0, 40.0, 20.0], 1)]];
        let data = Boxed::new(images(1), things, 2, 2).expect("valid");
        let augmented = Augmented::new(&data, data.shape()).shift(20);
        let mut dropped = 0;
        for step in 0..40 {
            let mut things = [None; 2];
            Source::<f64>::targets_for(&augmented, Visit { step, place: 0 }, &[0], &mut things).expect("valid");
            if things[1].is_none() {
                assert!(things[0].is_none_or(|thing: Truth| thing.class == 1), "the others move up: {things:?}");
                dropped += 1;
            }
        }
        assert!((10..40).contains(&dropped), "{dropped}");
    }

    #[test]
    fn things_that_do_not_fit_are_told() {
        let thing = |edges| vec![vec![truth(edges, 1)]];
        let inside = [1.0, 1.0, 5.0, 5.0];
        for (things, classes, room, message) in [
            (vec![], 2, 3, "lists of things: expected one for each of 1 images, found 0"),
            (thing(inside), 1, 3, "the things: label 1 of sample 0 is out of range; 1 classes are labelled 0 to 0"),
            (thing(inside), 2, 0, "room for things is 0, but must be at least 1"),
            (
                vec![vec![truth(inside, 0); 4]],
                2,
                3,
                "things in image 0: expected at most 3, for which there is room, found 4",
            ),
            (
                thing([70.0, 1.0, 75.0, 5.0]),
                2,
                3,
                "box of a thing in image 0: expected inside 60×40 pixels, found [70.0, 1.0, 75.0, 5.0]",
            ),
        ] {
            assert_eq!(Boxed::new(images(1), things, classes, room).expect_err(message).to_string(), message);
        }
        let data = Boxed::new(images(2), vec![vec![], vec![truth([50.0, 1.0, 75.0, 5.0], 0)]], 1, 1).expect("valid");
        let (first, second) = data.split_at(1).expect("two");
        assert!(first.things(0).is_empty());
        assert_eq!(second.things(0)[0].rect.edges(), [50.0, 1.0, 60.0, 5.0], "cut off at the edge");
    }
}
