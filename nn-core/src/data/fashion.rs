//! Fashion-MNIST.

use std::path::{Path, PathBuf};

use super::Dataset;
use crate::Error;

/// The names of Fashion-MNIST's classes, by label.
pub const FASHION_CLASSES: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// Reads Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017) from a folder: the training set and the test set.
///
/// The files have their original names, `train-images-idx3-ubyte` and so on, plain or with `.gz`.
///
/// # Errors
///
/// When a file is missing or is not what it should be.
pub fn fashion_mnist(folder: impl AsRef<Path>) -> Result<(Dataset, Dataset), Error> {
    let folder = folder.as_ref();
    let train = read(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte")?;
    let test = read(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")?;
    Ok((train, test))
}

fn read(folder: &Path, images: &'static str, labels: &'static str) -> Result<Dataset, Error> {
    let (images, labels) = (find(folder, images)?, find(folder, labels)?);
    Dataset::from_idx(images, labels, FASHION_CLASSES.len())?.with_names(FASHION_CLASSES)
}

fn find(folder: &Path, name: &'static str) -> Result<PathBuf, Error> {
    let plain = folder.join(name);
    let compressed = folder.join(format!("{name}.gz"));
    let found = [plain, compressed].into_iter().find(|path| path.exists());
    found.ok_or_else(|| Error::MissingFile { folder: folder.into(), name })
}
