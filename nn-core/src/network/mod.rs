//! What `network!` makes, and what belongs to it: layers by path, heads, summaries, views.

pub(crate) mod budget;
#[cfg(feature = "std")]
pub(crate) mod diagram;
pub mod embedded;
pub(crate) mod head;
#[cfg(feature = "std")]
pub(crate) mod init;
pub(crate) mod layer;
pub mod nested;
#[cfg(feature = "std")]
pub mod observe;
#[cfg(feature = "std")]
pub(crate) mod part;
pub(crate) mod path;
pub mod predict;
#[cfg(feature = "std")]
pub(crate) mod summary;
#[cfg(feature = "std")]
pub mod view;

#[cfg(feature = "std")]
use crate::Workspace;
use crate::exec::Pass;
use crate::shape::{IntoViews, Shapes};
use crate::{Entry, Head, MemoryNeeds, Parameters, Real};
#[cfg(feature = "std")]
use crate::{Error, Part, PartMut};

/// Only what [`network!`](crate::network) declares is a network, so that the trait can grow.
#[doc(hidden)]
pub trait Declared {}

/// A network declared with [`network!`](crate::network).
///
/// The macro writes the constants, the storage and the three passes; the methods that a user calls are built on them.
/// Data goes in and comes out as the language writes shapes: `[channels, height, width]`, one sample after another.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a network", note = "`network!` declares networks")]
pub trait Network: Declared + Sized + Clone + Send + Sync + 'static {
    /// `f32`, or `f64` to check gradients.
    type Scalar: Real;
    /// The shapes of the inputs, a tuple.
    type Inputs: Shapes;
    /// The shapes of the outputs, a tuple.
    type Outputs: Shapes;
    /// The struct's name.
    const NAME: &'static str;
    /// The names of the inputs; `input` for the only one that has none.
    const INPUT_NAMES: &'static [&'static str];
    /// Numbers in the parameter block.
    const PARAMETERS: usize;
    /// Multiply–adds of the prediction of one sample.
    const MULTIPLY_ADDS: u64;
    /// The memory that passes want.
    const MEMORY: MemoryNeeds;
    /// What lies where in the parameter block.
    const ENTRIES: &'static [Entry];
    /// The rows of the summary.
    const LAYERS: &'static [LayerInfo];
    /// For each output whose number of rows varies the input that has as many.
    const OUTPUT_ROWS: &'static [Option<usize>];
    /// The trailing activation of each output, which training leaves to the loss.
    const HEADS: &'static [Head];

    /// A network that refers to this block, of [`PARAMETERS`](Self::PARAMETERS) numbers.
    ///
    /// # Panics
    ///
    /// When it has another length.
    #[track_caller]
    fn from_parameters(parameters: Parameters<Self::Scalar>) -> Self;

    /// Where the parameters live.
    fn storage(&self) -> &Parameters<Self::Scalar>;

    /// Where the parameters live, to change them.
    fn storage_mut(&mut self) -> &mut Parameters<Self::Scalar>;

    /// The parameter block.
    fn block(&self) -> &[Self::Scalar] {
        self.storage()
    }

    /// The parameter block, to change it. Parameters in read-only data are copied to the heap first.
    #[cfg(feature = "std")]
    fn block_mut(&mut self) -> &mut [Self::Scalar] {
        self.storage_mut()
    }

    /// Predicts `pass.samples()` samples with the parameters `p`.
    ///
    /// Here, and in [`forward_training`](Self::forward_training) and [`backward`](Self::backward), whole numbers must be below
    /// their bounds: a number that is not may panic, or be taken for another. The methods below refuse it.
    fn forward(
        pass: &Pass,
        p: &[Self::Scalar],
        inputs: <Self::Inputs as Shapes>::Slices<'_, Self::Scalar>,
        outputs: <Self::Outputs as Shapes>::SlicesMut<'_, Self::Scalar>,
        workspace: &mut [Self::Scalar],
    );

    /// Runs forward in training: leaves the logits in `outputs`, and in `saved` and `indices` what
    /// [`backward`](Self::backward) reads.
    fn forward_training(
        pass: &Pass,
        p: &[Self::Scalar],
        inputs: <Self::Inputs as Shapes>::Slices<'_, Self::Scalar>,
        outputs: <Self::Outputs as Shapes>::SlicesMut<'_, Self::Scalar>,
        saved: &mut [Self::Scalar],
        indices: &mut [u32],
        workspace: &mut [Self::Scalar],
    );

    /// Turns the gradients `dy` of the logits into those of the parameters, which overwrite `g`, and of the inputs,
    /// which overwrite `dx`: all of them, or none if all are empty, as that of whole numbers always is. Uses `dy`, `saved` and `indices` up.
    /// Gradients of parameters that the pass does not train are left as they are.
    fn backward(
        pass: &Pass,
        p: &[Self::Scalar],
        inputs: <Self::Inputs as Shapes>::Slices<'_, Self::Scalar>,
        outputs: <Self::Outputs as Shapes>::Slices<'_, Self::Scalar>,
        dy: <Self::Outputs as Shapes>::SlicesMut<'_, Self::Scalar>,
        dx: <Self::Inputs as Shapes>::SlicesMut<'_, Self::Scalar>,
        g: &mut [Self::Scalar],
        saved: &mut [Self::Scalar],
        indices: &mut [u32],
        workspace: &mut [Self::Scalar],
    );

    /// Numbers of workspace that [`predict_in`](Self::predict_in) wants for so many samples; `usize::MAX` where so many cannot be
    /// counted.
    fn workspace_len(samples: usize) -> usize {
        Self::MEMORY.inference.at(samples)
    }

    /// Predicts with nothing but the memory it is given, on the calling thread: no heap, no lock. For a single sample of
    /// an `f32` network the type has `predict_one`, which takes arrays, so that only a whole number out of its bound can fail.
    ///
    /// `outputs` has a slice for each output, `workspace` at least [`workspace_len`](Self::workspace_len) numbers.
    ///
    /// # Errors
    ///
    /// When the inputs differ in their number of samples, a whole number is not below its bound, or a slice has another
    /// length than it must have.
    fn predict_in<'a>(
        &self,
        inputs: impl IntoViews<'a, Self::Inputs, Self::Scalar>,
        outputs: <Self::Outputs as Shapes>::SlicesMut<'_, Self::Scalar>,
        workspace: &mut [Self::Scalar],
    ) -> Result<(), PredictError> {
        predict::in_memory::<Self>(inputs, outputs, workspace, |pass, inputs, outputs, workspace| {
            Self::forward(&pass.finite(self.storage().are_finite()), self.block(), inputs, outputs, workspace);
        })
    }

    /// The outputs for a batch, or for a single sample.
    ///
    /// # Errors
    ///
    /// When there are several inputs and they differ in their number of samples, or a whole number is not below its bound.
    #[cfg(feature = "std")]
    fn predict<'a>(
        &self,
        inputs: impl IntoViews<'a, Self::Inputs, Self::Scalar>,
    ) -> Result<<Self::Outputs as Shapes>::Batches<Self::Scalar>, PredictError> {
        predict::on_heap::<Self>(inputs, self.storage().version(), |pass, inputs, outputs, workspace| {
            Self::forward(&pass.finite(self.storage().are_finite()), self.block(), inputs, outputs, workspace);
        })
    }

    /// The outputs for a batch, written over `outputs`, which has as many samples; nothing is allocated once `workspace`
    /// has served a batch of that size.
    ///
    /// # Errors
    ///
    /// When the inputs and outputs differ in their number of samples, or a whole number is not below its bound.
    #[cfg(feature = "std")]
    fn predict_into<'a>(
        &self,
        inputs: impl IntoViews<'a, Self::Inputs, Self::Scalar>,
        outputs: &mut <Self::Outputs as Shapes>::Batches<Self::Scalar>,
        workspace: &mut Workspace<Self::Scalar>,
    ) -> Result<(), PredictError> {
        predict::into_batches::<Self>(
            inputs,
            outputs,
            workspace,
            self.storage().version(),
            |pass, inputs, outputs, workspace| {
                Self::forward(&pass.finite(self.storage().are_finite()), self.block(), inputs, outputs, workspace);
            },
        )
    }

    /// A network with weights drawn for the activations after them (He before rectifiers, Xavier before everything else),
    /// the same for the same seed.
    #[cfg(feature = "std")]
    fn new(seed: u64) -> Self {
        let mut parameters = Parameters::zeros(Self::PARAMETERS);
        crate::parameters::initialise(&crate::flatten(Self::ENTRIES), seed, &mut parameters);
        Self::from_parameters(parameters)
    }

    /// A network whose weights are all drawn by one rule, whatever activation follows them. Those that are not drawn start as they do.
    #[cfg(feature = "std")]
    fn with_init(init: nn_sizes::Init, seed: u64) -> Self {
        let mut segments = crate::flatten(Self::ENTRIES);
        for segment in &mut segments {
            if let nn_sizes::Role::Weight { init: own, .. } = &mut segment.role
                && own.is_drawn()
            {
                *own = init;
            }
        }
        let mut parameters = Parameters::zeros(Self::PARAMETERS);
        crate::parameters::initialise(&segments, seed, &mut parameters);
        Self::from_parameters(parameters)
    }

    /// Writes the parameters to a safetensors file, by PyTorch's names and layouts; compressed if the name ends in `.gz`.
    ///
    /// The file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    #[cfg(feature = "std")]
    fn save(&self, path: impl AsRef<std::path::Path>) -> Result<(), Error> {
        crate::weights::save(path, &crate::flatten(Self::ENTRIES), self.block())
    }

    /// The same with what belongs to the network, as the normalisation of its inputs, in the metadata of the file. [`load`](Self::load)
    /// passes over it, [`Normalisation::load`](crate::data::Normalisation::load) reads it, and an embedded network has it as a
    /// constant: see [`normalise`](crate::normalise).
    ///
    /// ```
    /// use nn_core::data::{Normalisation, Samples};
    /// use nn_core::{Network, network};
    ///
    /// network! {
    ///     struct Small = [2] -> affine(1);
    /// }
    ///
    /// let train = Samples::new(2, vec![20.0_f32, 1013.0, 24.0, 1009.0], vec![0.1_f32, 0.2])?;
    /// let normalisation = train.fit_normalisation(2)?;
    /// let file = std::env::temp_dir().join("weather.safetensors");
    /// Small::new(1).save_with(&file, &normalisation)?;
    ///
    /// assert_eq!(Normalisation::load(&file)?, normalisation);
    /// let net = Small::load(&file)?;
    /// # std::fs::remove_file(file).unwrap();
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`save`](Self::save).
    #[cfg(feature = "std")]
    fn save_with(
        &self,
        path: impl AsRef<std::path::Path>,
        metadata: &impl crate::weights::Metadata,
    ) -> Result<(), Error> {
        crate::weights::save_with(path, &crate::flatten(Self::ENTRIES), self.block(), metadata)
    }

    /// A network with the parameters of a safetensors file, plain or gz.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged, or does not match the network: the message lists every tensor concerned.
    #[cfg(feature = "std")]
    fn load(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        let mut parameters = Parameters::zeros(Self::PARAMETERS);
        crate::weights::load(path, &crate::flatten(Self::ENTRIES), &mut parameters)?;
        Ok(Self::from_parameters(parameters))
    }

    /// Lends the parameters below a label to another network, which has the same tensors in the same order: one that takes part in
    /// this one, or one that does something else with them. The empty label lends all of them.
    ///
    /// ```
    /// use nn_core::{Batch, Network, network, shape};
    ///
    /// network! {
    ///     struct Encoder = [8] -> affine(3) -> tanh;
    ///     struct Decoder = [3] -> affine(8);
    ///     struct Both = [8] -> encoder: Encoder -> [3] -> decoder: Decoder -> [8];
    /// }
    ///
    /// let both = Both::new(1);
    /// let inputs = Batch::<shape![8]>::zeros(2);
    /// let codes = both.part::<Encoder>("encoder")?.predict(&inputs)?;
    /// let decoded = both.part::<Decoder>("decoder")?.predict(&codes)?;
    /// assert_eq!(decoded, both.predict(&inputs)?);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no such label, or the names, shapes or order of the tensors below it are not those of the other network.
    #[cfg(feature = "std")]
    fn part<N: Network<Scalar = Self::Scalar>>(&self, label: &str) -> Result<Part<'_, N>, Error> {
        part::part(self, label)
    }

    /// The same to change the parameters: to train a part alone.
    ///
    /// A GAN trains its discriminator alone, on what is real and what is not, and its generator through the whole, in which the
    /// discriminator is frozen:
    ///
    /// ```
    /// use nn_core::{Adam, Batch, BinaryCrossEntropy, Network, Training, network, shape};
    ///
    /// network! {
    ///     struct Generator = [2] -> affine(16) -> relu -> affine(8) -> tanh;
    ///     struct Discriminator = [8] -> affine(16) -> relu -> affine(1) -> sigmoid;
    ///     struct Gan = [2] -> generator: Generator -> [8] -> discriminator: Discriminator -> [1];
    /// }
    ///
    /// let mut gan = Gan::new(1);
    /// let (mut of_discriminator, mut of_whole) = (Adam::new(0.001), Adam::new(0.001));
    /// let mut discriminating = Training::new(4);
    /// let mut generating = Training::new(4);
    /// generating.freeze("discriminator")?;
    ///
    /// let real = Batch::<shape![8]>::zeros(4);
    /// let noise = Batch::<shape![2]>::from([[0.1, 0.5], [-0.3, 0.2], [0.9, -0.4], [0.0, 0.7]]);
    ///
    /// let fake = gan.part::<Generator>("generator")?.predict(&noise)?;
    /// let mut discriminator = gan.part_mut::<Discriminator>("discriminator")?;
    /// for (pictures, target) in [(&real, 1.0), (&fake, 0.0)] {
    ///     discriminating.loss_and_gradients(&discriminator, pictures, &BinaryCrossEntropy, &[target; 4])?;
    ///     discriminating.step(&mut discriminator, &mut of_discriminator)?;
    /// }
    ///
    /// generating.loss_and_gradients(&gan, &noise, &BinaryCrossEntropy, &[1.0; 4])?;
    /// generating.step(&mut gan, &mut of_whole)?;
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`part`](Self::part).
    #[cfg(feature = "std")]
    fn part_mut<N: Network<Scalar = Self::Scalar>>(&mut self, label: &str) -> Result<PartMut<'_, N>, Error> {
        part::part_mut(self, label)
    }

    /// The values inside, if `#[observe]` shows them.
    #[doc(hidden)]
    #[cfg(feature = "std")]
    fn observed(
        &self,
        _inputs: <Self::Inputs as Shapes>::Views<'_, Self::Scalar>,
    ) -> Option<observe::Activations<Self::Scalar>> {
        None
    }

    /// The network as boxes and arrows, to print as DOT or, with the feature `plot`, to save as a picture.
    ///
    /// ```
    /// use nn_core::{Network, network};
    ///
    /// network! {
    ///     struct Around = [3, 8, 8] -> residual(conv(3, 3, pad = 1) -> relu) -> affine(10);
    /// }
    ///
    /// let text = Around::<f32>::diagram().to_string();
    /// assert!(text.contains("n1 [label = \"conv1: conv(3, 3, pad = 1)\\nrelu\"];"));
    /// assert!(text.contains("n0 -> n2 [label = \"[3, 8, 8]\"];"));
    /// ```
    #[cfg(feature = "std")]
    fn diagram() -> crate::summary::Diagram {
        crate::summary::Diagram::of::<Self>()
    }

    /// A table of the layers with their shapes, parameters and cost, and of what runs in one pass.
    #[cfg(feature = "std")]
    fn summary() -> crate::summary::Summary {
        crate::summary::Summary::of::<Self>()
    }
}

