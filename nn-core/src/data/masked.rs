//! Images with the class of every pixel.

use std::sync::Arc;

use super::augmented::Motion;
use super::selection::{Selection, selected};
use super::{Dataset, Source, check_gather};
use crate::{Error, Real};

/// The label of a pixel that is of no class, or of which nobody knows the class: that of PASCAL VOC.
pub const VOID: u8 = 255;

/// Images with a mask for each: a byte for every pixel, row by row, that names its class, or [`VOID`]. The targets are the masks, as
/// [`PixelCrossEntropy`](crate::train::loss::PixelCrossEntropy) and [`Dice`](crate::train::loss::Dice) want them.
/// [`Augmented`](super::Augmented) moves them with their images; what comes from beyond the edge is void.
#[derive(Clone, Debug)]
pub struct Masked {
    images: Dataset,
    masks: Arc<Masks>,
    selection: Selection,
}

#[derive(Debug)]
struct Masks {
    bytes: Vec<u8>,
    classes: usize,
}

selected!([] Masked);

impl Masked {
    /// Images, whose own labels do not matter, and the masks of all of them, one after another.
    ///
    /// # Errors
    ///
    /// When there is not a byte for every pixel of every image, or one is neither below `classes`, 255 at most, nor [`VOID`].
    pub fn new(images: Dataset, masks: Vec<u8>, classes: usize) -> Result<Self, Error> {
        Error::check_setting(
            "count of classes of masks",
            classes as f64,
            (1..=255).contains(&classes),
            "from 1 to 255",
        )?;
        let [_, height, width] = images.shape();
        if masks.len() != images.len() * height * width {
            let expected = format!("{height}×{width} for each of {} images", images.len());
            return Err(Error::size("bytes of masks", expected, masks.len()));
        }
        if let Some(pixel) = masks.iter().position(|&label| usize::from(label) >= classes && label != VOID) {
            let (index, label) = (pixel / (height * width), masks[pixel].into());
            return Err(Error::Label { from: "the masks".into(), index, label, classes });
        }
        let selection = Selection::all(images.len());
        Ok(Self { images, masks: Arc::new(Masks { bytes: masks, classes }), selection })
    }

    /// The shape of an image: channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.images.shape()
    }

    /// Count of classes.
    pub fn classes(&self) -> usize {
        self.masks.classes
    }

    /// The bytes of an image, channels first.
    ///
    /// # Panics
    ///
    /// When there are not that many.
    pub fn image(&self, index: usize) -> &[u8] {
        self.images.image(self.selection.at(index))
    }

    /// The mask of an image.
    ///
    /// # Panics
    ///
    /// When there are not that many.
    pub fn mask(&self, index: usize) -> &[u8] {
        let len = self.mask_len();
        &self.masks.bytes[self.selection.at(index) * len..][..len]
    }

    fn mask_len(&self) -> usize {
        self.shape()[1..].iter().product()
    }
}

impl<T: Real> Source<T> for Masked {
    type Target = u8;

    fn len(&self) -> usize {
        self.len()
    }

    fn sample_len(&self) -> usize {
        self.shape().iter().product()
    }

    fn targets_per_sample(&self) -> usize {
        self.mask_len()
    }

    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        let len = Source::<T>::sample_len(self);
        check_gather("inputs of a mini-batch", indices, self.len(), len, inputs.len())?;
        // One by one, so that no list of indices is made.
        let mut images = indices.iter().zip(inputs.chunks_exact_mut(len));
        images.try_for_each(|(&index, place)| self.images.gather(&[self.selection.at(index)], place))
    }

    fn targets(&self, indices: &[usize], targets: &mut [u8]) -> Result<(), Error> {
        let len = self.mask_len();
        check_gather("targets of a mini-batch", indices, self.len(), len, targets.len())?;
        for (&index, place) in indices.iter().zip(targets.chunks_exact_mut(len)) {
            place.copy_from_slice(self.mask(index));
        }
        Ok(())
    }

    fn move_targets(&self, motion: &Motion, mask: &mut [u8]) {
        motion.move_mask(mask, VOID);
    }
}
