//! What can go wrong while data is read, a network trained or its weights exchanged.

use std::path::PathBuf;

use thiserror::Error;

use crate::PredictError;
use crate::data::IdxProblem;
#[cfg(feature = "image")]
use crate::data::ImageProblem;
#[cfg(feature = "csv")]
use crate::data::TableProblem;
use crate::shape::{BoundError, LenError};
use crate::train::checkpoint::CheckpointProblem;
use crate::train::search::SearchProblem;
use crate::weights::WeightsProblem;

/// Any failure of the library at run time.
///
/// Each message names the file or value it is about, what was expected, what was found and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `read`, `create`, …
        action: &'static str,
        /// Its reason.
        source: std::io::Error,
    },
    /// A file of images or labels that is not what it should be.
    #[error("{}: {problem}", path.display())]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: IdxProblem,
    },
    /// A picture that cannot be read, or that is not as it should be.
    #[cfg(feature = "image")]
    #[error("{}: {problem}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: ImageProblem,
    },
    /// A table that cannot be read, or that is not as it should be.
    #[cfg(feature = "csv")]
    #[error(
        "{table}{}{}: {problem}",
        line.map_or(String::new(), |line| format!(", line {line}")),
        column.as_ref().map_or(String::new(), |column| format!(", column {column:?}"))
    )]
    Table {
        /// The file, or `the row`.
        table: String,
        /// The line of the file, from one, where a row is concerned.
        line: Option<u64>,
        /// The column, where one is concerned.
        column: Option<String>,
        /// What is wrong with it.
        problem: TableProblem,
    },
    /// A weights file that does not fit the network.
    #[error("{}: {problem}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: WeightsProblem,
    },
    /// A folder without one of the files of a data set.
    #[error("found neither {name} nor {name}.gz in {}; give the folder that holds the data set", folder.display())]
    MissingFile {
        /// Where it was looked for.
        folder: PathBuf,
        /// Its name, uncompressed.
        name: &'static str,
    },
    /// Images and labels that do not belong together.
    #[error(
        "{images} has {image_count} images but {labels} has {label_count} labels; each image needs one: use two files of \
         the same set"
    )]
    Counts {
        /// Where the images come from.
        images: String,
        /// Their count.
        image_count: usize,
        /// Where the labels come from.
        labels: String,
        /// Their count.
        label_count: usize,
    },
    /// A label that names no class.
    #[error("{from}: label {label} of sample {index} is out of range; {classes} classes are labelled 0 to {}", classes.saturating_sub(1))]
    Label {
        /// Where it comes from: a file, or `targets`.
        from: String,
        /// Which sample, from zero.
        index: usize,
        /// The label.
        label: usize,
        /// Count of classes.
        classes: usize,
    },
    /// Nothing to learn from.
    #[error("{what} holds no samples; at least one is needed")]
    Empty {
        /// What is empty: a file, `the training set`, `the batch`, …
        what: String,
    },
    /// Slices or shapes that do not fit together.
    #[error("{what}: expected {expected}, found {found}")]
    Size {
        /// What has the wrong size.
        what: String,
        /// The size it should have, with its meaning.
        expected: String,
        /// Its size.
        found: String,
    },
    /// A setting outside its range.
    #[error("{name} is {value}, but must be {range}")]
    Setting {
        /// Its name: `learning rate`, `batch size`, …
        name: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// A label below which a network has no parameters.
    #[error(
        "{network} has no parameters labelled `{label}`{} Its labels are {}",
        nearest.as_ref().map_or(".".to_owned(), |nearest| format!("; did you mean `{nearest}`?")),
        labels.join(", ")
    )]
    UnknownLabel {
        /// The network.
        network: &'static str,
        /// The label.
        label: String,
        /// The label most like it, if one is.
        nearest: Option<String>,
        /// The network's labels up to their first dots.
        labels: Vec<String>,
    },
    /// An operation of which only a part would be trained.
    #[error(
        "{operation} is trained or frozen as a whole, because its gradients are computed together, but {frozen} would be \
         frozen and {trained} trained; name `{operation}` instead"
    )]
    Operation {
        /// The label of the operation.
        operation: String,
        /// A tensor of it that would be frozen.
        frozen: String,
        /// One that would be trained.
        trained: String,
    },
    /// A training pass that has nothing to compute.
    #[error("all parameters of {network} are frozen; unfreeze some, or ask for the gradients of the inputs")]
    AllFrozen {
        /// The network.
        network: &'static str,
    },
    /// Parameters that are not those of the network they should be lent to.
    #[error("the parameters of {network} below `{label}` are not those of {part}: {difference}")]
    Part {
        /// The network that has the parameters.
        network: &'static str,
        /// The label of the part.
        label: String,
        /// The network they should be lent to.
        part: &'static str,
        /// The first difference.
        difference: String,
    },
    /// Training that has left the numbers a computer can hold.
    #[error(
        "the loss became {loss} in epoch {epoch}, step {step}; {origin}; try a smaller learning rate, and look for values in the \
         data that are not finite or not normalised"
    )]
    NotFinite {
        /// The epoch, from one.
        epoch: usize,
        /// The step within it, from one.
        step: usize,
        /// The loss.
        loss: f64,
        /// Where it began.
        origin: Origin,
    },
    /// Parameters that a step has left NaN or infinite.
    #[error(
        "some numbers of {tensor} are NaN or infinite after epoch {epoch}, step {step}; try a smaller learning rate, or clip \
         the gradients"
    )]
    ParametersNotFinite {
        /// The first tensor that has such numbers.
        tensor: String,
        /// The epoch, from one.
        epoch: usize,
        /// The step within it, from one; zero before the first.
        step: usize,
    },
    /// A network that gives no numbers to be compared with targets.
    #[error(
        "the outputs of {samples} of {of} samples are NaN or infinite, the first of sample {first}; look for such values in \
         the data and the network's parameters"
    )]
    OutputsNotFinite {
        /// How many samples have such outputs.
        samples: usize,
        /// Of so many.
        of: usize,
        /// The first of them, from zero.
        first: usize,
    },
    /// Gradients that are to be clipped by their norm, and have none.
    #[error(
        "the gradients are {norm} long and cannot be clipped to a norm; try a smaller learning rate, and look for values in the \
         data that are not finite or not normalised"
    )]
    GradientNotFinite {
        /// Their length.
        norm: f64,
    },
    /// A schedule of the learning rate that would not come to its end.
    #[error(
        "the schedule takes {length} {unit}, but the run ends after {run}; make the schedule shorter or the run longer"
    )]
    Schedule {
        /// What the schedule takes.
        length: u64,
        /// The end of the run.
        run: u64,
        /// What both are: `steps` or `epochs`.
        unit: &'static str,
    },
    /// A callback that goes by a number which is not measured.
    #[error("{callback} goes by {what}, but {reason}")]
    NotMeasured {
        /// The callback.
        callback: &'static str,
        /// What it goes by.
        what: &'static str,
        /// Why there is none.
        reason: &'static str,
    },
    /// A checkpoint that cannot be gone on from.
    #[error("{}: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: CheckpointProblem,
    },
    /// A search for settings that cannot be run.
    #[error("{0}")]
    Search(SearchProblem),
    /// Numbers that are not whole samples of a shape.
    #[error(transparent)]
    Length(#[from] LenError),
    /// A whole number that is not below its bound.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// A prediction that was refused.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A rank of a training by several that does something else than the others.
    #[error(
        "rank {rank} has another {what} than rank 0: its fingerprint is {found:016x}, that of rank 0 {expected:016x}; start all \
         ranks with the same program, data and settings"
    )]
    Ranks {
        /// The rank.
        rank: usize,
        /// What differs: `network`, `training set`, …
        what: &'static str,
        /// Its fingerprint.
        found: u64,
        /// That of rank 0.
        expected: u64,
    },
    /// Ranks that cannot exchange what they have found.
    #[error("rank {rank} cannot go on: {reason}")]
    Exchange {
        /// The rank that says so.
        rank: usize,
        /// Why not, and what to do.
        reason: String,
    },
    /// The threads could not be started.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why not.
        reason: String,
    },
}

