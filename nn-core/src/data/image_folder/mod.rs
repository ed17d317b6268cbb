//! Folders of pictures.

#[cfg(test)]
mod tests;

use core::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageReader, Pixel};

use super::Dataset;
use crate::Error;

/// Names of files that are pictures end so.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The most bytes of a picture before it is resized: a file must not fill the memory.
const LARGEST: u64 = 1 << 28;

/// A folder with a folder of pictures for each class, as PNG or JPEG.
///
/// Classes are labelled in the order of their names, and pictures come in the order of theirs. Other files, and those whose names begin
/// with a dot, are passed over. All pictures are held in memory, as bytes.
///
/// ```no_run
/// use nn_core::data::ImageFolder;
///
/// // flowers/daisy/1.jpg, flowers/daisy/2.jpg, flowers/tulip/1.png, …
/// let data = ImageFolder::new("flowers").resize(64, 64).read()?;
/// assert_eq!((data.shape(), data.class_name(1)), ([3, 64, 64], Some("tulip")));
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    folder: PathBuf,
    grey: bool,
    size: Option<[usize; 2]>,
}

/// Why a picture cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageProblem {
    /// It is damaged, or of another format.
    Damaged {
        /// What the decoder says.
        reason: String,
    },
    /// It has more bytes than a picture may have.
    TooLarge {
        /// Bytes it would have.
        found: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// Another height and width than the first picture.
    Size {
        /// Those of the first.
        expected: [usize; 2],
        /// Its own.
        found: [usize; 2],
    },
}

impl fmt::Display for ImageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { reason } => write!(f, "no picture that can be read: {reason}; give PNG or JPEG"),
            Self::TooLarge { found, limit } => {
                write!(f, "a picture of {found} bytes, more than the {limit} that are allowed; make it smaller first")
            }
            Self::Size { expected: [height, width], found: [own_height, own_width] } => write!(
                f,
                "expected {height}×{width} pixels as the first picture has, found {own_height}×{own_width}; let them be resized"
            ),
        }
    }
}

impl ImageFolder {
    /// Pictures in colour, all of the size that they have.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), grey: false, size: None }
    }

    /// One channel of grey in place of red, green and blue.
    pub fn grey(mut self) -> Self {
        self.grey = true;
        self
    }

    /// Resizes all pictures, by linear interpolation, or the mean of all pixels where they become smaller. Their proportions change if
    /// need be.
    pub fn resize(mut self, height: usize, width: usize) -> Self {
        self.size = Some([height, width]);
        self
    }

    /// Reads all pictures.
    ///
    /// # Errors
    ///
    /// When a file or folder cannot be read, a class has no pictures, a file is no picture, or it has another size than the first and
    /// pictures are not resized.
    pub fn read(&self) -> Result<Dataset, Error> {
        self.read_by(&mut |error| Err(error))
    }

    /// Reads the pictures that are sound, and returns with them an error for each of the others.
    ///
    /// # Errors
    ///
    /// When a folder cannot be read, or a class has no sound pictures.
    pub fn read_sound(&self) -> Result<(Dataset, Vec<Error>), Error> {
        let mut skipped = Vec::new();
        let data = self.read_by(&mut |error| {
            skipped.push(error);
            Ok(())
        })?;
        Ok((data, skipped))
    }

    fn read_by(&self, fails: &mut dyn FnMut(Error) -> Result<(), Error>) -> Result<Dataset, Error> {
        for length in self.size.iter().flatten() {
            Error::check_count("height and width of resized pictures", *length)?;
        }
        let (mut bytes, mut labels, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut size = self.size;
        for class in entries(&self.folder, Path::is_dir)? {
            let before = labels.len();
            for file in entries(&class, is_picture)? {
                match self.picture(&file, &mut size) {
                    Ok(pixels) => {
                        bytes.extend(pixels);
                        labels.push(names.len());
                    }
                    Err(error) => fails(error)?,
                }
            }
            if labels.len() == before {
                return Err(Error::Empty { what: class.display().to_string() });
            }
            names.push(class.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        let Some([height, width]) = size.filter(|_| !labels.is_empty()) else {
            return Err(Error::Empty { what: self.folder.display().to_string() });
        };
        let shape = [if self.grey { 1 } else { 3 }, height, width];
        Dataset::new(bytes, shape, labels, names.len())?.with_names(names)
    }

    /// The bytes of a picture, channels first. The first one says the size of all, unless it is known.
    fn picture(&self, file: &Path, size: &mut Option<[usize; 2]>) -> Result<Vec<u8>, Error> {
        let fails = |problem| Error::Image { path: file.into(), problem };
        let picture = decode(file)?;
        let found = [picture.height() as usize, picture.width() as usize];
        match *size {
            Some(expected) if self.size.is_none() && expected != found => {
                return Err(fails(ImageProblem::Size { expected, found }));
            }
            Some(_) => {}
            None => *size = Some(found),
        }
        Ok(if self.grey { self.planes(picture.to_luma8()) } else { self.planes(picture.to_rgb8()) })
    }

    /// Channels last become channels first.
    fn planes<P: Pixel<Subpixel = u8> + 'static>(&self, mut picture: ImageBuffer<P, Vec<u8>>) -> Vec<u8> {
        if let Some([height, width]) = self.size {
            picture = resize(&picture, width as u32, height as u32, FilterType::Triangle);
        }
        let (channels, pixels) = (usize::from(P::CHANNEL_COUNT), picture.into_raw());
        (0..channels).flat_map(|channel| pixels[channel..].iter().step_by(channels).copied()).collect()
    }
}

/// Reads a file, and turns the picture upright where it says that it lies.
fn decode(file: &Path) -> Result<DynamicImage, Error> {
    let damaged = |error: ImageError| match error {
        ImageError::IoError(error) if error.raw_os_error().is_some() => Error::io(file, "read", error),
        error => Error::Image { path: file.into(), problem: ImageProblem::Damaged { reason: error.to_string() } },
    };
    let reader = ImageReader::open(file).and_then(ImageReader::with_guessed_format);
    let mut decoder = reader.map_err(|error| Error::io(file, "read", error))?.into_decoder().map_err(damaged)?;
    let found = decoder.total_bytes();
    if found > LARGEST {
        return Err(Error::Image { path: file.into(), problem: ImageProblem::TooLarge { found, limit: LARGEST } });
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// What lies in a folder and is wanted, sorted by name.
fn entries(folder: &Path, is_wanted: fn(&Path) -> bool) -> Result<Vec<PathBuf>, Error> {
    let fails = |error| Error::io(folder, "read", error);
    let entries = fs::read_dir(folder).map_err(fails)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(fails)?;
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    entries.retain(|path| !is_hidden(path) && is_wanted(path));
    entries.sort();
    Ok(entries)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    path.is_file() && ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}
