//! Labelled images, kept as bytes.

use std::path::Path;
use std::sync::Arc;

use super::gather::{gather_in_parts, parts_of};
use super::selection::{Selection, selected};
use super::{Idx, Layout, Normalisation, Source, check_gather};
use crate::simd::prefetch::prefetch;
use crate::{Error, Real};

/// Bytes of images that the memory is asked for together before they are converted: they lie anywhere in a set that no cache
/// holds, and a second-level cache holds so many with room to spare.
const ASKED: usize = 1 << 17;

/// Labelled images, kept as bytes and normalised while a mini-batch is gathered.
///
/// Parts of a data set share its images; to split or shuffle moves only their indices.
#[derive(Clone, Debug)]
pub struct Dataset {
    images: Arc<Images>,
    selection: Selection,
    normalisation: Normalisation,
    names: Arc<[String]>,
}

#[derive(Debug)]
struct Images {
    bytes: Vec<u8>,
    shape: [usize; 3],
    labels: Vec<usize>,
    classes: usize,
}

selected!([] Dataset);

impl Dataset {
    /// Images of shape `[channels, height, width]`, one after another, with a label below `classes` for each.
    ///
    /// # Errors
    ///
    /// When there are no images, the bytes are not one image for each label, or a label is out of range.
    pub fn new(bytes: Vec<u8>, shape: [usize; 3], labels: Vec<usize>, classes: usize) -> Result<Self, Error> {
        Self::named(bytes, shape, labels, classes, ["the images", "the labels"])
    }