/// Where numbers that are not finite appeared first. All parameters are finite then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// In the data.
    Input {
        /// The name of the input.
        input: &'static str,
        /// The sample of the data set, from zero.
        sample: usize,
    },
    /// In a layer, whose inputs are finite when the network predicts the batch.
    Layer {
        /// The label of the layer.
        label: &'static str,
        /// The words of its declaration.
        text: &'static str,
        /// The sample of the data set, from zero.
        sample: usize,
    },
    /// In no layer when the network predicts the batch: in the loss, the statistics of the batch, or a scale by dropout.
    Elsewhere,
    /// In a network that is not declared with `#[observe]`.
    Unknown,
}

impl core::fmt::Display for Origin {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Input { input, sample } => {
                write!(f, "input `{input}` of sample {sample} of the data set is NaN or infinite")
            }
            Self::Layer { label, text, sample } => write!(
                f,
                "the first NaN or infinity is in the output of {label}, `{text}`, for sample {sample} of the data set"
            ),
            Self::Elsewhere => write!(
                f,
                "inputs, parameters and all layers of the prediction are finite, so it began in the loss or in what only training does"
            ),
            Self::Unknown => write!(
                f,
                "inputs and parameters are finite; `#[observe]` before the network's declaration would tell the layer"
            ),
        }
    }
}

impl From<SearchProblem> for Error {
    fn from(problem: SearchProblem) -> Self {
        Self::Search(problem)
    }
}

impl Error {
    /// An operation on a file that the system refused.
    pub(crate) fn io(path: impl Into<PathBuf>, action: &'static str, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), action, source }
    }

    /// A length that is not what it should be.
    pub(crate) fn size(what: impl Into<String>, expected: impl ToString, found: impl ToString) -> Self {
        Self::Size { what: what.into(), expected: expected.to_string(), found: found.to_string() }
    }

    /// Fails unless `value` is a finite number that `holds`.
    pub(crate) fn check_setting(name: &'static str, value: f64, holds: bool, range: &'static str) -> Result<(), Self> {
        if value.is_finite() && holds {
            return Ok(());
        }
        Err(Self::Setting { name, value: value.to_string(), range })
    }

    /// Fails when a count is zero.
    pub(crate) fn check_count(name: &'static str, value: usize) -> Result<(), Self> {
        if value > 0 {
            return Ok(());
        }
        Err(Self::Setting { name, value: value.to_string(), range: "at least 1" })
    }
}