/// Fails unless a network's block has its length, for the code that `network!` makes.
#[doc(hidden)]
#[track_caller]
pub fn check_parameters<N: Network>(parameters: &Parameters<N::Scalar>) {
    #[cfg(feature = "std")]
    if parameters.len() != N::PARAMETERS {
        panic!("{} has {} parameters, but the block for it has {}", N::NAME, N::PARAMETERS, parameters.len());
    }
    #[cfg(not(feature = "std"))]
    check!(parameters.len() == N::PARAMETERS);
}

/// Why a prediction was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictError {
    /// The inputs differ in their number of samples.
    Samples(crate::shape::SamplesError),
    /// A whole number is not below its bound.
    Bound(crate::shape::BoundError),
    /// An output slice has the wrong length.
    Output {
        /// Which output, from zero.
        output: usize,
        /// Numbers it must have.
        expected: usize,
        /// Numbers it has.
        found: usize,
    },
    /// The workspace is too small.
    Workspace {
        /// Numbers it must have at least.
        expected: usize,
        /// Numbers it has.
        found: usize,
    },
}

impl core::fmt::Display for PredictError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Samples(error) => error.fmt(f),
            Self::Bound(error) => error.fmt(f),
            Self::Output { output, expected, found } => {
                write!(f, "output {output} must have room for {expected} numbers, but has {found}")
            }
            Self::Workspace { expected, found } => {
                write!(f, "the workspace must hold {expected} numbers, but holds {found}: see Network::workspace_len")
            }
        }
    }
}

impl core::error::Error for PredictError {}

/// A row of a network's summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerInfo {
    /// The name of its parameters: `conv1`; empty where it has none and was given none.
    pub label: &'static str,
    /// The words of the declaration: `conv(30, 5)`.
    pub text: &'static str,
    /// The rows of the layers that it reads; none of an input.
    pub inputs: &'static [usize],
    /// Its output, `[channels, height, width]`.
    pub output: &'static [usize],
    /// Count of its parameters.
    pub parameters: usize,
    /// Multiply–adds for one sample.
    pub multiply_adds: u64,
    /// The algorithm of a prediction, `Winograd F(2×2, 3×3)`; empty where there is no choice.
    pub kernel: &'static str,
    /// Whether it runs in one pass with the row before it.
    pub fused: bool,
}
