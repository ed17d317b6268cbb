//! What the losses of pixels share: which maps they take, and the labels of masks.

use super::Hits;
use crate::{Error, Head, Real};

/// The classes of the pixels of a map, and the label of those that are of none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixels {
    pub classes: usize,
    pub ignored: u8,
}

/// Pixels that are looked at together.
const BLOCK: usize = 64;

impl Pixels {
    /// Of so many classes; label 255 is of none.
    pub fn new(classes: usize) -> Self {
        Self { classes, ignored: crate::data::VOID }
    }

    /// Fails unless an output is a map with a channel for each class.
    pub fn check_output(&self, shape: &[usize]) -> Result<(), Error> {
        Error::check_setting(
            "count of classes of pixels",
            self.classes as f64,
            (1..=255).contains(&self.classes),
            "from 1 to 255",
        )?;
        match shape {
            [channels, _, _] if *channels == self.classes => Ok(()),
            _ => {
                let expected = format!("a map [{}, height, width], a channel for each class", self.classes);
                Err(Error::size("output that a loss of pixels takes", expected, format!("{shape:?}")))
            }
        }
    }

    /// Fails unless samples of `len` numbers are logits of such maps, and each label is that of a class or is ignored.
    pub fn check(&self, head: Head, len: usize, labels: &[u8]) -> Result<(), Error> {
        if !len.is_multiple_of(self.classes) {
            let expected = format!("a multiple of {} classes", self.classes);
            return Err(Error::size("numbers of a map of pixels", expected, len));
        }
        let is_alone = len == self.classes && head != Head::Sigmoid;
        if head != Head::Identity && !is_alone {
            return Err(Error::size("head of a loss of pixels", "none: it takes the logits", format!("{head:?}")));
        }
        let is_wrong = |label: &u8| usize::from(*label) >= self.classes && *label != self.ignored;
        match labels.iter().position(is_wrong) {
            Some(pixel) => Err(Error::Label {
                from: "the masks".into(),
                index: pixel / (len / self.classes),
                label: labels[pixel].into(),
                classes: self.classes,
            }),
            None => Ok(()),
        }
    }

    /// Whether a pixel is of a class.
    pub fn counts(&self, label: u8) -> bool {
        label != self.ignored
    }

    /// Labels of a sample whose output is `len` numbers long.
    pub fn per_sample(&self, len: usize) -> usize {
        len / self.classes
    }

    /// How many pixels have their largest logit at their label.
    pub fn hits<T: Real>(&self, len: usize, outputs: &[T], labels: &[u8]) -> Hits {
        let mut hits = Hits::default();
        for (map, labels) in outputs.chunks_exact(len).zip(labels.chunks_exact(self.per_sample(len))) {
            largest(self.classes, map, |pixel, class| {
                let label = labels[pixel];
                hits.of += usize::from(self.counts(label));
                hits.right += usize::from(self.counts(label) && usize::from(label) == class);
            });
        }
        hits
    }
}

/// Calls `visit` with each pixel of a map and the class with its largest number, the first of equals.
pub(crate) fn largest<T: Real>(classes: usize, map: &[T], mut visit: impl FnMut(usize, usize)) {
    let pixels = map.len() / classes;
    for first in (0..pixels).step_by(BLOCK) {
        let count = BLOCK.min(pixels - first);
        let (mut best, mut which) = ([T::ZERO; BLOCK], [0; BLOCK]);
        best[..count].copy_from_slice(&map[first..first + count]);
        for class in 1..classes {
            let row = &map[class * pixels + first..][..count];
            for ((best, which), &number) in best.iter_mut().zip(&mut which).zip(row) {
                if number > *best {
                    (*best, *which) = (number, class);
                }
            }
        }
        which[..count].iter().enumerate().for_each(|(i, class)| visit(first + i, *class));
    }
}