    /// Reads images and labels from IDX files, plain or gz.
    ///
    /// The images are `[count, height, width]`, or `[count, channels, height, width]`.
    ///
    /// # Errors
    ///
    /// When a file is not what it should be (see [`Idx::read`]), or the two do not fit together.
    pub fn from_idx(images: impl AsRef<Path>, labels: impl AsRef<Path>, classes: usize) -> Result<Self, Error> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        let pixels = Idx::read(images)?;
        let shape = match pixels.dims[..] {
            [_, height, width] => [1, height, width],
            [_, channels, height, width] => [channels, height, width],
            _ => return Err(pixels.unexpected(images, "images: count, height, width", 3)),
        };
        let answers = Idx::read(labels)?;
        if answers.dims.len() != 1 {
            return Err(answers.unexpected(labels, "labels: count", 1));
        }
        let names = [images, labels].map(|path| path.display().to_string());
        let (image_count, label_count) = (pixels.dims[0], answers.bytes.len());
        if image_count != label_count {
            let [images, labels] = names;
            return Err(Error::Counts { images, image_count, labels, label_count });
        }
        let answers = answers.bytes.into_iter().map(usize::from).collect();
        Self::named(pixels.bytes, shape, answers, classes, names.each_ref().map(String::as_str))
    }

    fn named(
        bytes: Vec<u8>,
        shape: [usize; 3],
        labels: Vec<usize>,
        classes: usize,
        [images_from, labels_from]: [&str; 2],
    ) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(Error::Empty { what: images_from.into() });
        }
        let len = shape.iter().try_fold(labels.len(), |product, &dim| product.checked_mul(dim));
        if len != Some(bytes.len()) {
            let expected = format!("{} of shape {shape:?}, one for each label", labels.len());
            return Err(Error::size(images_from, expected, format!("{} bytes", bytes.len())));
        }
        if let Some((index, &label)) = labels.iter().enumerate().find(|(_, label)| **label >= classes) {
            return Err(Error::Label { from: labels_from.into(), index, label, classes });
        }
        let selection = Selection::all(labels.len());
        let images = Arc::new(Images { bytes, shape, labels, classes });
        Ok(Self { images, selection, normalisation: Normalisation::unit(), names: Arc::new([]) })
    }

    /// With names for the classes.
    ///
    /// # Errors
    ///
    /// When there is not one for each class.
    pub fn with_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.classes() {
            return Err(Error::size("names of classes", self.classes(), names.len()));
        }
        self.names = names.into();
        Ok(self)
    }

    /// With another normalisation than `byte / 255`.
    ///
    /// # Errors
    ///
    /// When it is for another count of channels.
    pub fn with_normalisation(mut self, normalisation: &Normalisation) -> Result<Self, Error> {
        normalisation.check(self.shape()[0])?;
        self.normalisation = normalisation.clone();
        Ok(self)
    }

    /// The normalisation that gives each channel mean 0 and deviation 1, whichever these images have now: fitted on the training
    /// images, it is for the others too.
    ///
    /// ```
    /// use nn_core::data::Dataset;
    ///
    /// let train = Dataset::new(vec![0, 102, 204, 102], [1, 1, 2], vec![0, 1], 2)?;
    /// let normalisation = train.fit_normalisation()?;
    /// assert!((normalisation.channels()[0].mean - 0.4).abs() < 1e-12);
    /// let train = train.with_normalisation(&normalisation)?;
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there are no images.
    pub fn fit_normalisation(&self) -> Result<Normalisation, Error> {
        let bytes = Self { normalisation: Normalisation::unit(), ..self.clone() };
        Normalisation::fit::<f64, _>(&bytes, self.shape()[0])
    }

    /// The images of these classes, copied; the classes are then numbered in this order.
    ///
    /// ```
    /// use nn_core::data::Dataset;
    ///
    /// let data = Dataset::new(vec![10, 20, 30, 40], [1, 1, 1], vec![0, 2, 1, 2], 3)?;
    /// let part = data.of_classes(&[2, 0])?;
    /// assert!(part.labels().eq([1, 0, 0]));
    /// assert_eq!((part.classes(), part.image(2)), (2, &[40][..]));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there are no such images.
    pub fn of_classes(&self, classes: &[usize]) -> Result<Self, Error> {
        let place = |label: usize| classes.iter().position(|&class| class == label);
        let wanted = self.labels().enumerate().filter_map(|(image, label)| Some((image, place(label)?)));
        let (images, labels): (Vec<usize>, Vec<usize>) = wanted.unzip();
        let bytes = images.iter().flat_map(|&image| self.image(image)).copied().collect();
        let named = Self::new(bytes, self.shape(), labels, classes.len())?;
        let names = classes.iter().filter_map(|&class| self.names.get(class).cloned()).collect();
        Ok(Self { names, normalisation: self.normalisation.clone(), ..named })
    }

    /// The shape of an image: channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.images.shape
    }

    /// Count of classes.
    pub fn classes(&self) -> usize {
        self.images.classes
    }

    /// The name of a class, if it has one.
    pub fn class_name(&self, class: usize) -> Option<&str> {
        self.names.get(class).map(String::as_str)
    }

    /// The bytes of an image, channels first.
    ///
    /// # Panics
    ///
    /// When there are not that many.
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.image_len();
        &self.images.bytes[self.selection.at(index) * len..][..len]
    }

    /// The label of an image.
    ///
    /// # Panics
    ///
    /// When there are not that many.
    pub fn label(&self, index: usize) -> usize {
        self.images.labels[self.selection.at(index)]
    }

    /// All labels in order.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = usize> {
        self.selection.iter().map(|image| self.images.labels[image])
    }

    /// Normalises the images with these indices into `numbers`, one after another.
    ///
    /// # Errors
    ///
    /// When `numbers` has the wrong length or an index is out of range.
    pub fn gather_images<T: Real>(&self, indices: &[usize], layout: Layout, numbers: &mut [T]) -> Result<(), Error> {
        let (len, pixels) = (self.image_len(), self.pixels());
        check_gather("images to gather", indices, self.len(), len, numbers.len())?;
        gather_in_parts(indices, parts_of(numbers.len()), numbers, &|_, indices, numbers| {
            self.convert(indices, numbers, |image, numbers| match layout {
                Layout::ChannelsFirst => self.normalisation.convert(image, pixels, numbers),
                Layout::ChannelsLast => self.normalisation.convert_to_channels_last(image, pixels, numbers),
            });
            Ok(())
        })
    }

    /// Calls `convert` with each of these images, which are prefetched, and its place among `numbers`.
    fn convert<T>(&self, indices: &[usize], numbers: &mut [T], convert: impl Fn(&[u8], &mut [T])) {
        let len = self.image_len().max(1);
        let mut places = numbers.chunks_exact_mut(len);
        for indices in indices.chunks((ASKED / len).max(1)) {
            indices.iter().for_each(|&index| prefetch(self.image(index)));
            for (&index, place) in indices.iter().zip(&mut places) {
                convert(self.image(index), place);
            }
        }
    }

    /// Pixels of an image, each of which has a byte for every channel.
    fn pixels(&self) -> usize {
        self.shape()[1..].iter().product()
    }

    fn image_len(&self) -> usize {
        self.shape().iter().product()
    }
}

impl<T: Real> Source<T> for Dataset {
    type Target = usize;

    fn len(&self) -> usize {
        self.len()
    }

    fn sample_len(&self) -> usize {
        self.image_len()
    }

    fn targets_per_sample(&self) -> usize {
        1
    }

    fn gather(&self, indices: &[usize], inputs: &mut [T]) -> Result<(), Error> {
        check_gather("inputs of a mini-batch", indices, self.len(), self.image_len(), inputs.len())?;
        self.convert(indices, inputs, |image, place| self.normalisation.convert(image, self.pixels(), place));
        Ok(())
    }

    fn targets(&self, indices: &[usize], targets: &mut [usize]) -> Result<(), Error> {
        check_gather("targets of a mini-batch", indices, self.len(), 1, targets.len())?;
        for (target, &index) in targets.iter_mut().zip(indices) {
            *target = self.label(index);
        }
        Ok(())
    }
}
