//! Weights files whose names are not the network's.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use nn_files::{Found, Loaded, Renames};

use super::load::{error, finite, tensor};
use crate::parameters::block::Parameters;
use crate::{Error, Network, flatten};

/// A weights file that is about to be loaded under other names, or in part.
///
/// ```
/// use nn_core::weights::Weights;
/// use nn_core::{Network, network};
///
/// network! {
///     // As a `nn.Sequential` of PyTorch calls its tensors.
///     struct Theirs = [1, 8, 8] -> "features.0": conv(4, 3) -> relu -> "classifier.1": affine(10);
///     struct Ours = [1, 8, 8] -> conv(4, 3) -> relu -> head: affine(10);
///     struct Other = [1, 8, 8] -> conv(4, 3) -> relu -> affine(2);
/// }
///
/// # let file = std::env::temp_dir().join("theirs.safetensors");
/// Theirs::new(1).save(&file)?;
/// let weights = Weights::open(&file)?.rename("features.0", "conv1");
/// let ours: Ours = weights.clone().rename("classifier.1", "head").load()?;
///
/// // The convolution alone: the other network has a head of its own.
/// let mut other = Other::new(2);
/// let report = weights.load_part_into(&mut other)?;
/// assert_eq!(report.loaded, ["conv1.weight", "conv1.bias"]);
/// assert_eq!(report.missing, ["affine1.weight", "affine1.bias"]);
/// assert_eq!(report.left_over, ["classifier.1.weight", "classifier.1.bias"]);
/// assert_eq!(ours.block()[..40], other.block()[..40]);
/// # std::fs::remove_file(file).unwrap();
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Weights {
    path: PathBuf,
    tensors: Vec<Found>,
    renames: Renames,
}

impl Weights {
    /// Reads the names and shapes in a safetensors file, plain or compressed with gz.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no such file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        let tensors = nn_files::tensors(&path).map_err(|fault| error(&path, fault))?;
        Ok(Self { path, tensors, renames: Renames::default() })
    }

    /// The names and shapes in the file, as it has them.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|tensor| (tensor.name.as_str(), &tensor.shape[..]))
    }

    /// Another name for a tensor of the file, or for all whose names begin so: `rename("features.0", "conv1")` for
    /// `features.0.weight` and `features.0.bias`.
    ///
    /// A part of a name may be `*`, for any part: `rename("blocks.*.attn", "blocks.*.attention")`. An empty `from` is the beginning of
    /// all names, and an empty `to` leaves the beginning out. Of several rules that fit a name, the first holds.
    #[must_use]
    pub fn rename(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.renames.add(from, to);
        self
    }

    /// A network with these parameters.
    ///
    /// # Errors
    ///
    /// As of [`Network::load`], and when a name that was to be changed is not in the file, or two tensors come to have one.
    pub fn load<N: Network>(&self) -> Result<N, Error> {
        let mut parameters = Parameters::zeros(N::PARAMETERS);
        self.fill::<N>(&mut parameters, false)?;
        Ok(N::from_parameters(parameters))
    }

    /// Loads those tensors that both the file and the network have, and says which they were, which are missing from the file, and
    /// which were left over. On an error the network is as it was.
    ///
    /// # Errors
    ///
    /// As of [`load`](Self::load), but not for names that only one of them has. Shapes that differ are an error.
    pub fn load_part_into<N: Network>(&self, net: &mut N) -> Result<Loaded, Error> {
        let mut block = net.block().to_vec();
        let report = self.fill::<N>(&mut block, true)?;
        net.block_mut().copy_from_slice(&block);
        Ok(report)
    }

    fn fill<N: Network>(&self, block: &mut [N::Scalar], is_part: bool) -> Result<Loaded, Error> {
        let segments = flatten(N::ENTRIES);
        let tensors: Vec<_> = segments.iter().map(|segment| tensor(&segment.label, segment)).collect();
        nn_files::load_renamed(&self.path, &tensors, block, finite, &self.renames, is_part)
            .map_err(|fault| error(&self.path, fault))
    }

    /// Names for the layers of the file, if the network has as many of the same tensors and shapes. Of several alike, those of the file
    /// are taken in the order of their names, numbers by their size, and those of the network in its own.
    ///
    /// Printed, it is the calls of [`rename`](Self::rename) to copy into a program, once a person has looked at them.
    ///
    /// ```no_run
    /// # use nn_core::{network, weights::Weights};
    /// # network! { struct Net = [3] -> affine(4); }
    /// let weights = Weights::open("theirs.safetensors")?;
    /// match weights.proposal::<Net>() {
    ///     Some(proposal) => println!("{proposal}"),
    ///     None => weights.tensors().for_each(|(name, shape)| println!("{name}: {shape:?}")),
    /// }
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn proposal<N: Network>(&self) -> Option<Proposal> {
        let segments = flatten(N::ENTRIES);
        let ours = layers(segments.iter().map(|segment| (segment.label.as_str(), segment.shape)));
        let known = self.tensors().filter(|(name, _)| !name.ends_with(".num_batches_tracked"));
        let mut theirs = layers(known);
        theirs.sort_by_key(|(name, _)| natural(name));
        let mut renames = Vec::new();
        for (to, tensors) in ours {
            let place = theirs.iter().position(|(_, others)| *others == tensors)?;
            let (from, _) = theirs.remove(place);
            renames.push((from.to_owned(), to.to_owned()));
        }
        theirs.is_empty().then(|| {
            renames.retain(|(from, to)| from != to);
            Proposal { renames }
        })
    }
}

/// The tensors of each layer, by the part of their names that they do not share.
type Tensors<'a> = BTreeMap<&'a str, &'a [usize]>;

/// The layers, which the last part of a name is left out of, in the order of their first tensors.
fn layers<'a>(tensors: impl Iterator<Item = (&'a str, &'a [usize])>) -> Vec<(&'a str, Tensors<'a>)> {
    let mut layers: Vec<(&str, Tensors)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, shape) in tensors {
        let (layer, own) = name.rsplit_once('.').unwrap_or(("", name));
        let place = *places.entry(layer).or_insert(layers.len());
        if place == layers.len() {
            layers.push((layer, Tensors::new()));
        }
        layers[place].1.insert(own, shape);
    }
    layers
}

/// By what names are sorted so that a person finds them in order: `layer.2` before `layer.10`.
fn natural(name: &str) -> Vec<(usize, String)> {
    let number = |part: &str| part.parse().map_or_else(|_| (0, part.to_owned()), |number| (number, String::new()));
    name.split('.').map(number).collect()
}

/// Names that [`Weights::proposal`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What each layer is called in the file, and in the network, where that differs.
    pub renames: Vec<(String, String)>,
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.renames.iter().map(|(from, to)| format!(".rename({from:?}, {to:?})"));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}
